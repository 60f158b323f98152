//! What keys of a time begin with, so that a large bucket need not be listed whole.

use penstock_delivery::DeliveryConfig;
use penstock_format::{ArrivalTime, ErrorOutputType, RandomStrings};

/// What keys of data begin with that arrived then, in milliseconds since 1970; known only as far as to the first expression
/// where the prefix has random text in it, or changes with every second.
pub fn of_data(delivery: &DeliveryConfig, at_ms: i64) -> String {
    let prefix = &delivery.prefix;
    let random = RandomStrings::new([0; 16]);
    let evaluated =
        ArrivalTime::from_millis(at_ms).ok().and_then(|at| prefix.evaluate(at, &delivery.time_zone, &random).ok());
    evaluated.filter(|_| is_foretold(prefix.as_str())).unwrap_or_else(|| prefix.literal_head().to_owned())
}

/// The same of records that failed.
pub fn of_failed(delivery: &DeliveryConfig, at_ms: i64) -> String {
    let prefix = &delivery.error_output_prefix;
    let random = RandomStrings::new([0; 16]);
    let kind = ErrorOutputType::ProcessingFailed;
    let evaluated = ArrivalTime::from_millis(at_ms)
        .ok()
        .and_then(|at| prefix.evaluate(kind, at, &delivery.time_zone, &random).ok());
    evaluated.filter(|_| is_foretold(prefix.as_str())).unwrap_or_else(|| prefix.literal_head().to_owned())
}

fn is_foretold(prefix: &str) -> bool {
    !["random-string", "partitionKeyFrom", "ss"].iter().any(|unforeseen| prefix.contains(unforeseen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_prefix_where_it_can_be_foretold() {
        let of = |prefix: &str| {
            let lookup = |name: &str| match name {
                "PENSTOCK_BUCKET" => Some("acme-clicks".to_owned()),
                "PENSTOCK_DELIVERY_NAME" => Some("clicks".to_owned()),
                "PENSTOCK_PREFIX" => Some(prefix.to_owned()),
                "PENSTOCK_DYNAMIC_PARTITIONING" if prefix.contains("partitionKey") => Some("Enabled".to_owned()),
                "PENSTOCK_ERROR_OUTPUT_PREFIX" => Some("failed/!{firehose:error-output-type}/".to_owned()),
                _ => None,
            };
            DeliveryConfig::parse(lookup).unwrap()
        };
        let at = 1_445_910_456_000;
        for (prefix, expected) in [
            ("data/", "data/2015/10/27/01/"),
            ("data/!{timestamp:yyyy}/", "data/2015/"),
            ("data/!{timestamp:ss}/", "data/"),
            ("data/!{firehose:random-string}/", "data/"),
            ("data/!{partitionKeyFromLambda:c}/!{timestamp:yyyy}/", "data/"),
        ] {
            assert_eq!(of_data(&of(prefix), at), expected);
        }
        assert_eq!(of_failed(&of("data/"), at), "failed/processing-failed/");
    }
}
