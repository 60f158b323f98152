//! Rows instead of lines: outputs go into the columns of their objects.

use std::collections::BTreeSet;

use penstock_columns::Columns;
use penstock_format::ObjectRole;

use super::PlanError;
use super::body::Body;
use super::data::{Data, Groups, outputs_of};
use super::group::Group;
use super::naming::Filled;
use crate::config::Conversion;
use crate::limits::{COLUMN_BYTES, LEVELS_PER_RECORD_MAX, ROWS_BYTES_PER_BATCH_MAX};
use crate::partition::PartitionName;
use crate::records::UserRecord;
use crate::shape::not_a_row;
use crate::transform::{Failure, Processed};

impl Data<'_> {
    /// Adds the rows of one record's outputs, all or none, and tells of how many outputs.
    pub(super) fn take_rows(
        &mut self,
        conversion: &Conversion,
        record: &UserRecord<'_>,
        processed: &Processed<'_>,
    ) -> Result<u64, Failure> {
        self.place(processed)?;
        let layout = &conversion.layout;
        let outputs = outputs_of(processed).count();
        if outputs.saturating_mul(layout.leaves()) > LEVELS_PER_RECORD_MAX {
            let message = format!(
                "its {outputs} outputs are more than {LEVELS_PER_RECORD_MAX} values and nulls in {} columns",
                layout.leaves()
            );
            return Err(Failure::with_code(Failure::OUTPUT_TOO_LARGE, message));
        }
        // An object that is begun takes memory for each of its columns, whatever the record holds.
        let begun = self.groups.begun_by(outputs);
        self.check_rows(begun.saturating_mul(layout.leaves()).saturating_mul(COLUMN_BYTES))?;
        if outputs > 1 {
            // Each must fit before any is written.
            let mut trial = Columns::new(layout);
            for (data, _) in outputs_of(processed) {
                trial.push(layout, data).map_err(|error| not_a_row(&error))?;
                self.check_rows(trial.buffered_bytes())?;
            }
        }
        let mut count = 0;
        for (index, (data, _)) in (0..).zip(outputs_of(processed)) {
            let group = self.groups.of(index);
            if !matches!(group.body, Body::Rows(_)) {
                group.body = Body::Rows(Columns::new(layout));
                self.bytes += layout.leaves() * COLUMN_BYTES;
            }
            let Body::Rows(columns) = &mut group.body else { unreachable!("it was made so") };
            let before = columns.buffered_bytes();
            let pushed = match columns.push(layout, data) {
                Ok(pushed) => pushed,
                Err(error) => {
                    self.groups.leave(index);
                    return Err(not_a_row(&error));
                }
            };
            self.bytes += columns.buffered_bytes().saturating_sub(before);
            self.output_bytes += data.len() as u64;
            if conversion.counts_unknown_fields {
                self.unknown_fields += pushed.unknown_fields;
            }
            group.note(record, index);
            count += 1;
        }
        Ok(count)
    }

    /// Whether the rows of the batch have room for so many bytes more in memory.
    fn check_rows(&self, more: usize) -> Result<(), Failure> {
        if self.bytes.saturating_add(more) <= ROWS_BYTES_PER_BATCH_MAX {
            return Ok(());
        }
        let message =
            format!("its rows would bring those of the batch above {ROWS_BYTES_PER_BATCH_MAX} bytes in memory");
        Err(Failure::with_code(Failure::OUTPUT_TOO_LARGE, message))
    }
}

/// The objects of columns, in the order of the partitions.
pub(super) fn finish(
    conversion: &Conversion,
    groups: impl Iterator<Item = (Option<PartitionName>, Group)>,
    filled: impl Fn(&Group, Option<PartitionName>, Vec<u8>) -> Option<Filled>,
) -> Result<Vec<Filled>, PlanError> {
    let mut objects = Vec::new();
    for (name, mut group) in groups {
        let Body::Rows(columns) = std::mem::take(&mut group.body) else { continue };
        let body = columns
            .finish(&conversion.layout, &conversion.options)
            .map_err(|error| PlanError::Columns { role: ObjectRole::Data, problem: error.to_string() })?;
        objects.extend(filled(&group, name, body));
    }
    Ok(objects)
}

