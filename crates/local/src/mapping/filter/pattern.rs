//! One pattern, held against a value.
//!
//! Left out: how a pattern is written, and what a rule asks of a leaf.

use serde_json::value::RawValue;

use super::json::{Object, Spread};
use super::rule::Rule;

/// The one key of a pattern for Kinesis.
pub(super) const DATA: &str = "data";

/// A pattern, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) fields: Fields,
    /// Where `{"exists": false}` wants no leaf. These are asked of the whole record: in an array of objects no element
    /// may have one.
    pub(super) absences: Vec<Vec<String>>,
}

/// What is asked of one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// All of them must match.
    pub(super) all: Vec<(String, Field)>,
    /// `$or`: one of these must match too, unless there is none.
    pub(super) any: Vec<Self>,
}

/// What is asked of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    /// An object in it.
    Object(Fields),
    /// A leaf that one of the rules accepts, or none at all where that is among the alternatives.
    Leaf {
        rules: Vec<Rule>,
        /// Index into [`Pattern::absences`].
        absence: Option<usize>,
    },
}

impl Pattern {
    pub(super) fn matches(&self, data: &RawValue) -> bool {
        let record = Object::from([(DATA.to_owned(), data)]);
        let absent: Vec<bool> = self.absences.iter().map(|path| !has_leaf(&record, path)).collect();
        self.fields.match_object(Some(&record), &absent)
    }
}

impl Fields {
    /// Without an object nothing but an absence can match.
    fn match_object(&self, object: Option<&Object<'_>>, absent: &[bool]) -> bool {
        let all = self.all.iter().all(|(name, field)| {
            field.matches(&Spread::of(object.and_then(|object| object.get(name)).copied()), absent)
        });
        all && (self.any.is_empty() || self.any.iter().any(|fields| fields.match_object(object, absent)))
    }
}

impl Field {
    fn matches(&self, there: &Spread<'_>, absent: &[bool]) -> bool {
        match self {
            Self::Object(fields) if there.objects.is_empty() => fields.match_object(None, absent),
            Self::Object(fields) => there.objects.iter().any(|object| fields.match_object(Some(object), absent)),
            Self::Leaf { rules, absence } => {
                absence.is_some_and(|index| absent[index])
                    || there.leaves.iter().any(|leaf| rules.iter().any(|rule| rule.matches(leaf)))
            }
        }
    }
}

/// Whether there is a leaf at the path, in any element of any array on the way.
fn has_leaf(record: &Object<'_>, path: &[String]) -> bool {
    let Some((last, folders)) = path.split_last() else { return false };
    let mut objects = vec![record.clone()];
    for name in folders {
        objects = objects.iter().flat_map(|object| Spread::of(object.get(name).copied()).objects).collect();
    }
    objects.iter().any(|object| !Spread::of(object.get(last).copied()).leaves.is_empty())
}
