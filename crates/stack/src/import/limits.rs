//! Every limit of the import, in one place, each with its source. "The model" is Firehose's API model of 2015-08-04.

use std::ops::RangeInclusive;

/// Bytes of a document: ours. What Firehose prints of a stream has some kilobytes.
pub const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;

/// `SizeInMBs` of the delivery and of its backup: the model, and the guide's "Configure destination settings".
pub(super) const SIZE_IN_MBS: RangeInclusive<u64> = 1..=128;

/// `IntervalInSeconds` of the delivery: the model.
pub(super) const INTERVAL_IN_SECONDS: RangeInclusive<u64> = 0..=900;

/// `IntervalInSeconds` of the backup: the guide's "Configure backup".
pub(super) const BACKUP_INTERVAL_IN_SECONDS: RangeInclusive<u64> = 60..=900;

/// `SizeInMBs` at least, with dynamic partitioning (its error text) and with format conversion (the guide).
pub(super) const LARGE_SIZE_IN_MBS: u64 = 64;

/// Firehose's `SizeInMBs` where none is set: the model.
pub(super) const SIZE_IN_MBS_DEFAULT: u64 = 5;

/// Firehose's `IntervalInSeconds` where none is set: the model.
pub(super) const INTERVAL_IN_SECONDS_DEFAULT: u64 = 300;

/// `MaximumBatchingWindowInSeconds` at most: Lambda's API.
pub(super) const WINDOW_IN_SECONDS_MAX: u64 = 300;

/// Characters of the value of a processor's parameter: the model.
pub(super) const PARAMETER_CHARACTERS: RangeInclusive<usize> = 1..=5_120;

/// Processors of an enabled `ProcessingConfiguration`: Firehose's error text.
pub(super) const PROCESSORS: RangeInclusive<usize> = 1..=5;

/// `NumberOfRetries` of the Lambda processor: Firehose's error text.
pub(super) const LAMBDA_RETRIES: RangeInclusive<u64> = 0..=300;

/// `BufferSizeInMBs` of the Lambda processor: the guide's "Data transformation".
pub(super) const LAMBDA_SIZE_IN_MBS: RangeInclusive<f64> = 0.2..=3.0;

/// `BufferIntervalInSeconds` of the Lambda processor: the same.
pub(super) const LAMBDA_INTERVAL_IN_SECONDS: RangeInclusive<u64> = 0..=900;

/// `RetryOptions.DurationInSeconds` of dynamic partitioning: the model.
pub(super) const RETRY_IN_SECONDS: RangeInclusive<u64> = 0..=7_200;

/// Characters of `CustomTimeZone`: the model.
pub(super) const TIME_ZONE_CHARACTERS_MAX: usize = 50;

/// Characters of a bucket's name in an ARN: the model's pattern.
pub(super) const BUCKET_CHARACTERS: RangeInclusive<usize> = 1..=255;

/// Characters of a bucket's name: S3. The failure bucket has the name of the data's and a suffix.
pub(super) const BUCKET_NAME_CHARACTERS_MAX: usize = 63;

/// `BlockSizeBytes` of Parquet and of ORC at least: the model, 64 MiB.
pub(super) const BLOCK_SIZE_BYTES_MIN: u64 = 64 * 1024 * 1024;

/// `PageSizeBytes` of Parquet at least: the model, 64 KiB.
pub(super) const PAGE_SIZE_BYTES_MIN: u64 = 64 * 1024;

/// `StripeSizeBytes` of ORC at least: the model, 8 MiB.
pub(super) const STRIPE_SIZE_BYTES_MIN: u64 = 8 * 1024 * 1024;

/// `RowIndexStride` of ORC at least: the model.
pub(super) const ROW_INDEX_STRIDE_MIN: u64 = 1_000;