impl Groups<'_> {
    /// How many objects the first `outputs` outputs would begin, of those that were placed last.
    fn begun_by(&self, outputs: usize) -> usize {
        match self {
            Self::Whole(group) => usize::from(!matches!(group.body, Body::Rows(_)) && outputs > 0),
            Self::Partitioned { groups, names, .. } => {
                let new = names[..outputs].iter().filter(|name| !groups.contains_key(*name));
                new.collect::<BTreeSet<_>>().len()
            }
        }
    }

    /// Takes an object back that was begun for an output which then did not fit, and has no other.
    fn leave(&mut self, index: u32) {
        if let Self::Partitioned { groups, names, .. } = self {
            let name = &names[index as usize];
            if groups.get(name).is_some_and(|group| group.span.is_none()) {
                groups.remove(name);
            }
        }
    }
}

#[cfg(all(test, feature = "jq"))]
mod tests {
    use std::collections::BTreeMap;

    use penstock_format::{ArrivalTime, ErrorOutputType, SequenceDigits, ShardId};

    use super::*;
    use crate::plan::{DeliveryPlan, IdSource, plan};
    use crate::records::TooManyRecords;
    use crate::{DeliveryConfig, Hooks, RecordsBuilder};

    fn planned(set: &[(&'static str, &str)], records: &[&str]) -> DeliveryPlan {
        let mut map = BTreeMap::from([
            ("PENSTOCK_BUCKET", "a-bucket"),
            ("PENSTOCK_DELIVERY_NAME", "clicks"),
            ("PENSTOCK_DATA_FORMAT_CONVERSION", "Enabled"),
            ("PENSTOCK_SCHEMA", r#"[{"Name": "p", "Type": "string"}, {"Name": "n", "Type": "int"}]"#),
        ]);
        map.extend(set.iter().copied());
        let config = DeliveryConfig::parse(|name| map.get(name).map(|&value| value.to_owned())).unwrap();
        let shard = ShardId::parse("shardId-000000000006").unwrap();
        let mut builder = RecordsBuilder::new("arn:aws:kinesis:eu-west-1:123456789012:stream/clicks", shard, b"", 0);
        for (number, data) in records.iter().enumerate() {
            let lay = |arena: &mut Vec<u8>| {
                arena.extend_from_slice(data.as_bytes());
                Ok::<(), TooManyRecords>(())
            };
            let number = SequenceDigits::parse(format!("1{number:03}").leak()).unwrap();
            builder.push(number, "k".into(), ArrivalTime::from_millis(0).unwrap(), lay).unwrap();
        }
        plan(&config, &Hooks, builder.finish(), IdSource::Derived).unwrap()
    }

    const PARTITIONED: [(&str, &str); 4] = [
        ("PENSTOCK_DYNAMIC_PARTITIONING", "Enabled"),
        ("PENSTOCK_PREFIX", "p=!{partitionKeyFromQuery:p}/"),
        ("PENSTOCK_METADATA_EXTRACTION_QUERY", "{p}"),
        ("PENSTOCK_ERROR_OUTPUT_PREFIX", "e/!{firehose:error-output-type}/"),
    ];

    #[test]
    fn d1_a_record_that_does_not_fit_fails_alone_and_takes_no_partition() {
        let records = [r#"{"p":"a","n":1}"#, r#"{"p":"b","n":"x"}"#, r#"{"p":"c","n":3,"more":0}"#, "no JSON"];
        let two = [&PARTITIONED[..], &[("PENSTOCK_MAX_OBJECTS_PER_BATCH", "2"), ("PENSTOCK_UNKNOWN_FIELDS", "count")]];
        let plan = planned(&two.concat(), &records);
        let partitions: Vec<&str> = plan.objects.iter().map(|object| object.partition[0].as_str()).collect();
        assert_eq!(partitions, ["a", "c"], "b has no row, and so no object");
        assert!(plan.objects.iter().all(|object| object.body.starts_with(b"PAR1") && object.body.ends_with(b"PAR1")));
        assert!(plan.objects.iter().all(|object| object.key.as_str().ends_with(".parquet")));
        assert_eq!((plan.counts.kept, plan.counts.failed), (2, 2));
        let roles: Vec<ObjectRole> = plan.error_objects.iter().map(|object| object.role).collect();
        let kinds = [ErrorOutputType::MetadataExtractionFailed, ErrorOutputType::FormatConversionFailed];
        assert!(kinds.iter().all(|kind| roles.contains(&ObjectRole::Error(*kind))), "{roles:?}");
        let conversion = plan.conversion.unwrap();
        assert_eq!((conversion.records, conversion.failed_records, conversion.unknown_fields), (2, 1, 1));
        assert_eq!(conversion.bytes, (records[0].len() + records[2].len()) as u64);
        assert_eq!(conversion.failed_bytes, records[1].len() as u64);
    }

    #[test]
    fn d1_a_record_of_several_rows_is_kept_whole_or_not_at_all() {
        let split = ("PENSTOCK_TRANSFORM_QUERY", ".[]");
        let plan = planned(&[split], &[r#"[{"n":1},{"n":2}]"#, r#"[{"n":3},{"n":"x"}]"#]);
        assert_eq!((plan.counts.kept, plan.counts.outputs, plan.counts.failed), (1, 2, 1));
        assert_eq!(plan.objects[0].metadata.records, 2);
        let alone = planned(&[split], &[r#"[{"n":1},{"n":2}]"#]);
        assert_eq!(plan.objects[0].body, alone.objects[0].body, "D3: what failed has left nothing");
    }

    #[test]
    fn d3_lines_and_what_is_said_of_them_have_no_place_beside_rows() {
        let parse = |name: &'static str, value: &str| {
            let map = BTreeMap::from([
                ("PENSTOCK_BUCKET", "a-bucket"),
                ("PENSTOCK_DELIVERY_NAME", "clicks"),
                ("PENSTOCK_DATA_FORMAT_CONVERSION", "Enabled"),
                ("PENSTOCK_SCHEMA", r#"[{"Name": "n", "Type": "int"}]"#),
                (name, value),
            ]);
            DeliveryConfig::parse(|name| map.get(name).map(|&value| value.to_owned()))
                .map_err(|error| error.to_string())
        };
        for (name, value, words) in [
            (
                "PENSTOCK_COMPRESSION_FORMAT",
                "GZIP",
                "must be set to UNCOMPRESSED when data format conversion is enabled",
            ),
            ("PENSTOCK_FRAMING", "json_array", "writes rows and no lines"),
            ("PENSTOCK_DELIMITER", "|", "writes rows and no lines"),
            ("PENSTOCK_ENVELOPE", "json", "writes rows and no lines"),
            ("PENSTOCK_SCHEMA", "", "PENSTOCK_SCHEMA is not set"),
            ("PENSTOCK_SCHEMA", "[{\"Name\":\"n\",\"Type\":\"set<int>\"}]", "column \"n\", type \"set<int>\""),
            ("PENSTOCK_TIMESTAMP_FORMATS", "[\"millis\"]", "an option of the other deserializer than OpenXJsonSerDe"),
            ("PENSTOCK_COLUMN_TO_JSON_KEY_MAPPINGS", "{\"m\":\"M\"}", "ColumnToJsonKeyMappings has \"m\""),
            ("PENSTOCK_PARQUET_COMPRESSION", "BROTLI", "\"BROTLI\" is not SNAPPY, GZIP, ZSTD, LZ4 or UNCOMPRESSED"),
            ("PENSTOCK_PARQUET_COMPRESSION_LEVEL", "3", "SNAPPY has no levels"),
            ("PENSTOCK_PARQUET_PAGE_SIZE_BYTES", "1", "expected 65536 to"),
        ] {
            let error = parse(name, value).expect_err(name);
            assert!(error.contains(words), "{name}: {error}");
        }
        let config = parse("PENSTOCK_FRAMING", "none").unwrap();
        assert_eq!((config.extension(), config.features().collect::<Vec<_>>()), (".parquet", vec!["parquet"]));
    }
}
