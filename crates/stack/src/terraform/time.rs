//! A time as the provider takes it: RFC 3339, in UTC.

const SECONDS_OF_DAY: i64 = 24 * 3600;

/// Seconds since 1970, of the years that four digits name, to the millisecond.
pub(super) fn rfc3339(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of four-digit years have 48 bits")]
    let millis = (seconds * 1_000.0).round() as i64;
    let (seconds, millis) = (millis.div_euclid(1_000), millis.rem_euclid(1_000));
    let (days, second) = (seconds.div_euclid(SECONDS_OF_DAY), seconds.rem_euclid(SECONDS_OF_DAY));
    let (year, month, day) = date(days);
    let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}") };
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// Year, month and day of the proleptic Gregorian calendar. Years begin in March, so that a leap day is a year's last.
fn date(days_since_1970: i64) -> (i64, i64, i64) {
    /// Days of 400 years, after which the calendar begins anew.
    const ERA: i64 = 146_097;
    // 719,468 days lie between the first of March of the year 0 and 1970.
    let days = days_since_1970 + 719_468;
    let (era, day_of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / (ERA - 1)) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_calendars_have_them() {
        for (seconds, written) in [
            (0.0, "1970-01-01T00:00:00Z"),
            (951_782_400.0, "2000-02-29T00:00:00Z"),
            (951_868_799.999, "2000-02-29T23:59:59.999Z"),
            (1_795_464_000.5, "2026-11-23T20:00:00.500Z"),
            (4_107_542_400.0, "2100-03-01T00:00:00Z"),
            (253_402_300_799.0, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(seconds), written);
        }
    }
}
