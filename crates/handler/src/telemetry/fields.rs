//! Every field and every metric that the function says, with unit and meaning.

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
pub const METRICS: [&Metric; 8] =
    [&RECORDS, &BYTES, &SUCCESS, &DATA_FRESHNESS, &OBJECT_COUNT, &ALREADY_STORED, &DROPPED_RECORDS, &FAILED_RECORDS];

pub(super) static RECORDS: Metric = metric("DeliveryToS3.Records", "Count", "outputs and error documents stored now");
pub(super) static BYTES: Metric = metric("DeliveryToS3.Bytes", "Bytes", "size of the objects stored now");
pub(super) static SUCCESS: Metric = metric("DeliveryToS3.Success", "Count", "1 for a delivered batch, 0 for another");
pub(super) static DATA_FRESHNESS: Metric =
    metric("DeliveryToS3.DataFreshness", "Seconds", "age of the batch's oldest record when its puts ended");
pub(super) static OBJECT_COUNT: Metric = metric("DeliveryToS3.ObjectCount", "Count", "objects stored now");
pub(super) static ALREADY_STORED: Metric =
    metric("AlreadyStored", "Count", "objects that were there before, from an earlier attempt at the same batch");
pub(super) static DROPPED_RECORDS: Metric = metric("DroppedRecords", "Count", "records that the transform left out");
pub(super) static FAILED_RECORDS: Metric = metric("FailedRecords", "Count", "records in error objects");

const fn field(name: &'static str, doc: &'static str) -> Field {
    Field { name, doc }
}

const fn metric(name: &'static str, unit: &'static str, doc: &'static str) -> Metric {
    Metric { name, unit, doc }
}
