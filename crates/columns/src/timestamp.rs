//! Days and instants, from the year 1 to the year 9999, as Hive has them.

use crate::decimal::{NumberFault, scaled};
use crate::joda_pattern::JodaTime;

/// An instant, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp {
    /// Since 1970; what is before it is negative.
    pub seconds: i64,
    /// Behind `seconds`, less than a second.
    pub nanos: u32,
}

pub(crate) const SECONDS_A_DAY: i64 = 86_400;
const NANOS_A_SECOND: i128 = 1_000_000_000;
/// The first second of the year 1.
const SECONDS_MIN: i64 = -62_135_596_800;
/// The last second of the year 9999.
const SECONDS_MAX: i64 = 253_402_300_799;
/// From here on a whole number is milliseconds: so many seconds are the year 5138, so many milliseconds 1973.
const MILLIS_FROM: i128 = 100_000_000_000;

/// Days since 1970 of a day that there is.
fn days(year: i64, month: u32, day: u32) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March, so that the day that not every year has is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

/// Days since 1970 of `yyyy-[m]m-[d]d`.
pub(crate) fn date(text: &str) -> Option<i32> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let days = days(digits(year, 4..=4)?.into(), digits(month, 1..=2)?, digits(day, 1..=2)?)?;
    i32::try_from(days).ok()
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let is_number = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

impl Timestamp {
    /// From nanoseconds since 1970.
    fn from_nanos(nanos: i128) -> Option<Self> {
        let seconds = i64::try_from(nanos.div_euclid(NANOS_A_SECOND)).ok()?;
        let nanos = u32::try_from(nanos.rem_euclid(NANOS_A_SECOND)).ok()?;
        Self { seconds, nanos }.in_range()
    }

    fn in_range(self) -> Option<Self> {
        (SECONDS_MIN..=SECONDS_MAX).contains(&self.seconds).then_some(self)
    }

    /// A number by the rules of [`OpenXJsonSerDe`](crate::OpenXJsonSerDe).
    pub(crate) fn from_number(text: &str) -> Result<Self, NumberFault> {
        let is_whole = !text.contains(['.', 'e', 'E']);
        let number = scaled(text, if is_whole { 0 } else { 9 })?.value;
        let nanos = if !is_whole {
            Some(number)
        } else if number.abs() >= MILLIS_FROM {
            number.checked_mul(NANOS_A_SECOND / 1000)
        } else {
            number.checked_mul(NANOS_A_SECOND)
        };
        nanos.and_then(Self::from_nanos).ok_or(NumberFault::Overflow)
    }

    /// Milliseconds since 1970.
    pub(crate) fn from_millis(text: &str) -> Result<Self, NumberFault> {
        let millis = scaled(text, 0)?;
        let nanos = millis.value.checked_mul(NANOS_A_SECOND / 1000).filter(|_| millis.is_exact);
        nanos.and_then(Self::from_nanos).ok_or(NumberFault::Overflow)
    }

    /// A string by the rules of [`OpenXJsonSerDe`](crate::OpenXJsonSerDe).
    pub(crate) fn from_open_x(text: &str) -> Option<Self> {
        if !text.contains(':') {
            return Self::from_number(text).ok();
        }
        match text.split_once('T') {
            Some((date, time)) if date.len() == 10 => Self::from_parts(date, time.strip_suffix('Z')?),
            Some(_) => None,
            None => Self::from_java_sql(text),
        }
    }

    /// `yyyy-[m]m-[d]d hh:mm:ss[.f...]`, as `java.sql.Timestamp.valueOf` takes it; UTC.
    pub(crate) fn from_java_sql(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(' ')?;
        Self::from_parts(date, time)
    }

    fn from_parts(date: &str, time: &str) -> Option<Self> {
        let days = self::date(date)?;
        let (clock, fraction) = time.split_once('.').map_or((time, None), |(clock, fraction)| (clock, Some(fraction)));
        let mut parts = clock.split(':');
        let mut part = |end: u32| digits(parts.next()?, 2..=2).filter(|&number| number < end);
        let (hour, minute, second) = (part(24)?, part(60)?, part(60)?);
        if parts.next().is_some() {
            return None;
        }
        let nanos = match fraction {
            None => 0,
            Some(fraction) => {
                let number = digits(fraction, 1..=9)?;
                number * 10_u32.pow(9 - u32::try_from(fraction.len()).ok()?)
            }
        };
        let seconds = i64::from(days) * SECONDS_A_DAY + i64::from(hour * 3600 + minute * 60 + second);
        Some(Self { seconds, nanos })
    }

