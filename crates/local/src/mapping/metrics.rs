//! What the mapping counts, by AWS's names.
//!
//! The mapping's own are those of `MetricsConfig` with `EventCount`, in records; the function's are in invocations, but for
//! `IteratorAge` (AWS Lambda guide, "Types of metrics for Lambda functions"). A partial response is no error of the
//! function, so `Errors` does not show it; `FailedInvokeEventCount` does. What the stream's retention took is in none of
//! them.

use std::collections::BTreeMap;

/// One metric of each name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Records that were read.
    pub polled_event_count: u64,
    /// Records that matched no filter.
    pub filtered_out_event_count: u64,
    /// Records that the function was invoked with, each time anew.
    pub invoked_event_count: u64,
    /// Records of attempts that failed, each time anew, without those that a partial response acknowledged.
    pub failed_invoke_event_count: u64,
    /// Records that were given up.
    pub dropped_event_count: u64,
    /// Records of which a document reached the destination.
    pub on_failure_destination_delivered_event_count: u64,
    /// Documents that did not reach the destination.
    pub destination_delivery_failures: u64,
    /// Attempts that began.
    pub invocations: u64,
    /// Attempts that ended in an error of the function.
    pub errors: u64,
    /// Attempts that did not begin.
    pub throttles: u64,
    /// The highest age of a batch's last record when it was handed over, in milliseconds.
    pub iterator_age: u64,
}

impl Metrics {
    /// All of them, by AWS's names.
    pub fn by_name(&self) -> BTreeMap<String, u64> {
        let named = [
            ("PolledEventCount", self.polled_event_count),
            ("FilteredOutEventCount", self.filtered_out_event_count),
            ("InvokedEventCount", self.invoked_event_count),
            ("FailedInvokeEventCount", self.failed_invoke_event_count),
            ("DroppedEventCount", self.dropped_event_count),
            ("OnFailureDestinationDeliveredEventCount", self.on_failure_destination_delivered_event_count),
            ("DestinationDeliveryFailures", self.destination_delivery_failures),
            ("Invocations", self.invocations),
            ("Errors", self.errors),
            ("Throttles", self.throttles),
            ("IteratorAge", self.iterator_age),
        ];
        named.map(|(name, value)| (name.to_owned(), value)).into()
    }
}
