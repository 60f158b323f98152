//! Times: those that a value says, never the clock's; in UTC, or in a zone that the program names.
//!
//! `strftime($format; $zone)` is ours: jq has the zone of the machine, which is not the same on each.

use std::fmt;

use chrono::format::{DelayedFormat, Parsed, StrftimeItems, parse};
use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, Offset, TimeDelta, Timelike as _, Utc};
use jaq_core::Error;
use jaq_core::native::{bome, unary};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase, TimeZoneOffsetInfo};

use super::{Native, text_of, two_arguments};
use crate::budget::step;
use crate::number::Number;
use crate::value::{Kind, ValR, Value, error};

pub(super) fn natives() -> Vec<Native> {
    vec![
        ("strftime", 1, |cv| unary(cv, |time, pattern| strftime(&time, &pattern, &TimeZone::UTC))),
        ("strftime", 2, |cv| {
            let (time, pattern, zone) = two_arguments(cv);
            bome(zone_of(&zone).and_then(|zone| strftime(&time, &pattern, &zone)))
        }),
        ("strptime", 1, |cv| unary(cv, |text, pattern| strptime(&text, &pattern))),
        ("gmtime", 0, |cv| bome(seconds(&cv.1).and_then(gmtime))),
        ("mktime", 0, |cv| bome(mktime(&cv.1))),
    ]
}

/// Whether the database of zones has this name.
pub(crate) fn is_zone(name: &str) -> bool {
    zone_named(name).is_some()
}

/// The database takes a name in any case, and one for a zone that nobody knows; programs take what it is called.
fn zone_named(name: &str) -> Option<TimeZone> {
    let found = TimeZoneDatabase::bundled().get(name).ok()?;
    (found.iana_name() == Some(name) && !found.is_unknown()).then_some(found)
}

fn zone_of(zone: &Value) -> Result<TimeZone, Error<Value>> {
    let name = text_of(zone, "is not the name of a time zone")?;
    zone_named(name).ok_or_else(|| error(format_args!("{zone} is not the name of a time zone")))
}

/// Seconds since 1970, as the value says them.
fn seconds(value: &Value) -> Result<f64, Error<Value>> {
    let number = value.as_number().map(Number::as_f64).filter(|number| number.is_finite());
    number.ok_or_else(|| error("gmtime() requires a number"))
}

fn instant(seconds: f64) -> Result<DateTime<Utc>, Error<Value>> {
    #[expect(clippy::cast_possible_truncation, reason = "it saturates, and is then refused")]
    let whole = seconds.floor() as i64;
    DateTime::from_timestamp(whole, 0)
        .ok_or_else(|| error("error converting number of seconds since epoch to datetime"))
}

/// The fields of a time: year, month from 0, day, hour, minute, second, day of the week from Sunday, day of the year from 0.
fn fields(time: NaiveDateTime, fraction: f64) -> Value {
    let second = f64::from(time.second()) + fraction;
    let field = |field: u32| Value::from(field as usize);
    Value::array([
        Value::from(f64::from(time.year())),
        field(time.month0()),
        field(time.day()),
        field(time.hour()),
        field(time.minute()),
        Value::from(second),
        field(time.weekday().num_days_from_sunday()),
        field(time.ordinal0()),
    ])
}

fn gmtime(seconds: f64) -> ValR {
    Ok(fields(instant(seconds)?.naive_utc(), seconds - seconds.floor()))
}

/// The time that fields say; what is beyond its bounds, such as a 14th month, is carried over as C does.
fn time_of(value: &Value, function: &str) -> Result<NaiveDateTime, Error<Value>> {
    let wrong = || error(format_args!("{function} requires parsed datetime inputs"));
    let items = value.as_items().ok_or_else(wrong)?;
    let mut numbers = [0_i64; 6];
    for (place, number) in numbers.iter_mut().enumerate() {
        let item = items.get(place).and_then(Value::as_number).ok_or_else(wrong)?;
        *number = item.truncated();
        if number.unsigned_abs() > 1_000_000_000_000 {
            return Err(wrong());
        }
    }
    let [year, month, day, hour, minute, second] = numbers;
    let year = i32::try_from(year + month.div_euclid(12)).map_err(|_| wrong())?;
    let month = u32::try_from(month.rem_euclid(12)).unwrap_or(0) + 1;
    let first = NaiveDate::from_ymd_opt(year, month, 1).ok_or_else(wrong)?;
    let delta = TimeDelta::try_days(day - 1).ok_or_else(wrong)?;
    let within = TimeDelta::try_seconds(hour * 3_600 + minute * 60 + second).ok_or_else(wrong)?;
    let midnight = first.and_hms_opt(0, 0, 0).ok_or_else(wrong)?;
    midnight.checked_add_signed(delta).and_then(|time| time.checked_add_signed(within)).ok_or_else(wrong)
}

