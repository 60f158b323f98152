//! Every limit of the function, in one place (promise L1).

use std::time::Duration;

/// Panics that are told, each by its place in the code. A hook that panics at every record would fill the log.
pub const PANICS_TOLD_MAX: u32 = 20;

/// Room for an event from the start, in bytes: Lambda's largest of a synchronous invocation. Source: Lambda developer guide,
/// "Lambda quotas". A larger one is received too.
pub const EVENT_BYTES_EXPECTED: usize = 6 * 1024 * 1024;

/// Puts under way at once. One batch makes few objects; more of them share one network.
pub const PUTS_AT_ONCE: usize = 16;

/// Time kept back before Lambda's deadline, to give up the puts and to answer.
pub const ANSWER_RESERVE: Duration = Duration::from_secs(2);

/// The most of an invocation's time that [`ANSWER_RESERVE`] may take: of a short timeout, something is left to work.
pub const ANSWER_RESERVE_DIVISOR: u32 = 3;

/// One attempt at one put. A stuck connection is given up well before the deadline, so that another is tried.
pub const PUT_ATTEMPT: Duration = Duration::from_secs(10);

/// Connecting to S3.
pub const CONNECT: Duration = Duration::from_secs(3);

/// The first wait before a put is tried again; it doubles up to [`BACKOFF_MAX`], and is drawn at random below that.
pub const BACKOFF_FIRST: Duration = Duration::from_millis(50);

/// The longest wait before a put is tried again.
pub const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// Characters of an error that go into a log line and into the answer.
pub const ERROR_CHARS_MAX: usize = 1_000;
