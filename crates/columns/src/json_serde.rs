//! Which keys of a record belong to which columns: one of Firehose's two `SerDe`s, held against a schema.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::hive_json_serde::HiveJsonSerDe;
use crate::hive_type::HiveType;
use crate::limits::{NAME_CHARACTERS_MAX, TIMESTAMP_FORMATS_MAX};
use crate::open_x_json_serde::OpenXJsonSerDe;
use crate::schema::Schema;

/// How records are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonSerDe {
    /// Firehose's default.
    OpenX(OpenXJsonSerDe),
    /// Hive's own.
    Hive(HiveJsonSerDe),
}

impl Default for JsonSerDe {
    fn default() -> Self {
        Self::OpenX(OpenXJsonSerDe::default())
    }
}

/// Options that do not go with a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonSerDeError {
    /// A mapping names what is not there.
    #[error("ColumnToJsonKeyMappings has {0:?}, which the schema has not: expected a column, or a field of a struct")]
    NoSuchColumn(String),
    /// A key that nothing can be, or one too long to show.
    #[error(
        "ColumnToJsonKeyMappings gives {0:?} a key that is empty or too long, expected 1 to {NAME_CHARACTERS_MAX} \
         characters"
    )]
    NoKey(String),
    /// Two columns, or two fields of one struct, would be read from one key.
    #[error("{first:?} and {second:?} are both read from the key {key:?}, expected a key for each")]
    SameKey {
        /// The one.
        first: String,
        /// The other.
        second: String,
        /// The key of both.
        key: String,
    },
    /// Hive's `SerDe` does not do it.
    #[error("{0:?} has a dot, which HiveJsonSerDe does not take: expected a name without one, or OpenXJsonSerDe")]
    Dot(String),
    /// More patterns than [`TIMESTAMP_FORMATS_MAX`].
    #[error("TimestampFormats has {0} patterns, expected {TIMESTAMP_FORMATS_MAX} at most")]
    TooManyFormats(usize),
}

impl JsonSerDe {
    /// Fails where these options do not go with `schema`, and says which and why.
    pub fn check(&self, schema: &Schema) -> Result<(), JsonSerDeError> {
        if let Self::Hive(hive) = self
            && hive.timestamp_formats.len() > TIMESTAMP_FORMATS_MAX
        {
            return Err(JsonSerDeError::TooManyFormats(hive.timestamp_formats.len()));
        }
        let mut unmet: BTreeMap<&str, &str> = BTreeMap::new();
        if let Self::OpenX(open_x) = self {
            for (name, key) in &open_x.column_to_json_key_mappings {
                if key.is_empty() || key.chars().count() > NAME_CHARACTERS_MAX {
                    return Err(JsonSerDeError::NoKey(name.clone()));
                }
                unmet.insert(name, key);
            }
        }
        let columns = schema.columns().iter().map(|column| (column.name(), column.hive_type()));
        self.check_fields(columns, &mut unmet)?;
        unmet.first_key_value().map_or(Ok(()), |(name, _)| Err(JsonSerDeError::NoSuchColumn((*name).to_owned())))
    }

