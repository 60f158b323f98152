//! Whatever is converted is read back as a model of the same rows says; rows that fail between them leave no trace.

use std::fmt::Write as _;

use penstock_columns::{
    ColumnCodec, ColumnCompression, Columns, Dictionary, HiveType, JsonSerDe, Layout, Schema, TimestampType,
    UnknownFields, WriterOptions, WriterVersion,
};
use proptest::prelude::*;

use crate::read_back::rows;

/// Numbers from a seed: rows are as deep as their types, which strategies of rows would follow with pain.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A value of `hive_type`: appended to `json` as a record has it, and to `model` as it is read back.
fn value(hive_type: &HiveType, chance: &mut Chance, timestamps: TimestampType, json: &mut String, model: &mut String) {
    if chance.below(6) == 0 {
        json.push_str("null");
        model.push_str("null");
        return;
    }
    match hive_type {
        HiveType::Array(element) => {
            json.push('[');
            model.push('[');
            for index in 0..chance.below(4) {
                let comma = if index == 0 { "" } else { "," };
                json.push_str(comma);
                model.push_str(comma);
                value(element, chance, timestamps, json, model);
            }
            json.push(']');
            model.push(']');
        }
        HiveType::Map(_, inner) => {
            json.push('{');
            model.push('<');
            for index in 0..chance.below(4) {
                let comma = if index == 0 { "" } else { "," };
                write!(json, "{comma}\"{index}\": ").unwrap();
                write!(model, "{comma}{}=", key(hive_type, index)).unwrap();
                value(inner, chance, timestamps, json, model);
            }
            json.push('}');
            model.push('>');
        }
        HiveType::Struct(fields) => {
            let fields: Vec<_> = fields.iter().map(|field| (field.name.as_str(), &field.hive_type)).collect();
            object(&fields, chance, timestamps, json, model);
        }
        primitive => {
            let (written, read) = scalar(primitive, chance, timestamps);
            json.push_str(&written);
            model.push_str(&read);
        }
    }
}

fn key(map: &HiveType, index: u64) -> String {
    match map {
        HiveType::Map(key, _) if matches!(**key, HiveType::BigInt) => index.to_string(),
        _ => format!("\"{index}\""),
    }
}

/// An object with some of the fields, in an order of its own, and one more.
fn object(
    fields: &[(&str, &HiveType)],
    chance: &mut Chance,
    timestamps: TimestampType,
    json: &mut String,
    model: &mut String,
) {
    let mut written = vec![format!("\"none of them\": [{{\"a\": [1e5]}}, \"{}\"]", chance.below(9))];
    model.push('{');
    for (index, (name, hive_type)) in fields.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(model, "{comma}{name}:").unwrap();
        if chance.below(5) == 0 {
            model.push_str("null");
            continue;
        }
        let name = if chance.below(2) == 0 { name.to_uppercase() } else { (*name).to_owned() };
        let mut field = format!("\"{name}\" : ");
        value(hive_type, chance, timestamps, &mut field, model);
        let place = usize::try_from(chance.below(written.len() as u64 + 1)).unwrap();
        written.insert(place, field);
    }
    model.push('}');
    write!(json, "{{{}}}", written.join(", ")).unwrap();
}

fn scalar(hive_type: &HiveType, chance: &mut Chance, timestamps: TimestampType) -> (String, String) {
    let same = |text: String| (text.clone(), text);
    #[expect(clippy::cast_possible_wrap, reason = "any bits will do")]
    let bits = chance.next() as i64;
    match hive_type {
        HiveType::Boolean => same((bits % 2 == 0).to_string()),
        HiveType::TinyInt => same((bits % 128).to_string()),
        HiveType::SmallInt => same((bits % 32_768).to_string()),
        HiveType::Int => same((bits % 2_147_483_648).to_string()),
        HiveType::BigInt => same(bits.to_string()),
        HiveType::Float => {
            let number = f32::from_bits(u32::try_from(chance.below(0x7f00_0000)).unwrap());
            (format!("{number:e}"), format!("{number:?}"))
        }
        HiveType::Double => {
            let number = f64::from_bits(chance.below(0x7fe0_0000_0000_0000));
            (format!("{number:e}"), format!("{number:?}"))
        }
        HiveType::Decimal(decimal) => {
            let digits = i128::from(bits) * i128::from(bits) % 10_i128.pow(decimal.precision().into());
            let digits = if bits < 0 { -digits } else { digits };
            (format!("{digits}e-{}", decimal.scale()), format!("{digits}e-{}", decimal.scale()))
        }
        HiveType::Date => {
            let days = chance.below(20_000);
            let (year, month, day) = (2000 + days / 372, days / 31 % 12 + 1, days % 28 + 1);
            let since = chrono_days(i64::try_from(year).unwrap(), month, day);
            (format!("\"{year}-{month:02}-{day:02}\""), since.to_string())
        }
        HiveType::Timestamp => {
            let millis = chance.below(4_000_000_000_000);
            let read = match timestamps {
                TimestampType::Int96 | TimestampType::TimestampMillis => millis,
                TimestampType::TimestampMicros => millis * 1_000,
            };
            (format!("{}.{:03}", millis / 1_000, millis % 1_000), read.to_string())
        }
        HiveType::Char(length) | HiveType::Varchar(length) => {
            let text = text(chance);
            (
                serde_json::to_string(&text).unwrap(),
                format!("{:?}", text.chars().take((*length).into()).collect::<String>()),
            )
        }
        HiveType::Binary | HiveType::String => {
            let text = text(chance);
            (serde_json::to_string(&text).unwrap(), format!("{text:?}"))
        }
        HiveType::Array(_) | HiveType::Map(..) | HiveType::Struct(_) => unreachable!("not primitive"),
    }
}

