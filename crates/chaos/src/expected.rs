//! What a record is to become, told without the function: a record says itself what its outputs are. And the hooks that
//! make it so.

use std::borrow::Cow;

use penstock_delivery::{Failure, Output, Processed, Transform, UserRecord};

use crate::aggregate::aggregate;
use crate::world::{Kind, Produced, Records, Settings, Wrapping};

/// What stands between the records that a producer puts as one.
pub const DELIMITER: &str = "|";

/// What a record of the stream says: one, or as many as its producer puts together.
pub fn payload(produced: &Produced, copy: u8, settings: &Settings) -> String {
    let part = |produced: &Produced, copy: &str| match settings.records {
        Records::Text => part(produced, copy),
        Records::Json | Records::Columns => json(&part(produced, copy)),
    };
    let first = part(produced, &copy.to_string());
    // The others are kept, so that one that fails stands among some that do not.
    let others = (1..settings.together).map(|place| {
        let other = Produced { kind: Kind::Keep, padding: place, ..produced.clone() };
        part(&other, &format!("{copy}.{place}"))
    });
    std::iter::once(first).chain(others).collect::<Vec<_>>().join(DELIMITER)
}

/// The bytes that are put of a payload.
pub fn wrapped(payload: &str, key: u8, settings: &Settings) -> Vec<u8> {
    match settings.wrapping {
        Wrapping::Kpl if settings.together > 1 => aggregate(&format!("key-{key}"), payload.split(DELIMITER)),
        Wrapping::Kpl | Wrapping::Delimited => payload.as_bytes().to_vec(),
    }
}

/// One record: its id, what becomes of it, and padding.
fn part(produced: &Produced, copy: &str) -> String {
    let kind = match produced.kind {
        Kind::Keep => "keep".to_owned(),
        Kind::Drop => "drop".to_owned(),
        Kind::Split(parts) => format!("split{parts}"),
        Kind::Fail => "fail".to_owned(),
        Kind::Panic => "panic".to_owned(),
    };
    format!("{}.{copy}:{kind}:{}", produced.id, "x".repeat(produced.padding))
}

/// An object as jq writes it. No text here has what would be escaped.
pub fn json(text: &str) -> String {
    format!("{{\"v\":\"{text}\"}}")
}

/// What is to lie in the bucket of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// These, each in a data object.
    Outputs(Vec<String>),
    /// Its bytes, in an error object.
    Failed,
}

/// What a payload is to become.
pub fn of(payload: &str, transforms: bool) -> Expected {
    if let Some(text) = payload.strip_prefix("{\"v\":\"").and_then(|rest| rest.strip_suffix("\"}")) {
        return match of(text, transforms) {
            Expected::Outputs(outputs) => Expected::Outputs(outputs.iter().map(|output| json(output)).collect()),
            Expected::Failed => Expected::Failed,
        };
    }
    let (id, rest) = payload.split_once(':').unwrap_or((payload, ""));
    let kind = rest.split(':').next().unwrap_or_default();
    if !transforms {
        return Expected::Outputs(vec![payload.to_owned()]);
    }
    match kind {
        "drop" => Expected::Outputs(Vec::new()),
        "fail" | "panic" => Expected::Failed,
        kind => match kind.strip_prefix("split").and_then(|parts| parts.parse::<u8>().ok()) {
            Some(parts) => Expected::Outputs((0..parts).map(|part| format!("{id}#{part}")).collect()),
            None => Expected::Outputs(vec![payload.to_owned()]),
        },
    }
}

/// Hooks that do what a record says.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Whether they do anything.
    pub transforms: bool,
    /// Partitions that outputs are spread over; none where there are none.
    pub partitions: Option<u64>,
    /// Which deployment they are of: another one spreads otherwise.
    pub deployment: u64,
}

impl Told {
    /// The outputs of a record, each with its place.
    fn place<'r>(&self, record: &UserRecord<'r>, processed: Processed<'r>) -> Processed<'r> {
        let Some(partitions) = self.partitions else { return processed };
        let outputs = match processed {
            Processed::Keep(output) => vec![output],
            Processed::Split(outputs) => outputs,
            Processed::Partition(_) | Processed::Drop => return processed,
        };
        // Neighbours share a place, and the next deployment has another for each: what was an output's becomes its
        // neighbour's.
        let number: u64 = record
            .data
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .fold(0, |number, byte| number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')));
        let place = |index: u64| (number / 2).wrapping_mul(7).wrapping_add(index + self.deployment) % partitions;
        let output =
            |(index, data)| Output { data, partition_keys: vec![("p".into(), place(index).to_string().into())] };
        Processed::Partition((0..).zip(outputs).map(output).collect())
    }
}

impl Transform for Told {
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        let text = std::str::from_utf8(record.data).unwrap_or_default();
        let whole = || self.place(record, Processed::Keep(Cow::Borrowed(record.data)));
        if !self.transforms {
            return Ok(whole());
        }
        let kind = text.split(':').nth(1).unwrap_or_default();
        match kind {
            "drop" => Ok(Processed::Drop),
            "fail" => Err(Failure::new("it says that it fails")),
            "panic" => std::panic::panic_any("it says that its hook panics"),
            _ if kind.starts_with("split") => {
                let Expected::Outputs(outputs) = of(text, true) else { return Ok(Processed::Drop) };
                let outputs = outputs.into_iter().map(|output| Cow::Owned(output.into_bytes())).collect();
                Ok(self.place(record, Processed::Split(outputs)))
            }
            _ => Ok(whole()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_what_it_becomes() {
        for (payload, expected) in [
            ("1.0:keep:x", Expected::Outputs(vec!["1.0:keep:x".into()])),
            ("1.0:drop:", Expected::Outputs(vec![])),
            ("1.1:split2:x", Expected::Outputs(vec!["1.1#0".into(), "1.1#1".into()])),
            ("1.0:fail:", Expected::Failed),
            ("1.0:panic:", Expected::Failed),
        ] {
            assert_eq!(of(payload, true), expected, "{payload}");
            assert_eq!(of(payload, false), Expected::Outputs(vec![payload.to_owned()]));
        }
    }
}
