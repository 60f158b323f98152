//! The transform without code: a jq filter over what the hooks have made of a record.
//!
//! No output drops the record, several split it, an error fails it alone. What the hooks say of a partition stays with
//! each output of theirs.

use std::borrow::Cow;
use std::sync::Arc;

use crate::jq::{Output, Program, RunError};
use crate::limits::{OUTPUT_BYTES_PER_BATCH_MAX, OUTPUTS_PER_RECORD_MAX};
use crate::query_budget::QueryBudget;
use crate::transform::{Failure, Output as Placed, Processed};

/// The filter, compiled.
#[derive(Debug, Clone)]
pub struct TransformQuery {
    /// What is run.
    pub program: Arc<Program>,
    /// Whether texts are written without their quotes.
    pub is_raw: bool,
}

impl TransformQuery {
    /// What becomes of a record of which the hooks have made this, as long as `budget` lasts.
    pub fn apply<'r>(&self, processed: Processed<'r>, budget: &QueryBudget) -> Result<Processed<'r>, Failure> {
        match processed {
            Processed::Drop => Ok(Processed::Drop),
            Processed::Keep(data) => {
                let mut outputs = self.outputs(&data, budget)?;
                Ok(match outputs.len() {
                    0 => Processed::Drop,
                    1 => Processed::Keep(outputs.remove(0)),
                    _ => Processed::Split(outputs),
                })
            }
            Processed::Split(all) => {
                let mut outputs = Vec::with_capacity(all.len());
                let mut seen = Seen::default();
                for data in all {
                    outputs.extend(self.outputs(&data, budget)?);
                    check(&outputs, &mut seen, |output| output)?;
                }
                Ok(Processed::Split(outputs))
            }
            Processed::Partition(all) => {
                let mut outputs = Vec::with_capacity(all.len());
                let mut seen = Seen::default();
                for Placed { data, partition_keys } in all {
                    let own = self.outputs(&data, budget)?.into_iter();
                    outputs.extend(own.map(|data| Placed { data, partition_keys: partition_keys.clone() }));
                    check(&outputs, &mut seen, |output| &output.data)?;
                }
                Ok(Processed::Partition(outputs))
            }
        }
    }

    fn outputs(&self, data: &[u8], budget: &QueryBudget) -> Result<Vec<Cow<'static, [u8]>>, Failure> {
        budget.check()?;
        let outputs = self.program.run(data).map_err(|error| failure(&error))?;
        let text = |output: Output| if self.is_raw { output.raw().into_owned() } else { output.into_json() };
        Ok(outputs.into_iter().map(|output| Cow::Owned(text(output).into_bytes())).collect())
    }
}

/// Refuses what has become too much before there is more of it.
fn check<'r, T>(outputs: &[T], seen: &mut Seen, data: impl Fn(&T) -> &Cow<'r, [u8]>) -> Result<(), Failure> {
    seen.bytes += outputs[seen.outputs..].iter().map(|output| data(output).len()).sum::<usize>();
    seen.outputs = outputs.len();
    if seen.outputs <= OUTPUTS_PER_RECORD_MAX && seen.bytes <= OUTPUT_BYTES_PER_BATCH_MAX {
        return Ok(());
    }
    let message = format!(
        "the record became {} outputs of {} bytes, at most {OUTPUTS_PER_RECORD_MAX} and {OUTPUT_BYTES_PER_BATCH_MAX} are allowed",
        seen.outputs, seen.bytes
    );
    Err(Failure::with_code(Failure::OUTPUT_TOO_LARGE, message))
}

/// How far outputs were looked at.
#[derive(Default)]
struct Seen {
    outputs: usize,
    bytes: usize,
}

/// Why a record fails of which a filter has made nothing.
fn failure(error: &RunError) -> Failure {
    Failure::with_code(Failure::QUERY_FAILED, format!("transform_query: {error}"))
}

#[cfg(all(test, feature = "jq"))]
mod tests {
    use super::*;

    fn query(source: &str, is_raw: bool) -> TransformQuery {
        TransformQuery { program: Arc::new(Program::compile(source).unwrap()), is_raw }
    }

