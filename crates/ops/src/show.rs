//! What would change, as a tree, and what was made, as a table.

use std::collections::BTreeMap;

use penstock_console::screen;

use crate::change::{Action, Change, Changes};
use crate::cloudformation::cause::Cause;
use crate::risk::{Risk, Severity};

/// Characters of a value that are shown: enough to tell one from another.
const VALUE_CHARACTERS_MAX: usize = 60;

/// Characters that a name has room for at least, so that one plan looks like another.
const NAME_CHARACTERS_MIN: usize = 24;

/// Says what would change, and what that does to data.
pub fn changes(changes: &Changes, risks: &[Risk]) {
    for line in lines(changes, risks) {
        screen::progress(line);
    }
}

/// The lines of the plan.
pub fn lines(changes: &Changes, risks: &[Risk]) -> Vec<String> {
    let mut lines = vec![format!(" plan     {}", summary(changes, risks))];
    let width = changes.0.iter().map(|change| change.name.len()).max().unwrap_or(0).max(NAME_CHARACTERS_MIN);
    for change in &changes.0 {
        lines.push(format!("   {:<3} {:<width$} {}", mark(change.action), change.name, change.kind));
        lines.extend(properties(change));
    }
    lines.extend(risks.iter().map(|risk| {
        let mark = match risk.severity {
            Severity::Note => "note",
            Severity::Danger => "data",
            Severity::CheckpointLoss => "LOSS",
        };
        format!("   {mark}: {}", risk.text)
    }));
    lines
}

/// How many changes of which kind there are, on one line.
pub fn summary(changes: &Changes, risks: &[Risk]) -> String {
    let count = |action| changes.0.iter().filter(|change| change.action == action).count();
    let kinds = [
        (Action::Add, "to add"),
        (Action::Import, "to take in"),
        (Action::Modify, "to change"),
        (Action::Replace, "to replace"),
        (Action::Remove, "to remove"),
        (Action::Keep, "to leave behind"),
    ];
    let told: Vec<String> = kinds
        .into_iter()
        .map(|(action, words)| (count(action), words))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    let told = if told.is_empty() {
        "no resource changes, but parameters, outputs or tags".to_owned()
    } else {
        told.join(", ")
    };
    let is_safe = risks.iter().all(|risk| risk.severity == Severity::Note);
    format!("{told}; {}", if is_safe { "no data at risk" } else { "data at risk, see below" })
}

const fn mark(action: Action) -> &'static str {
    match action {
        Action::Add => "+",
        Action::Import => "<-",
        Action::Modify => "~",
        Action::Replace => "-/+",
        Action::Remove => "-",
        Action::Keep => "=",
    }
}

/// What is new has all its properties from the template; only what changes is worth a line.
fn properties(change: &Change) -> Vec<String> {
    if matches!(change.action, Action::Add | Action::Import) {
        return Vec::new();
    }
    let value = |value: &Option<String>| value.as_deref().map_or_else(|| "none".to_owned(), shortened);
    let told = |property: &crate::change::PropertyChange| match (&property.before, &property.after) {
        (None, None) => format!("         {}", property.path),
        (before, after) => {
            let by_hand = if property.is_drifted { "  (changed by hand)" } else { "" };
            format!("         {}  {} → {}{by_hand}", property.path, value(before), value(after))
        }
    };
    change.properties.iter().map(told).collect()
}

/// A long value by its two ends.
fn shortened(value: &str) -> String {
    let characters: Vec<char> = value.chars().collect();
    if characters.len() <= VALUE_CHARACTERS_MAX {
        return value.replace('\n', " ");
    }
    let half = VALUE_CHARACTERS_MAX / 2;
    let text = |part: &[char]| part.iter().collect::<String>().replace('\n', " ");
    format!("{}…{}", text(&characters[..half]), text(&characters[characters.len() - half..]))
}

/// Names and values, a line each, on the standard output.
pub fn outputs(outputs: &BTreeMap<String, String>) {
    let width = outputs.keys().map(String::len).max().unwrap_or(0);
    for (name, value) in outputs {
        screen::result(format_args!("{name:<width$}  {value}"));
    }
}

/// Why a stack failed: what failed first, and what to do about it.
pub fn cause(cause: &Cause) {
    screen::progress(format_args!("failed: {} ({}): {}", cause.resource, cause.kind, cause.reason));
    if let Some(advice) = &cause.advice {
        screen::progress(format_args!("  {advice}"));
    }
    if cause.cancelled > 0 {
        screen::progress(format_args!("  {} others were cancelled because of it", cause.cancelled));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::PropertyChange;
    use crate::risk;

    #[test]
    fn a_plan_is_a_tree_with_what_it_does_to_data() {
        let property = |path: &str, before: Option<&str>, after: Option<&str>| PropertyChange {
            path: path.into(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            is_drifted: false,
        };
        let change = |name: &str, kind: &str, action, properties| Change {
            name: name.into(),
            kind: kind.into(),
            action,
            properties,
        };
        let long = "x".repeat(100);
        let changes = Changes(vec![
            change("Behind", "AWS::CloudWatch::Alarm", Action::Add, vec![property("Period", None, Some("60"))]),
            change(
                "Function",
                "AWS::Lambda::Function",
                Action::Modify,
                vec![property("Code.S3Key", Some("a.zip"), Some("b.zip")), property("Description", Some(&long), None)],
            ),
            change(
                "Mapping",
                "AWS::Lambda::EventSourceMapping",
                Action::Replace,
                vec![property("StartingPosition", None, None)],
            ),
        ]);
        let risks = risk::of(&changes);
        let short = format!("{0}…{0}", "x".repeat(30));
        let expected = [
            " plan     1 to add, 1 to change, 1 to replace; data at risk, see below".to_owned(),
            "   +   Behind                   AWS::CloudWatch::Alarm".to_owned(),
            "   ~   Function                 AWS::Lambda::Function".to_owned(),
            "         Code.S3Key  a.zip → b.zip".to_owned(),
            format!("         Description  {short} → none"),
            "   -/+ Mapping                  AWS::Lambda::EventSourceMapping".to_owned(),
            "         StartingPosition".to_owned(),
            format!("   LOSS: {}", risks[0].text),
        ];
        assert_eq!(lines(&changes, &risks), expected);
        assert_eq!(
            summary(&Changes::default(), &[]),
            "no resource changes, but parameters, outputs or tags; no data at risk"
        );
    }
}
