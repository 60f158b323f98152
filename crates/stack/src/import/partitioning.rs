//! `DynamicPartitioningConfiguration`, and the prefix that depends on it.

use penstock_format::{PartitionKeySource, Prefix};

use super::ImportError;
use super::draft::{Draft, Outcome, Table, quoted};
use super::fields::Fields;
use super::limits::RETRY_IN_SECONDS;

const FIELD: &str = "DynamicPartitioningConfiguration";

/// Whether it is on.
pub(super) fn read(destination: &mut Fields<'_>, draft: &mut Draft) -> Result<bool, ImportError> {
    let Some(mut fields) = destination.object(FIELD)? else { return Ok(false) };
    let is_enabled = fields.boolean("Enabled")?.unwrap_or(false);
    if let Some(mut retry) = fields.object("RetryOptions")? {
        retry.integer("DurationInSeconds", RETRY_IN_SECONDS)?;
        let reason = "Lambda retries until maximum_record_age_in_seconds";
        retry.not_needed(&["DurationInSeconds"], reason, draft);
        retry.finish(draft);
    }
    if !is_enabled {
        draft.note(FIELD, Outcome::NotNeeded, "it is off");
    }
    fields.finish(draft);
    Ok(is_enabled)
}

/// Writes the prefix, and tells what is written: that of a query cannot be, because there are no queries.
pub(super) fn write<'p>(prefix: &'p Prefix, is_partitioned: bool, draft: &mut Draft) -> &'p str {
    const KEY: &str = "prefix";
    let keys = prefix.partition_keys();
    let asks_a_query = keys.iter().any(|(key, _)| key.source() == PartitionKeySource::Query);
    if is_partitioned && asks_a_query {
        let head = prefix.literal_head();
        let folder = &head[..head.rfind('/').map_or(0, |slash| slash + 1)];
        draft.comment(Table::Delivery, &format!("Firehose: prefix = {}", quoted(prefix.as_str())));
        draft.line(Table::Delivery, KEY, &quoted(folder));
        draft.note(
            FIELD,
            Outcome::NoCounterpart,
            "there are no keys from queries yet: objects are by arrival time alone",
        );
        draft.note("Prefix", Outcome::NoCounterpart, &format!("up to its first partition key: {}", quoted(folder)));
        return folder;
    }
    if is_partitioned {
        draft.set(FIELD, Table::Delivery, "dynamic_partitioning", "Enabled");
    }
    if !prefix.as_str().is_empty() {
        draft.set("Prefix", Table::Delivery, KEY, prefix.as_str());
    }
    prefix.as_str()
}
