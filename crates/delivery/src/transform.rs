//! What a transform may say of a record, and how it is asked.
//!
//! A record that cannot be processed is data: it goes on, whole and with its reason, to the error output. Nothing
//! that a transform does to one record reaches another.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use penstock_format::ErrorOutputType;

use crate::hooks;
use crate::limits::{OUTPUTS_PER_RECORD_MAX, QUOTED_CHARS_MAX};
use crate::query::TransformQuery;
use crate::query_budget::QueryBudget;
use crate::records::UserRecord;

/// Decides what becomes of each record. Pure: the same record gives the same result.
pub trait Transform {
    /// What becomes of `record`.
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure>;
}

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Processed<'r> {
    /// It is kept, as these bytes.
    Keep(Cow<'r, [u8]>),
    /// It becomes several, in this order; none at all is the same as `Drop`.
    Split(Vec<Cow<'r, [u8]>>),
    /// It becomes these, in this order, each in its own partition.
    Partition(Vec<Output<'r>>),
    /// It is left out, and counted.
    Drop,
}

/// An output that says which partition it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output<'r> {
    /// Its bytes.
    pub data: Cow<'r, [u8]>,
    /// Names and values, Firehose's `metadata.partitionKeys`: what `!{partitionKeyFromLambda:name}` in the prefix becomes.
    /// Names that the prefix does not have are passed over.
    pub partition_keys: Vec<(Cow<'r, str>, Cow<'r, str>)>,
}

/// Why a record fails: a code for programs and a sentence for people, both in the error document.
///
/// A reason is deterministic: no time, no address, no random number in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Such as `Transform.Failed`.
    pub code: Cow<'static, str>,
    /// In words. The error document bounds it.
    pub message: String,
    /// Which folder of the error output it goes to.
    pub output_type: ErrorOutputType,
}

impl Failure {
    /// The code of a failure that names none.
    pub const FAILED: &'static str = "Transform.Failed";
    /// The code of a hook that panicked.
    pub const PANICKED: &'static str = "Transform.Panicked";
    /// The code of a record of which `transform_query` makes nothing.
    pub const QUERY_FAILED: &'static str = "Transform.QueryFailed";
    /// The code of a record that became too much.
    pub const OUTPUT_TOO_LARGE: &'static str = "Transform.OutputTooLarge";
    /// The code of a record that fails whole, because so much of its batch failed that not each part can have a document.
    pub const TOO_MANY_FAILED: &'static str = "Deaggregation.TooManyFailed";
    /// The code of a record that does not say its partition; Firehose's word.
    pub const EXTRACTION_FAILED: &'static str = "DynamicPartitioning.MetadataExtractionFailed";
    /// The code of a record whose partition is one too many; Firehose's word.
    pub const TOO_MANY_PARTITIONS: &'static str = "DynamicPartitioning.ActivePartitionsLimitExceeded";

    /// The code of an output that an envelope of text cannot hold.
    pub const NOT_TEXT: &'static str = "Envelope.NotText";
    /// The code of an output that an envelope of JSON cannot hold.
    pub const NOT_JSON: &'static str = "Envelope.NotJson";
    /// The code of an output that cannot be the element of a JSON array.
    pub const NOT_AN_ELEMENT: &'static str = "JsonArray.NotJson";

    /// A failure with the code [`Failure::FAILED`].
    pub fn new(message: impl Into<String>) -> Self {
        Self::with_code(Self::FAILED, message)
    }

    /// A failure with a code of yours.
    pub fn with_code(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), output_type: ErrorOutputType::ProcessingFailed }
    }

    /// The same, in another folder of the error output.
    #[must_use]
    pub fn of_type(self, output_type: ErrorOutputType) -> Self {
        Self { output_type, ..self }
    }
}

/// The transform of the user: [`hooks::decode`], then [`hooks::process`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Hooks;

impl Transform for Hooks {
    #[inline]
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        hooks::process(record, hooks::decode(record)?)
    }
}

