use proptest::prelude::*;

use super::*;

const ALL: [Envelope; 3] = [Envelope::Text, Envelope::Json, Envelope::Base64];

const NUMBER: &str = "49590338271490256608559692538361571095921575989136588898";

fn number() -> SequenceNumber {
    SequenceNumber::parse(NUMBER).unwrap()
}

fn written(envelope: Envelope, output_index: Option<u32>, data: &[u8]) -> Result<String, String> {
    let enveloped = Enveloped {
        sequence_number: SequenceDigits::parse(NUMBER).unwrap(),
        sub_sequence_number: 3,
        output_index,
        arrival: ArrivalTime::from_millis(1_545_084_650_987).unwrap(),
        partition_key: "k\"1",
        data,
    };
    let mut out = b"before ".to_vec();
    let result = envelope.write(&enveloped, &mut out).map_err(|error| error.to_string());
    let out = String::from_utf8(out).unwrap();
    let out = out.strip_prefix("before ").unwrap().to_owned();
    assert!(result.is_ok() || out.is_empty(), "half a document: {out}");
    result.map(|()| out)
}

#[test]
fn d3_the_document_stands_as_it_is() {
    let head =
        "{\"sequenceNumber\":\"49590338271490256608559692538361571095921575989136588898\",\"subSequenceNumber\":3,";
    let tail = "\"approximateArrivalTimestamp\":1545084650987,\"partitionKey\":\"k\\\"1\",\"data\":";
    for (name, envelope, output_index, data, expected) in [
        ("text", Envelope::Text, None, &b"a \"b\"\n\xc3\xa9"[..], Ok("\"a \\\"b\\\"\\n\u{e9}\"")),
        ("no text", Envelope::Text, None, b"", Ok("\"\"")),
        ("json", Envelope::Json, None, b" {\"a\": [1,  1e400]}\r\n", Ok("{\"a\": [1,  1e400]}")),
        ("lines inside of json are kept", Envelope::Json, Some(0), b"[\n1]", Ok("[\n1]")),
        ("base64", Envelope::Base64, Some(7), b"\xff\x00", Ok("\"/wA=\"")),
        ("not text", Envelope::Text, None, b"ab\xff", Err("the data is not UTF-8 from byte 2 on, expected text")),
        (
            "not json",
            Envelope::Json,
            None,
            b"a",
            Err("the data is not JSON, expected one value: expected value at line 1 column 1"),
        ),
        (
            "two values",
            Envelope::Json,
            None,
            b"1 2",
            Err("the data is not JSON, expected one value: trailing characters at line 1 column 3"),
        ),
    ] {
        let index = output_index.map_or(String::new(), |index| format!("\"outputIndex\":{index},"));
        let expected = expected.map(|data| format!("{head}{index}{tail}{data}}}")).map_err(str::to_owned);
        assert_eq!(written(envelope, output_index, data), expected, "{name}");
    }
    assert!(matches!(check_json(b"\"\xff\""), Err(EnvelopeError::NotJson(_))), "JSON is UTF-8");
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    assert!(written(Envelope::Json, None, open.as_bytes()).is_err(), "depth costs no stack");
    assert!(written(Envelope::Json, None, (open + &close).as_bytes()).is_ok(), "and is no error");
}

#[test]
fn what_is_no_envelope_is_refused() {
    for (name, text) in [
        ("nothing", &b""[..]),
        ("no object", b"[]"),
        ("no data", b"{\"sequenceNumber\":\"1\",\"subSequenceNumber\":0,\"approximateArrivalTimestamp\":0,\"partitionKey\":\"\"}"),
        ("a number that is none", b"{\"sequenceNumber\":\"x\",\"subSequenceNumber\":0,\"approximateArrivalTimestamp\":0,\"partitionKey\":\"\",\"data\":\"\"}"),
        ("a time before all", b"{\"sequenceNumber\":\"1\",\"subSequenceNumber\":0,\"approximateArrivalTimestamp\":-1,\"partitionKey\":\"\",\"data\":\"\"}"),
    ] {
        for envelope in ALL {
            let error = envelope.parse(text).expect_err(name);
            assert!(error.to_string().len() < 300, "{name}: {error}");
        }
    }
}

proptest! {
    #[test]
    fn f1_data_comes_back(data in proptest::collection::vec(any::<u8>(), 0..64), text in any::<String>(), index in any::<Option<u32>>()) {
        let json = serde_json::json!({ "k": text }).to_string();
        for (envelope, data) in [(Envelope::Base64, data.as_slice()), (Envelope::Text, text.as_bytes()), (Envelope::Json, json.as_bytes())] {
            let line = written(envelope, index, data).unwrap();
            prop_assert!(!line.contains('\n'), "one line");
            let read = envelope.parse(line.as_bytes()).unwrap();
            prop_assert_eq!(&read.data, data);
            prop_assert_eq!((read.sequence_number, read.sub_sequence_number, read.output_index), (number(), 3, index));
            prop_assert_eq!((read.arrival.millis(), read.partition_key.as_str()), (1_545_084_650_987, "k\"1"));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..64)) {
        for envelope in ALL {
            let _ = envelope.parse(&text);
            let _ = written(envelope, None, &text);
        }
    }
}