fn mktime(value: &Value) -> ValR {
    if value.as_items().is_none() {
        return Err(error("mktime requires array inputs"));
    }
    Ok(Value::number(Number::Int(time_of(value, "mktime")?.and_utc().timestamp())))
}

fn strftime(value: &Value, pattern: &Value, zone: &TimeZone) -> ValR {
    let time = match &value.kind {
        Kind::Number(_) => instant(seconds(value)?)?,
        _ => time_of(value, "strftime/1")?.and_utc(),
    };
    let pattern = pattern.as_text().ok_or_else(|| error("strftime/1 requires a string format"))?;
    step(1 + pattern.len() as u64);
    let items = StrftimeItems::new(pattern).parse();
    let items = items.map_err(|_| error("strftime/1: the format has a conversion that is not known"))?;
    let beyond = || error("strftime/1: the time is beyond those that can be printed");
    let clocks = Clocks::of(zone, time).ok_or_else(beyond)?;
    let local = time.naive_utc().checked_add_offset(clocks.offset).ok_or_else(beyond)?;
    let printed = DelayedFormat::new_with_offset(Some(local.date()), Some(local.time()), &clocks, items.iter());
    Ok(Value::text(printed.to_string()))
}

/// How far a zone's clocks are from UTC at a time, and what they are called then, such as `CEST`.
#[derive(Clone, Debug)]
struct Clocks<'z> {
    offset: FixedOffset,
    of_zone: TimeZoneOffsetInfo<'z>,
}

impl<'z> Clocks<'z> {
    fn of(zone: &'z TimeZone, time: DateTime<Utc>) -> Option<Self> {
        // A zone's rules go on as they are in the years beyond the library's.
        let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let at = Timestamp::from_second(time.timestamp().clamp(first, last)).ok()?;
        let of_zone = zone.to_offset_info(at);
        Some(Self { offset: FixedOffset::east_opt(of_zone.offset().seconds())?, of_zone })
    }
}

impl Offset for Clocks<'_> {
    fn fix(&self) -> FixedOffset {
        self.offset
    }
}

impl fmt::Display for Clocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.of_zone.abbreviation())
    }
}

fn strptime(value: &Value, pattern: &Value) -> ValR {
    let (Some(text), Some(pattern)) = (value.as_text(), pattern.as_text()) else {
        return Err(error("strptime/1 requires string inputs and arguments"));
    };
    step(1 + (text.len() + pattern.len()) as u64);
    let shown = crate::value::Dump(value);
    let wrong = || error(format_args!("date {shown} does not match format \"{pattern}\""));
    let mut parsed = Parsed::new();
    parse(&mut parsed, text, StrftimeItems::new(pattern)).map_err(|_| wrong())?;
    if let Some(timestamp) = parsed.timestamp() {
        let time = DateTime::from_timestamp(timestamp, 0).ok_or_else(wrong)?;
        return Ok(fields(time.naive_utc(), 0.0));
    }
    complete(&mut parsed);
    let date = parsed.to_naive_date().map_err(|_| wrong())?;
    let time = parsed.to_naive_time().map_err(|_| wrong())?;
    Ok(fields(date.and_time(time), 0.0))
}

/// Gives a time that was read in part the rest: 1900, January, the 1st, midnight.
fn complete(parsed: &mut Parsed) {
    let has_year = parsed.year().is_some() || parsed.year_mod_100().is_some();
    let has_week = parsed.isoweek().is_some() || parsed.week_from_sun().is_some() || parsed.week_from_mon().is_some();
    // Setting what is not there cannot fail.
    if !has_year && parsed.isoyear().is_none() {
        let _ = parsed.set_year(1900);
    }
    if parsed.ordinal().is_none() && !has_week {
        if parsed.month().is_none() {
            let _ = parsed.set_month(1);
        }
        if parsed.day().is_none() {
            let _ = parsed.set_day(1);
        }
    }
    if parsed.hour_div_12().is_none() && parsed.hour_mod_12().is_none() {
        let _ = parsed.set_hour(0);
    }
    if parsed.minute().is_none() {
        let _ = parsed.set_minute(0);
    }
}
