//! `BufferingHints`: when Firehose ends an object, and when Lambda ends a batch.
//!
//! Left out: how many records a batch has; the default is the most that Lambda takes.

use super::ImportError;
use super::draft::{Draft, Outcome, Table};
use super::fields::{Fields, rule};
use super::limits::{
    BACKUP_INTERVAL_IN_SECONDS, INTERVAL_IN_SECONDS, INTERVAL_IN_SECONDS_DEFAULT, LARGE_SIZE_IN_MBS, SIZE_IN_MBS,
    SIZE_IN_MBS_DEFAULT, WINDOW_IN_SECONDS_MAX,
};

/// Both hints; none where Firehose's defaults hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hints {
    /// `SizeInMBs`.
    pub(super) size: u64,
    /// `IntervalInSeconds`.
    pub(super) interval: u64,
}

/// The hints of a delivery.
pub(super) fn read(destination: &mut Fields<'_>, draft: &mut Draft) -> Result<Option<Hints>, ImportError> {
    both(destination, INTERVAL_IN_SECONDS, draft)
}

/// The hints of a backup: checked and told, because its objects are those of the same batches.
pub(super) fn read_backup(backup: &mut Fields<'_>, draft: &mut Draft) -> Result<(), ImportError> {
    if both(backup, BACKUP_INTERVAL_IN_SECONDS, draft)?.is_some() {
        let reason = "a backup object holds the records of a batch, as the data objects of that batch do";
        draft.note(&backup.path_of("BufferingHints"), Outcome::NotNeeded, reason);
    }
    Ok(())
}

/// The rules across hints and what else is on.
pub(super) fn check(hints: Option<Hints>, is_partitioned: bool, is_converted: bool) -> Result<(), ImportError> {
    let Some(Hints { size, interval }) = hints else { return Ok(()) };
    for (is_on, what) in [(is_partitioned, "Dynamic Partitioning"), (is_converted, "data format conversion")] {
        if is_on && size < LARGE_SIZE_IN_MBS {
            let text = format!("BufferingHints.SizeInMBs must be at least {LARGE_SIZE_IN_MBS} when {what} is enabled.");
            return Err(rule(text, "BufferingHints.SizeInMBs", size.to_string()));
        }
    }
    if is_partitioned && interval == 0 {
        let text = "Zero buffering is not available when Dynamic Partitioning is enabled";
        return Err(rule(text, "BufferingHints.IntervalInSeconds", "0"));
    }
    Ok(())
}

/// Writes what a batch can have of them.
pub(super) fn write(hints: Option<Hints>, draft: &mut Draft) {
    const WINDOW: &str = "maximum_batching_window_in_seconds";
    let field = "BufferingHints.IntervalInSeconds";
    let interval = hints.map_or(INTERVAL_IN_SECONDS_DEFAULT, |hints| hints.interval);
    let window = interval.min(WINDOW_IN_SECONDS_MAX);
    if interval == window {
        draft.set_value(field, Table::Mapping, WINDOW, &window.to_string());
    } else {
        draft.comment(
            Table::Mapping,
            &format!("Firehose: IntervalInSeconds {interval}. A batch gathers {window} s at most."),
        );
        draft.line(Table::Mapping, WINDOW, &window.to_string());
        draft.note(
            field,
            Outcome::Adjusted,
            &format!("{interval} s becomes {window} s, the longest that a batch gathers"),
        );
    }
    let Some(Hints { size, .. }) = hints else { return };
    let field = "BufferingHints.SizeInMBs";
    let reason = "an object holds one batch, 4.6 MB of records at most";
    if size < SIZE_IN_MBS_DEFAULT {
        draft.note(field, Outcome::Adjusted, &format!("{size} MiB is no bound here: {reason}"));
        return;
    }
    draft.comment(Table::Mapping, &format!("Firehose: SizeInMBs {size}. Here {reason}."));
    // Firehose's default is near enough to what a batch holds, and every description has it.
    let outcome = if size == SIZE_IN_MBS_DEFAULT { Outcome::Adjusted } else { Outcome::NoCounterpart };
    draft.note(field, outcome, &format!("{size} MiB: {reason}"));
}

fn both(
    fields: &mut Fields<'_>,
    intervals: std::ops::RangeInclusive<u64>,
    draft: &mut Draft,
) -> Result<Option<Hints>, ImportError> {
    let Some(mut hints) = fields.object("BufferingHints")? else { return Ok(None) };
    let size = hints.integer("SizeInMBs", SIZE_IN_MBS)?;
    let interval = hints.integer("IntervalInSeconds", intervals)?;
    let path = hints.path().to_owned();
    hints.finish(draft);
    let one = |name, value: u64| {
        let text = "BufferingHints must have both SizeInMBs and IntervalInSeconds, or neither";
        Err(rule(text, &format!("{path}.{name}"), format!("{value} alone")))
    };
    match (size, interval) {
        (Some(size), Some(interval)) => Ok(Some(Hints { size, interval })),
        (None, None) => Ok(None),
        (Some(size), None) => one("SizeInMBs", size),
        (None, Some(interval)) => one("IntervalInSeconds", interval),
    }
}
