//! What is legal and seldom meant: settings with which a promise no longer holds, or records go elsewhere than expected.

use penstock_delivery::config::ObjectIds;

use crate::environment::Environment;
use crate::mapping::WITHOUT_LIMIT;

impl Environment {
    /// One sentence for each such setting, in the order of the file; empty for the defaults.
    pub fn warnings(&self) -> Vec<String> {
        let mapping = &self.event_source_mapping;
        let retention_hours = self.stream.retention_period_hours;
        let retention_seconds = u64::from(retention_hours) * 3600;
        let factor = mapping.parallelization_factor;
        let age = mapping.maximum_record_age_in_seconds;
        let age_text = if age == WITHOUT_LIMIT { "-1 (for ever)".to_owned() } else { format!("{age} s") };
        let outlives = u64::try_from(age).map_or(age == WITHOUT_LIMIT, |age| age >= retention_seconds);
        let name = self.delivery.object_name.as_str();
        let tells_range = ["{first_sequence_number}", "{last_sequence_number}"].iter().any(|part| name.contains(part));
        let is_derived = self.delivery.object_ids == ObjectIds::Derived;
        [
            (factor > 1 && is_derived && tells_range).then(|| {
                format!(
                    "parallelization_factor is {factor} and object_name tells sequence numbers: a batch is then no \
                     contiguous range of its shard, and the ranges of objects overlap"
                )
            }),
            (mapping.maximum_retry_attempts != WITHOUT_LIMIT).then(|| {
                format!(
                    "maximum_retry_attempts is {}: batches are given up while S3 is unwell",
                    mapping.maximum_retry_attempts
                )
            }),
            outlives.then(|| {
                format!(
                    "maximum_record_age_in_seconds is {age_text} and the stream keeps records for {retention_hours} \
                     h: what expires in the stream goes to no destination and is counted nowhere"
                )
            }),
            mapping.bisect_batch_on_function_error.then(|| {
                "bisect_batch_on_function_error is on: a batch that is cut after it was stored leaves records in two \
                 objects"
                    .to_owned()
            }),
            (!mapping.filters.is_empty()).then(|| {
                "filters are set: a record that matches none, or is no JSON, vanishes without a trace".to_owned()
            }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(mapping: &str, delivery: &str) -> Vec<String> {
        let file = format!(
            "[stream]\nname = 'clicks'\nretention_period_hours = 24\n[delivery]\nbucket = 'acme-clicks'\n{delivery}\n\
             [event_source_mapping]\n{mapping}\n"
        );
        Environment::parse(&file).unwrap().warnings()
    }

    #[test]
    fn what_is_seldom_meant_is_warned_of() {
        let range = "object_name = 'a-{first_sequence_number}-{id}'";
        let random = "object_name = 'a-{first_sequence_number}-{id}'\nobject_id = 'random'";
        for (name, mapping, delivery, words) in [
            ("defaults", "", "", &[][..]),
            ("factor", "parallelization_factor = 2", "", &[]),
            ("range", "", range, &[]),
            ("factor and range", "parallelization_factor = 2", range, &["parallelization_factor is 2"]),
            ("factor and range with random ids", "parallelization_factor = 2", random, &[]),
            ("bisect", "bisect_batch_on_function_error = true", "", &["bisect_batch_on_function_error is on"]),
            ("age below", "maximum_record_age_in_seconds = 86399", "", &[]),
            ("age of the retention", "maximum_record_age_in_seconds = 86400", "", &["is 86400 s and the stream keeps"]),
            ("age for ever", "maximum_record_age_in_seconds = -1", "", &["is -1 (for ever) and the stream keeps"]),
            ("filters", "filters = ['{}']", "", &["filters are set"]),
            ("no filters", "filters = []", "", &[]),
            ("attempts", "maximum_retry_attempts = 0", "", &["maximum_retry_attempts is 0: "]),
            ("two", "maximum_retry_attempts = 3\nfilters = ['{}']", "", &["maximum_retry_attempts", "filters"]),
        ] {
            let warnings = warnings(mapping, delivery);
            assert_eq!(warnings.len(), words.len(), "{name}: {warnings:?}");
            for (warning, words) in warnings.iter().zip(words) {
                assert!(warning.contains(words) && !warning.contains('\n'), "{name}: {warning}");
            }
        }
    }
}
