//! Words of dates and times, in English as the United States write them: what `java.time` prints in `en-US`.

use super::pattern::TextLength;

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

const DAYS_OF_WEEK: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The month by its number from 1: `Aug`, `August`, `A`.
pub(super) fn month(number: u32, length: TextLength) -> &'static str {
    cut(MONTHS[index(number)], length)
}

/// The day of the week by its number from 1 on Sunday: `Mon`, `Monday`, `M`.
pub(super) fn day_of_week(number: u32, length: TextLength) -> &'static str {
    cut(DAYS_OF_WEEK[index(number)], length)
}

/// The quarter by its number from 1: `Q3`, `3rd quarter`, `3`.
pub(super) fn quarter(number: u32, length: TextLength) -> &'static str {
    let [short, full, narrow] = [
        ["Q1", "1st quarter", "1"],
        ["Q2", "2nd quarter", "2"],
        ["Q3", "3rd quarter", "3"],
        ["Q4", "4th quarter", "4"],
    ][index(number)];
    match length {
        TextLength::Short => short,
        TextLength::Full => full,
        TextLength::Narrow => narrow,
    }
}

/// The era of every arrival time: `AD`, `Anno Domini`, `A`.
pub(super) const fn era(length: TextLength) -> &'static str {
    match length {
        TextLength::Short => "AD",
        TextLength::Full => "Anno Domini",
        TextLength::Narrow => "A",
    }
}

/// The half of the day.
pub(super) const fn half_day(hour: u32) -> &'static str {
    if hour < 12 { "AM" } else { "PM" }
}

/// English short forms are the first three letters, and narrow ones the first.
fn cut(word: &str, length: TextLength) -> &str {
    match length {
        TextLength::Short => &word[..3],
        TextLength::Full => word,
        TextLength::Narrow => &word[..1],
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).expect("a month or day is a small number") - 1
}
