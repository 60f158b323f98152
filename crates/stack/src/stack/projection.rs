//! Partition projection: from the prefix of the keys to what Athena must know to find the folders without a crawler and
//! without anybody who adds partitions. Source: Athena user guide, "Partition projection" and its "Supported types".

use std::fmt::Write as _;

/// How a table is read by the folders of its objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    /// The partition keys, in the order of the folders.
    pub keys: Vec<ProjectedKey>,
    /// What stands for the prefix in `storage.location.template`: each key as `${name}`.
    pub template: String,
}

/// One partition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectedKey {
    /// Its name: of `name=!{…}`, of the partition key, or `arrival`.
    pub name: String,
    /// Its type in Glue.
    pub hive_type: &'static str,
    /// The properties of the table behind `projection.<name>.`, and their values.
    pub properties: Vec<(&'static str, String)>,
}

/// Why a prefix cannot be projected, and what was expected.
pub type Problem = String;

/// A day, the first that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstDay {
    year: u16,
    month: u8,
    day: u8,
}

impl FirstDay {
    /// The day of `yyyy-MM-dd`; none where there is no such day.
    pub fn parse(text: &str) -> Option<Self> {
        let [year, month, day] = text.split('-').collect::<Vec<_>>().try_into().ok()?;
        let is_wide = year.len() == 4 && month.len() == 2 && day.len() == 2;
        let (year, month, day): (u16, u8, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        let days = match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let is_day = is_wide && year >= 1970 && (1..=12).contains(&month) && (1..=days).contains(&day);
        is_day.then_some(Self { year, month, day })
    }
}

impl Projection {
    /// The projection of a prefix, which was parsed already, from a day on.
    pub fn of(prefix: &str, first: FirstDay) -> Result<Self, Problem> {
        // Where there is no expression this is appended.
        let whole =
            if prefix.contains("!{") { prefix.to_owned() } else { format!("{prefix}!{{timestamp:yyyy/MM/dd/HH}}/") };
        if !whole.ends_with('/') {
            return Err(
                "its prefix does not end with /: expected one, so that a folder holds what a partition is".to_owned()
            );
        }
        let mut projection = Self { keys: Vec::new(), template: String::new() };
        let mut rest = whole.as_str();
        while let Some(open) = rest.find("!{") {
            let (literal, expression) = rest.split_at(open);
            let (inside, behind) = expression[2..].split_once('}').unwrap_or((&expression[2..], ""));
            projection.template.push_str(literal);
            let (namespace, value) = inside.split_once(':').unwrap_or((inside, ""));
            projection.add(named(literal), namespace, value, first)?;
            rest = behind;
        }
        projection.template.push_str(rest);
        Ok(projection)
    }

