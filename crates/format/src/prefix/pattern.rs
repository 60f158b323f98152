//! Timestamp patterns: the letters of Java's `DateTimeFormatter`, read as `java.time` reads them.
//!
//! Left out: printing, and everything that Java does only when it parses dates.

use super::error::ValueProblem;
use super::zone_text::OffsetStyle;
use crate::limits::PATTERN_LETTERS_MAX;

/// A pattern that was read: what it prints, piece by piece.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Pattern {
    pub(super) elements: Vec<Element>,
}

/// Why a pattern is refused, and the byte of the pattern at which.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PatternError {
    pub(super) offset: usize,
    pub(super) reason: ValueProblem,
}

/// A piece of what a pattern prints.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Element {
    Literal(String),
    /// Padded with zeros to the width.
    Number {
        number: Number,
        width: usize,
    },
    /// As a number, with a plus sign once it is wider than the width.
    SignedNumber {
        number: Number,
        width: usize,
    },
    /// The last two digits.
    TwoDigits(Number),
    Text {
        text: Text,
        length: TextLength,
    },
    /// That many digits of the second's fraction, cut off, not rounded.
    Fraction {
        digits: usize,
    },
    ZoneName {
        full: bool,
    },
    /// `GMT+9` or `GMT+09:00`.
    LocalizedOffset {
        full: bool,
    },
    Offset(OffsetStyle),
}

/// A number of a date or time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Number {
    Year,
    WeekBasedYear,
    Quarter,
    Month,
    DayOfMonth,
    DayOfYear,
    WeekOfYear,
    WeekOfMonth,
    /// From 1 on Sunday.
    DayOfWeek,
    /// 1 on the 1st, 8th, 15th, ... to 7 on the 7th, 14th, ...
    AlignedDayOfWeek,
    /// 0 to 23.
    Hour,
    /// 1 to 24.
    ClockHour,
    /// 0 to 11.
    HalfDayHour,
    /// 1 to 12.
    ClockHalfDayHour,
    Minute,
    Second,
    NanoOfSecond,
    MilliOfDay,
    NanoOfDay,
}

/// A word of a date or time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Text {
    Era,
    Quarter,
    Month,
    DayOfWeek,
    HalfDay,
}

/// How long a word is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TextLength {
    Short,
    Full,
    Narrow,
}

impl Pattern {
    /// Takes what Java takes in the locale `en-US`, but for the letters that Firehose refuses.
    pub(super) fn parse(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError { offset: 0, reason: ValueProblem::Empty });
        }
        let mut elements = Vec::new();
        let mut open_brackets = 0_usize;
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            let refused = |reason| PatternError { offset: at, reason };
            at += match c {
                'a'..='z' | 'A'..='Z' => {
                    let count = rest.chars().take_while(|next| *next == c).count();
                    elements.push(element(c, count).map_err(refused)?);
                    count
                }
                '\'' => {
                    let (quoted, bytes) = quoted(rest).ok_or_else(|| refused(ValueProblem::Quote))?;
                    literal(&mut elements, &quoted);
                    bytes
                }
                // An optional section: whatever it may hold can be printed, so it is.
                '[' => {
                    open_brackets += 1;
                    1
                }
                ']' => {
                    open_brackets = open_brackets.checked_sub(1).ok_or_else(|| refused(ValueProblem::Bracket))?;
                    1
                }
                '{' | '}' | '#' => return Err(refused(ValueProblem::Reserved(c))),
                _ => {
                    literal(&mut elements, c.encode_utf8(&mut [0; 4]));
                    c.len_utf8()
                }
            };
        }
        Ok(Self { elements })
    }
}

fn literal(elements: &mut Vec<Element>, text: &str) {
    match elements.last_mut() {
        Some(Element::Literal(before)) => before.push_str(text),
        Some(_) | None => elements.push(Element::Literal(text.to_owned())),
    }
}

/// The text in the quotes that `rest` begins with, and the bytes it takes. Two quotes are one, inside and outside.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let inside = &rest[1..];
    if inside.starts_with('\'') {
        return Some(("'".to_owned(), 2));
    }
    let mut text = String::new();
    let mut at = 0;
    loop {
        let end = at + inside[at..].find('\'')?;
        text.push_str(&inside[at..end]);
        if !inside[end + 1..].starts_with('\'') {
            return Some((text, end + 2));
        }
        text.push('\'');
        at = end + 2;
    }
}

