//! Prices: a dated table, and what a user lays over it.

use toml::{Table, Value};

/// The table of this build.
const TABLE: &str = include_str!("prices.toml");

/// Tiers that a price has at most: ours. Firehose has three.
const TIERS_MAX: usize = 16;

/// What AWS takes, in dollars, and what the function needs. The comments of `prices.toml` name the source of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// Of what time they are.
    pub date: String,
    /// Of which region.
    pub region: String,
    /// Ingestion of Firehose: up to so many GB a month, dollars a GB; the last has no end.
    pub firehose_gb: Vec<(f64, f64)>,
    numbers: Table,
}

/// Why a table is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PricesError {
    /// Not TOML.
    #[error("the prices are no TOML: {0}")]
    Toml(String),
    /// A key that is none.
    #[error("there is no price {key:?}: the nearest is {nearest:?}")]
    Unknown {
        /// The key.
        key: String,
        /// The key that is most like it.
        nearest: String,
    },
    /// A value that is none.
    #[error("the price {key} is {value}: expected {expected}")]
    Value {
        /// The key.
        key: String,
        /// Its value.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
}

impl Default for Prices {
    fn default() -> Self {
        let table: Table = TABLE.parse().expect("the table is a constant, which a test reads");
        Self::of(table).expect("the table is a constant, which a test reads")
    }
}

impl Prices {
    /// This build's, with the keys of `text` laid over them.
    #[expect(clippy::missing_panics_doc, reason = "the table is a constant, which a test reads")]
    pub fn with(text: &str) -> Result<Self, PricesError> {
        let mut table: Table = TABLE.parse().expect("the table is a constant, which a test reads");
        let own: Table =
            text.parse().map_err(|error: toml::de::Error| PricesError::Toml(error.message().to_owned()))?;
        for (key, value) in own {
            if !table.contains_key(&key) {
                let nearest = table.keys().min_by_key(|known| strsim::levenshtein(known, &key));
                return Err(PricesError::Unknown { nearest: nearest.cloned().unwrap_or_default(), key });
            }
            table.insert(key, value);
        }
        Self::of(table)
    }

    fn of(mut table: Table) -> Result<Self, PricesError> {
        let mut text = |key: &str| match table.remove(key) {
            Some(Value::String(text)) => Ok(text),
            other => Err(wrong(key, other.as_ref(), "a text")),
        };
        let (date, region) = (text("date")?, text("region")?);
        let tiers = table.remove("firehose_gb");
        let firehose_gb = tiers.as_ref().and_then(tiers_of).ok_or_else(|| {
            wrong("firehose_gb", tiers.as_ref(), "pairs of GB that rise and dollars, the last with 0 GB: it has no end")
        })?;
        for (key, value) in &table {
            let is_divisor = key.ends_with("_bytes");
            if !number_of(value).is_some_and(|number| number > 0.0 || number == 0.0 && !is_divisor) {
                return Err(wrong(key, Some(value), "a number, not below 0, and of bytes above it"));
            }
        }
        Ok(Self { date, region, firehose_gb, numbers: table })
    }

    /// A number of the table.
    pub(super) fn get(&self, key: &'static str) -> f64 {
        self.numbers
            .get(key)
            .and_then(number_of)
            .unwrap_or_else(|| unreachable!("{key} is in the table, as a test says"))
    }

    /// Whether there is such a number.
    #[cfg(test)]
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.numbers.keys().map(String::as_str)
    }
}

fn wrong(key: &str, value: Option<&Value>, expected: &'static str) -> PricesError {
    let value = value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    PricesError::Value { key: key.to_owned(), value: penstock_format::excerpt(&value), expected }
}

fn number_of(value: &Value) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "no price needs more digits than a float has")]
    let number = match value {
        Value::Float(number) => *number,
        Value::Integer(number) => *number as f64,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

fn tiers_of(value: &Value) -> Option<Vec<(f64, f64)>> {
    let tier = |value: &Value| match value.as_array()?.as_slice() {
        [gb, dollars] => Some((number_of(gb)?, number_of(dollars).filter(|dollars| *dollars >= 0.0)?)),
        _ => None,
    };
    let mut tiers = value.as_array()?.iter().map(tier).collect::<Option<Vec<_>>>()?;
    let (last, before) = tiers.split_last_mut()?;
    let rises = before.iter().try_fold(0.0, |below, (gb, _)| (*gb > below).then_some(*gb)).is_some();
    if last.0 != 0.0 || !rises || before.len() >= TIERS_MAX {
        return None;
    }
    last.0 = f64::INFINITY;
    Some(tiers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_laid_over_the_table() {
        let own = Prices::with("s3_thousand_puts = 0.01\ndate = \"2030-01\"\nfirehose_gb = [[0, 1]]\n").unwrap();
        assert_eq!((own.get("s3_thousand_puts"), own.date.as_str()), (0.01, "2030-01"));
        assert_eq!(own.firehose_gb, [(f64::INFINITY, 1.0)]);
        let rest =
            |prices: &Prices| prices.keys().filter(|key| *key != "s3_thousand_puts").map(str::to_owned).collect();
        let kept: Vec<String> = rest(&own);
        assert!(kept.iter().all(|key| own.numbers[key] == Prices::default().numbers[key]));
        assert_eq!(Prices::with("").unwrap(), Prices::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, text, words) in [
            ("no TOML", "a = ", "no TOML"),
            ("no key", "s3_thousand_put = 1", "the nearest is \"s3_thousand_puts\""),
            ("a text", "logs_gb = \"x\"", "the price logs_gb is "),
            ("below 0", "logs_gb = -1", "expected a number, not below 0"),
            ("not finite", "logs_gb = inf", "expected a number"),
            ("no rounding", "firehose_rounding_bytes = 0", "expected a number"),
            ("no date", "date = 1", "expected a text"),
            ("no tiers", "firehose_gb = []", "pairs of GB"),
            ("no end", "firehose_gb = [[5, 1]]", "pairs of GB"),
            ("tiers that fall", "firehose_gb = [[5, 1], [4, 1], [0, 1]]", "pairs of GB"),
            ("a tier of one", "firehose_gb = [[0]]", "pairs of GB"),
        ] {
            let error = Prices::with(text).unwrap_err().to_string();
            assert!(error.contains(words), "{name}: {error}");
        }
    }
}
