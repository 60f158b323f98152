//! What is wrong, in words, the worst first: pure.

use super::facts::{Facts, Known};

/// Why the environment is unhealthy; nothing where it is well. What is unknown is not held against it.
pub fn of(facts: &Facts) -> Vec<String> {
    let mut reasons = Vec::new();
    let Known::Yes(stack) = &facts.stack else { return vec!["the stack cannot be looked at".to_owned()] };
    let Some(stack) = stack else { return vec!["it is not deployed: `cargo xtask deploy`".to_owned()] };
    if stack.is_failed {
        reasons.push(format!("the stack is in {}: `cargo xtask deploy` goes on from there", stack.status));
    }
    if let Known::Yes(mappings) = &facts.mappings {
        if mappings.is_empty() {
            reasons.push("there is no event source mapping: nothing is delivered".to_owned());
        }
        for mapping in mappings {
            // What is on its way to `Enabled` is not unwell.
            let is_on = matches!(mapping.state.as_str(), "Enabled" | "Enabling" | "Creating" | "Updating");
            if !is_on && mapping.is_wanted {
                reasons.push(format!("the event source mapping is {}: nothing is delivered", mapping.state));
            }
            if mapping.last_result.as_deref().is_some_and(|result| result.starts_with("PROBLEM")) {
                let result = mapping.last_result.as_deref().unwrap_or_default();
                reasons.push(format!("the event source mapping says: {result}"));
            }
        }
    }
    if let Known::Yes(state) = &facts.function
        && state != "Active"
    {
        reasons.push(format!("the function is {state}"));
    }
    if let Known::Yes(state) = &facts.stream
        && !matches!(state.status.as_str(), "ACTIVE" | "UPDATING")
    {
        reasons.push(format!("the stream is {}", state.status));
    }
    if let Known::Yes(Some(age)) = facts.iterator_age_seconds
        && age > facts.behind_seconds
    {
        reasons.push(format!("records wait for {age:.0} s, more than {:.0} s", facts.behind_seconds));
    }
    if let Known::Yes(count) = &facts.failures
        && *count > 0
    {
        reasons.push(format!(
            "{count} batches were given up: they lie in the failure bucket, and `cargo xtask replay` delivers them"
        ));
    }
    if let Known::Yes(alarms) = &facts.alarms {
        reasons.extend(alarms.iter().map(|alarm| format!("the alarm {alarm} is on")));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::super::facts::{MappingFacts, StackFacts, StreamFacts};
    use super::*;

    fn well() -> Facts {
        Facts {
            stack: Known::Yes(Some(StackFacts {
                status: "UPDATE_COMPLETE".into(),
                is_failed: false,
                changed_at: None,
                code_sha256: None,
            })),
            function: Known::Yes("Active".into()),
            mappings: Known::Yes(vec![MappingFacts {
                id: "m".into(),
                state: "Enabled".into(),
                is_wanted: true,
                last_result: Some("OK".into()),
            }]),
            stream: Known::Yes(StreamFacts { status: "ACTIVE".into(), mode: "PROVISIONED".into(), open_shards: 1 }),
            iterator_age_seconds: Known::Yes(Some(10.0)),
            behind_seconds: 300.0,
            newest: Known::Yes(None),
            failures: Known::Yes(0),
            alarms: Known::Yes(Vec::new()),
        }
    }

    #[test]
    fn each_thing_that_is_wrong_is_said() {
        type Change = fn(&mut Facts);
        let rows: [(&str, Change, Option<&str>); 13] = [
            ("well", |_| {}, None),
            ("not deployed", |facts| facts.stack = Known::Yes(None), Some("it is not deployed")),
            ("failed", |facts| stack(facts).is_failed = true, Some("the stack is in UPDATE_COMPLETE")),
            ("no mapping", |facts| facts.mappings = Known::Yes(Vec::new()), Some("there is no event source mapping")),
            (
                "disabled",
                |facts| mapping(facts).state = "Disabled".into(),
                Some("the event source mapping is Disabled"),
            ),
            ("being updated", |facts| mapping(facts).state = "Updating".into(), None),
            (
                "meant to be off",
                |facts| {
                    mapping(facts).state = "Disabled".into();
                    mapping(facts).is_wanted = false;
                },
                None,
            ),
            (
                "problem",
                |facts| mapping(facts).last_result = Some("PROBLEM: Function call failed".into()),
                Some("the event source mapping says: PROBLEM"),
            ),
            ("inactive", |facts| facts.function = Known::Yes("Inactive".into()), Some("the function is Inactive")),
            ("late", |facts| facts.iterator_age_seconds = Known::Yes(Some(301.0)), Some("records wait for 301 s")),
            ("given up", |facts| facts.failures = Known::Yes(2), Some("2 batches were given up")),
            ("alarm", |facts| facts.alarms = Known::Yes(vec!["clicks-behind".into()]), Some("the alarm clicks-behind")),
            ("unknown", |facts| facts.alarms = Known::No { unknown: "denied".into() }, None),
        ];
        for (name, change, reason) in rows {
            let mut facts = well();
            change(&mut facts);
            let reasons = of(&facts);
            match reason {
                None => assert!(reasons.is_empty(), "{name}: {reasons:?}"),
                Some(words) => assert!(reasons.len() == 1 && reasons[0].starts_with(words), "{name}: {reasons:?}"),
            }
        }
    }

    fn stack(facts: &mut Facts) -> &mut StackFacts {
        match &mut facts.stack {
            Known::Yes(Some(stack)) => stack,
            other => panic!("{other:?}"),
        }
    }

    fn mapping(facts: &mut Facts) -> &mut MappingFacts {
        match &mut facts.mappings {
            Known::Yes(mappings) => &mut mappings[0],
            other @ Known::No { .. } => panic!("{other:?}"),
        }
    }
}
