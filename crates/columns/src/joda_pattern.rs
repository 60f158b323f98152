//! Patterns of Joda-Time, as `HiveJsonSerDe` takes them for timestamps.

/// A pattern of Joda-Time's `DateTimeFormat`, English, without what would need a clock or a list of zones.
///
/// Letters: `y` and `Y` (four and more; two would be a year by today's), `M` (three and more are names), `d`, `D`, `E`
/// (a name, not held against the date), `a`, `H`, `k`, `K`, `h`, `m`, `s`, `S` (a fraction), `Z` (an offset, or `Z`);
/// text in quotes, `''`. What a pattern does not have is that of 1970-01-01T00:00:00Z.
///
/// Source: Joda-Time, `DateTimeFormat`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JodaPattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// At most so many digits.
    Number(Field, usize),
    Month,
    Weekday,
    Half,
    Offset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Year,
    Month,
    Day,
    DayOfYear,
    /// 0 to 23.
    Hour,
    /// 1 to 24.
    ClockHour,
    /// 0 to 11.
    HalfHour,
    /// 1 to 12.
    ClockHalfHour,
    Minute,
    Second,
    Fraction,
}

/// A text that is no pattern of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the timestamp format {pattern:?} is not taken: {fault}")]
pub struct JodaPatternError {
    /// The pattern, bounded.
    pub pattern: String,
    /// What is wrong, and what was expected.
    pub fault: &'static str,
}

/// What a text says by a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JodaTime {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    /// Instead of month and day.
    pub day_of_year: Option<u32>,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub nanos: u32,
    /// Seconds east of UTC.
    pub offset: i64,
}

