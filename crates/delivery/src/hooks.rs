//! The two functions that are yours: [`decode`] and [`process`]. Edit them, and `cargo xtask local` shows the result.
//!
//! ```text
//! record ── decode ──> bytes ── process ──> keep | split into several | drop | fail with a reason
//! ```
//!
//! Several outputs are `Processed::Split(vec![…])`; outputs that say their partition, for `!{partitionKeyFromLambda:name}` in the
//! prefix, are `Processed::Partition(vec![…])`. What a record has besides its data stands at [`UserRecord`], what may
//! be said of it at [`Processed`].
//!
//! As they stand they change nothing and cost nothing. They live behind the fences of a pure crate: a hook that reads
//! a clock, a random number or the environment does not pass `cargo xtask check`, because a retried batch must make
//! the same bytes under the same key. A hook that panics fails its record, not the batch.

use std::borrow::Cow;

use crate::records::UserRecord;
use crate::transform::{Failure, Processed};

/// From what the producer put to what you want to look at: decompress, decrypt, unwrap.
///
/// Return the record's own bytes (`Cow::Borrowed(record.data)`) where there is nothing to do: they are not copied.
///
/// ```
/// # use std::borrow::Cow;
/// # use penstock_delivery::{UserRecord, Failure};
/// pub fn decode<'r>(record: &UserRecord<'r>) -> Result<Cow<'r, [u8]>, Failure> {
///     match record.data.strip_prefix(b"\xEF\xBB\xBF") {
///         Some(without_mark) => Ok(Cow::Borrowed(without_mark)),
///         None => Ok(Cow::Borrowed(record.data)),
///     }
/// }
/// ```
pub fn decode<'r>(record: &UserRecord<'r>) -> Result<Cow<'r, [u8]>, Failure> {
    Ok(Cow::Borrowed(record.data))
}

/// What becomes of the decoded bytes.
///
/// ```
/// # use std::borrow::Cow;
/// # use penstock_delivery::{UserRecord, Failure, Processed};
/// pub fn process<'r>(record: &UserRecord<'r>, data: Cow<'r, [u8]>) -> Result<Processed<'r>, Failure> {
///     match data.first() {
///         None => Ok(Processed::Drop),
///         Some(b'{') => Ok(Processed::Keep(data)),
///         Some(_) => Err(Failure::new("not a JSON object")),
///     }
/// }
/// ```
///
/// By partition, with `dynamic_partitioning = "Enabled"` and `prefix = "data/customer=!{partitionKeyFromLambda:customer}/"`:
///
/// ```
/// # use std::borrow::Cow;
/// # use penstock_delivery::{UserRecord, Failure, Output, Processed};
/// pub fn process<'r>(record: &UserRecord<'r>, data: Cow<'r, [u8]>) -> Result<Processed<'r>, Failure> {
///     let customer = Cow::Owned(record.partition_key.to_owned());
///     Ok(Processed::Partition(vec![Output { data, partition_keys: vec![("customer".into(), customer)] }]))
/// }
/// ```
pub fn process<'r>(_record: &UserRecord<'r>, data: Cow<'r, [u8]>) -> Result<Processed<'r>, Failure> {
    Ok(Processed::Keep(data))
}
