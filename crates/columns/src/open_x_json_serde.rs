//! `OpenXJsonSerDe`: how records are read, unless it is said otherwise.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Firehose's `OpenXJsonSerDe`, read from its own words; an option that it does not have is refused.
///
/// What becomes of values that are not of the column's type, where AWS says nothing and the open source `SerDe` leaves
/// it to Java:
///
/// - `string`, `char`, `varchar` take the text of a number or a boolean, and of an array or an object that without the
///   white space between its parts. The digits of a number stay as they are written.
/// - Numbers are also taken from a string that holds one, with or without `+`. A column of whole numbers takes `2.0`
///   and `2e1`, and no fraction. What is out of range fails. `float` and `double` take `"NaN"`, `"Infinity"` and
///   `"-Infinity"`.
/// - `decimal` is rounded half up to its scale, as Hive does it, and fails where its precision does not suffice.
/// - `boolean` takes `"true"` and `"false"` in any case.
/// - `char(n)` and `varchar(n)` are cut to `n` characters.
/// - `binary` takes the UTF-8 bytes of a string. It is not base64: neither `SerDe` takes it for that.
/// - `date` takes `yyyy-MM-dd`, month and day also with one digit.
/// - `timestamp` takes `yyyy-MM-dd'T'HH:mm:ss[.S]'Z'`, `yyyy-[M]M-[d]d HH:mm:ss[.S]` (both with up to nine digits of a
///   second, both UTC), and numbers, also in a string: with a fraction or an exponent they are seconds since 1970,
///   without one seconds too, and milliseconds from 100,000,000,000 on (the year 5138 in seconds, 1973 in
///   milliseconds).
/// - An object that gives a column, a field or an entry of a map twice fails, also where the two keys are told apart by
///   case alone and [`case_insensitive`](Self::case_insensitive) is set.
/// - Entries of a map keep their keys as they are: folding and dots are for names of columns and fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct OpenXJsonSerDe {
    /// Whether a key finds its column or field whatever its case is. Default: yes.
    pub case_insensitive: bool,
    /// Whether a dot in a key stands for the underscore in a name. Default: no.
    pub convert_dots_in_json_keys_to_underscores: bool,
    /// The key that a column is read from instead of its own name. As in the open source `SerDe` a name is that of a
    /// column and of every field of a struct that is called so.
    pub column_to_json_key_mappings: BTreeMap<String, String>,
}

impl Default for OpenXJsonSerDe {
    fn default() -> Self {
        Self {
            case_insensitive: true,
            convert_dots_in_json_keys_to_underscores: false,
            column_to_json_key_mappings: BTreeMap::new(),
        }
    }
}