/// Asks `transform` about one record, and then `query`: a panic fails the record, and so does too large a number of outputs.
pub fn ask<'r, T: Transform>(
    transform: &T,
    query: Option<&TransformQuery>,
    budget: &QueryBudget,
    record: &UserRecord<'r>,
) -> Result<Processed<'r>, Failure> {
    let processed = caught(|| {
        let processed = transform.transform(record)?;
        match query {
            None => Ok(processed),
            Some(query) => query.apply(processed, budget),
        }
    })?;
    let outputs = match &processed {
        Processed::Split(outputs) => outputs.len(),
        Processed::Partition(outputs) => outputs.len(),
        Processed::Keep(_) | Processed::Drop => 1,
    };
    if outputs > OUTPUTS_PER_RECORD_MAX {
        let message = format!("the record became {outputs} outputs, at most {OUTPUTS_PER_RECORD_MAX} are allowed");
        return Err(Failure::with_code(Failure::OUTPUT_TOO_LARGE, message));
    }
    Ok(processed)
}

/// What `work` makes of a record; a panic fails that record.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(Failure::with_code(Failure::PANICKED, panic_message(panic.as_ref()))))
}

/// What a panic said, bounded, in one line. Its place in the code is left out: it changes with every build.
fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message");
    let line: String = said.chars().take(QUOTED_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("the transform panicked: {line}")
}

#[cfg(test)]
mod tests {
    use penstock_format::{ArrivalTime, SequenceDigits};

    use super::*;

    struct Of<F>(F);
    impl<F: Fn(&[u8]) -> Result<Processed<'static>, Failure>> Transform for Of<F> {
        fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
            (self.0)(record.data)
        }
    }

    fn of(transform: &impl Transform) -> Result<Processed<'static>, Failure> {
        let number = SequenceDigits::parse("7").unwrap();
        let record = UserRecord {
            data: b"abc",
            partition_key: "k",
            sequence_number: number,
            sub_sequence_number: 0,
            arrival: ArrivalTime::from_millis(0).unwrap(),
        };
        ask(transform, None, &QueryBudget::begin(), &record).map(|processed| match processed {
            Processed::Keep(data) => Processed::Keep(Cow::Owned(data.into_owned())),
            Processed::Split(all) => Processed::Split(all.into_iter().map(|d| Cow::Owned(d.into_owned())).collect()),
            Processed::Partition(_) => unreachable!("no transform here partitions"),
            Processed::Drop => Processed::Drop,
        })
    }

    #[test]
    fn the_hooks_as_shipped_keep_the_record_without_a_copy() {
        let number = SequenceDigits::parse("7").unwrap();
        let data = b"abc";
        let arrival = ArrivalTime::from_millis(0).unwrap();
        let record = UserRecord { data, partition_key: "k", sequence_number: number, sub_sequence_number: 0, arrival };
        let Ok(Processed::Keep(Cow::Borrowed(kept))) = Hooks.transform(&record) else { panic!("kept and borrowed") };
        assert_eq!(kept.as_ptr(), data.as_ptr());
    }

    #[test]
    fn a_panic_fails_the_record_and_says_what_it_said() {
        let quiet = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        let text = of(&Of(|_: &[u8]| panic!("no such field\n{}", "x".repeat(1000))));
        let constant = of(&Of(|_: &[u8]| std::panic::panic_any(7)));
        std::panic::set_hook(quiet);
        let failure = text.unwrap_err();
        assert_eq!(failure.code, Failure::PANICKED);
        assert!(failure.message.starts_with("the transform panicked: no such field xxx"), "{}", failure.message);
        assert!(failure.message.len() < 120);
        assert_eq!(constant.unwrap_err().message, "the transform panicked: without a message");
    }

    #[test]
    fn l1_a_record_may_not_become_too_many() {
        let split = |n: usize| of(&Of(move |_: &[u8]| Ok(Processed::Split(vec![Cow::Borrowed(&b""[..]); n]))));
        assert!(split(OUTPUTS_PER_RECORD_MAX).is_ok());
        assert_eq!(split(OUTPUTS_PER_RECORD_MAX + 1).unwrap_err().code, Failure::OUTPUT_TOO_LARGE);
    }
}
