//! Reading a name from its end: what is left of a key, and how a part is taken off it.
//!
//! A key begins with a prefix that may hold anything, so nothing can be known from its front.

use chrono::NaiveDateTime;

use crate::{SequenceNumber, ShardId};

/// How a name prints its time: civil time of the configured zone, of fixed width.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Precision {
    /// `yyyy-MM-dd-HH-mm-ss`, Firehose's.
    Seconds,
    /// `yyyy-MM-dd-HH-mm-ss-SS`, the 2015 post's.
    Centiseconds,
}

impl Precision {
    const fn width(self) -> usize {
        match self {
            Self::Seconds => 19,
            Self::Centiseconds => 22,
        }
    }

    pub(super) fn print(self, time: NaiveDateTime) -> String {
        let seconds = time.format("%Y-%m-%d-%H-%M-%S");
        match self {
            Self::Seconds => seconds.to_string(),
            Self::Centiseconds => format!("{seconds}-{:02}", time.and_utc().timestamp_subsec_millis() / 10),
        }
    }

    fn parse(self, text: &str) -> Option<NaiveDateTime> {
        let (seconds, centiseconds) = match self {
            Self::Seconds => (text, 0),
            Self::Centiseconds => {
                let (seconds, rest) = text.split_at_checked(Self::Seconds.width())?;
                (seconds, rest.strip_prefix('-')?.parse::<u32>().ok()?)
            }
        };
        let time = NaiveDateTime::parse_from_str(seconds, "%Y-%m-%d-%H-%M-%S").ok()?;
        let time = time.checked_add_signed(chrono::TimeDelta::milliseconds(i64::from(centiseconds) * 10))?;
        // What would not be printed so was not printed by us: no sign, no sixtieth second, no 100 centiseconds.
        (self.print(time) == text).then_some(time)
    }
}

/// What is left of a key.
pub(super) struct Tail<'k>(pub(super) &'k str);

impl<'k> Tail<'k> {
    pub(super) fn literal(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_suffix(text)?;
        Some(())
    }

    pub(super) fn time(&mut self, precision: Precision) -> Option<NaiveDateTime> {
        let (rest, text) = self.0.split_at_checked(self.0.len().checked_sub(precision.width())?)?;
        self.0 = rest;
        precision.parse(text)
    }

    pub(super) fn shard(&mut self) -> Option<u64> {
        let digits = self.digits();
        let number: u64 = digits.parse().ok()?;
        (number.to_string() == digits && ShardId::from_number(number).is_ok()).then_some(number)
    }

    pub(super) fn sequence_number(&mut self) -> Option<SequenceNumber> {
        SequenceNumber::parse(self.digits()).ok()
    }

    fn digits(&mut self) -> &'k str {
        let rest = self.0.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = &self.0[rest.len()..];
        self.0 = rest;
        digits
    }
}