    /// What a pattern of Joda-Time made of a text.
    pub(crate) fn from_joda(time: &JodaTime) -> Option<Self> {
        let days = match time.day_of_year {
            None => days(time.year, time.month, time.day)?,
            Some(day) => {
                let days = days(time.year, 1, 1)? + i64::from(day) - 1;
                // The last day of a year is the day before the next one's first.
                (days <= self::days(time.year, 12, 31)?).then_some(days)?
            }
        };
        let clock = i64::from(time.hour * 3600 + time.minute * 60 + time.second);
        Self { seconds: days * SECONDS_A_DAY + clock - time.offset, nanos: time.nanos }.in_range()
    }

    /// Milliseconds since 1970; what is finer is cut off, towards the past.
    pub(crate) fn millis(self) -> i64 {
        self.seconds * 1_000 + i64::from(self.nanos / 1_000_000)
    }

    /// Microseconds since 1970; what is finer is cut off, towards the past.
    pub(crate) fn micros(self) -> i64 {
        self.seconds * 1_000_000 + i64::from(self.nanos / 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (text, days) in [
            ("1970-01-01", Some(0)),
            ("1969-12-31", Some(-1)),
            ("2000-02-29", Some(11_016)),
            ("2026-1-9", Some(20_462)),
            ("0001-01-01", Some(-719_162)),
            ("9999-12-31", Some(2_932_896)),
            ("1900-02-29", None),
            ("2026-04-31", None),
            ("2026-13-01", None),
            ("0000-01-01", None),
            ("26-01-01", None),
            ("2026-01-001", None),
            ("2026-01-01 ", None),
            ("2026-01", None),
            ("+026-01-01", None),
        ] {
            assert_eq!(date(text), days, "{text}");
        }
    }

    #[test]
    fn open_x_takes_its_five_forms() {
        let seconds = 1_518_033_528;
        for (text, expected) in [
            ("2018-02-07T19:58:48Z", Some((seconds, 0))),
            ("2018-02-07T19:58:48.5Z", Some((seconds, 500_000_000))),
            ("2018-02-07T19:58:48.123456789Z", Some((seconds, 123_456_789))),
            ("2018-2-7 19:58:48", Some((seconds, 0))),
            ("2018-02-07 19:58:48.000001", Some((seconds, 1_000))),
            ("1518033528", Some((seconds, 0))),
            ("1518033528123", Some((seconds, 123_000_000))),
            ("1518033528.123456789", Some((seconds, 123_456_789))),
            ("1.518033528e9", Some((seconds, 0))),
            ("-1.5", Some((-2, 500_000_000))),
            ("-62135596800", Some((-62_135_596_800, 0))),
            ("99999999999", Some((99_999_999_999, 0))),
            ("100000000000", Some((100_000_000, 0))),
            ("253402300799999", Some((253_402_300_799, 999_000_000))),
            ("253402300800000", None),
            ("1e999999", None),
            ("2018-02-07T19:58:48", None),
            ("2018-02-07T19:58:48+01:00", None),
            ("2018-2-7T19:58:48Z", None),
            ("2018-02-07 24:00:00", None),
            ("2018-02-07 19:58", None),
            ("2018-02-07 19:58:48.", None),
            ("2018-02-07 19:58:48.1234567890", None),
            ("2018-02-07", None),
            ("", None),
            (" 1518033528", None),
        ] {
            let told = Timestamp::from_open_x(text).map(|Timestamp { seconds, nanos }| (seconds, nanos));
            assert_eq!(told, expected, "{text}");
        }
    }

    #[test]
    fn representations_cut_towards_the_past() {
        let before = Timestamp { seconds: -1, nanos: 999_999_999 };
        assert_eq!((before.millis(), before.micros()), (-1, -1));
        assert_eq!(Timestamp::from_millis("-1"), Ok(Timestamp { seconds: -1, nanos: 999_000_000 }));
        assert_eq!(Timestamp::from_millis("1.5"), Err(NumberFault::Overflow));
    }
}