impl JodaPattern {
    /// Fails on a letter that is not taken, and says which are.
    pub fn parse(text: &str) -> Result<Self, JodaPatternError> {
        const CHARACTERS_MAX: usize = 100;
        let error = |fault| JodaPatternError { pattern: text.chars().take(CHARACTERS_MAX).collect(), fault };
        if text.is_empty() || text.chars().count() > CHARACTERS_MAX {
            return Err(error("expected 1 to 100 characters"));
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let run = rest.len() - rest.trim_start_matches(first).len();
            if !first.is_ascii_alphabetic() {
                let (literal, length) = if first == '\'' {
                    quoted(rest).ok_or_else(|| error("a quote is not closed, expected another '"))?
                } else {
                    (first.to_string(), first.len_utf8())
                };
                rest = &rest[length..];
                match parts.last_mut() {
                    Some(Part::Literal(before)) => before.push_str(&literal),
                    _ => parts.push(Part::Literal(literal)),
                }
                continue;
            }
            parts.push(match first {
                'y' | 'Y' if run >= 4 => Part::Number(Field::Year, 9),
                'y' | 'Y' => {
                    return Err(error("expected four letters for the year: two digits would be one by today's"));
                }
                'M' if run >= 3 => Part::Month,
                'M' => Part::Number(Field::Month, 2),
                'd' => Part::Number(Field::Day, 2),
                'D' => Part::Number(Field::DayOfYear, 3),
                'E' => Part::Weekday,
                'a' => Part::Half,
                'H' => Part::Number(Field::Hour, 2),
                'k' => Part::Number(Field::ClockHour, 2),
                'K' => Part::Number(Field::HalfHour, 2),
                'h' => Part::Number(Field::ClockHalfHour, 2),
                'm' => Part::Number(Field::Minute, 2),
                's' => Part::Number(Field::Second, 2),
                'S' if run <= 9 => Part::Number(Field::Fraction, run),
                'Z' if run <= 2 => Part::Offset,
                _ => return Err(error("expected y, M, d, D, E, a, H, k, K, h, m, s, S, Z, and text in quotes")),
            });
            // Beside other digits a number ends where its letters do.
            let is_numeric = |part: Option<&Part>| matches!(part, Some(Part::Number(..)));
            rest = &rest[run..];
            let next =
                rest.chars().next().is_some_and(|next| "yYMdDHkKhmsS".contains(next) && !rest.starts_with("MMM"));
            if next
                && is_numeric(parts.last())
                && let Some(Part::Number(_, digits)) = parts.last_mut()
            {
                *digits = run;
            }
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What `text` says; none where it does not follow the pattern to its end.
    pub(crate) fn read(&self, text: &str) -> Option<JodaTime> {
        let mut time = JodaTime {
            year: 1970,
            month: 1,
            day: 1,
            day_of_year: None,
            hour: 0,
            minute: 0,
            second: 0,
            nanos: 0,
            offset: 0,
        };
        let mut is_afternoon = None;
        let mut rest = text;
        for part in &self.parts {
            rest = match part {
                Part::Literal(literal) => rest.strip_prefix(literal.as_str())?,
                Part::Month => {
                    let (index, rest) = named(rest, &MONTHS)?;
                    time.month = index + 1;
                    rest
                }
                Part::Weekday => named(rest, &WEEKDAYS)?.1,
                Part::Half => {
                    let half = rest.get(..2)?;
                    is_afternoon = Some(half.eq_ignore_ascii_case("pm"));
                    if is_afternoon == Some(false) && !half.eq_ignore_ascii_case("am") {
                        return None;
                    }
                    &rest[2..]
                }
                Part::Offset => {
                    let (offset, rest) = offset(rest)?;
                    time.offset = offset;
                    rest
                }
                Part::Number(field, digits) => {
                    let length = rest.bytes().take(*digits).take_while(u8::is_ascii_digit).count();
                    let number: u32 = rest[..length].parse().ok()?;
                    time.set(*field, number, length)?;
                    &rest[length..]
                }
            };
        }
        if is_afternoon == Some(true) && time.hour < 12 {
            time.hour += 12;
        }
        rest.is_empty().then_some(time)
    }
}

impl JodaTime {
    fn set(&mut self, field: Field, number: u32, digits: usize) -> Option<()> {
        let within = |range: std::ops::RangeInclusive<u32>| range.contains(&number).then_some(number);
        match field {
            Field::Year => self.year = number.into(),
            Field::Month => self.month = within(1..=12)?,
            Field::Day => self.day = within(1..=31)?,
            Field::DayOfYear => self.day_of_year = Some(within(1..=366)?),
            Field::Hour => self.hour = within(0..=23)?,
            Field::ClockHour => self.hour = within(1..=24)? % 24,
            Field::HalfHour => self.hour = within(0..=11)?,
            Field::ClockHalfHour => self.hour = within(1..=12)? % 12,
            Field::Minute => self.minute = within(0..=59)?,
            Field::Second => self.second = within(0..=59)?,
            Field::Fraction => self.nanos = number * 10_u32.pow(9_u32.checked_sub(u32::try_from(digits).ok()?)?),
        }
        Some(())
    }
}

/// What stands in quotes at the beginning, and how many bytes that takes.
fn quoted(rest: &str) -> Option<(String, usize)> {
    if rest.starts_with("''") {
        return Some(("'".to_owned(), 2));
    }
    let mut literal = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != '\'' {
            literal.push(character);
        } else if characters.next_if(|&(_, next)| next == '\'').is_some() {
            literal.push('\'');
        } else {
            return Some((literal, at + 1));
        }
    }
    None
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The place of the name, whole or its first three letters, and what follows it.
fn named<'t>(rest: &'t str, names: &[&str]) -> Option<(u32, &'t str)> {
    (0..).zip(names).find_map(|(index, name)| {
        let begins = |length: usize| rest.get(..length).is_some_and(|text| text.eq_ignore_ascii_case(&name[..length]));
        [name.len(), 3].into_iter().find(|&length| begins(length)).map(|length| (index, &rest[length..]))
    })
}

/// Seconds east of UTC in `Z`, `+hhmm` or `+hh:mm`, and what follows.
fn offset(rest: &str) -> Option<(i64, &str)> {
    if let Some(rest) = rest.strip_prefix('Z') {
        return Some((0, rest));
    }
    let sign = match rest.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let two = |text: Option<&str>| text.filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?.parse::<i64>().ok();
    let hours = two(rest.get(1..3)).filter(|&hours| hours < 24)?;
    let rest = &rest[3..];
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = two(rest.get(..2)).filter(|&minutes| minutes < 60)?;
    Some((sign * (hours * 3600 + minutes * 60), &rest[2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pattern: &str, text: &str) -> Option<String> {
        let pattern = JodaPattern::parse(pattern).unwrap_or_else(|error| panic!("{error}"));
        let JodaTime { year, month, day, day_of_year, hour, minute, second, nanos, offset } = pattern.read(text)?;
        let day_of_year = day_of_year.map_or(String::new(), |day| format!(" day {day}"));
        Some(format!("{year}-{month}-{day}{day_of_year} {hour}:{minute}:{second} {nanos} {offset}"))
    }

    #[test]
    fn texts_are_read_by_patterns() {
        for (pattern, text, expected) in [
            ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2018-02-07T15:37:04.123+0130", Some("2018-2-7 15:37:4 123000000 5400")),
            ("yyyy-MM-dd'T'HH:mm:ssZZ", "2018-02-07T15:37:04-08:00", Some("2018-2-7 15:37:4 0 -28800")),
            ("yyyy-MM-dd'T'HH:mm:ssZ", "2018-02-07T15:37:04Z", Some("2018-2-7 15:37:4 0 0")),
            ("yyyyMMddHHmmss", "20180207153704", Some("2018-2-7 15:37:4 0 0")),
            ("EEE, d MMM yyyy h:mm a", "Wed, 7 Feb 2018 12:05 AM", Some("2018-2-7 0:5:0 0 0")),
            ("EEEE d MMMM yyyy K a", "wednesday 7 february 2018 3 pm", Some("2018-2-7 15:0:0 0 0")),
            ("yyyy-DDD k", "2018-038 24", Some("2018-1-1 day 38 0:0:0 0 0")),
            ("''HH 'o''clock'", "'07 o'clock", Some("1970-1-1 7:0:0 0 0")),
            ("ss.SSSSSSSSS", "1.5", Some("1970-1-1 0:0:1 500000000 0")),
            ("yyyy-MM-dd", "2018-02-07x", None),
            ("yyyy-MM-dd", "2018-13-07", None),
            ("yyyy-MM-dd", "2018-02-", None),
            ("HH", "24", None),
            ("d MMM", "7 Febx", None),
            ("h a", "3 xm", None),
            ("Z", "+2500", None),
            ("Z", "+01é", None),
        ] {
            assert_eq!(told(pattern, text).as_deref(), expected, "{pattern}: {text}");
        }
    }

    #[test]
    fn patterns_that_are_not_taken_say_what_is() {
        for (pattern, fault) in [
            ("", "expected 1 to 100 characters"),
            ("yy-MM-dd", "expected four letters for the year"),
            ("xxxx-ww", "expected y, M, d, "),
            ("yyyy z", "expected y, M, d, "),
            ("SSSSSSSSSS", "expected y, M, d, "),
            ("HH 'uhr", "a quote is not closed"),
        ] {
            let error = JodaPattern::parse(pattern).unwrap_err();
            assert!(error.fault.starts_with(fault), "{error}");
        }
    }
}
