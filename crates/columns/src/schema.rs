//! The columns of a table, as AWS Glue keeps them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::hive_type::{HiveType, HiveTypeError};
use crate::limits::{EXCERPT_CHARACTERS_MAX, LEAVES_MAX, NAME_CHARACTERS_MAX};

/// A table's columns, in their order, and its partition keys, which lie in object keys and not in files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    columns: Vec<Column>,
    partition_keys: Vec<Column>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    name: String,
    hive_type: HiveType,
}

impl Column {
    /// Its name, 1 to 255 characters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it holds.
    pub const fn hive_type(&self) -> &HiveType {
        &self.hive_type
    }
}

/// A text that is no table's schema, or one that no file can follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// It is not JSON.
    #[error("the schema is not JSON: {0}")]
    NotJson(String),
    /// It is JSON of another kind.
    #[error("the schema has no {missing}: expected what `aws glue get-table` prints, or its list of Columns")]
    NoColumns {
        /// What is not there.
        missing: &'static str,
    },
    /// An element of a list of columns is none.
    #[error("{list}, element {index}: {fault}, expected an object with a Name of 1 to 255 characters and a Type")]
    NoColumn {
        /// The list that it is in.
        list: &'static str,
        /// Its place there, from 0.
        index: usize,
        /// What is wrong.
        fault: &'static str,
    },
    /// The type of a column is none.
    #[error("column {column:?}, type {text:?}, {error}")]
    Type {
        /// The column.
        column: String,
        /// The beginning of its type.
        text: String,
        /// What is wrong, and where.
        error: HiveTypeError,
    },
    /// Two columns, or a column and a partition key, cannot be told apart.
    #[error("column {0:?} is there twice: Hive does not tell names apart that differ in case alone")]
    Duplicate(String),
    /// There are more leaves than [`LEAVES_MAX`].
    #[error("the schema has {0} columns, those within others counted, expected {LEAVES_MAX} at most")]
    TooManyLeaves(usize),
}

impl Schema {
    /// The schema in `text`: what `aws glue get-table` prints, the `Table` in it, its `StorageDescriptor`, or the list
    /// of `Columns` alone. Whatever else stands there, comments too, is not looked at.
    ///
    /// Fails where there is no column, and with the column, its type, the place and what was expected where a type has
    /// none in a file; see [`HiveType::parse`].
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        let value: Value = serde_json::from_str(text).map_err(|error| SchemaError::NotJson(error.to_string()))?;
        let table = value.get("Table").unwrap_or(&value);
        let descriptor = table.get("StorageDescriptor").unwrap_or(table);
        let listed = descriptor.get("Columns").unwrap_or(descriptor);
        let Value::Array(listed) = listed else { return Err(SchemaError::NoColumns { missing: "Columns" }) };
        let keys = match table.get("PartitionKeys") {
            Some(Value::Array(keys)) => keys.as_slice(),
            Some(Value::Null) | None => &[],
            Some(_) => return Err(SchemaError::NoColumns { missing: "list in PartitionKeys" }),
        };
        if listed.is_empty() {
            return Err(SchemaError::NoColumns { missing: "column in Columns" });
        }
        let mut names = BTreeSet::new();
        let columns = columns("Columns", listed, &mut names)?;
        let partition_keys = self::columns("PartitionKeys", keys, &mut names)?;
        let leaves = columns.iter().map(|column| column.hive_type.leaves()).sum();
        if leaves > LEAVES_MAX {
            return Err(SchemaError::TooManyLeaves(leaves));
        }
        Ok(Self { columns, partition_keys })
    }

    /// What lies in the files, in this order; one at least.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What lies in the keys of the files.
    pub fn partition_keys(&self) -> &[Column] {
        &self.partition_keys
    }
}

