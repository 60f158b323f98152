//! The reader of types: one pass, one function a form.

use super::{DecimalType, HiveType, HiveTypeError, StructField};
use crate::limits::{
    CHAR_CHARACTERS_MAX, DECIMAL_PRECISION_MAX, EXCERPT_CHARACTERS_MAX, NAME_CHARACTERS_MAX, NESTING_MAX,
    TYPE_BYTES_MAX, VARCHAR_CHARACTERS_MAX,
};

const TYPES: &str = "boolean, tinyint, smallint, int, bigint, float, double, decimal, string, char, varchar, binary, \
                     date, timestamp, array, map or struct";

pub(super) fn parse(text: &str) -> Result<HiveType, HiveTypeError> {
    let mut parser = Parser { text, at: 0 };
    if text.len() > TYPE_BYTES_MAX {
        let found = format!("{} bytes", text.len());
        return Err(HiveTypeError { at: TYPE_BYTES_MAX, found, expected: format!("{TYPE_BYTES_MAX} at most") });
    }
    let hive_type = parser.hive_type(1)?;
    parser.skip_space();
    if parser.at < text.len() { Err(parser.error("the end of the type")) } else { Ok(hive_type) }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn error(&self, expected: impl Into<String>) -> HiveTypeError {
        self.error_at(self.at, expected)
    }

    fn error_at(&self, at: usize, expected: impl Into<String>) -> HiveTypeError {
        let rest = &self.text[at..];
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let word = if word == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { word };
        let found = match &rest[..word] {
            "" => "the end".to_owned(),
            word => format!("{:?}", word.chars().take(EXCERPT_CHARACTERS_MAX).collect::<String>()),
        };
        HiveTypeError { at, found, expected: expected.into() }
    }

    fn expect(&mut self, mark: char) -> Result<(), HiveTypeError> {
        if self.take(mark) { Ok(()) } else { Err(self.error(format!("{mark:?}"))) }
    }

    fn take(&mut self, mark: char) -> bool {
        self.skip_space();
        let is_there = self.rest().starts_with(mark);
        if is_there {
            self.at += mark.len_utf8();
        }
        is_there
    }

    fn hive_type(&mut self, depth: usize) -> Result<HiveType, HiveTypeError> {
        self.skip_space();
        let start = self.at;
        if depth > NESTING_MAX {
            return Err(self.error(format!("{NESTING_MAX} types within each other at most")));
        }
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += length;
        Ok(match rest[..length].to_ascii_lowercase().as_str() {
            "boolean" => HiveType::Boolean,
            "tinyint" => HiveType::TinyInt,
            "smallint" => HiveType::SmallInt,
            "int" | "integer" => HiveType::Int,
            "bigint" => HiveType::BigInt,
            "float" => HiveType::Float,
            "double" => HiveType::Double,
            "decimal" => HiveType::Decimal(self.decimal()?),
            "string" => HiveType::String,
            "char" => HiveType::Char(self.length(CHAR_CHARACTERS_MAX)?),
            "varchar" => HiveType::Varchar(self.length(VARCHAR_CHARACTERS_MAX)?),
            "binary" => HiveType::Binary,
            "date" => HiveType::Date,
            "timestamp" => HiveType::Timestamp,
            "array" => {
                self.expect('<')?;
                let element = self.hive_type(depth + 1)?;
                self.expect('>')?;
                HiveType::Array(Box::new(element))
            }
            "map" => self.map(depth)?,
            "struct" => self.fields(depth)?,
            "set" => return Err(self.error_at(start, "array: a set of DynamoDB has no type in Hive")),
            "uniontype" => return Err(self.error_at(start, "struct: Parquet has no place for a uniontype")),
            "interval" | "interval_year_month" | "interval_day_time" => {
                return Err(self.error_at(start, "bigint or string: Hive writes no interval to Parquet"));
            }
            _ => return Err(self.error_at(start, format!("a type of Hive: {TYPES}"))),
        })
    }

    fn number(&mut self) -> Option<u32> {
        self.skip_space();
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..length].parse().ok()?;
        self.at += length;
        Some(number)
    }

    fn decimal(&mut self) -> Result<DecimalType, HiveTypeError> {
        if !self.take('(') {
            return Ok(DecimalType::default());
        }
        self.skip_space();
        let start = self.at;
        let precision = self.number();
        let scale = if self.take(',') { self.number() } else { Some(0) };
        let digits = precision.zip(scale);
        let decimal = digits.and_then(|(p, s)| DecimalType::new(u8::try_from(p).ok()?, u8::try_from(s).ok()?));
        let Some(decimal) = decimal else {
            let expected = format!("a precision of 1 to {DECIMAL_PRECISION_MAX} and a scale of 0 to the precision");
            return Err(self.error_at(start, expected));
        };
        self.expect(')')?;
        Ok(decimal)
    }

    fn length(&mut self, max: u16) -> Result<u16, HiveTypeError> {
        self.expect('(')?;
        self.skip_space();
        let start = self.at;
        let length = self.number().and_then(|length| u16::try_from(length).ok()).filter(|&length| length <= max);
        let Some(length) = length.filter(|&length| length > 0) else {
            return Err(self.error_at(start, format!("a length of 1 to {max} characters")));
        };
        self.expect(')')?;
        Ok(length)
    }

    fn map(&mut self, depth: usize) -> Result<HiveType, HiveTypeError> {
        self.expect('<')?;
        self.skip_space();
        let start = self.at;
        let key = self.hive_type(depth + 1)?;
        if !key.is_primitive() {
            return Err(self.error_at(start, "a primitive type as the key of a map"));
        }
        self.expect(',')?;
        let value = self.hive_type(depth + 1)?;
        self.expect('>')?;
        Ok(HiveType::Map(Box::new(key), Box::new(value)))
    }

    fn fields(&mut self, depth: usize) -> Result<HiveType, HiveTypeError> {
        self.expect('<')?;
        let mut fields = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        loop {
            self.skip_space();
            let start = self.at;
            let rest = self.rest();
            let length = rest.find([':', ',', '<', '>', '(', ')']).unwrap_or(rest.len());
            let name = rest[..length].trim_end();
            if name.is_empty() || name.chars().any(char::is_control) {
                return Err(self.error("the name of a field"));
            }
            if name.chars().count() > NAME_CHARACTERS_MAX {
                return Err(self.error(format!("a name of {NAME_CHARACTERS_MAX} characters at most")));
            }
            if !names.insert(name.to_lowercase()) {
                return Err(self.error_at(start, "a name that no other field of the struct has, in any case"));
            }
            self.at += length;
            self.expect(':')?;
            fields.push(StructField { name: name.to_owned(), hive_type: self.hive_type(depth + 1)? });
            if !self.take(',') {
                break;
            }
        }
        self.skip_space();
        if self.take('>') { Ok(HiveType::Struct(fields)) } else { Err(self.error("',' or '>'")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_hive_writes() {
        for (text, written) in [
            ("boolean", "boolean"),
            ("INTEGER", "int"),
            (" TinyInt ", "tinyint"),
            ("decimal", "decimal(10,0)"),
            ("decimal(38)", "decimal(38,0)"),
            ("decimal ( 9 , 2 )", "decimal(9,2)"),
            ("char(255)", "char(255)"),
            ("varchar( 65535 )", "varchar(65535)"),
            ("array<array<\n\tdate>>", "array<array<date>>"),
            ("map < string , array<binary> >", "map<string,array<binary>>"),
            ("STRUCT<userId: bigint, a b:struct<x:float>>", "struct<userId:bigint,a b:struct<x:float>>"),
            ("struct<größe:double,a.b:string,$c:smallint>", "struct<größe:double,a.b:string,$c:smallint>"),
        ] {
            let parsed = HiveType::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(parsed.to_string(), written, "{text}");
            assert_eq!(HiveType::parse(written), Ok(parsed), "{text}");
        }
    }

    #[test]
    fn what_is_no_type_is_told_with_its_place() {
        for (text, error) in [
            ("", "at byte 0: found the end, expected a type of Hive: "),
            ("strnig", "at byte 0: found \"strnig\", expected a type of Hive: boolean, "),
            ("set<string>", "at byte 0: found \"set\", expected array: a set of DynamoDB has no type in Hive"),
            ("array<uniontype<int>>", "at byte 6: found \"uniontype\", expected struct: Parquet has no place for"),
            ("interval_day_time", "at byte 0: found \"interval_day_time\", expected bigint or string: "),
            ("array<int", "at byte 9: found the end, expected '>'"),
            ("array", "at byte 5: found the end, expected '<'"),
            ("int)", "at byte 3: found \")\", expected the end of the type"),
            ("timestamp with local time zone", "at byte 10: found \"with\", expected the end of the type"),
            ("decimal(39,0)", "at byte 8: found \"39\", expected a precision of 1 to 38 and a scale of 0 to"),
            ("decimal(3,4)", "at byte 8: found \"3\", expected a precision of 1 to 38"),
            ("decimal(3,)", "at byte 8: found \"3\", expected a precision"),
            ("decimal(99999999999)", "at byte 8: found \"99999999999\", expected a precision"),
            ("char(256)", "at byte 5: found \"256\", expected a length of 1 to 255 characters"),
            ("varchar(0)", "at byte 8: found \"0\", expected a length of 1 to 65535 characters"),
            ("char", "at byte 4: found the end, expected '('"),
            ("map<array<int>,int>", "at byte 4: found \"array\", expected a primitive type as the key of a map"),
            ("map<string>", "at byte 10: found \">\", expected ','"),
            ("struct<>", "at byte 7: found \">\", expected the name of a field"),
            ("struct<a>", "at byte 8: found \">\", expected ':'"),
            ("struct<a:int,A:int>", "at byte 13: found \"A\", expected a name that no other field"),
            ("struct<a:int b:int>", "at byte 13: found \"b\", expected ',' or '>'"),
        ] {
            let told = HiveType::parse(text).expect_err(text).to_string();
            assert!(told.starts_with(error), "{text}: {told}");
        }
    }

    #[test]
    fn limits_hold() {
        let nested = |depth: usize| format!("{}int{}", "array<".repeat(depth - 1), ">".repeat(depth - 1));
        assert!(HiveType::parse(&nested(NESTING_MAX)).is_ok());
        let error = HiveType::parse(&nested(NESTING_MAX + 1)).unwrap_err().to_string();
        assert!(error.ends_with("expected 32 types within each other at most"), "{error}");
        let error = HiveType::parse(&" ".repeat(TYPE_BYTES_MAX + 1)).unwrap_err().to_string();
        assert_eq!(error, "at byte 131072: found 131073 bytes, expected 131072 at most");
        let name = "é".repeat(NAME_CHARACTERS_MAX + 1);
        let error = HiveType::parse(&format!("struct<{name}:int>")).unwrap_err().to_string();
        assert!(error.ends_with("expected a name of 255 characters at most"), "{error}");
    }
}
