//! Which rows a record becomes, and which it does not.

use penstock_columns::{BlockSize, Columns, JsonSerDe, Pushed, RowErrorCode, UnknownFields, WriterOptions};
use sha2::{Digest as _, Sha256};

use crate::read_back::{layout, layout_of, rows};

fn open_x(text: &str) -> JsonSerDe {
    JsonSerDe::OpenX(serde_json::from_str(text).unwrap())
}

#[test]
fn a_record_is_one_object_or_several() {
    let layout = layout(&[("a", "int")]);
    for (record, expected) in [
        (r#"{"a":1}"#, &["{a:1}"][..]),
        (" {\"a\":1}\r\n\t ", &["{a:1}"]),
        (r#"{"a":1}{"a":2} {"a":null}"#, &["{a:1}", "{a:2}", "{a:null}"]),
        ("{\"a\":1}\n{}\n", &["{a:1}", "{a:null}"]),
    ] {
        let mut columns = Columns::new(&layout);
        let pushed = columns.push(&layout, record.as_bytes()).unwrap();
        assert_eq!(pushed, Pushed { rows: expected.len(), unknown_fields: 0 }, "{record}");
        assert_eq!(rows(&layout, columns, &WriterOptions::default()), expected, "{record}");
    }
}

#[test]
fn d1_what_is_no_object_fails_with_its_reason() {
    let layout = layout(&[("a", "int")]);
    let (parse, malformed) = (RowErrorCode::ParseError, RowErrorCode::MalformedData);
    for (record, code, message) in [
        (&b""[..], parse, "the record is not JSON: EOF while parsing a value at line 1 column 0"),
        (b" \n", parse, "the record is not JSON: EOF while parsing a value at line 1 column 0"),
        (b"{\"a\":1", parse, "the record is not JSON: EOF while parsing an object at line 1 column 6"),
        (b"{\"a\":01}", parse, "the record is not JSON: invalid number at line 1 column 7"),
        (b"{\"b\":01}", parse, "the record is not JSON: invalid number at line 1 column 7"),
        (b"{\"b\":\"\\x\"}", parse, "the record is not JSON: invalid escape at line 1 column 8"),
        (b"{\"b\":NaN}", parse, "the record is not JSON: expected value at line 1 column 6"),
        (
            b"{\"a\":1},{\"a\":1}",
            parse,
            "the record is not JSON behind its object 1: expected value at line 1 column 1",
        ),
        (b"{\"b\":\"\xff\"}", parse, "the record is not UTF-8 from byte 6 on"),
        (b"1", malformed, "the record holds a number, expected an object"),
        (b"[{\"a\":1}]", malformed, "the record holds an array, expected an object"),
        (b"null", malformed, "the record holds null, expected an object"),
        (b"{\"a\":1} \"x\"", malformed, "the record holds a string, expected an object"),
        (b"{\"a\":1,\"a\":1}", malformed, "the record has the key \"a\" twice, expected it once"),
    ] {
        let mut columns = Columns::new(&layout);
        let error = columns.push(&layout, record).expect_err(message);
        assert_eq!((error.code, error.message.as_str()), (code, message));
        assert!(columns.is_empty() && columns.buffered_bytes() == 0, "{message}");
    }
}

#[test]
fn keys_find_their_columns() {
    let columns = [("userid", "int"), ("a_b", "struct<X_y:int,q:int>")];
    let dots = r#"{"ConvertDotsInJsonKeysToUnderscores": true}"#;
    let mapped = r#"{"ColumnToJsonKeyMappings": {"userid": "Id!", "q": "x_y", "X_y": "other"}}"#;
    for (serde, json, expected) in [
        ("{}", r#"{"userId":1,"A_B":{"x_Y":2}}"#, "{userid:1,a_b:{X_y:2,q:null}}"),
        (r#"{"CaseInsensitive": false}"#, r#"{"userId":1,"a_b":{"X_y":2,"Q":3}}"#, "{userid:null,a_b:{X_y:2,q:null}}"),
        (dots, r#"{"user.id":0,"a.b":{"x.y":2}}"#, "{userid:null,a_b:{X_y:2,q:null}}"),
        ("{}", r#"{"a.b":{"x_y":2}}"#, "{userid:null,a_b:null}"),
        (mapped, r#"{"ID!":1,"a_b":{"x_y":2,"OTHER":3,"q":9}}"#, "{userid:1,a_b:{X_y:3,q:2}}"),
    ] {
        let layout = layout_of(&columns, open_x(serde), UnknownFields::Ignore);
        let mut columns = Columns::new(&layout);
        // Again in another order: what was learnt of the first must not stand in the way.
        columns.push(&layout, json.as_bytes()).unwrap();
        columns.push(&layout, br#"{"none":{},"a_b":null}"#).unwrap();
        columns.push(&layout, json.as_bytes()).unwrap();
        let rows = rows(&layout, columns, &WriterOptions::default());
        assert_eq!((rows[0].as_str(), rows[2].as_str()), (expected, expected), "{serde}");
    }
}

#[test]
fn a_key_that_comes_twice_fails() {
    let columns = [("a", "struct<b:int,c:map<int,int>>")];
    let folded = layout(&columns);
    let exact = layout_of(&columns, open_x(r#"{"CaseInsensitive": false}"#), UnknownFields::Ignore);
    for (json, of, fails_folded, fails_exact) in [
        (r#"{"a":null,"A":null}"#, "the record has the key \"a\" twice, expected it once", true, false),
        (r#"{"a":{"b":1,"c":{},"b":1}}"#, "column \"a\" has the key \"b\" twice, expected it once", true, true),
        (r#"{"a":{"b":1,"B":1}}"#, "column \"a\" has the key \"b\" twice, expected it once", true, false),
        (
            r#"{"a":{"c":{"1":1,"01":1}}}"#,
            "column \"a.c\" holds a key twice, expected each key of a map once",
            true,
            true,
        ),
        (r#"{"z":1,"z":1}"#, "", false, false),
    ] {
        for (layout, fails) in [(&folded, fails_folded), (&exact, fails_exact)] {
            let pushed = Columns::new(layout).push(layout, json.as_bytes());
            assert_eq!(pushed.as_ref().err().map(|error| error.message.as_str()), fails.then_some(of), "{json}");
        }
    }
}

#[test]
fn keys_of_maps_are_as_they_are() {
    let layout = layout(&[("m", "map<string,int>")]);
    let mut columns = Columns::new(&layout);
    columns.push(&layout, br#"{"M":{"User.Id":1,"user.id":2,"":3}}"#).unwrap();
    assert_eq!(rows(&layout, columns, &WriterOptions::default()), [r#"{m:<"User.Id"=1,"user.id"=2,""=3>}"#]);
    let layout = crate::read_back::layout(&[("m", "map<int,int>")]);
    let error = Columns::new(&layout).push(&layout, br#"{"m":{"x":1}}"#).unwrap_err();
    assert!(
        error.message.starts_with("column \"m{key}\" holds a string that does not fit, expected a whole"),
        "{error}"
    );
}

#[test]
fn unknown_fields_are_lost_or_counted_or_refused() {
    let columns = [("a", "array<struct<b:int>>")];
    let json = br#"{"a":[{"b":1,"x":2},{"y":{"b":1}}],"z":0}"#;
    for (policy, unknown) in [(UnknownFields::Ignore, 3), (UnknownFields::Count, 3)] {
        let layout = layout_of(&columns, JsonSerDe::default(), policy);
        let pushed = Columns::new(&layout).push(&layout, json).unwrap();
        assert_eq!(pushed, Pushed { rows: 1, unknown_fields: unknown }, "{policy:?}");
    }
    let layout = layout_of(&columns, JsonSerDe::default(), UnknownFields::Refuse);
    let mut columns = Columns::new(&layout);
    let error = columns.push(&layout, json).unwrap_err();
    let message = "column \"a[]\" has the field \"x\", which the schema has not: expected its columns and fields alone";
    assert_eq!((error.code, error.message.as_str()), (RowErrorCode::MalformedData, message));
    let long = format!("{{\"{}\":1}}", "é\\n".repeat(1_000_000));
    let error = columns.push(&layout, long.as_bytes()).unwrap_err();
    assert!(error.message.starts_with("the record has the field \"é\\né\\n") && error.message.len() < 512, "{error}");
    assert_eq!(columns.push(&layout, br#"{"A":[]}"#), Ok(Pushed { rows: 1, unknown_fields: 0 }));
}

#[test]
fn d3_the_same_rows_give_the_same_bytes() {
    let layout =
        layout(&[("id", "bigint"), ("tags", "array<string>"), ("at", "timestamp"), ("price", "decimal(20,2)")]);
    let file = || {
        let mut columns = Columns::new(&layout);
        for row in 0..5_000 {
            let record = format!(r#"{{"id":{row},"tags":["a{}","b"],"at":{row},"price":{row}.25}}"#, row % 7);
            columns.push(&layout, record.as_bytes()).unwrap();
        }
        let options = WriterOptions { block_size: BlockSize::new(64 << 20).unwrap(), ..WriterOptions::default() };
        columns.finish(&layout, &options).unwrap()
    };
    let (first, second) = (file(), file());
    assert!(first == second);
    let digest = Sha256::digest(&first).first_chunk().map(|&head| u64::from_be_bytes(head));
    // Another one, without another version of ours, is another file for the same rows: the change log has to say so.
    assert_eq!((first.len(), digest), (73_540, Some(0x5193_793b_cd4e_07a3)));
}
