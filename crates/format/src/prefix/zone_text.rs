//! How a pattern prints the time zone: offsets, and names.
//!
//! The names are those that `OpenJDK` 17 prints in `en-US`: one line in `zone_names.tsv` for all zones that share them,
//! with the short and the full name of standard time, those of daylight saving time, and the zones.

use std::fmt::Write as _;

use crate::local_time::LocalTime;

const NAMES: &str = include_str!("zone_names.tsv");

/// How an offset from UTC is printed, after ISO 8601.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct OffsetStyle {
    colon: bool,
    minutes: Minutes,
    seconds: bool,
    /// What stands for no offset.
    zero: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Minutes {
    Always,
    IfAny,
}

impl OffsetStyle {
    /// The style of the letter `X` or `x` by its count, 1 to 5. `X` writes `Z` for no offset.
    pub(super) const fn iso(count: usize, zulu: bool) -> Self {
        let colon = matches!(count, 3 | 5);
        let minutes = if count == 1 { Minutes::IfAny } else { Minutes::Always };
        let zero = match count {
            _ if zulu => "Z",
            1 => "+00",
            3 | 5 => "+00:00",
            _ => "+0000",
        };
        Self { colon, minutes, seconds: count >= 4, zero }
    }

    /// `+09:00` and its shorter forms.
    pub(super) fn print(self, offset_seconds: i32, out: &mut String) {
        let Offset { sign, hours, minutes, seconds } = Offset::new(offset_seconds);
        if offset_seconds == 0 {
            out.push_str(self.zero);
            return;
        }
        let colon = if self.colon { ":" } else { "" };
        write(out, format_args!("{sign}{hours:02}"));
        if minutes != 0 || self.minutes == Minutes::Always {
            write(out, format_args!("{colon}{minutes:02}"));
        }
        if self.seconds && seconds != 0 {
            write(out, format_args!("{colon}{seconds:02}"));
        }
    }
}

/// `GMT+9` or, in full, `GMT+09:00`; `GMT` without an offset.
pub(super) fn print_localized_offset(full: bool, offset_seconds: i32, out: &mut String) {
    let Offset { sign, hours, minutes, seconds } = Offset::new(offset_seconds);
    out.push_str("GMT");
    if offset_seconds == 0 {
        return;
    }
    if full {
        write(out, format_args!("{sign}{hours:02}:{minutes:02}"));
    } else {
        write(out, format_args!("{sign}{hours}"));
        if minutes != 0 || seconds != 0 {
            write(out, format_args!(":{minutes:02}"));
        }
    }
    if seconds != 0 {
        write(out, format_args!(":{seconds:02}"));
    }
}

/// `JST` or, in full, `Japan Standard Time`. A zone without a name, unknown to Java 17, has its offset instead.
pub(super) fn print_zone_name(full: bool, local: &LocalTime<'_>, out: &mut String) {
    let found = NAMES.lines().find_map(|line| {
        let mut fields = line.split('\t');
        let names: [&str; 4] = std::array::from_fn(|_| fields.next().unwrap_or_default());
        fields.next()?.split(' ').any(|zone| zone == local.zone.name()).then_some(names)
    });
    let [standard, full_standard, daylight, full_daylight] = found.unwrap_or_default();
    let name = match (full, local.daylight_saving) {
        (false, false) => standard,
        (true, false) => full_standard,
        (false, true) => daylight,
        (true, true) => full_daylight,
    };
    if name.is_empty() {
        print_localized_offset(true, local.offset_seconds, out);
    } else {
        out.push_str(name);
    }
}

struct Offset {
    sign: char,
    hours: u32,
    minutes: u32,
    seconds: u32,
}

impl Offset {
    fn new(offset_seconds: i32) -> Self {
        let total = offset_seconds.unsigned_abs();
        Self {
            sign: if offset_seconds < 0 { '-' } else { '+' },
            hours: total / 3600,
            minutes: total / 60 % 60,
            seconds: total % 60,
        }
    }
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a string cannot fail");
}
