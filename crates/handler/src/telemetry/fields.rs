//! Every field and every metric that the function says, with unit and meaning.

use penstock_delivery::KmsKeyFault;

/// CloudWatch's namespace of the metrics.
pub const NAMESPACE: &str = "Penstock";

/// CloudWatch's one dimension, spelled as Firehose spells it.
pub const DIMENSION: &str = "DeliveryStreamName";

/// A field of a log line.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it says, with its unit.
    pub doc: &'static str,
}

/// A metric of CloudWatch.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name; Firehose's where Firehose has one.
    pub name: &'static str,
    /// CloudWatch's unit.
    pub unit: &'static str,
    /// What it says.
    pub doc: &'static str,
}

/// All fields of log lines.
pub const FIELDS: [Field; 18] = [
    field("timestamp", "when the line was written, RFC 3339 in UTC"),
    field("level", "INFO, or ERROR for what was not delivered"),
    field("message", "what happened; constant words"),
    field("requestId", "the invocation"),
    field("errorType", "class of an error, as Lambda is told"),
    field("error", "an error in words, bounded, without record content"),
    field("stream", "name of the Kinesis stream"),
    field("shardId", "the batch's shard"),
    field("records", "records of the batch"),
    field("kept", "records with at least one output"),
    field("outputs", "outputs of the kept records"),
    field("dropped", "records that the transform left out"),
    field("failed", "records that went to the error output"),
    field("objects", "objects of the plan, data and errors"),
    field("bodyBytes", "their size as stored, in bytes"),
    field("durationMs", "from the event's arrival to the last put, in milliseconds"),
    field("firstSequenceNumber", "the batch's first record"),
    field("lastSequenceNumber", "the batch's last record"),
];

/// All metrics.
///
/// Each that is said is paid for, so those of a step that not every delivery has, and of the KMS key, are said only where there is
/// something to say.
pub const METRICS: [&Metric; 33] = [
    &RECORDS,
    &BYTES,
    &SUCCESS,
    &DATA_FRESHNESS,
    &OBJECT_COUNT,
    &ALREADY_STORED,
    &DROPPED_RECORDS,
    &FAILED_RECORDS,
    &BACKUP_RECORDS,
    &BACKUP_BYTES,
    &BACKUP_SUCCESS,
    &BACKUP_DATA_FRESHNESS,
    &KMS_KEY_ACCESS_DENIED,
    &KMS_KEY_DISABLED,
    &KMS_KEY_INVALID_STATE,
    &KMS_KEY_NOT_FOUND,
    &READ_RECORDS,
    &READ_BYTES,
    &PROCESSING_DURATION,
    &PROCESSING_SUCCESS,
    &PROCESSED_RECORDS,
    &PROCESSED_BYTES,
    &DECOMPRESSED_RECORDS,
    &NOT_DECOMPRESSED_RECORDS,
    &DECOMPRESSED_BYTES,
    &NOT_DECOMPRESSED_BYTES,
    &CONVERTED_RECORDS,
    &CONVERTED_BYTES,
    &NOT_CONVERTED_RECORDS,
    &NOT_CONVERTED_BYTES,
    &UNKNOWN_FIELDS,
    &PARTITION_COUNT,
    &PARTITION_COUNT_EXCEEDED,
];

pub(super) static RECORDS: Metric = metric("DeliveryToS3.Records", "Count", "outputs and error documents stored now");
pub(super) static BYTES: Metric =
    metric("DeliveryToS3.Bytes", "Bytes", "size of the data and error objects stored now");
pub(super) static SUCCESS: Metric = metric("DeliveryToS3.Success", "Count", "1 for a delivered batch, 0 for another");
pub(super) static DATA_FRESHNESS: Metric =
    metric("DeliveryToS3.DataFreshness", "Seconds", "age of the batch's oldest record when its puts ended");
pub(super) static OBJECT_COUNT: Metric =
    metric("DeliveryToS3.ObjectCount", "Count", "data and error objects stored now");
pub(super) static ALREADY_STORED: Metric =
    metric("AlreadyStored", "Count", "objects that were there before, from an earlier attempt at the same batch");
pub(super) static DROPPED_RECORDS: Metric = metric("DroppedRecords", "Count", "records that the transform left out");
pub(super) static FAILED_RECORDS: Metric = metric("FailedRecords", "Count", "records in error objects");

pub(super) static BACKUP_RECORDS: Metric =
    metric("BackupToS3.Records", "Count", "records in backup objects stored now");
