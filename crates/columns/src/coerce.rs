//! From the text of one JSON value to a value of a primitive column, by the rules of the `SerDe`s.

use crate::decimal::{NumberFault, Scaled, power_of_ten, scaled};
use crate::hive_json_serde::TimestampFormat;
use crate::hive_type::DecimalType;
use crate::json_text::{JsonKind, LoneSurrogate, minify, unescape};
use crate::layout::LeafKind;
use crate::leaf::{Texts, Values};
use crate::timestamp::{self, Timestamp};

/// What a value was, that the column does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Of another kind.
    Kind(JsonKind),
    /// A number that the type has no room for, or a whole number that is none.
    Range,
    /// A string that does not say what is asked for.
    Text,
    /// A string that is no text.
    Surrogate,
}

impl Misfit {
    /// For messages.
    pub(crate) const fn held(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.name(),
            Self::Range => "a number that does not fit",
            Self::Text => "a string that does not fit",
            Self::Surrogate => "a string with half of a surrogate pair",
        }
    }
}

impl From<LoneSurrogate> for Misfit {
    fn from(LoneSurrogate: LoneSurrogate) -> Self {
        Self::Surrogate
    }
}

/// Which `SerDe`'s rules hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'l> {
    /// Hive's formats of timestamps; none for the rules of `OpenX`.
    pub hive: Option<&'l [TimestampFormat]>,
}

/// What a type takes, for messages.
pub(crate) fn expected(kind: LeafKind, rules: Rules<'_>) -> String {
    match kind {
        LeafKind::Boolean => "a boolean".to_owned(),
        LeafKind::TinyInt => format!("a whole number from {} to {}", i8::MIN, i8::MAX),
        LeafKind::SmallInt => format!("a whole number from {} to {}", i16::MIN, i16::MAX),
        LeafKind::Int => format!("a whole number from {} to {}", i32::MIN, i32::MAX),
        LeafKind::BigInt => format!("a whole number from {} to {}", i64::MIN, i64::MAX),
        LeafKind::Float => "a number of 32 bits".to_owned(),
        LeafKind::Double => "a number of 64 bits".to_owned(),
        LeafKind::Decimal(decimal) => {
            let (precision, scale) = (decimal.precision(), decimal.scale());
            format!("a decimal({precision},{scale}): at most {} digits before the point", precision - scale)
        }
        LeafKind::Text(_) => "a text, a number or a boolean".to_owned(),
        LeafKind::Binary => "a string".to_owned(),
        LeafKind::Date => "a date, yyyy-MM-dd".to_owned(),
        LeafKind::Timestamp => match rules.hive {
            None => "a timestamp, yyyy-MM-dd'T'HH:mm:ss[.S]'Z', yyyy-[M]M-[d]d HH:mm:ss[.S], or seconds or \
                     milliseconds since 1970"
                .to_owned(),
            Some([]) => "a timestamp, yyyy-[m]m-[d]d hh:mm:ss[.f...]".to_owned(),
            Some(_) => "a timestamp by one of TimestampFormats".to_owned(),
        },
    }
}

/// Appends the value that `text` writes, which is not null.
#[inline]
pub(crate) fn append(
    values: &mut Values,
    kind: LeafKind,
    rules: Rules<'_>,
    text: &str,
    scratch: &mut String,
) -> Result<(), Misfit> {
    let json = JsonKind::of(text);
    match (json, &mut *values) {
        (JsonKind::String, Values::Text(texts)) => append_text(texts, kind, |out| {
            unescape(inner(text), out)?;
            Ok(())
        }),
        (JsonKind::String, values) if rules.hive.is_none() || is_time(kind) => {
            let inner = inner(text);
            if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
                return append_string(values, kind, rules, inner);
            }
            scratch.clear();
            unescape(inner, scratch)?;
            append_string(values, kind, rules, scratch)
        }
        (JsonKind::Number | JsonKind::Boolean, Values::Text(texts)) if kind != LeafKind::Binary => {
            append_text(texts, kind, |out| {
                out.push_str(text);
                Ok(())
            })
        }
        (JsonKind::Array | JsonKind::Object, Values::Text(texts))
            if kind != LeafKind::Binary && rules.hive.is_none() =>
        {
            append_text(texts, kind, |out| {
                minify(text, out);
                Ok(())
            })
        }
        (JsonKind::Boolean, Values::Boolean(values)) => {
            values.push(text == "true");
            Ok(())
        }
        (JsonKind::Number, values) => append_number(values, kind, rules, text),
        _ => Err(Misfit::Kind(json)),
    }
}

/// Appends what a string holds, as the key of a map is one: by the rules of `OpenX`, whatever the `SerDe` is.
pub(crate) fn append_key(values: &mut Values, kind: LeafKind, rules: Rules<'_>, key: &str) -> Result<(), Misfit> {
    match values {
        Values::Text(texts) => {
            append_string_text(texts, kind, key);
            Ok(())
        }
        values => append_string(values, kind, rules, key),
    }
}

/// Appends a string, or the beginning of it that the type has room for.
#[inline]
pub(crate) fn append_string_text(texts: &mut Texts, kind: LeafKind, text: &str) {
    let start = texts.text.len();
    texts.text.push_str(text);
    cut(texts, kind, start);
    texts.end(start);
}

/// What stands between the quotes.
fn inner(text: &str) -> &str {
    text.get(1..text.len() - 1).unwrap_or_default()
}

const fn is_time(kind: LeafKind) -> bool {
    matches!(kind, LeafKind::Date | LeafKind::Timestamp)
}

