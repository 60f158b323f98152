//! Which keys a file may have, and what is said of one that it may not have.

use penstock_delivery::config::variables;
use toml::{Table, Value};

use crate::section::EnvironmentError;
use crate::settings::SETTINGS;

/// The tables of a file.
const TABLES: [&str; 5] = ["stream", "function", "event_source_mapping", "delivery", "stack"];

/// How alike a known key must be to be named as the likely one: 1 is the same.
const LIKENESS_MIN: f64 = 0.7;

/// Keys of AWS's that are known and cannot be set, and why.
const REFUSED: [(&str, &str, &str); 1] = [(
    "event_source_mapping",
    "tumbling_window_in_seconds",
    "with a window Lambda hands the function a state to carry from batch to batch, and this function keeps none: its \
     objects depend on their own batch alone",
)];

/// Checks the names of all tables.
pub(crate) fn check_tables(file: &Table) -> Result<(), EnvironmentError> {
    for (key, value) in file {
        if TABLES.contains(&key.as_str()) {
            continue;
        }
        let path = |key: &str| format!("[{key}]");
        let shown = if matches!(value, Value::Table(_)) { path(key) } else { key.clone() };
        let hint = elsewhere(key, "").unwrap_or_else(|| nearest(key, &TABLES, path));
        return Err(EnvironmentError::UnknownKey { key: shown, hint });
    }
    Ok(())
}

/// Checks a key of one table.
pub(crate) fn check_key(table: &str, key: &str) -> Result<(), EnvironmentError> {
    let known = keys_of(table);
    if known.contains(&key) {
        return Ok(());
    }
    let path = |key: &str| format!("{table}.{key}");
    if let Some((_, _, reason)) = REFUSED.iter().find(|(of, name, _)| (*of, *name) == (table, key)) {
        return Err(EnvironmentError::Refused { key: path(key), reason: (*reason).into() });
    }
    let hint = elsewhere(key, table).unwrap_or_else(|| nearest(key, &known, path));
    Err(EnvironmentError::UnknownKey { key: path(key), hint })
}

/// The keys of one table, in the order of the README.
fn keys_of(table: &str) -> Vec<&'static str> {
    if table == "delivery" {
        return variables::all().map(|variable| variable.key).collect();
    }
    SETTINGS.iter().filter(|setting| setting.table == table).map(|setting| setting.key).collect()
}

/// Which other table has the key.
fn elsewhere(key: &str, table: &str) -> Option<String> {
    let others = TABLES.into_iter().filter(|other| *other != table && keys_of(other).contains(&key));
    let others: Vec<String> = others.map(|other| format!("[{other}]")).collect();
    (!others.is_empty()).then(|| format!("{key} belongs to {}", others.join(" or ")))
}

/// The known key that was likely meant, or all of them.
fn nearest(key: &str, known: &[&str], path: impl Fn(&str) -> String) -> String {
    // The first word of several is any of them.
    let begun: Vec<String> =
        known.iter().filter(|name| name.starts_with(&format!("{key}_"))).map(|name| path(name)).collect();
    if begun.len() > 1 {
        return format!("did you mean {}?", begun.join(" or "));
    }
    let mut best: Option<(&str, f64)> = None;
    for name in known {
        let likeness = strsim::jaro_winkler(name, key);
        if likeness >= LIKENESS_MIN && best.is_none_or(|(_, least)| likeness > least) {
            best = Some((name, likeness));
        }
    }
    match best {
        Some((name, _)) => format!("did you mean {}?", path(name)),
        None => format!("expected one of {}", known.join(", ")),
    }
}
