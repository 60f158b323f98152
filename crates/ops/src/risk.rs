//! What a change does to data. A diff says *replacement*; this says what becomes of the records.

use serde::Serialize;

use crate::change::{Action, Change, Changes};

/// The type of an event source mapping.
pub const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

/// Something that a change does to data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Risk {
    /// How bad it is.
    pub severity: Severity,
    /// What happens, in words.
    pub text: String,
}

/// How bad a risk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Records may be lost or doubled, unless one knows better. A yes is enough.
    Danger,
    /// The place in the stream is lost. A flag of its own is needed.
    CheckpointLoss,
}

/// What these changes do to data, the worst first.
pub fn of(changes: &Changes) -> Vec<Risk> {
    let mut risks: Vec<Risk> = changes.0.iter().flat_map(of_change).collect();
    risks.sort_by_key(|risk| match risk.severity {
        Severity::CheckpointLoss => 0,
        Severity::Danger => 1,
        Severity::Note => 2,
    });
    risks
}

/// Whether one of them needs `--accept-checkpoint-loss`.
pub fn loses_checkpoint(risks: &[Risk]) -> bool {
    risks.iter().any(|risk| risk.severity == Severity::CheckpointLoss)
}

fn of_change(change: &Change) -> Vec<Risk> {
    let risk = |severity, text: String| vec![Risk { severity, text }];
    let name = &change.name;
    match (change.kind.as_str(), change.action) {
        (MAPPING, Action::Replace | Action::Remove) => risk(
            Severity::CheckpointLoss,
            format!(
                "{name}: another event source mapping begins anew, and the place in the stream is forgotten: from \
                 TRIM_HORIZON all that the stream still has is read again, from LATEST what waits is skipped"
            ),
        ),
        ("AWS::Kinesis::Stream", Action::Replace) => risk(
            Severity::Danger,
            format!(
                "{name}: another stream takes its place; the old one stays, and what was not read yet is not delivered"
            ),
        ),
        ("AWS::Kinesis::Stream", Action::Remove | Action::Keep) => {
            risk(Severity::Danger, format!("{name}: the stream is no longer read; it stays, with what it holds"))
        }
        ("AWS::S3::Bucket", Action::Replace | Action::Remove | Action::Keep) => {
            risk(Severity::Note, format!("{name}: the bucket stays as it is, with its objects, outside of the stack"))
        }
        (_, Action::Modify | Action::Replace) => of_properties(change),
        _ => Vec::new(),
    }
}