fn text(chance: &mut Chance) -> String {
    let all: Vec<char> = "ab \"\\\n\u{1}é日😀/".chars().collect();
    (0..chance.below(6)).map(|_| all[usize::try_from(chance.below(all.len() as u64)).unwrap()]).collect()
}

/// Days since 1970, the slow way.
fn chrono_days(year: i64, month: u64, day: u64) -> i64 {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years: i64 = (1970..year).map(|year| 365 + i64::from(is_leap(year))).sum();
    let lengths = [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: i64 = lengths.iter().take(usize::try_from(month).unwrap() - 1).sum();
    years + months + i64::try_from(day).unwrap() - 1
}

fn any_type() -> impl Strategy<Value = String> {
    let primitive = prop::sample::select(vec![
        "boolean",
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "float",
        "double",
        "decimal(5,2)",
        "decimal(18,0)",
        "decimal(30,7)",
        "decimal(38,38)",
        "string",
        "char(2)",
        "varchar(3)",
        "binary",
        "date",
        "timestamp",
    ]);
    primitive.prop_map(str::to_owned).prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|element| format!("array<{element}>")),
            inner.clone().prop_map(|value| format!("map<string,{value}>")),
            inner.clone().prop_map(|value| format!("map<bigint,{value}>")),
            prop::collection::vec(inner, 1..4).prop_map(|types| {
                let fields = types.iter().enumerate().map(|(index, of)| format!("f{index}:{of}"));
                format!("struct<{}>", fields.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

fn any_options() -> impl Strategy<Value = WriterOptions> {
    let codecs = [
        ColumnCompression::Uncompressed,
        ColumnCompression::Gzip,
        ColumnCompression::Snappy,
        ColumnCompression::Zstd,
        ColumnCompression::Lz4,
    ];
    let types = [TimestampType::Int96, TimestampType::TimestampMillis, TimestampType::TimestampMicros];
    let versions = [WriterVersion::V1, WriterVersion::V2];
    let dictionaries = [Dictionary::Enabled, Dictionary::Disabled];
    (
        prop::sample::select(codecs.to_vec()),
        prop::sample::select(types.to_vec()),
        prop::sample::select(versions.to_vec()),
        prop::sample::select(dictionaries.to_vec()),
    )
        .prop_map(|(compression, timestamps, version, dictionary)| WriterOptions {
            codec: ColumnCodec::from(compression),
            timestamps,
            version,
            dictionary,
            ..WriterOptions::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn d1_every_row_is_read_back_and_no_other(
        types in prop::collection::vec(any_type(), 1..5),
        options in any_options(),
        seed: u64,
        count in 0_usize..20,
    ) {
        let columns: Vec<_> = types
            .iter()
            .enumerate()
            .map(|(index, of)| serde_json::json!({ "Name": format!("c{index}"), "Type": of }))
            .collect();
        let schema = Schema::parse(&serde_json::Value::Array(columns).to_string()).unwrap();
        let fields: Vec<_> = schema.columns().iter().map(|column| (column.name(), column.hive_type())).collect();
        let layout = Layout::new(schema.clone(), JsonSerDe::default(), UnknownFields::Count).unwrap();
        let (mut ours, mut alone) = (Columns::new(&layout), Columns::new(&layout));
        let mut chance = Chance(seed);
        let mut expected = Vec::new();
        for _ in 0..count {
            let (mut json, mut model) = (String::new(), String::new());
            object(&fields, &mut chance, options.timestamps, &mut json, &mut model);
            // Cut in any place it is no object; behind a good one it takes that with it.
            let mut cut = usize::try_from(chance.below(json.len() as u64)).unwrap();
            while !json.is_char_boundary(cut) {
                cut -= 1;
            }
            prop_assert!(ours.push(&layout, &json.as_bytes()[..cut]).is_err());
            let several = format!("{json}{json}\n{}", &json[..cut.max(1)]);
            prop_assert!(ours.push(&layout, several.as_bytes()).is_err());
            let pushed = ours.push(&layout, json.as_bytes());
            let is_one = pushed.as_ref().is_ok_and(|pushed| pushed.rows == 1 && pushed.unknown_fields > 0);
            prop_assert!(is_one, "{}: {:?}", json, pushed);
            prop_assert_eq!(pushed, alone.push(&layout, json.as_bytes()));
            expected.push(model);
        }
        prop_assert_eq!((ours.rows(), ours.is_empty()), (count, count == 0));
        prop_assert_eq!(ours.buffered_bytes(), alone.buffered_bytes());
        let alone = alone.finish(&layout, &options).unwrap();
        let ours_again = ours.finish(&layout, &options).unwrap();
        prop_assert!(alone == ours_again, "the same rows give the same bytes");
        prop_assert_eq!(crate::read_back::rows_of(alone), expected);
    }
}

#[test]
fn a_file_without_rows_is_one() {
    let layout = crate::read_back::layout(&[("a", "array<int>"), ("b", "string")]);
    assert_eq!(rows(&layout, Columns::new(&layout), &WriterOptions::default()), [""; 0]);
}