    fn add(&mut self, named: Option<&str>, namespace: &str, value: &str, first: FirstDay) -> Result<(), Problem> {
        let (name, hive_type, properties) = match namespace {
            "timestamp" => {
                let (hive_type, properties) = of_time(value, first)?;
                (named.unwrap_or("arrival").to_owned(), hive_type, properties)
            }
            "partitionKeyFromQuery" | "partitionKeyFromLambda" => {
                // Nobody knows all values: a query has to say which it wants.
                (named.unwrap_or(value).to_owned(), "string", vec![("type", "injected".to_owned())])
            }
            _ => {
                return Err(format!(
                    "!{{{namespace}:{value}}} makes folders that cannot be told from outside: expected none"
                ));
            }
        };
        let name = name.to_ascii_lowercase();
        if !is_name(&name) {
            return Err(format!("{name:?} is no name of a partition key: expected letters, digits and _"));
        }
        let _ = write!(self.template, "${{{name}}}");
        match self.keys.iter().find(|key| key.name == name) {
            None => self.keys.push(ProjectedKey { name, hive_type, properties }),
            Some(known) if known.properties == properties => {}
            Some(_) => {
                return Err(format!(
                    "two folders are called {name}: expected a name for each, as in day=!{{timestamp:dd}}"
                ));
            }
        }
        Ok(())
    }
}

/// The name before an expression: `day` of `clicks/day=`.
fn named(literal: &str) -> Option<&str> {
    let before = literal.strip_suffix('=')?;
    Some(before.rsplit('/').next().unwrap_or(before))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// A type in Glue, and properties.
type Typed = (&'static str, Vec<(&'static str, String)>);

/// Years that are looked for from the first on, where a year is a folder of its own: each of them is, of every month and day.
const YEARS: u16 = 20;

/// Type and properties of a time: a number where it is one field alone, else a date.
fn of_time(pattern: &str, first: FirstDay) -> Result<Typed, Problem> {
    let number = |range: String, digits: Option<&str>| {
        let mut properties = vec![("type", "integer".to_owned()), ("range", range)];
        properties.extend(digits.map(|digits| ("digits", digits.to_owned())));
        Ok(("int", properties))
    };
    match pattern {
        "yyyy" => return number(format!("{},{}", first.year, first.year + YEARS), None),
        "MM" => return number("1,12".to_owned(), Some("2")),
        "dd" => return number("1,31".to_owned(), Some("2")),
        "HH" => return number("0,23".to_owned(), Some("2")),
        "M" => return number("1,12".to_owned(), None),
        "d" => return number("1,31".to_owned(), None),
        "H" => return number("0,23".to_owned(), None),
        _ => {}
    }
    let refused = || {
        format!(
            "!{{timestamp:{pattern}}} is no time that Athena projects: expected yyyy, MM, dd, HH and mm, each at most once, the \
             larger first"
        )
    };
    let fields = [("yyyy", format!("{:04}", first.year), "YEARS"), ("MM", format!("{:02}", first.month), "MONTHS")];
    let fields = fields.into_iter().chain([("dd", format!("{:02}", first.day), "DAYS")]);
    let fields = fields.chain([("HH", "00".to_owned(), "HOURS"), ("mm", "00".to_owned(), "MINUTES")]);
    let (mut rest, mut begin, mut unit) = (pattern, String::new(), None);
    for (letters, value, own) in fields {
        let Some(at) = rest.find(letters) else { break };
        begin.push_str(&rest[..at]);
        begin.push_str(&value);
        rest = &rest[at + letters.len()..];
        unit = Some(own);
    }
    begin.push_str(rest);
    let has_letters = |text: &str| text.bytes().any(|b| b.is_ascii_alphabetic() || b == b'\'' || b == b',');
    let unit = unit.filter(|_| !has_letters(&begin)).ok_or_else(refused)?;
    Ok((
        "string",
        vec![
            ("type", "date".to_owned()),
            ("format", pattern.to_owned()),
            // A zone may be ahead of Athena's, which is UTC.
            ("range", format!("{begin},NOW+1DAYS")),
            ("interval", "1".to_owned()),
            ("interval.unit", unit.to_owned()),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(prefix: &str) -> String {
        match Projection::of(prefix, FirstDay::parse("2026-01-01").unwrap()) {
            Err(problem) => problem,
            Ok(projection) => {
                let key = |key: &ProjectedKey| {
                    let properties = key.properties.iter().map(|(name, value)| format!("{name}={value}"));
                    format!("{} {}: {}", key.name, key.hive_type, properties.collect::<Vec<_>>().join(" "))
                };
                let keys: Vec<String> = projection.keys.iter().map(key).collect();
                format!("{} | {}", projection.template, keys.join("; "))
            }
        }
    }

    #[test]
    fn folders_become_partition_keys() {
        let hours = "type=date format=yyyy/MM/dd/HH range=2026/01/01/00,NOW+1DAYS interval=1 interval.unit=HOURS";
        let days = "type=date format=yyyy-MM-dd range=2026-01-01,NOW+1DAYS interval=1 interval.unit=DAYS";
        for (prefix, expected) in [
            ("", format!("${{arrival}}/ | arrival string: {hours}")),
            ("clicks/", format!("clicks/${{arrival}}/ | arrival string: {hours}")),
            ("clicks/Day=!{timestamp:yyyy-MM-dd}/", format!("clicks/Day=${{day}}/ | day string: {days}")),
            (
                "y=!{timestamp:yyyy}/m=!{timestamp:MM}/!{partitionKeyFromQuery:region}/",
                "y=${y}/m=${m}/${region}/ | y int: type=integer range=2026,2046; m int: type=integer range=1,12 digits=2; \
                 region string: type=injected"
                    .to_owned(),
            ),
            ("c=!{partitionKeyFromLambda:customer}/", "c=${c}/ | c string: type=injected".to_owned()),
        ] {
            assert_eq!(told(prefix), expected, "{prefix}");
        }
    }

    #[test]
    fn what_cannot_be_told_from_outside_is_refused() {
        for (prefix, words) in [
            ("a-!{timestamp:yyyy}-", "does not end with /"),
            ("!{firehose:random-string}/", "cannot be told from outside"),
            ("!{timestamp:EEEE}/", "is no time that Athena projects"),
            ("!{timestamp:dd/MM/yyyy}/", "is no time that Athena projects"),
            ("!{timestamp:yyyy'T'MM}/", "is no time that Athena projects"),
            ("!{timestamp:yyyy-MM}/!{timestamp:dd}/", "two folders are called arrival"),
            ("a b=!{timestamp:yyyy}/", "no name of a partition key"),
        ] {
            assert!(told(prefix).contains(words), "{prefix}: {}", told(prefix));
        }
    }

    #[test]
    fn the_first_day_is_one() {
        for text in ["2024-02-29", "1970-01-01", "2026-12-31"] {
            assert!(FirstDay::parse(text).is_some(), "{text}");
        }
        for text in ["2023-02-29", "1969-12-31", "2026-13-01", "2026-1-01", "today", "2026-04-31", "2026-01-01-01"] {
            assert_eq!(FirstDay::parse(text), None, "{text}");
        }
    }
}
