//! Settings of dynamic partitioning.

use super::{ERROR_PREFIX, PARTITIONED_PREFIX, Variable};

/// In the order of the README.
pub(super) static PARTITIONS: [&Variable; 6] = [
    &DYNAMIC_PARTITIONING,
    &METADATA_EXTRACTION_QUERY,
    &PARTITION_MISSING_VALUE,
    &PARTITION_VALUE_ESCAPING,
    &MAX_OBJECTS_PER_BATCH,
    &PARTITION_OVERFLOW,
];

/// Firehose's `DynamicPartitioningConfiguration.Enabled`.
pub static DYNAMIC_PARTITIONING: Variable = Variable {
    name: "PENSTOCK_DYNAMIC_PARTITIONING",
    key: "dynamic_partitioning",
    default: Some("Disabled"),
    expected: "Enabled or Disabled",
    example: "Enabled",
    beside: &[PARTITIONED_PREFIX, ERROR_PREFIX],
    doc: "`Enabled`: objects by what records hold, as `!{partitionKeyFromQuery:name}` and `!{partitionKeyFromLambda:name}` in \
          `prefix` say.",
};

/// `MetadataExtractionQuery` of Firehose's processor `MetadataExtraction`.
pub static METADATA_EXTRACTION_QUERY: Variable = Variable {
    name: "PENSTOCK_METADATA_EXTRACTION_QUERY",
    key: "metadata_extraction_query",
    default: None,
    expected: "a jq filter that makes one object, or file:// and a path beside the environment file",
    example: "{customer: .customer.id, hour: (.time | strftime(\"%Y-%m-%dT%H\"; \"Asia/Tokyo\"))}",
    beside: &[ENABLED, QUERIED_PREFIX, ERROR_PREFIX],
    doc: "A jq filter that makes one object of a record as it is stored: the values of `!{partitionKeyFromQuery:name}` by name. \
          `strftime(format; zone)` tells a time of the record, in seconds since 1970, in any zone; a text is \
          `fromdateiso8601` before.",
};

/// The value of a key that a record does not have.
pub static PARTITION_MISSING_VALUE: Variable = Variable {
    name: "PENSTOCK_PARTITION_MISSING_VALUE",
    key: "partition_missing_value",
    default: None,
    expected: "a value of a partition key",
    example: "__HIVE_DEFAULT_PARTITION__",
    beside: &[ENABLED, PARTITIONED_PREFIX, ERROR_PREFIX],
    doc: "The value of a partition key that a record lacks or has empty. Without it such a record goes to the error \
          output, `metadata-extraction-failed`, as in Firehose.",
};

/// What is done with characters that a value may not have.
pub static PARTITION_VALUE_ESCAPING: Variable = Variable {
    name: "PENSTOCK_PARTITION_VALUE_ESCAPING",
    key: "partition_value_escaping",
    default: Some("escape"),
    expected: "escape or refuse",
    example: "refuse",
    beside: &[ENABLED, PARTITIONED_PREFIX, ERROR_PREFIX],
    doc: "What becomes of `/`, `=`, `..`, control characters and the like in a value: `escape` writes them as `%2F`, as Hive \
          does, `refuse` sends the record to the error output.",
};

/// Objects of one batch.
pub static MAX_OBJECTS_PER_BATCH: Variable = Variable {
    name: "PENSTOCK_MAX_OBJECTS_PER_BATCH",
    key: "max_objects_per_batch",
    default: Some("1000"),
    expected: "a whole number from 1 to 10000",
    example: "200",
    beside: &[ENABLED, PARTITIONED_PREFIX, ERROR_PREFIX],
    doc: "Partitions that one batch may have, and so its data objects: 1 to 10000. Firehose has 500 a stream.",
};

/// What is done with more of them.
pub static PARTITION_OVERFLOW: Variable = Variable {
    name: "PENSTOCK_PARTITION_OVERFLOW",
    key: "partition_overflow",
    default: Some("error"),
    expected: "error, catch_all or hash",
    example: "catch_all",
    beside: &[ENABLED, PARTITIONED_PREFIX, ERROR_PREFIX],
    doc: "Where records go whose partition is one too many: `error`, the error output `activePartitionExceeded`, as in \
          Firehose; `catch_all`, one object whose values are all `__OVERFLOW__`; `hash`, some objects whose values are \
          `__OVERFLOW__-0` and so on.",
};

const QUERIED_PREFIX: (&str, &str) = ("prefix", "data/customer=!{partitionKeyFromQuery:customer}/");
const ENABLED: (&str, &str) = ("dynamic_partitioning", "Enabled");