/// What a letter prints that stands `count` times.
fn element(letter: char, count: usize) -> Result<Element, ValueProblem> {
    let number = |number, width| Element::Number { number, width };
    match letter {
        'u' | 'y' => year(letter, Number::Year, count),
        'Y' => year(letter, Number::WeekBasedYear, count),
        'G' => word(letter, Text::Era, count),
        'Q' | 'q' => number_or_word(letter, Number::Quarter, Text::Quarter, count),
        'M' | 'L' => number_or_word(letter, Number::Month, Text::Month, count),
        'E' => word(letter, Text::DayOfWeek, count),
        'e' => number_or_word(letter, Number::DayOfWeek, Text::DayOfWeek, count),
        'c' => match count {
            2 => Err(ValueProblem::Count { letter, count, expected: "1, 3, 4 or 5 times" }),
            _ => number_or_word(letter, Number::DayOfWeek, Text::DayOfWeek, count).map(|element| match element {
                Element::Number { number, .. } => Element::Number { number, width: 1 },
                other => other,
            }),
        },
        'a' => at_most(letter, count, 1).map(|()| Element::Text { text: Text::HalfDay, length: TextLength::Short }),
        'D' => at_most(letter, count, 3).map(|()| number(Number::DayOfYear, count)),
        'd' => at_most(letter, count, 2).map(|()| number(Number::DayOfMonth, count)),
        'w' => at_most(letter, count, 2).map(|()| number(Number::WeekOfYear, count)),
        'W' => at_most(letter, count, 1).map(|()| number(Number::WeekOfMonth, count)),
        'F' => at_most(letter, count, 1).map(|()| number(Number::AlignedDayOfWeek, count)),
        'H' => at_most(letter, count, 2).map(|()| number(Number::Hour, count)),
        'k' => at_most(letter, count, 2).map(|()| number(Number::ClockHour, count)),
        'K' => at_most(letter, count, 2).map(|()| number(Number::HalfDayHour, count)),
        'h' => at_most(letter, count, 2).map(|()| number(Number::ClockHalfDayHour, count)),
        'm' => at_most(letter, count, 2).map(|()| number(Number::Minute, count)),
        's' => at_most(letter, count, 2).map(|()| number(Number::Second, count)),
        'S' => at_most(letter, count, 9).map(|()| Element::Fraction { digits: count }),
        'A' => at_most(letter, count, PATTERN_LETTERS_MAX).map(|()| number(Number::MilliOfDay, count)),
        'n' => at_most(letter, count, PATTERN_LETTERS_MAX).map(|()| number(Number::NanoOfSecond, count)),
        'N' => at_most(letter, count, PATTERN_LETTERS_MAX).map(|()| number(Number::NanoOfDay, count)),
        'z' => at_most(letter, count, 4).map(|()| Element::ZoneName { full: count == 4 }),
        'O' => match count {
            1 | 4 => Ok(Element::LocalizedOffset { full: count == 4 }),
            _ => Err(ValueProblem::Count { letter, count, expected: "1 or 4 times" }),
        },
        'X' | 'x' => at_most(letter, count, 5).map(|()| Element::Offset(OffsetStyle::iso(count, letter == 'X'))),
        'Z' => at_most(letter, count, 5).map(|()| match count {
            1..=3 => Element::Offset(OffsetStyle::iso(2, false)),
            4 => Element::LocalizedOffset { full: true },
            _ => Element::Offset(OffsetStyle::iso(5, true)),
        }),
        // Firehose refuses C I J P R T U V b f i j l o p r t; Java does not know, or did not in version 8, B g v.
        _ => Err(ValueProblem::Letter(letter)),
    }
}

fn at_most(letter: char, count: usize, most: usize) -> Result<(), ValueProblem> {
    let expected = match most {
        1 => "once",
        2 => "once or twice",
        3 => "1 to 3 times",
        4 => "1 to 4 times",
        5 => "1 to 5 times",
        9 => "1 to 9 times",
        _ => "1 to 19 times",
    };
    if count <= most { Ok(()) } else { Err(ValueProblem::Count { letter, count, expected }) }
}

/// Two letters are two digits; four and more mark a year that is wider with a plus sign.
fn year(letter: char, number: Number, count: usize) -> Result<Element, ValueProblem> {
    at_most(letter, count, PATTERN_LETTERS_MAX)?;
    Ok(match count {
        2 => Element::TwoDigits(number),
        1 | 3 => Element::Number { number, width: count },
        _ => Element::SignedNumber { number, width: count },
    })
}

fn word(letter: char, text: Text, count: usize) -> Result<Element, ValueProblem> {
    at_most(letter, count, 5)?;
    let length = match count {
        4 => TextLength::Full,
        5 => TextLength::Narrow,
        _ => TextLength::Short,
    };
    Ok(Element::Text { text, length })
}

/// One and two letters are a number, three and more a word.
fn number_or_word(letter: char, number: Number, text: Text, count: usize) -> Result<Element, ValueProblem> {
    match count {
        1 | 2 => Ok(Element::Number { number, width: count }),
        _ => word(letter, text, count),
    }
}
