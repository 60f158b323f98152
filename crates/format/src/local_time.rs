//! An arrival time on the clocks of a time zone: what prefixes and names print.

use chrono::{Datelike, NaiveDateTime, Offset, TimeZone as _};
use chrono_tz::OffsetComponents;

use crate::{ArrivalTime, TimeZone};

/// The civil time, how far it is from UTC, and whether daylight saving time is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LocalTime {
    pub(crate) civil: NaiveDateTime,
    pub(crate) offset_seconds: i32,
    pub(crate) daylight_saving: bool,
    pub(crate) zone: TimeZone,
}

impl LocalTime {
    pub(crate) fn new(at: ArrivalTime, zone: TimeZone) -> Self {
        let utc = at.utc().naive_utc();
        let offset = zone.rules().offset_from_utc_datetime(&utc);
        let civil = zone.rules().from_utc_datetime(&utc).naive_local();
        Self {
            civil,
            offset_seconds: offset.fix().local_minus_utc(),
            daylight_saving: daylight_saving(&offset, zone, utc),
            zone,
        }
    }
}

/// Whether daylight saving time is in force, in the sense of `java.time`.
///
/// Of some zones the database says that winter is the exception, with an hour less. Java reads a form of the data in
/// which daylight saving time always adds an hour, so there it is summer that is the exception.
fn daylight_saving(offset: &impl OffsetComponents, zone: TimeZone, utc: NaiveDateTime) -> bool {
    let saved = offset.dst_offset().num_seconds();
    let winter_is_the_exception = match zone.name() {
        "Europe/Dublin" | "Eire" => true,
        "Africa/Windhoek" => is_from(utc, 1990, 3, 20),
        "Africa/Casablanca" | "Africa/El_Aaiun" => is_from(utc, 2018, 10, 28),
        _ => false,
    };
    saved > 0 || winter_is_the_exception && saved == 0
}

fn is_from(utc: NaiveDateTime, year: i32, month: u32, day: u32) -> bool {
    (utc.year(), utc.month(), utc.day()) >= (year, month, day)
}