#[inline]
fn append_text(
    texts: &mut Texts,
    kind: LeafKind,
    write: impl FnOnce(&mut String) -> Result<(), Misfit>,
) -> Result<(), Misfit> {
    let start = texts.text.len();
    if let Err(misfit) = write(&mut texts.text) {
        texts.text.truncate(start);
        return Err(misfit);
    }
    cut(texts, kind, start);
    texts.end(start);
    Ok(())
}

/// Drops what a text from `start` on has more than its type takes.
#[inline]
fn cut(texts: &mut Texts, kind: LeafKind, start: usize) {
    if let LeafKind::Text(Some(length)) = kind
        && let Some((end, _)) = texts.text[start..].char_indices().nth(length.into())
    {
        texts.text.truncate(start + end);
    }
}

fn append_string(values: &mut Values, kind: LeafKind, rules: Rules<'_>, text: &str) -> Result<(), Misfit> {
    match (kind, &mut *values) {
        (LeafKind::Boolean, Values::Boolean(values)) => {
            let is_true = text.eq_ignore_ascii_case("true");
            if !is_true && !text.eq_ignore_ascii_case("false") {
                return Err(Misfit::Text);
            }
            values.push(is_true);
        }
        (LeafKind::Date, Values::Int32(values)) => values.push(timestamp::date(text).ok_or(Misfit::Text)?),
        (LeafKind::Timestamp, Values::Timestamp(values)) => {
            let read = match rules.hive {
                None => Timestamp::from_open_x(text),
                Some([]) => Timestamp::from_java_sql(text),
                Some(formats) => formats.iter().find_map(|format| match format {
                    TimestampFormat::Millis => Timestamp::from_millis(text).ok(),
                    TimestampFormat::Pattern(pattern) => Timestamp::from_joda(&pattern.read(text)?),
                }),
            };
            values.push(read.ok_or(Misfit::Text)?);
        }
        (LeafKind::Float | LeafKind::Double, _) if matches!(text, "NaN" | "Infinity" | "-Infinity") => {
            // Rust's words for them, but for case.
            let number: f64 = text.parse().map_err(|_| Misfit::Text)?;
            match values {
                Values::Float(values) if number.is_nan() => values.push(f32::NAN),
                Values::Float(values) => values.push(f32::INFINITY.copysign(if number < 0.0 { -1.0 } else { 1.0 })),
                Values::Double(values) => values.push(number),
                _ => return Err(Misfit::Text),
            }
        }
        (_, values) => {
            // What Rust takes for a number and Java does not, `inf` for one, is none.
            let is_number = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
            if !is_number {
                return Err(Misfit::Text);
            }
            return append_number(values, kind, rules, text);
        }
    }
    Ok(())
}

#[inline]
fn append_number(values: &mut Values, kind: LeafKind, rules: Rules<'_>, text: &str) -> Result<(), Misfit> {
    let misfit = |fault| match fault {
        NumberFault::NoNumber => Misfit::Text,
        NumberFault::Overflow => Misfit::Range,
    };
    match (kind, values) {
        (LeafKind::TinyInt, Values::Int32(values)) => values.push(whole::<i8>(text)?.into()),
        (LeafKind::SmallInt, Values::Int32(values)) => values.push(whole::<i16>(text)?.into()),
        (LeafKind::Int, Values::Int32(values)) => values.push(whole(text)?),
        (LeafKind::BigInt, Values::Int64(values)) => values.push(whole(text)?),
        (LeafKind::Float, Values::Float(values)) => {
            let number: f32 = text.parse().map_err(|_| Misfit::Text)?;
            values.push(Some(number).filter(|number| number.is_finite()).ok_or(Misfit::Range)?);
        }
        (LeafKind::Double, Values::Double(values)) => {
            let number: f64 = text.parse().map_err(|_| Misfit::Text)?;
            values.push(Some(number).filter(|number| number.is_finite()).ok_or(Misfit::Range)?);
        }
        (LeafKind::Decimal(decimal), values) => append_decimal(values, decimal, text).map_err(misfit)?,
        (LeafKind::Timestamp, Values::Timestamp(values)) => {
            let read = match rules.hive {
                None => Timestamp::from_number(text),
                Some(formats) if formats.contains(&TimestampFormat::Millis) => Timestamp::from_millis(text),
                Some(_) => return Err(Misfit::Kind(JsonKind::Number)),
            };
            values.push(read.map_err(misfit)?);
        }
        _ => return Err(Misfit::Kind(JsonKind::Number)),
    }
    Ok(())
}

fn append_decimal(values: &mut Values, decimal: DecimalType, text: &str) -> Result<(), NumberFault> {
    let value = scaled(text, decimal.scale())?.value;
    if value.abs() >= power_of_ten(decimal.precision()) {
        return Err(NumberFault::Overflow);
    }
    match values {
        Values::Int32(values) => values.push(i32::try_from(value).map_err(|_| NumberFault::Overflow)?),
        Values::Int64(values) => values.push(i64::try_from(value).map_err(|_| NumberFault::Overflow)?),
        Values::Int128(values) => values.push(value),
        _ => return Err(NumberFault::NoNumber),
    }
    Ok(())
}

/// A whole number, however it is written.
#[inline]
fn whole<T: std::str::FromStr + TryFrom<i128>>(text: &str) -> Result<T, Misfit> {
    text.parse().or_else(|_| match scaled(text, 0) {
        Ok(Scaled { value, is_exact: true }) => T::try_from(value).map_err(|_| Misfit::Range),
        Ok(_) | Err(NumberFault::Overflow) => Err(Misfit::Range),
        Err(NumberFault::NoNumber) => Err(Misfit::Text),
    })
}
