//! Every limit of this crate, in one place, each with its source.
//!
//! A limit is checked where the value is made; what is written here is only the number and the reason for it.

/// Most digits of a Kinesis sequence number: the API's pattern is `0|([1-9]\d{0,128})`. Today's have 56.
pub const SEQUENCE_NUMBER_DIGITS_MAX: usize = 129;

/// Digits of the number of a replayed record: ours, above all of a stream's and within what a number may have.
pub const REPLAYED_NUMBER_DIGITS: usize = 100;

/// Of these, digits of the source's digest: the widest number of 128 bits.
pub const SOURCE_DIGEST_DIGITS: usize = 39;

/// Of these, digits of the line: the widest number of 64 bits.
pub const SOURCE_LINE_DIGITS: usize = 20;

/// How deep what wraps a document may be nested: ours. A topic's envelope in a queue's message, listed, has four.
pub const ENVELOPES_DEPTH_MAX: usize = 16;

/// Digits in a shard id after `shardId-`, as Kinesis writes it.
pub const SHARD_ID_DIGITS: usize = 12;

/// Most characters of a `Prefix` or `ErrorOutputPrefix` as configured: the Firehose API model.
pub const PREFIX_CHARACTERS_MAX: usize = 1024;

/// Most characters of either prefix once evaluated: Firehose's rule, and its error text names the number.
pub const EVALUATED_PREFIX_CHARACTERS_MAX: usize = 512;

/// Most characters of a partition key's name: ours; Firehose's own names in its guide have up to 20.
pub const PARTITION_KEY_CHARACTERS_MAX: usize = 128;

/// Characters of one `!{firehose:random-string}`: Firehose's documentation, and so measured.
pub const RANDOM_STRING_CHARACTERS: usize = 11;

/// Most letters of one kind in a row in a timestamp pattern: the widest number `java.time` prints.
pub const PATTERN_LETTERS_MAX: usize = 19;

/// Most bytes of an object key, as UTF-8: S3.
pub const OBJECT_KEY_BYTES_MAX: usize = 1024;

/// Most characters of an object name template: ours, so that a name leaves room for its prefix.
pub const OBJECT_NAME_TEMPLATE_CHARACTERS_MAX: usize = 256;

/// Most characters of a delivery's name: the Firehose API's limit for a delivery stream's name.
pub const DELIVERY_NAME_CHARACTERS_MAX: usize = 64;

/// Most characters of a file extension: the Firehose API model.
pub const FILE_EXTENSION_CHARACTERS_MAX: usize = 128;

/// Most bytes of a delimiter: ours. The longest in use has two.
pub const DELIMITER_BYTES_MAX: usize = 16;

/// Most characters of a stream's or consumer's name: the Kinesis API.
pub const STREAM_NAME_CHARACTERS_MAX: usize = 128;

/// Most bytes of an error record's message, cut at a character: ours, so that a reason never outgrows its record.
pub const ERROR_MESSAGE_BYTES_MAX: usize = 1024;

/// Most bytes of an error record's code, cut at a character: ours.
pub const ERROR_CODE_BYTES_MAX: usize = 128;

/// Most bytes of an object's user metadata, names and values together: S3.
pub const OBJECT_METADATA_BYTES_MAX: usize = 2048;

/// Largest window, as a power of two, that a zstd frame may ask of its reader: 128 MiB, zstd's own default.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Content of one block of a snappy-java stream: the library's default.
pub const SNAPPY_BLOCK_BYTES: usize = 32 * 1024;

/// Content of one block of Hadoop's snappy: its default buffer of 256 KiB less the room that its `SnappyCodec` keeps for
/// data that grows, a sixth and 32 bytes. A chunk above the buffer is one that Hadoop cannot read.
pub const HADOOP_SNAPPY_BLOCK_BYTES: usize = 256 * 1024 - (256 * 1024 / 6 + 32);

/// Bytes that one byte of raw snappy can become, rounded up: its densest element has three bytes and copies 64.
pub const SNAPPY_EXPANSION_MAX: usize = 22;

/// Most characters of rejected text that an error message repeats: ours, so that logs stay readable.
pub const EXCERPT_CHARACTERS_MAX: usize = 100;