pub(super) static BACKUP_BYTES: Metric = metric("BackupToS3.Bytes", "Bytes", "size of the backup objects stored now");
pub(super) static BACKUP_SUCCESS: Metric =
    metric("BackupToS3.Success", "Count", "1 for a batch whose backup is stored, 0 for another");
pub(super) static BACKUP_DATA_FRESHNESS: Metric =
    metric("BackupToS3.DataFreshness", "Seconds", "age of the backup's oldest record when the batch's puts ended");
pub(super) static KMS_KEY_ACCESS_DENIED: Metric =
    metric("KMSKeyAccessDenied", "Count", "objects not stored because the KMS key may not be used");
pub(super) static KMS_KEY_DISABLED: Metric =
    metric("KMSKeyDisabled", "Count", "objects not stored because the KMS key is disabled");
pub(super) static KMS_KEY_INVALID_STATE: Metric =
    metric("KMSKeyInvalidState", "Count", "objects not stored because the KMS key is in a state that forbids its use");
pub(super) static KMS_KEY_NOT_FOUND: Metric =
    metric("KMSKeyNotFound", "Count", "objects not stored because the KMS key does not exist");

pub(super) static READ_RECORDS: Metric =
    metric("DataReadFromKinesisStream.Records", "Count", "records of the stream, at every attempt");
pub(super) static READ_BYTES: Metric =
    metric("DataReadFromKinesisStream.Bytes", "Bytes", "size of the data of the stream's records, at every attempt");
pub(super) static PROCESSING_DURATION: Metric = metric(
    "ExecuteProcessing.Duration",
    "Milliseconds",
    "from records as they came to objects: taking apart, the transform, framing and compression",
);
pub(super) static PROCESSING_SUCCESS: Metric =
    metric("ExecuteProcessing.Success", "Count", "1 for a batch that came as far as its puts, 0 for another");
pub(super) static PROCESSED_RECORDS: Metric = metric(
    "SucceedProcessing.Records",
    "Count",
    "records that were taken apart and that the transform kept or left out",
);
pub(super) static PROCESSED_BYTES: Metric = metric(
    "SucceedProcessing.Bytes",
    "Bytes",
    "size of the outputs of these records, before delimiters and compression",
);
pub(super) static DECOMPRESSED_RECORDS: Metric =
    metric("OutputDecompressedRecords.Success", "Count", "records that were decompressed");
pub(super) static NOT_DECOMPRESSED_RECORDS: Metric =
    metric("OutputDecompressedRecords.Failed", "Count", "records that could not be decompressed");
pub(super) static DECOMPRESSED_BYTES: Metric =
    metric("OutputDecompressedBytes.Success", "Bytes", "size of what was decompressed, decompressed");
pub(super) static NOT_DECOMPRESSED_BYTES: Metric = metric(
    "OutputDecompressedBytes.Failed",
    "Bytes",
    "size of the records that could not be decompressed, as they came",
);
pub(super) static CONVERTED_RECORDS: Metric = metric("SucceedConversion.Records", "Count", "records that became rows");
pub(super) static CONVERTED_BYTES: Metric =
    metric("SucceedConversion.Bytes", "Bytes", "size of what became rows, as JSON");
pub(super) static NOT_CONVERTED_RECORDS: Metric =
    metric("FailedConversion.Records", "Count", "records that did not fit the schema");
pub(super) static NOT_CONVERTED_BYTES: Metric =
    metric("FailedConversion.Bytes", "Bytes", "size of the records that did not fit the schema");
pub(super) static UNKNOWN_FIELDS: Metric =
    metric("UnknownFields", "Count", "fields that no column has taken, where they are counted");
pub(super) static PARTITION_COUNT: Metric =
    metric("PartitionCount", "Count", "partitions that the batch has objects in");
pub(super) static PARTITION_COUNT_EXCEEDED: Metric =
    metric("PartitionCountExceeded", "Count", "1 for a batch with more partitions than it may have, 0 for another");

/// The metric that counts a fault of the KMS key.
pub(super) const fn of_key_fault(fault: KmsKeyFault) -> &'static Metric {
    match fault {
        KmsKeyFault::AccessDenied => &KMS_KEY_ACCESS_DENIED,
        KmsKeyFault::Disabled => &KMS_KEY_DISABLED,
        KmsKeyFault::InvalidState => &KMS_KEY_INVALID_STATE,
        KmsKeyFault::NotFound => &KMS_KEY_NOT_FOUND,
    }
}

const fn field(name: &'static str, doc: &'static str) -> Field {
    Field { name, doc }
}

const fn metric(name: &'static str, unit: &'static str, doc: &'static str) -> Metric {
    Metric { name, unit, doc }
}