fn columns(list: &'static str, listed: &[Value], names: &mut BTreeSet<String>) -> Result<Vec<Column>, SchemaError> {
    let column = |(index, value): (usize, &Value)| {
        let fault = |fault| SchemaError::NoColumn { list, index, fault };
        let name = value.get("Name").and_then(Value::as_str).ok_or_else(|| fault("it has no Name"))?;
        if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
            return Err(fault("its Name is empty or too long"));
        }
        if name.chars().any(char::is_control) {
            return Err(fault("its Name has control characters"));
        }
        let text = value.get("Type").and_then(Value::as_str).ok_or_else(|| fault("it has no Type"))?;
        let hive_type = HiveType::parse(text).map_err(|error| SchemaError::Type {
            column: name.to_owned(),
            text: text.chars().take(EXCERPT_CHARACTERS_MAX).collect(),
            error,
        })?;
        if !names.insert(name.to_lowercase()) {
            return Err(SchemaError::Duplicate(name.to_owned()));
        }
        Ok(Column { name: name.to_owned(), hive_type })
    };
    listed.iter().enumerate().map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_glues_answer_is_a_schema() {
        let columns =
            r#"[{"Name": "id", "Type": "bigint", "Comment": "who"}, {"Name": "tags", "Type": "array<string>"}]"#;
        let keys = r#"[{"Name": "day", "Type": "date"}]"#;
        for (name, text, has_keys) in [
            ("list", columns.to_owned(), false),
            ("columns", format!(r#"{{"Columns": {columns}}}"#), false),
            ("descriptor", format!(r#"{{"StorageDescriptor": {{"Columns": {columns}}}}}"#), false),
            ("table", format!(r#"{{"StorageDescriptor": {{"Columns": {columns}}}, "PartitionKeys": {keys}}}"#), true),
            (
                "answer",
                format!(
                    r#"{{"Table": {{"Name": "t", "StorageDescriptor": {{"Location": "s3://b/", "Columns": {columns}}},
                     "PartitionKeys": {keys}}}}}"#
                ),
                true,
            ),
        ] {
            let schema = Schema::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let told: Vec<_> = schema.columns().iter().map(|c| format!("{} {}", c.name(), c.hive_type())).collect();
            assert_eq!(told, ["id bigint", "tags array<string>"], "{name}");
            assert_eq!(schema.partition_keys().iter().map(Column::name).eq(["day"]), has_keys, "{name}");
        }
    }

    #[test]
    fn what_is_no_schema_says_why() {
        for (text, error) in [
            ("{", "the schema is not JSON: EOF while parsing an object at line 1 column 1"),
            ("{}", "the schema has no Columns: expected what `aws glue get-table` prints, or its list of Columns"),
            ("[]", "the schema has no column in Columns: "),
            (
                r#"{"Columns": [{"Name": "a", "Type": "int"}], "PartitionKeys": 1}"#,
                "the schema has no list in PartitionKeys",
            ),
            (r#"[{"Type": "int"}]"#, "Columns, element 0: it has no Name, expected an object with a Name"),
            (r#"[{"Name": "a"}]"#, "Columns, element 0: it has no Type, "),
            (r#"[{"Name": "", "Type": "int"}]"#, "Columns, element 0: its Name is empty or too long, "),
            (r#"[{"Name": "a\n", "Type": "int"}]"#, "Columns, element 0: its Name has control characters, "),
            (
                r#"[{"Name": "tags", "Type": "set<string>"}]"#,
                "column \"tags\", type \"set<string>\", at byte 0: found \"set\", expected array: ",
            ),
            (r#"[{"Name": "a", "Type": "int"}, {"Name": "A", "Type": "int"}]"#, "column \"A\" is there twice: "),
            (
                r#"{"Columns": [{"Name": "a", "Type": "int"}], "PartitionKeys": [{"Name": "a", "Type": "int"}]}"#,
                "column \"a\" is there twice: ",
            ),
        ] {
            let told = Schema::parse(text).expect_err(text).to_string();
            assert!(told.starts_with(error), "{text}: {told}");
        }
        let wide = (0..=LEAVES_MAX).map(|i| format!("f{i}:int")).collect::<Vec<_>>().join(",");
        let text = format!(r#"[{{"Name": "a", "Type": "struct<{wide}>"}}]"#);
        assert_eq!(Schema::parse(&text), Err(SchemaError::TooManyLeaves(LEAVES_MAX + 1)));
    }
}
