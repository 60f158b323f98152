//! An arrival time on the clocks of a time zone: what prefixes and names print.

use chrono::{NaiveDateTime, TimeDelta};

use crate::{ArrivalTime, TimeZone};

/// 20 March 1990, 22:00 UTC: Namibia's independence.
const WINDHOEK_ADDS_AN_HOUR_MS: i64 = 637_970_400_000;

/// The civil time, how far it is from UTC, and whether daylight saving time is in force.
///
/// Daylight saving time always adds an hour here, as in `java.time`: the database has the form in which it is summer that is
/// the exception. Of two zones Java holds on to that where the database does not: of Dublin before 1971, and of Windhoek,
/// which has kept its summer time since 2017.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LocalTime<'z> {
    pub(crate) civil: NaiveDateTime,
    pub(crate) offset_seconds: i32,
    pub(crate) daylight_saving: bool,
    pub(crate) zone: &'z TimeZone,
}

impl<'z> LocalTime<'z> {
    pub(crate) fn new(at: ArrivalTime, zone: &'z TimeZone) -> Self {
        let clocks = zone.at(at);
        let offset_seconds = clocks.offset().seconds();
        Self {
            civil: at.utc().naive_utc() + TimeDelta::seconds(offset_seconds.into()),
            offset_seconds,
            daylight_saving: match zone.name() {
                "Europe/Dublin" | "Eire" => offset_seconds > 0,
                "Africa/Windhoek" => offset_seconds > 3_600 && at.millis() >= WINDHOEK_ADDS_AN_HOUR_MS,
                _ => clocks.dst().is_dst(),
            },
            zone,
        }
    }
}
