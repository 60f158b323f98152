//! The keys of an environment file beside those of `[delivery]`, as the README shows them.

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub key: &'static str,
    /// What holds when it is not set, in words; `required` where it must be set.
    pub default: &'static str,
    /// One line.
    pub doc: &'static str,
}

/// All keys beside those of `[delivery]`, in the order of the README.
pub const SETTINGS: [Setting; 9] = [
    setting("stream", "name", "required", "Name of the Kinesis data stream."),
    setting("stream", "shard_count", "`1`", "`ShardCount`: shards of a provisioned stream, 1 to 10,000."),
    setting("stream", "retention_period_hours", "`168`", "`RetentionPeriodHours`: 24 to 8,760. `local` keeps 24."),
    setting("function", "memory_size", "`512`", "`MemorySize` in MB, 128 to 10,240."),
    setting("function", "timeout", "`120`", "`Timeout` in seconds, 3 to 900."),
    setting("event_source_mapping", "batch_size", "`10000`", "`BatchSize`: records of one batch, 1 to 10,000."),
    setting(
        "event_source_mapping",
        "maximum_batching_window_in_seconds",
        "`60`",
        "`MaximumBatchingWindowInSeconds`: how long a batch gathers, 0 to 300. `local` waits 1 second at most.",
    ),
    setting("event_source_mapping", "starting_position", "`TRIM_HORIZON`", "`StartingPosition`: or `LATEST`."),
    setting(
        "event_source_mapping",
        "maximum_record_age_in_seconds",
        "6 days, or an hour less than the retention",
        "`MaximumRecordAgeInSeconds`: 60 to 604,800.",
    ),
];

const fn setting(table: &'static str, key: &'static str, default: &'static str, doc: &'static str) -> Setting {
    Setting { table, key, default, doc }
}

/// The keys of one table.
pub(crate) fn keys_of(table: &'static str) -> impl Iterator<Item = &'static str> + Clone {
    SETTINGS.iter().filter(move |setting| setting.table == table).map(|setting| setting.key)
}
