//! What is sent, and how it is cut into invocations.

use crate::mapping::EventSourceMapping;

/// Bytes of an invocation's event at most. Source: Lambda's guide, "Event source mapping": 6 MB, of 1,048,576 bytes.
const EVENT_BYTES_MAX: f64 = 6.0 * 1_048_576.0;

/// Bytes of an event around the data of a record, with names of a usual length: measured.
const RECORD_OVERHEAD_BYTES: f64 = 593.0;

/// Seconds between two reads of a shard where no window says more. Source: Lambda's guide, "Polling and batching streams".
const POLL_SECONDS: f64 = 1.0;

/// Seconds of a month: 730 hours, as AWS's calculator counts.
pub const MONTH_SECONDS: f64 = 730.0 * 3_600.0;

/// What is sent into the stream, steadily.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Records a second, of all shards together; above 0.
    pub records_per_second: f64,
    /// Bytes of a record; above 0. Of a mean, what is rounded up by record is near, and no more.
    pub record_bytes: f64,
    /// Open shards; at least 1.
    pub shards: u32,
    /// Objects that an invocation's records fall into: 1 without partitions.
    pub partitions: u32,
}

/// How Lambda cuts it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// Records of an invocation, on average.
    pub records: f64,
    /// Their bytes.
    pub bytes: f64,
    /// Invocations a month.
    pub invocations: f64,
}

impl Load {
    /// Bytes a month.
    pub fn bytes_per_month(&self) -> f64 {
        self.records_per_second * self.record_bytes * MONTH_SECONDS
    }

    /// Records a month.
    pub fn records_per_month(&self) -> f64 {
        self.records_per_second * MONTH_SECONDS
    }

    /// Bytes a month when each record is rounded up to a multiple of these.
    pub fn rounded_bytes_per_month(&self, to: f64) -> f64 {
        self.records_per_month() * (self.record_bytes / to).ceil().max(1.0) * to
    }

    /// Each lane's records are cut by size, by count and by the window, whichever comes first; at least one is in a batch.
    pub fn cut(&self, mapping: &EventSourceMapping) -> Cut {
        let lanes = f64::from(self.shards.max(1)) * f64::from(mapping.parallelization_factor.max(1));
        let event_bytes = 4.0 * (self.record_bytes / 3.0).ceil() + RECORD_OVERHEAD_BYTES;
        let window = f64::from(mapping.maximum_batching_window_in_seconds).max(POLL_SECONDS);
        let by_size = (EVENT_BYTES_MAX / event_bytes).floor();
        let by_window = self.records_per_second / lanes * window;
        let records = by_size.min(mapping.batch_size.into()).min(by_window).max(1.0);
        Cut { records, bytes: records * self.record_bytes, invocations: self.records_per_month() / records }
    }
}
