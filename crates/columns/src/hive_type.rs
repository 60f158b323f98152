//! Types as Hive, and so AWS Glue, writes them.

mod parser;

use std::fmt;

use crate::limits::DECIMAL_PRECISION_MAX;

/// The type of a column, or of what lies in one.
///
/// Made by [`HiveType::parse`], which keeps every limit; [`fmt::Display`] writes it as Hive does, and what it writes is
/// read back as the same type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HiveType {
    /// `boolean`.
    Boolean,
    /// `tinyint`: 8 bits.
    TinyInt,
    /// `smallint`: 16 bits.
    SmallInt,
    /// `int` or `integer`: 32 bits.
    Int,
    /// `bigint`: 64 bits.
    BigInt,
    /// `float`: 32 bits.
    Float,
    /// `double`: 64 bits.
    Double,
    /// `decimal(p,s)`; `decimal` is `decimal(10,0)`.
    Decimal(DecimalType),
    /// `string`.
    String,
    /// `char(n)`: at most `n` characters.
    Char(u16),
    /// `varchar(n)`: at most `n` characters.
    Varchar(u16),
    /// `binary`.
    Binary,
    /// `date`.
    Date,
    /// `timestamp`: nanoseconds, without a zone.
    Timestamp,
    /// `array<element>`.
    Array(Box<HiveType>),
    /// `map<key,value>`; the key is a primitive type.
    Map(Box<HiveType>, Box<HiveType>),
    /// `struct<name:type,...>`, with one field at least, and no two whose names differ in case alone.
    Struct(Vec<StructField>),
}

/// A field of a struct.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StructField {
    /// Its name, as it is written in the type.
    pub name: String,
    /// What it holds.
    pub hive_type: HiveType,
}

/// The digits of a decimal: `precision` in all, 1 to 38, `scale` of them behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DecimalType {
    precision: u8,
    scale: u8,
}

impl DecimalType {
    /// None where Hive has no such type.
    pub const fn new(precision: u8, scale: u8) -> Option<Self> {
        if precision == 0 || precision > DECIMAL_PRECISION_MAX || scale > precision {
            return None;
        }
        Some(Self { precision, scale })
    }

    /// Digits in all, 1 to 38.
    pub const fn precision(self) -> u8 {
        self.precision
    }

    /// Digits behind the point, at most all.
    pub const fn scale(self) -> u8 {
        self.scale
    }
}

impl Default for DecimalType {
    /// What Hive takes `decimal` for.
    fn default() -> Self {
        Self { precision: 10, scale: 0 }
    }
}

/// A text that is no type, or one that has no place in a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {at}: found {found}, expected {expected}")]
pub struct HiveTypeError {
    /// The byte of the text at which it went wrong.
    pub at: usize,
    /// What stood there, bounded.
    pub found: String,
    /// What was expected instead.
    pub expected: String,
}

impl HiveType {
    /// The type that `text` writes: any case, any white space between its parts.
    ///
    /// Fails where Hive has no such type, where Parquet has no place for it (`uniontype`, intervals, `DynamoDB`'s
    /// `set`), and beyond a limit of [`limits`](crate::limits); the error says where, and what was expected.
    pub fn parse(text: &str) -> Result<Self, HiveTypeError> {
        parser::parse(text)
    }

    /// Whether it holds one value: neither an array, nor a map, nor a struct.
    pub const fn is_primitive(&self) -> bool {
        !matches!(self, Self::Array(_) | Self::Map(..) | Self::Struct(_))
    }

    /// How many primitive types it is made of; one for a primitive type.
    pub fn leaves(&self) -> usize {
        match self {
            Self::Array(element) => element.leaves(),
            Self::Map(key, value) => key.leaves() + value.leaves(),
            Self::Struct(fields) => fields.iter().map(|field| field.hive_type.leaves()).sum(),
            _ => 1,
        }
    }
}

impl fmt::Display for HiveType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::TinyInt => f.write_str("tinyint"),
            Self::SmallInt => f.write_str("smallint"),
            Self::Int => f.write_str("int"),
            Self::BigInt => f.write_str("bigint"),
            Self::Float => f.write_str("float"),
            Self::Double => f.write_str("double"),
            Self::Decimal(decimal) => write!(f, "decimal({},{})", decimal.precision, decimal.scale),
            Self::String => f.write_str("string"),
            Self::Char(length) => write!(f, "char({length})"),
            Self::Varchar(length) => write!(f, "varchar({length})"),
            Self::Binary => f.write_str("binary"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Array(element) => write!(f, "array<{element}>"),
            Self::Map(key, value) => write!(f, "map<{key},{value}>"),
            Self::Struct(fields) => {
                f.write_str("struct<")?;
                for (index, StructField { name, hive_type }) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{name}:{hive_type}")?;
                }
                f.write_str(">")
            }
        }
    }
}
