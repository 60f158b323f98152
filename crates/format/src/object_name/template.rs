//! The template of an object's name: which parts it has, in which order, with what between them.

use std::fmt;

use crate::excerpt::excerpt;
use crate::limits::OBJECT_NAME_TEMPLATE_CHARACTERS_MAX;

/// A piece of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Literal(String),
    Placeholder(Placeholder),
}

/// What a name may say of its object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Placeholder {
    DeliveryName,
    Shard,
    Time,
    TimeSeconds,
    FirstSequenceNumber,
    LastSequenceNumber,
    Id,
}

/// What [`crate::ObjectName::parse`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("object name {template}: {problem}")]
pub struct ObjectNameError {
    template: String,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("expected penstock, firehose, or a template with {{id}}")]
    NoPlaceholder,
    #[error("it is longer than {OBJECT_NAME_TEMPLATE_CHARACTERS_MAX} characters")]
    Length,
    #[error("{0} is not one of {list}", list = Placeholder::list())]
    Unknown(String),
    #[error("the brace at byte {0} has no partner")]
    Brace(usize),
    #[error("/ belongs in the prefix, not in the name")]
    Slash,
    #[error("the character {0:?} at byte {1} is not one of a-z A-Z 0-9 ! - _ . * ' ( ) =")]
    Character(char, usize),
    #[error("{0} stands in it twice")]
    Twice(Placeholder),
    #[error("{{time}} and {{time_seconds}} are the same instant; expected one of them")]
    TwoTimes,
    #[error("{0} and {1} need text between them, or they could not be told apart")]
    Adjacent(Placeholder, Placeholder),
    #[error("{0} needs text before it that ends in no digit, or its beginning could not be found")]
    DigitRun(Placeholder),
    #[error("it must end with {{id}}, which keeps objects apart and from which a key is read back")]
    NoIdAtEnd,
}

impl Placeholder {
    pub(super) const ALL: [Self; 7] = [
        Self::DeliveryName,
        Self::Shard,
        Self::Time,
        Self::TimeSeconds,
        Self::FirstSequenceNumber,
        Self::LastSequenceNumber,
        Self::Id,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::DeliveryName => "delivery_name",
            Self::Shard => "shard",
            Self::Time => "time",
            Self::TimeSeconds => "time_seconds",
            Self::FirstSequenceNumber => "first_sequence_number",
            Self::LastSequenceNumber => "last_sequence_number",
            Self::Id => "id",
        }
    }

    /// Whether it is as many digits as it takes, so that only what stands before it says where it begins.
    const fn is_digit_run(self) -> bool {
        match self {
            Self::Shard | Self::FirstSequenceNumber | Self::LastSequenceNumber => true,
            Self::DeliveryName | Self::Time | Self::TimeSeconds | Self::Id => false,
        }
    }

    fn list() -> String {
        Self::ALL.map(|placeholder| placeholder.to_string()).join(" ")
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.word())
    }
}

/// The parts of a template, if every name that it makes can be read back.
pub(super) fn parse(template: &str) -> Result<Vec<Part>, ObjectNameError> {
    let refused = |problem| ObjectNameError { template: excerpt(template), problem };
    if template.chars().count() > OBJECT_NAME_TEMPLATE_CHARACTERS_MAX {
        return Err(refused(Problem::Length));
    }
    let parts = split(template).map_err(refused)?;
    check(&parts).map_err(refused)?;
    Ok(parts)
}

fn split(template: &str) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(first) = template[at..].chars().next() {
        let rest = &template[at..];
        if first == '{' {
            let end = rest.find('}').ok_or(Problem::Brace(at))?;
            let word = &rest[1..end];
            let known = Placeholder::ALL.into_iter().find(|placeholder| placeholder.word() == word);
            parts.push(Part::Placeholder(known.ok_or_else(|| Problem::Unknown(excerpt(&rest[..=end])))?));
            at += end + 1;
        } else {
            let literal = &rest[..rest.find('{').unwrap_or(rest.len())];
            literal.char_indices().try_for_each(|(offset, c)| literal_character(c, at + offset))?;
            parts.push(Part::Literal(literal.to_owned()));
            at += literal.len();
        }
    }
    Ok(parts)
}

/// Characters that S3 calls safe, and `=` as in `year=2026`.
fn literal_character(c: char, at: usize) -> Result<(), Problem> {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '!' | '-' | '_' | '.' | '*' | '\'' | '(' | ')' | '=' => Ok(()),
        '/' => Err(Problem::Slash),
        '}' => Err(Problem::Brace(at)),
        _ => Err(Problem::Character(c, at)),
    }
}

/// What makes a name readable from its end: see the table at [`crate::ObjectName`].
fn check(parts: &[Part]) -> Result<(), Problem> {
    let placeholders: Vec<_> = parts.iter().filter_map(placeholder).collect();
    if placeholders.is_empty() {
        return Err(Problem::NoPlaceholder);
    }
    for (at, placeholder) in placeholders.iter().enumerate() {
        if placeholders[..at].contains(placeholder) {
            return Err(Problem::Twice(*placeholder));
        }
    }
    if placeholders.contains(&Placeholder::Time) && placeholders.contains(&Placeholder::TimeSeconds) {
        return Err(Problem::TwoTimes);
    }
    let mut before: Option<&Part> = None;
    for part in parts {
        match (before, part) {
            (Some(Part::Placeholder(left)), Part::Placeholder(right)) => {
                return Err(Problem::Adjacent(*left, *right));
            }
            (Some(Part::Literal(text)), Part::Placeholder(run)) if run.is_digit_run() => {
                if text.ends_with(|c: char| c.is_ascii_digit()) {
                    return Err(Problem::DigitRun(*run));
                }
            }
            (None, Part::Placeholder(run)) if run.is_digit_run() => return Err(Problem::DigitRun(*run)),
            (None | Some(_), Part::Literal(_) | Part::Placeholder(_)) => {}
        }
        before = Some(part);
    }
    match parts.last().and_then(placeholder) {
        Some(Placeholder::Id) => Ok(()),
        Some(_) | None => Err(Problem::NoIdAtEnd),
    }
}

fn placeholder(part: &Part) -> Option<Placeholder> {
    match part {
        Part::Placeholder(placeholder) => Some(*placeholder),
        Part::Literal(_) => None,
    }
}
