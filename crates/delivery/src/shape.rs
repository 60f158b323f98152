//! The last step of an output before it is placed into an object: what its framing and its envelope ask of it.
//!
//! Left out: where an output goes, and what stands between outputs.

use std::borrow::Cow;

use penstock_format::{Envelope, EnvelopeError, Enveloped, Framing, Lines, check_json};

use crate::config::DeliveryConfig;
use crate::records::UserRecord;
use crate::transform::Failure;

/// An output of `record` as it goes into its object; the record fails where that cannot be.
///
/// `output_index` is the place of the output among those of its record, where that became several; an envelope tells it.
/// Without an envelope the output comes back untouched, and only the element of a JSON array is looked at. What becomes a row is
/// tried and comes back as it is.
#[inline]
pub fn shape<'o>(
    config: &DeliveryConfig,
    record: &UserRecord<'_>,
    output_index: Option<u32>,
    output: Cow<'o, [u8]>,
) -> Result<Cow<'o, [u8]>, Failure> {
    #[cfg(feature = "columns")]
    if let Some(conversion) = &config.conversion {
        let mut trial = penstock_columns::Columns::new(&conversion.layout);
        return match trial.push(&conversion.layout, &output) {
            Ok(_) => Ok(output),
            Err(error) => Err(not_a_row(&error)),
        };
    }
    let Lines { framing, .. } = &config.lines;
    match (config.envelope, framing) {
        (None, Framing::None | Framing::After(_) | Framing::Between(_)) => Ok(output),
        (None, Framing::JsonArray) => match check_json(&output) {
            Ok(()) => Ok(output),
            Err(error) => Err(Failure::with_code(Failure::NOT_AN_ELEMENT, format!("framing json_array: {error}"))),
        },
        // A document is one JSON value, so that every framing takes it.
        (Some(envelope), _) => enveloped(envelope, record, output_index, &output).map(Cow::Owned),
    }
}

/// Why a record fails that fits no row.
#[cfg(feature = "columns")]
pub(crate) fn not_a_row(error: &penstock_columns::RowError) -> Failure {
    let failure = Failure::with_code(error.code.as_str(), error.message.clone());
    failure.of_type(penstock_format::ErrorOutputType::FormatConversionFailed)
}

fn enveloped(
    envelope: Envelope,
    record: &UserRecord<'_>,
    output_index: Option<u32>,
    data: &[u8],
) -> Result<Vec<u8>, Failure> {
    /// What the fields and their names take, but for the partition key.
    const HEAD_BYTES: usize = 256;
    let enveloped = Enveloped {
        sequence_number: record.sequence_number,
        sub_sequence_number: record.sub_sequence_number,
        output_index,
        arrival: record.arrival,
        partition_key: record.partition_key,
        data,
    };
    // A guess that holds for text and JSON; base64 grows once.
    let mut document = Vec::with_capacity(HEAD_BYTES + record.partition_key.len() + data.len() + data.len() / 8);
    match envelope.write(&enveloped, &mut document) {
        Ok(()) => Ok(document),
        Err(error) => {
            let (code, setting) = match &error {
                EnvelopeError::NotText { .. } => (Failure::NOT_TEXT, "envelope text"),
                EnvelopeError::NotJson(_) => (Failure::NOT_JSON, "envelope json"),
            };
            Err(Failure::with_code(code, format!("{setting}: {error}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use penstock_format::{ArrivalTime, SequenceDigits};

    use super::*;

    fn config(set: &[(&'static str, &str)]) -> DeliveryConfig {
        let mut map = BTreeMap::from([("PENSTOCK_BUCKET", "a-bucket"), ("PENSTOCK_DELIVERY_NAME", "clicks")]);
        map.extend(set.iter().copied());
        DeliveryConfig::parse(|name| map.get(name).map(|&value| value.to_owned())).unwrap()
    }

    fn shaped<'o>(config: &DeliveryConfig, index: Option<u32>, output: &'o [u8]) -> Result<Cow<'o, [u8]>, Failure> {
        let number = SequenceDigits::parse("7").unwrap();
        let arrival = ArrivalTime::from_millis(5).unwrap();
        let record =
            UserRecord { data: b"", partition_key: "k", sequence_number: number, sub_sequence_number: 1, arrival };
        shape(config, &record, index, Cow::Borrowed(output))
    }

    #[test]
    fn without_an_envelope_the_very_output_comes_back() {
        for (framing, output) in
            [("after", &b"\xff{"[..]), ("between", b""), ("none", b"1 2"), ("json_array", b" {\"a\":\n1}\n")]
        {
            let config = config(&[("PENSTOCK_FRAMING", framing)]);
            let Ok(Cow::Borrowed(kept)) = shaped(&config, Some(1), output) else { panic!("{framing}: borrowed") };
            assert!(std::ptr::eq(kept, output), "{framing}");
        }
    }

    #[test]
    fn d1_what_has_no_place_fails_with_its_reason() {
        for (name, set, output, code, message) in [
            (
                "no element",
                ("PENSTOCK_FRAMING", "json_array"),
                &b"a,b"[..],
                "JsonArray.NotJson",
                "framing json_array: the data is not JSON, expected one value: expected value at line 1 column 1",
            ),
            (
                "two elements",
                ("PENSTOCK_FRAMING", "json_array"),
                b"1,\n2",
                "JsonArray.NotJson",
                "framing json_array: the data is not JSON, expected one value: trailing characters at line 1 column 2",
            ),
            (
                "not text",
                ("PENSTOCK_ENVELOPE", "text"),
                b"\xff",
                "Envelope.NotText",
                "envelope text: the data is not UTF-8 from byte 0 on, expected text",
            ),
            (
                "not JSON",
                ("PENSTOCK_ENVELOPE", "json"),
                b"",
                "Envelope.NotJson",
                "envelope json: the data is not JSON, expected one value: EOF while parsing a value at line 1 column 0",
            ),
        ] {
            let failure = shaped(&config(&[set]), None, output).expect_err(name);
            assert_eq!((failure.code.as_ref(), failure.message.as_str()), (code, message), "{name}");
        }
    }

    #[test]
    fn f1_an_envelope_says_which_record_it_was_in_every_framing() {
        for framing in ["after", "between", "none", "json_array"] {
            for (envelope, index, data) in
                [("text", "", "\"[1]\""), ("json", "\"outputIndex\":2,", "[1]"), ("base64", "", "\"WzFd\"")]
            {
                let config = config(&[("PENSTOCK_FRAMING", framing), ("PENSTOCK_ENVELOPE", envelope)]);
                let index_of = (!index.is_empty()).then_some(2);
                let document = shaped(&config, index_of, b"[1]").unwrap();
                let expected = format!(
                    "{{\"sequenceNumber\":\"7\",\"subSequenceNumber\":1,{index}\"approximateArrivalTimestamp\":5,\
                     \"partitionKey\":\"k\",\"data\":{data}}}"
                );
                assert_eq!(String::from_utf8_lossy(&document), expected, "{framing}, {envelope}");
            }
        }
    }
}
