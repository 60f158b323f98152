//! The schema of a file, in Parquet's words.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};

use crate::hive_type::{DecimalType, HiveType};
use crate::schema::Schema;
use crate::writer_options::TimestampType;

/// The name that Hive gives the root, and so whoever reads files of Firehose's knows it.
const ROOT: &str = "hive_schema";

/// What a file of this schema says of itself. Every column, and every part of one but the keys of maps, is optional.
pub(crate) fn root(schema: &Schema, timestamps: TimestampType) -> Result<TypePtr> {
    let columns = schema.columns().iter().map(|column| node(column.name(), column.hive_type(), timestamps));
    Ok(Arc::new(Type::group_type_builder(ROOT).with_fields(columns.collect::<Result<_>>()?).build()?))
}

fn node(name: &str, hive_type: &HiveType, timestamps: TimestampType) -> Result<TypePtr> {
    match hive_type {
        HiveType::Array(element) => {
            let repeated = repeated("list", vec![node("element", element, timestamps)?])?;
            group(name, Some(LogicalType::List), vec![repeated])
        }
        HiveType::Map(key, value) => {
            let key = primitive("key", key, Repetition::REQUIRED, timestamps)?;
            let repeated = repeated("key_value", vec![key, node("value", value, timestamps)?])?;
            group(name, Some(LogicalType::Map), vec![repeated])
        }
        HiveType::Struct(fields) => {
            let fields = fields.iter().map(|field| node(&field.name, &field.hive_type, timestamps));
            group(name, None, fields.collect::<Result<_>>()?)
        }
        primitive => self::primitive(name, primitive, Repetition::OPTIONAL, timestamps),
    }
}

fn group(name: &str, logical: Option<LogicalType>, fields: Vec<TypePtr>) -> Result<TypePtr> {
    let builder = Type::group_type_builder(name).with_repetition(Repetition::OPTIONAL).with_logical_type(logical);
    Ok(Arc::new(builder.with_fields(fields).build()?))
}

fn repeated(name: &str, fields: Vec<TypePtr>) -> Result<TypePtr> {
    let builder = Type::group_type_builder(name).with_repetition(Repetition::REPEATED);
    Ok(Arc::new(builder.with_fields(fields).build()?))
}

fn primitive(name: &str, hive_type: &HiveType, repetition: Repetition, timestamps: TimestampType) -> Result<TypePtr> {
    let integer = |bit_width| Some(LogicalType::integer(bit_width, true));
    let utc = |unit| Some(LogicalType::timestamp(true, unit));
    let (physical, logical) = match hive_type {
        HiveType::Boolean => (PhysicalType::BOOLEAN, None),
        HiveType::TinyInt => (PhysicalType::INT32, integer(8)),
        HiveType::SmallInt => (PhysicalType::INT32, integer(16)),
        HiveType::Int => (PhysicalType::INT32, None),
        HiveType::BigInt => (PhysicalType::INT64, None),
        HiveType::Float => (PhysicalType::FLOAT, None),
        HiveType::Double => (PhysicalType::DOUBLE, None),
        HiveType::Decimal(decimal) => return self::decimal(name, *decimal, repetition),
        HiveType::Binary => (PhysicalType::BYTE_ARRAY, None),
        HiveType::Date => (PhysicalType::INT32, Some(LogicalType::Date)),
        HiveType::Timestamp => match timestamps {
            TimestampType::Int96 => (PhysicalType::INT96, None),
            TimestampType::TimestampMillis => (PhysicalType::INT64, utc(TimeUnit::MILLIS)),
            TimestampType::TimestampMicros => (PhysicalType::INT64, utc(TimeUnit::MICROS)),
        },
        // Nothing but texts is left: the parser lets no nested type be a key, and the others do not come here.
        _ => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let builder = Type::primitive_type_builder(name, physical).with_repetition(repetition).with_logical_type(logical);
    Ok(Arc::new(builder.build()?))
}

fn decimal(name: &str, decimal: DecimalType, repetition: Repetition) -> Result<TypePtr> {
    let (precision, scale) = (i32::from(decimal.precision()), i32::from(decimal.scale()));
    let builder = match precision {
        ..=9 => Type::primitive_type_builder(name, PhysicalType::INT32),
        10..=18 => Type::primitive_type_builder(name, PhysicalType::INT64),
        _ => Type::primitive_type_builder(name, PhysicalType::FIXED_LEN_BYTE_ARRAY)
            .with_length(i32::try_from(fixed_length(decimal.precision())).unwrap_or(i32::MAX)),
    };
    let logical = Some(LogicalType::decimal(scale, precision));
    let builder = builder.with_repetition(repetition).with_logical_type(logical);
    Ok(Arc::new(builder.with_precision(precision).with_scale(scale).build()?))
}

/// Bytes of the smallest two's complement that holds every number of so many digits.
pub(crate) const fn fixed_length(precision: u8) -> usize {
    let largest = crate::decimal::power_of_ten(precision) - 1;
    let bits = (i128::BITS - largest.leading_zeros()) as usize + 1;
    bits.div_ceil(8)
}