    fn check_fields<'s>(
        &self,
        fields: impl Iterator<Item = (&'s str, &'s HiveType)>,
        unmet: &mut BTreeMap<&str, &str>,
    ) -> Result<(), JsonSerDeError> {
        let mut keys: BTreeMap<String, &str> = BTreeMap::new();
        for (name, hive_type) in fields {
            if matches!(self, Self::Hive(_)) && name.contains('.') {
                return Err(JsonSerDeError::Dot(name.to_owned()));
            }
            unmet.remove(name);
            let key = self.key_of(name);
            if let Some(first) = keys.insert(key.clone(), name) {
                let (first, second) = (first.to_owned(), name.to_owned());
                return Err(JsonSerDeError::SameKey { first, second, key });
            }
            self.check_type(hive_type, unmet)?;
        }
        Ok(())
    }

    fn check_type(&self, hive_type: &HiveType, unmet: &mut BTreeMap<&str, &str>) -> Result<(), JsonSerDeError> {
        match hive_type {
            HiveType::Array(inner) | HiveType::Map(_, inner) => self.check_type(inner, unmet),
            HiveType::Struct(fields) => {
                self.check_fields(fields.iter().map(|field| (field.name.as_str(), &field.hive_type)), unmet)
            }
            _ => Ok(()),
        }
    }

    /// What the key of a column or field looks like after [`normal`](Self::normal).
    pub(crate) fn key_of(&self, name: &str) -> String {
        let key = match self {
            Self::OpenX(open_x) => open_x.column_to_json_key_mappings.get(name).map_or(name, String::as_str),
            Self::Hive(_) => name,
        };
        self.normal(key).into_owned()
    }

    /// A key as it is compared.
    pub(crate) fn normal<'k>(&self, key: &'k str) -> Cow<'k, str> {
        let mut key = Cow::Borrowed(key);
        if self.converts_dots() && key.contains('.') {
            key = Cow::Owned(key.replace('.', "_"));
        }
        if self.folds_case() && key.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
            key = Cow::Owned(key.to_lowercase());
        }
        key
    }

    /// Whether keys are compared in any case.
    pub(crate) const fn folds_case(&self) -> bool {
        match self {
            Self::OpenX(open_x) => open_x.case_insensitive,
            Self::Hive(_) => true,
        }
    }

    const fn converts_dots(&self) -> bool {
        matches!(self, Self::OpenX(open_x) if open_x.convert_dots_in_json_keys_to_underscores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(columns: &[(&str, &str)], serde: &JsonSerDe) -> Result<(), String> {
        let columns: Vec<_> = columns.iter().map(|(n, t)| serde_json::json!({ "Name": n, "Type": t })).collect();
        let schema = Schema::parse(&serde_json::Value::Array(columns).to_string()).unwrap();
        serde.check(&schema).map_err(|error| error.to_string())
    }

    fn open_x(text: &str) -> JsonSerDe {
        JsonSerDe::OpenX(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn options_are_read_in_firehoses_words() {
        assert_eq!(open_x("{}"), JsonSerDe::default());
        let JsonSerDe::OpenX(all) = open_x(
            r#"{"CaseInsensitive": false, "ConvertDotsInJsonKeysToUnderscores": true,
                "ColumnToJsonKeyMappings": {"a": "b"}}"#,
        ) else {
            panic!("OpenX")
        };
        assert!(!all.case_insensitive && all.convert_dots_in_json_keys_to_underscores);
        assert_eq!(all.column_to_json_key_mappings, BTreeMap::from([("a".to_owned(), "b".to_owned())]));
        for text in [r#"{"caseInsensitive": true}"#, r#"{"TimestampFormats": []}"#] {
            assert!(serde_json::from_str::<OpenXJsonSerDe>(text).unwrap_err().to_string().starts_with("unknown field"));
        }
        let hive: HiveJsonSerDe = serde_json::from_str(r#"{"TimestampFormats": ["millis", "yyyy-MM-dd"]}"#).unwrap();
        assert_eq!(hive.timestamp_formats[0], crate::TimestampFormat::Millis);
        assert!(serde_json::from_str::<HiveJsonSerDe>(r#"{"TimestampFormats": ["yyyy-ww"]}"#).is_err());
    }

    #[test]
    fn keys_are_compared_as_the_options_say() {
        let dots = r#"{"ConvertDotsInJsonKeysToUnderscores": true}"#;
        for (serde, key, normal) in [
            (JsonSerDe::default(), "userId", "userid"),
            (JsonSerDe::default(), "GRÖSSE.x", "grösse.x"),
            (open_x(r#"{"CaseInsensitive": false}"#), "userId", "userId"),
            (open_x(dots), "A.b.C", "a_b_c"),
            (JsonSerDe::Hive(HiveJsonSerDe::default()), "userId", "userid"),
        ] {
            assert_eq!(serde.normal(key), normal, "{key}");
        }
    }

    #[test]
    fn options_that_do_not_go_with_the_schema_are_refused() {
        let nested = [("a", "array<struct<x:int,y_z:map<string,struct<q:int>>>>"), ("b", "int")];
        for (columns, serde, fault) in [
            (&nested[..], JsonSerDe::default(), None),
            (&nested, open_x(r#"{"ColumnToJsonKeyMappings": {"q": "Q!", "b": "B.b"}}"#), None),
            (
                &nested,
                open_x(r#"{"ColumnToJsonKeyMappings": {"c": "b"}}"#),
                Some("ColumnToJsonKeyMappings has \"c\", which the schema has not: "),
            ),
            (
                &nested,
                open_x(r#"{"ColumnToJsonKeyMappings": {"a": ""}}"#),
                Some("ColumnToJsonKeyMappings gives \"a\" a key"),
            ),
            (
                &nested,
                open_x(r#"{"ColumnToJsonKeyMappings": {"a": "B"}}"#),
                Some("\"a\" and \"b\" are both read from the key \"b\", expected a key for each"),
            ),
            (
                &[("a", "struct<x.y:int,x_y:int>")],
                open_x(r#"{"ConvertDotsInJsonKeysToUnderscores": true}"#),
                Some("\"x.y\" and \"x_y\" are both read from the key \"x_y\""),
            ),
            (
                &[("a", "array<struct<x.y:int>>")],
                JsonSerDe::Hive(HiveJsonSerDe::default()),
                Some("\"x.y\" has a dot, which HiveJsonSerDe does not take"),
            ),
            (
                &nested,
                JsonSerDe::Hive(HiveJsonSerDe { timestamp_formats: vec![crate::TimestampFormat::Millis; 21] }),
                Some("TimestampFormats has 21 patterns, expected 20 at most"),
            ),
        ] {
            match (check(columns, &serde), fault) {
                (Ok(()), None) => {}
                (Err(told), Some(fault)) if told.starts_with(fault) => {}
                (told, _) => panic!("{serde:?}: {told:?}"),
            }
        }
    }
}
