//! What a timestamp pattern prints for an instant.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate, Timelike};

use super::names;
use super::pattern::{Element, Number, Pattern, Text, TextLength};
use super::zone_text;
use crate::local_time::LocalTime;

/// Prints the instant as the pattern says.
pub(super) fn print(pattern: &Pattern, local: &LocalTime<'_>, out: &mut String) {
    for element in &pattern.elements {
        match element {
            Element::Literal(text) => out.push_str(text),
            Element::Number { number, width } => digits(out, value(*number, local), *width),
            Element::SignedNumber { number, width } => {
                let value = value(*number, local);
                if value.checked_ilog10().is_some_and(|log| log as usize >= *width) {
                    out.push('+');
                }
                digits(out, value, *width);
            }
            Element::TwoDigits(number) => digits(out, value(*number, local) % 100, 2),
            Element::Text { text, length } => out.push_str(word(*text, *length, local)),
            Element::Fraction { digits: count } => {
                let nanos = format!("{:09}", local.civil.nanosecond());
                out.push_str(&nanos[..*count]);
            }
            Element::ZoneName { full } => zone_text::print_zone_name(*full, local, out),
            Element::LocalizedOffset { full } => {
                zone_text::print_localized_offset(*full, local.offset_seconds, out);
            }
            Element::Offset(style) => style.print(local.offset_seconds, out),
        }
    }
}

fn digits(out: &mut String, value: u64, width: usize) {
    write!(out, "{value:0width$}").expect("writing to a string cannot fail");
}

fn word(text: Text, length: TextLength, local: &LocalTime<'_>) -> &'static str {
    match text {
        Text::Era => names::era(length),
        Text::Quarter => names::quarter(local.civil.quarter(), length),
        Text::Month => names::month(local.civil.month(), length),
        Text::DayOfWeek => names::day_of_week(day_of_week(local.civil.date()), length),
        Text::HalfDay => names::half_day(local.civil.hour()),
    }
}

fn value(number: Number, local: &LocalTime<'_>) -> u64 {
    let (date, time) = (local.civil.date(), local.civil.time());
    let nanos_of_day = u64::from(time.num_seconds_from_midnight()) * 1_000_000_000 + u64::from(time.nanosecond());
    let small = match number {
        Number::NanoOfDay => return nanos_of_day,
        Number::MilliOfDay => return nanos_of_day / 1_000_000,
        Number::Year => date.year().unsigned_abs(),
        Number::WeekBasedYear => week_of_year(date).0,
        Number::Quarter => date.quarter(),
        Number::Month => date.month(),
        Number::DayOfMonth => date.day(),
        Number::DayOfYear => date.ordinal(),
        Number::WeekOfYear => week_of_year(date).1,
        Number::WeekOfMonth => week(date.day(), date),
        Number::DayOfWeek => day_of_week(date),
        Number::AlignedDayOfWeek => (date.day() - 1) % 7 + 1,
        Number::Hour => time.hour(),
        Number::ClockHour => (time.hour() + 23) % 24 + 1,
        Number::HalfDayHour => time.hour() % 12,
        Number::ClockHalfDayHour => (time.hour() + 11) % 12 + 1,
        Number::Minute => time.minute(),
        Number::Second => time.second(),
        Number::NanoOfSecond => time.nanosecond(),
    };
    u64::from(small)
}

/// From 1 on Sunday, with which weeks begin in the United States.
fn day_of_week(date: NaiveDate) -> u32 {
    date.weekday().number_from_sunday()
}

/// The week of a day that has this number in its month or year. The first week is the one with the first day.
fn week(day: u32, date: NaiveDate) -> u32 {
    (day + 13 - day_of_week(date)) / 7
}

/// The year that the week belongs to, and its number there. A week with a 1 January is the first of the new year.
fn week_of_year(date: NaiveDate) -> (u32, u32) {
    let year = date.year().unsigned_abs();
    let days_to_saturday = 7 - day_of_week(date);
    let days_in_year = if date.leap_year() { 366 } else { 365 };
    if date.ordinal() + days_to_saturday > days_in_year { (year + 1, 1) } else { (year, week(date.ordinal(), date)) }
}
