//! What a record is to become, told without the function: a record says itself what its outputs are. And the hooks that
//! make it so.

use std::borrow::Cow;

use penstock_delivery::{Failure, Processed, Transform, UserRecord};

use crate::world::{Kind, Produced};

/// The bytes of a record: its id, what becomes of it, and padding.
pub fn payload(produced: &Produced, copy: u8) -> String {
    let kind = match produced.kind {
        Kind::Keep => "keep".to_owned(),
        Kind::Drop => "drop".to_owned(),
        Kind::Split(parts) => format!("split{parts}"),
        Kind::Fail => "fail".to_owned(),
        Kind::Panic => "panic".to_owned(),
    };
    format!("{}.{copy}:{kind}:{}", produced.id, "x".repeat(produced.padding))
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
}

impl Transform for Told {
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        let text = std::str::from_utf8(record.data).unwrap_or_default();
        if !self.transforms {
            return Ok(Processed::Keep(Cow::Borrowed(record.data)));
        }
        let kind = text.split(':').nth(1).unwrap_or_default();
        match kind {
            "drop" => Ok(Processed::Drop),
            "fail" => Err(Failure::new("it says that it fails")),
            "panic" => std::panic::panic_any("it says that its hook panics"),
            _ if kind.starts_with("split") => {
                let Expected::Outputs(outputs) = of(text, true) else { return Ok(Processed::Drop) };
                Ok(Processed::Split(outputs.into_iter().map(|output| Cow::Owned(output.into_bytes())).collect()))
            }
            _ => Ok(Processed::Keep(Cow::Borrowed(record.data))),
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
