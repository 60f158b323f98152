//! A prefix taken apart: text and expressions.

use crate::excerpt::excerpt;
use crate::limits::PREFIX_CHARACTERS_MAX;

use super::error::{PrefixError, PrefixField, ValueProblem};
use super::partition_key::{PartitionKey, PartitionKeySource};
use super::pattern::Pattern;

const OPEN: &str = "!{";

/// A piece of a prefix.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Segment {
    Literal(String),
    Timestamp(Pattern),
    RandomString,
    ErrorOutputType,
    PartitionKey(PartitionKey),
}

/// The pieces of a prefix, in order.
pub(super) fn parse(field: PrefixField, text: &str) -> Result<Vec<Segment>, PrefixError> {
    let characters = text.chars().count();
    if characters > PREFIX_CHARACTERS_MAX {
        return Err(PrefixError::Length { field, characters });
    }
    let mut segments = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let literal = &rest[..rest.find(OPEN).unwrap_or(rest.len())];
        if literal.is_empty() {
            let (segment, bytes) = expression(field, at, rest)?;
            segments.push(segment);
            at += bytes;
        } else {
            segments.push(Segment::Literal(literal.to_owned()));
            at += literal.len();
        }
    }
    Ok(segments)
}

/// The text before the first expression.
pub(super) fn literal_head(text: &str) -> &str {
    &text[..text.find(OPEN).unwrap_or(text.len())]
}

/// The first expression of a prefix that was parsed, for a message.
pub(super) fn first_expression(text: &str) -> String {
    let expressions = &text[literal_head(text).len()..];
    excerpt(&expressions[..expressions.find('}').map_or(expressions.len(), |end| end + 1)])
}

/// The expression at the beginning of `rest`, and its length.
fn expression(field: PrefixField, at: usize, rest: &str) -> Result<(Segment, usize), PrefixError> {
    let usage = || PrefixError::Usage { field, at, expression: excerpt(rest) };
    let end = rest.find('}').ok_or_else(usage)?;
    let inside = &rest[OPEN.len()..end];
    let whole = || excerpt(&rest[..=end]);
    // Another expression begins before this one has ended.
    if inside.contains(OPEN) {
        return Err(usage());
    }
    let (namespace, value) =
        inside.split_once(':').ok_or_else(|| PrefixError::Usage { field, at, expression: whole() })?;
    let wrong = |offset: usize, reason| PrefixError::Value {
        field,
        at: at + OPEN.len() + namespace.len() + 1 + offset,
        expression: whole(),
        reason,
    };
    let segment = match namespace {
        "timestamp" => {
            Pattern::parse(value).map(Segment::Timestamp).map_err(|problem| wrong(problem.offset, problem.reason))?
        }
        "firehose" => match (value, field) {
            ("random-string", PrefixField::Prefix | PrefixField::ErrorOutputPrefix) => Segment::RandomString,
            ("error-output-type", PrefixField::ErrorOutputPrefix) => Segment::ErrorOutputType,
            ("error-output-type", PrefixField::Prefix) => return Err(PrefixError::ErrorOutputTypeInPrefix { at }),
            _ => return Err(wrong(0, ValueProblem::Keyword)),
        },
        PartitionKeySource::QUERY | PartitionKeySource::LAMBDA => {
            if field == PrefixField::ErrorOutputPrefix {
                return Err(PrefixError::PartitionKeyInErrorOutputPrefix { at, expression: whole() });
            }
            let key = PartitionKey::parse(namespace, value).ok_or_else(|| wrong(0, ValueProblem::PartitionKey))?;
            Segment::PartitionKey(key)
        }
        _ => {
            let namespace = namespace.chars().take(crate::limits::EXCERPT_CHARACTERS_MAX).collect();
            return Err(PrefixError::Namespace { field, at, expression: whole(), namespace });
        }
    };
    Ok((segment, end + 1))
}
