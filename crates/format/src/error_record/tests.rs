use proptest::prelude::*;

use super::*;

const SEQUENCE_NUMBER: &str = "49590338271490256608559692538361571095921575989136588898";

fn record<'a>(seq: &'a SequenceNumber, message: &'a str, raw_data: &'a [u8]) -> ErrorRecord<'a> {
    ErrorRecord {
        output_type: ErrorOutputType::ProcessingFailed,
        arrival: ArrivalTime::from_millis(1_545_084_650_987).unwrap(),
        error_code: "Transform.ProcessingFailed",
        error_message: message,
        raw_data,
        shard_id: ShardId::parse("shardId-000000000006").unwrap(),
        sequence_number: seq.digits(),
        sub_sequence_number: 2,
        partition_key: "key \"1\"",
    }
}

#[test]
fn d3_the_document_is_firehoses_with_what_we_add() {
    let seq = SequenceNumber::parse(SEQUENCE_NUMBER).unwrap();
    let mut out = b"before\n".to_vec();
    record(&seq, "not JSON:\n\u{1}é", b"Hello").write(&mut out);
    let expected = concat!(
        "before\n",
        r#"{"attemptsMade":1,"arrivalTimestamp":1545084650987,"errorCode":"Transform.ProcessingFailed","#,
        r#""errorMessage":"not JSON:\n\u0001é","attemptEndingTimestamp":1545084650987,"rawData":"SGVsbG8=","#,
        r#""shardId":"shardId-000000000006","#,
        r#""sequenceNumber":"49590338271490256608559692538361571095921575989136588898","#,
        r#""subSequenceNumber":2,"partitionKey":"key \"1\""}"#,
        "\n",
    );
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn the_document_of_a_failed_conversion_has_firehoses_names_for_the_reason() {
    let seq = SequenceNumber::parse("1").unwrap();
    let mut out = Vec::new();
    ErrorRecord { output_type: ErrorOutputType::FormatConversionFailed, ..record(&seq, "m", b"") }.write(&mut out);
    let expected = r#"{"attemptsMade":1,"arrivalTimestamp":1545084650987,"lastErrorCode":"Transform.ProcessingFailed","lastErrorMessage":"m","attemptEndingTimestamp""#;
    assert!(out.starts_with(expected.as_bytes()), "{}", String::from_utf8_lossy(&out));
    assert_eq!(ParsedErrorRecord::parse(&out).unwrap().error_message, "m");
}

#[test]
fn l1_reasons_are_cut_at_a_character() {
    let seq = SequenceNumber::parse("1").unwrap();
    for (name, message, expected_bytes) in [
        ("short", "x".repeat(1024), 1024),
        ("long", "x".repeat(1025), 1024),
        ("two bytes over the end", format!("x{}", "é".repeat(512)), 1023),
        ("four bytes over the end", format!("xxx{}", "💧".repeat(256)), 1023),
    ] {
        let mut out = Vec::new();
        let code = message.as_str();
        ErrorRecord { error_code: code, ..record(&seq, &message, b"") }.write(&mut out);
        let parsed = ParsedErrorRecord::parse(&out).unwrap();
        assert_eq!(parsed.error_message.len(), expected_bytes, "{name}");
        assert!(message.starts_with(&parsed.error_message), "{name}");
        assert!((125..=128).contains(&parsed.error_code.len()), "{name}");
    }
}

#[test]
fn firehoses_documents_are_taken() {
    for (name, line, code, sub_sequence) in [
        (
            "transform",
            r#"{"attemptsMade":4,"arrivalTimestamp":1545084650987,"errorCode":"Lambda.FunctionError","errorMessage":"m","attemptEndingTimestamp":1545084651000,"rawData":"SGVsbG8=","lambdaArn":"arn:aws:lambda:us-east-2:123456789012:function:f"}"#,
            "Lambda.FunctionError",
            None,
        ),
        (
            "conversion",
            r#"{"attemptsMade":1,"arrivalTimestamp":1545084650987,"lastErrorCode":"DataFormatConversion.ParseError","lastErrorMessage":"m","attemptEndingTimestamp":1545084651000,"rawData":"SGVsbG8=","sequenceNumber":"1","subSequenceNumber":7,"dataCatalogTable":{"databaseName":"d"}}"#,
            "DataFormatConversion.ParseError",
            Some(7),
        ),
        (
            "conversion, as newer documentation prints it",
            r#"{"attemptsMade":1,"arrivalTimestamp":1545084650987,"ErrorCode":"C","ErrorMessage":"m","attemptEndingTimestamp":1545084651000,"rawData":"SGVsbG8=","sequenceNumber":"1","subSequenceNumber":null}"#,
            "C",
            None,
        ),
    ] {
        let parsed = ParsedErrorRecord::parse(line.as_bytes()).unwrap();
        assert_eq!(parsed.error_code, code, "{name}");
        assert_eq!(parsed.sub_sequence_number, sub_sequence, "{name}");
        assert_eq!((parsed.raw_data.as_slice(), parsed.partition_key), (&b"Hello"[..], None), "{name}");
    }
}

#[test]
fn what_is_no_error_record_is_refused() {
    let document = |field: &str, value: &str| {
        let mut fields = vec![
            ("attemptsMade", "1"),
            ("arrivalTimestamp", "0"),
            ("errorCode", "\"c\""),
            ("errorMessage", "\"m\""),
            ("rawData", "\"\""),
        ];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let fields: Vec<_> = fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", fields.join(","))
    };
    assert!(ParsedErrorRecord::parse(document("shardId", "null").as_bytes()).is_ok());
    for (name, line) in [
        ("empty", String::new()),
        ("not json", "x".repeat(100_000)),
        ("array", "[]".to_owned()),
        ("no data", document("rawData", "")),
        ("no code", document("errorCode", "")),
        ("no message", document("errorMessage", "")),
        ("no time", document("arrivalTimestamp", "")),
        ("time out of range", document("arrivalTimestamp", "-1")),
        ("end out of range", document("attemptEndingTimestamp", "-1")),
        ("bad base64", document("rawData", "\"SGVsbG8\"")),
        ("bad shard", document("shardId", "\"shard 6\"")),
        ("bad sequence number", document("sequenceNumber", "\"01\"")),
        ("two documents", document("rawData", "\"\"").repeat(2)),
    ] {
        let error = ParsedErrorRecord::parse(line.as_bytes()).expect_err(name);
        assert!(error.to_string().len() < 300, "{name}: {error}");
    }
}

proptest! {
    #[test]
    fn f1_every_record_comes_back(
        raw_data in proptest::collection::vec(any::<u8>(), 0..200),
        message in ".{0,50}",
        partition_key in ".{1,20}",
        sub_sequence_number in any::<u64>(),
    ) {
        let seq = SequenceNumber::parse(SEQUENCE_NUMBER).unwrap();
        let written = ErrorRecord { sub_sequence_number, partition_key: &partition_key, ..record(&seq, &message, &raw_data) };
        let mut out = Vec::new();
        written.write(&mut out);
        prop_assert_eq!(out.iter().position(|byte| *byte == b'\n'), Some(out.len() - 1), "one line");
        let parsed = ParsedErrorRecord::parse(&out).unwrap();
        prop_assert_eq!(parsed, ParsedErrorRecord {
            attempts_made: 1,
            arrival: written.arrival,
            attempt_ending: Some(written.arrival),
            error_code: "Transform.ProcessingFailed".to_owned(),
            error_message: message.clone(),
            raw_data: raw_data.clone(),
            shard_id: Some(written.shard_id),
            sequence_number: Some(seq),
            sub_sequence_number: Some(sub_sequence_number),
            partition_key: Some(partition_key.clone()),
        });
    }
}