    fn texts(processed: Result<Processed<'_>, Failure>) -> Vec<String> {
        let text = |data: Cow<'_, [u8]>| String::from_utf8(data.into_owned()).unwrap();
        match processed {
            Ok(Processed::Keep(data)) => vec![text(data)],
            Ok(Processed::Split(all)) => all.into_iter().map(text).collect(),
            Ok(Processed::Partition(all)) => {
                all.into_iter().map(|own| format!("{}@{}", text(own.data), own.partition_keys[0].1)).collect()
            }
            Ok(Processed::Drop) => vec!["dropped".to_owned()],
            Err(failure) => vec![format!("{}: {}", failure.code, failure.message)],
        }
    }

    #[test]
    fn outputs_drop_split_and_fail_the_record_alone() {
        let keep = |data: &'static str| Processed::Keep(Cow::Borrowed(data.as_bytes()));
        let failed = "Transform.QueryFailed: transform_query: the jq program failed: ";
        for (name, source, is_raw, record, expected) in [
            ("one", ".a", false, r#"{"a": "x"}"#, vec![r#""x""#.to_owned()]),
            ("one, raw", ".a", true, r#"{"a": "x\ny"}"#, vec!["x\ny".to_owned()]),
            ("several", ".a[]", false, r#"{"a": [1, {"b": 2}]}"#, vec!["1".to_owned(), r#"{"b":2}"#.to_owned()]),
            ("none", "select(.a)", false, r#"{"a": false}"#, vec!["dropped".to_owned()]),
            ("an error", "error(\"no\")", false, "1", vec![format!("{failed}no")]),
            (
                "some, and an error",
                ".[]|(1/.)",
                false,
                "[1,0]",
                vec![format!("{failed}number (1) and number (0) cannot be divided because the divisor is zero")],
            ),
        ] {
            assert_eq!(texts(query(source, is_raw).apply(keep(record), &QueryBudget::begin())), expected, "{name}");
        }
        let failure = query(".", false).apply(keep("a,b"), &QueryBudget::begin()).unwrap_err();
        assert!(
            failure.message.starts_with("transform_query: the record is not one JSON value"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn what_the_hooks_have_made_is_asked_one_by_one() {
        let data = |text: &'static str| Cow::Borrowed(text.as_bytes());
        let doubled = query("., .", false);
        assert_eq!(texts(doubled.apply(Processed::Drop, &QueryBudget::begin())), ["dropped"]);
        assert_eq!(
            texts(doubled.apply(Processed::Split(vec![data("1"), data("2")]), &QueryBudget::begin())),
            ["1", "1", "2", "2"]
        );
        let keyed =
            |text, value: &'static str| Placed { data: data(text), partition_keys: vec![("k".into(), value.into())] };
        let placed = Processed::Partition(vec![keyed("1", "a"), keyed("2", "b")]);
        assert_eq!(texts(doubled.apply(placed, &QueryBudget::begin())), ["1@a", "1@a", "2@b", "2@b"]);
    }

    #[test]
    fn l1_what_queries_take_is_bounded_for_all_runs_together() {
        let many = || Processed::Split(vec![Cow::Borrowed(&b"0"[..]); 50]);
        let costly = query("[range(1000)] | length", false);
        assert_eq!(texts(costly.apply(many(), &QueryBudget::of(10_000_000))).len(), 50);
        let failure = costly.apply(many(), &QueryBudget::of(10_000)).unwrap_err();
        assert_eq!(failure.message, "the queries of its batch took more than 10000 steps");
    }

    #[test]
    fn l1_outputs_of_all_runs_of_a_record_are_counted_together() {
        let split = Processed::Split(vec![Cow::Borrowed(&b"0"[..]); 3]);
        let failure = query("range(4000)", false).apply(split, &QueryBudget::begin()).unwrap_err();
        assert_eq!(failure.code, Failure::OUTPUT_TOO_LARGE);
        assert!(failure.message.starts_with("the record became 12000 outputs of "), "{}", failure.message);
    }
}
