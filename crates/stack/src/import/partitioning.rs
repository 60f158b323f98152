//! `DynamicPartitioningConfiguration`, and the prefix that depends on it.

use penstock_delivery::config::FILE_SCHEME;
use penstock_delivery::jq::Extraction;
use penstock_format::{PartitionKeySource, Prefix};

use super::ImportError;
use super::draft::{Draft, Outcome, Table, quoted};
use super::fields::Fields;
use super::limits::RETRY_IN_SECONDS;
use super::processing::Query;

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

/// The longest query that stands in the file itself; a longer one has a file of its own, so that the function's variables
/// have room for it.
const INLINE_BYTES_MAX: usize = 400;

/// Writes the prefix and the query that its keys ask, and tells what is written. A query that is refused here ends the
/// prefix before its first key.
pub(super) fn write<'p>(
    prefix: &'p Prefix,
    is_partitioned: bool,
    query: Option<&Query<'_>>,
    name: &str,
    draft: &mut Draft,
) -> &'p str {
    const KEY: &str = "prefix";
    let keys = prefix.partition_keys();
    let asked: Vec<&str> =
        keys.iter().filter(|(key, _)| key.source() == PartitionKeySource::Query).map(|(key, _)| key.name()).collect();
    if is_partitioned && !asked.is_empty() {
        if let Err(problem) = check(query, &asked) {
            let head = prefix.literal_head();
            let folder = &head[..head.rfind('/').map_or(0, |slash| slash + 1)];
            draft.comment(Table::Delivery, &format!("Firehose: prefix = {}", quoted(prefix.as_str())));
            draft.line(Table::Delivery, KEY, &quoted(folder));
            draft.note(query.map_or(FIELD, |query| &query.field), Outcome::NoCounterpart, &problem);
            draft.note(
                "Prefix",
                Outcome::NoCounterpart,
                &format!("up to its first partition key, {}: objects are by arrival time alone", quoted(folder)),
            );
            return folder;
        }
        if let Some(query) = query {
            write_query(query, name, draft);
        }
    } else if let Some(query) = query {
        draft.note(&query.field, Outcome::NotNeeded, "the prefix has no partitionKeyFromQuery that would ask it");
    }
    if is_partitioned {
        draft.set(FIELD, Table::Delivery, "dynamic_partitioning", "Enabled");
    }
    if !prefix.as_str().is_empty() {
        draft.set("Prefix", Table::Delivery, KEY, prefix.as_str());
    }
    prefix.as_str()
}

/// Whether the query runs here and is not known to lack what is asked of it.
fn check(query: Option<&Query<'_>>, asked: &[&str]) -> Result<(), String> {
    let query = query.ok_or("the prefix asks for partition keys of a query, and no MetadataExtraction runs")?;
    let compiled = Extraction::compile(query.text).map_err(|error| error.to_string())?;
    let Some(told) = compiled.keys() else { return Ok(()) };
    match asked.iter().find(|key| !told.iter().any(|own| own == *key)) {
        None => Ok(()),
        Some(key) => Err(format!("the prefix asks for {key}, and the query makes {}", told.join(", "))),
    }
}

fn write_query(query: &Query<'_>, name: &str, draft: &mut Draft) {
    const KEY: &str = "metadata_extraction_query";
    if query.text.len() <= INLINE_BYTES_MAX {
        draft.set(&query.field, Table::Delivery, KEY, query.text);
        return;
    }
    let path = format!("{name}.jq");
    draft.set(&query.field, Table::Delivery, KEY, &format!("{FILE_SCHEME}{path}"));
    draft.file(path, format!("{}\n", query.text.trim_end()));
}
