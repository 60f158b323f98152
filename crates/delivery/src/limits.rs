//! Every limit of this crate, in one place (promise L1).

/// Bytes of a file that a setting names: a schema of a thousand columns has some hundred thousand.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// Steps of all queries of a batch together. Records behind it fail: a batch that took longer than the function may would come
/// again for days. Ten thousand records have ten thousand steps each, and all of it takes some seconds.
pub const QUERY_STEPS_PER_BATCH_MAX: u64 = 100_000_000;

/// Bytes of the rows of a batch in memory, before they are written: values, and what each column of each object takes beside
/// them. A record whose rows would pass it fails.
pub const ROWS_BYTES_PER_BATCH_MAX: usize = 192 * 1024 * 1024;

/// What a column of an object is charged where it has nothing yet: its buffers, and its place in the file's footer.
pub const COLUMN_BYTES: usize = 256;

/// Values and nulls that the outputs of one record may be in all columns together.
pub const LEVELS_PER_RECORD_MAX: usize = 8 * 1024 * 1024;

/// Outputs that one record may become. Beyond it the record fails.
pub const OUTPUTS_PER_RECORD_MAX: usize = 10_000;

/// Bytes of all outputs of a batch together, before compression. A record whose outputs would pass it fails.
///
/// An event holds 6 MB of JSON, so at most about 4.6 MB of data; this leaves a transform room to grow it more than
/// tenfold and a function of 512 MB room to hold it twice.
pub const OUTPUT_BYTES_PER_BATCH_MAX: usize = 64 * 1024 * 1024;

/// Bytes of the error object's body, before compression. Past it a batch cannot be planned.
///
/// The raw data of a whole event in base64 and the fields beside it stay far below.
pub const ERROR_BYTES_PER_BATCH_MAX: usize = 64 * 1024 * 1024;

/// Records of one batch. Lambda's `BatchSize` ends at 10,000; fan-out de-aggregation by Lambda may multiply it.
pub const RECORDS_PER_BATCH_MAX: usize = 1_000_000;

/// User records that the records of one batch may be taken apart into. Past it the record of the stream fails, whole.
///
/// Each costs some 200 bytes beside its data, so that this many are 50 MB: a function of 512 MB holds them, their outputs
/// and the documents of what fails. An event of aggregates has as many where they are of 20 bytes.
pub const USER_RECORDS_PER_BATCH_MAX: usize = 250_000;

/// Bytes that one byte of deflate can become at most. Source: zlib's technical details, "Maximum Expansion Factor".
pub const DEFLATE_RATIO_MAX: usize = 1032;

/// Characters of what a panic said that its record's error document quotes.
pub const QUOTED_CHARS_MAX: usize = 80;

/// Partitions of one batch that `max_objects_per_batch` may allow: one object each, put one after the other.
pub const OBJECTS_PER_BATCH_MAX: usize = 10_000;

/// Bytes of the value of a partition key, once escaped. S3 takes keys of 1,024 bytes.
pub const PARTITION_VALUE_BYTES_MAX: usize = 256;

/// One object in so many is kept free for what overflows by hash, up to [`OVERFLOW_OBJECTS_MAX`].
pub const OVERFLOW_SHARE: usize = 64;

/// Objects that take what overflows by hash.
pub const OVERFLOW_OBJECTS_MAX: usize = 64;

/// Tags of one object. Source: the S3 user guide, "Categorizing your objects using tags".
pub const OBJECT_TAGS_MAX: usize = 10;

/// UTF-16 code units of a tag's key, which is how S3 counts. Source: the same.
pub const TAG_KEY_UNITS_MAX: usize = 128;

/// UTF-16 code units of a tag's value. Source: the same.
pub const TAG_VALUE_UNITS_MAX: usize = 256;

/// Bytes of one header of an object whose text is configured: ours, so that all of them together leave room for tags.
pub const HEADER_TEXT_BYTES_MAX: usize = 512;

/// Bytes of the values of all configured headers of an object together, tags as they are encoded: ours. S3 takes 8 KB of
/// headers with a put, of which an object's own metadata may be 2 KB; the rest is for the signature and its token.
pub const ATTRIBUTE_BYTES_MAX: usize = 4096;

/// Bytes of the ARN of a KMS key: its id is a UUID, or `mrk-` and 32 digits; ours.
pub const KMS_KEY_ARN_BYTES_MAX: usize = 256;

/// Bytes that one gzipped record of CloudWatch Logs may inflate to.
///
/// A record of Kinesis has 1 MiB by default, and logs shrink to between a tenth and a twentieth; half of
/// [`OUTPUT_BYTES_PER_BATCH_MAX`], so that no record takes all of it.
pub const INFLATED_BYTES_PER_RECORD_MAX: usize = 32 * 1024 * 1024;

/// Bytes inflated for one batch, those of records that fail with them: a limit on time, not on memory.
///
/// gzip inflates by a few hundred megabytes a second, so that a batch of bombs costs seconds and not the deadline.
pub const INFLATED_BYTES_PER_BATCH_MAX: usize = 512 * 1024 * 1024;

/// Groups within groups of a Protocol Buffers message that are passed over; 100 is what Google's readers allow.
pub const PROTOBUF_DEPTH_MAX: usize = 100;
