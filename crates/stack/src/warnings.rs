//! What is legal and seldom meant: settings with which a promise no longer holds, or records go elsewhere than expected.

use penstock_delivery::config::ObjectIds;

use crate::environment::Environment;
use crate::mapping::WITHOUT_LIMIT;

/// Below this an outage of S3 makes batches too old: an hour.
const SHORT_AGE_SECONDS: u64 = 3_600;

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
        let destination = mapping.on_failure.destination();
        let gives_up = mapping.maximum_retry_attempts != WITHOUT_LIMIT || age != WITHOUT_LIMIT;
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
            (factor > 1).then(|| {
                format!("parallelization_factor is {factor}: only the records of one partition key keep their order")
            }),
            (gives_up && destination.is_none())
                .then(|| "on_failure is none: records of batches that are given up are lost".to_owned()),
            (gives_up && destination.is_some_and(|arn| !arn.contains(":s3:"))).then(|| {
                "on_failure is a queue or a topic: it is told of batches that are given up, and gets no records"
                    .to_owned()
            }),
            (age != WITHOUT_LIMIT && u64::from(age.unsigned_abs()) < SHORT_AGE_SECONDS).then(|| {
                format!("maximum_record_age_in_seconds is {age_text}: batches are given up while S3 is unwell")
            }),
            (!is_derived).then(|| {
                "object_id is random: a retry stores its records again, and promises D3 and D5 do not hold".to_owned()
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

    const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:given-up";

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
            ("factor", "parallelization_factor = 2", "", &["parallelization_factor is 2: only"]),
            ("range", "", range, &[]),
            ("factor and range", "parallelization_factor = 2", range, &["is 2 and object_name", "is 2: only"]),
            (
                "factor and range with random ids",
                "parallelization_factor = 2",
                random,
                &["is 2: only", "object_id is random"],
            ),
            ("no destination", "on_failure = 'none'", "", &["on_failure is none"]),
            ("no destination needed", "on_failure = 'none'\nmaximum_record_age_in_seconds = -1", "", &["is -1"]),
            ("a queue", &format!("on_failure = '{QUEUE}'"), "", &["on_failure is a queue or a topic"]),
            ("a bucket", "on_failure = 'arn:aws:s3:::acme-given-up'", "", &[]),
            ("a minute", "maximum_record_age_in_seconds = 60", "", &["is 60 s: batches are given up"]),
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