fn of_properties(change: &Change) -> Vec<Risk> {
    let mut risks = Vec::new();
    for property in &change.properties {
        let (before, after) = (property.before.as_deref(), property.after.as_deref());
        let falls = || match (
            before.and_then(|text| text.parse::<i64>().ok()),
            after.and_then(|text| text.parse::<i64>().ok()),
        ) {
            (Some(before), Some(after)) => after < before,
            _ => false,
        };
        let from_to = format!("{} → {}", before.unwrap_or("?"), after.unwrap_or("?"));
        let (severity, text) = match (change.kind.as_str(), property.path.as_str()) {
            ("AWS::Kinesis::Stream", "RetentionPeriodHours") if falls() => {
                (Severity::Danger, format!("records that are older expire at once ({from_to} hours)"))
            }
            ("AWS::Kinesis::Stream", "ShardCount") if falls() => {
                (Severity::Note, format!("shards are merged ({from_to}): what is in them is still delivered, in order"))
            }
            (MAPPING, "BatchSize" | "MaximumBatchingWindowInSeconds" | "FilterCriteria") => (
                Severity::Note,
                "a batch that is being retried may be cut anew: its objects then overlap with those that are stored"
                    .into(),
            ),
            (MAPPING, "MaximumRecordAgeInSeconds") if falls() => {
                (Severity::Danger, format!("records that are older are given up at once ({from_to} seconds)"))
            }
            ("AWS::Lambda::Function", path) if path.starts_with("Environment.Variables.PENSTOCK_") => (
                Severity::Note,
                "a batch that is being retried is delivered anew under the new configuration: look for both".into(),
            ),
            ("AWS::S3::Bucket", path) if path.starts_with("BucketEncryption") => {
                (Severity::Note, "objects that are there keep the key that they have: it must stay".into())
            }
            ("aws_s3_bucket_server_side_encryption_configuration", path) if path.starts_with("Rule") => {
                (Severity::Note, "objects that are there keep the key that they have: it must stay".into())
            }
            ("AWS::Kinesis::Stream", path) if path.starts_with("StreamEncryption") => (
                Severity::Danger,
                "records that are there keep the key that they have: the function must still be allowed to use it"
                    .into(),
            ),
            _ => continue,
        };
        let text = format!("{}: {text}", change.name);
        if !risks.iter().any(|risk: &Risk| risk.text == text) {
            risks.push(Risk { severity, text });
        }
    }
    risks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::PropertyChange;

    fn change(kind: &str, action: Action, properties: &[(&str, &str, &str)]) -> Changes {
        let property = |(path, before, after): &(&str, &str, &str)| PropertyChange {
            path: (*path).into(),
            before: Some((*before).into()),
            after: Some((*after).into()),
            is_drifted: false,
        };
        let properties = properties.iter().map(property).collect();
        Changes(vec![Change { name: "It".into(), kind: kind.into(), action, properties }])
    }

    #[test]
    fn what_a_change_does_to_data_is_told() {
        use Severity::{CheckpointLoss, Danger, Note};
        let (mapping, stream, bucket, function) =
            (MAPPING, "AWS::Kinesis::Stream", "AWS::S3::Bucket", "AWS::Lambda::Function");
        for (name, changes, told) in [
            ("first", change(mapping, Action::Add, &[]), None),
            ("mapping replaced", change(mapping, Action::Replace, &[]), Some((CheckpointLoss, "begins anew"))),
            ("mapping gone", change(mapping, Action::Remove, &[]), Some((CheckpointLoss, "begins anew"))),
            ("stream replaced", change(stream, Action::Replace, &[]), Some((Danger, "the old one stays"))),
            ("stream kept", change(stream, Action::Keep, &[]), Some((Danger, "no longer read"))),
            ("bucket kept", change(bucket, Action::Keep, &[]), Some((Note, "the bucket stays"))),
            (
                "shorter",
                change(stream, Action::Modify, &[("RetentionPeriodHours", "168", "24")]),
                Some((Danger, "(168 → 24 hours)")),
            ),
            ("longer", change(stream, Action::Modify, &[("RetentionPeriodHours", "24", "168")]), None),
            (
                "fewer shards",
                change(stream, Action::Modify, &[("ShardCount", "4", "2")]),
                Some((Note, "merged (4 → 2)")),
            ),
            ("more shards", change(stream, Action::Modify, &[("ShardCount", "2", "4")]), None),
            (
                "window",
                change(mapping, Action::Modify, &[("MaximumBatchingWindowInSeconds", "60", "300")]),
                Some((Note, "cut anew")),
            ),
            (
                "age",
                change(mapping, Action::Modify, &[("MaximumRecordAgeInSeconds", "600", "60")]),
                Some((Danger, "given up at once")),
            ),
            (
                "prefix",
                change(function, Action::Modify, &[("Environment.Variables.PENSTOCK_PREFIX", "a/", "b/")]),
                Some((Note, "delivered anew")),
            ),
            ("code", change(function, Action::Modify, &[("Code.S3Key", "a", "b")]), None),
            (
                "key",
                change(stream, Action::Modify, &[("StreamEncryption.KeyId", "a", "b")]),
                Some((Danger, "must still be allowed")),
            ),
        ] {
            let risks = of(&changes);
            match told {
                None => assert_eq!(risks, [], "{name}"),
                Some((severity, words)) => {
                    assert_eq!(risks.len(), 1, "{name}: {risks:?}");
                    assert_eq!(risks[0].severity, severity, "{name}");
                    assert!(risks[0].text.starts_with("It: ") && risks[0].text.contains(words), "{name}: {risks:?}");
                    assert_eq!(loses_checkpoint(&risks), severity == CheckpointLoss, "{name}");
                }
            }
        }
    }

    #[test]
    fn the_worst_comes_first_and_nothing_twice() {
        let mut changes = change("AWS::S3::Bucket", Action::Keep, &[]);
        changes.0.extend(change(MAPPING, Action::Replace, &[]).0);
        let variables =
            [("Environment.Variables.PENSTOCK_PREFIX", "a", "b"), ("Environment.Variables.PENSTOCK_FORMAT", "a", "b")];
        changes.0.extend(change("AWS::Lambda::Function", Action::Modify, &variables).0);
        let risks = of(&changes);
        let severities: Vec<_> = risks.iter().map(|risk| risk.severity).collect();
        assert_eq!(severities, [Severity::CheckpointLoss, Severity::Note, Severity::Note]);
    }
}
