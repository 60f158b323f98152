//! Where records that follow each other are cut into batches: by themselves alone, so that a second replay cuts them alike.

/// Records of a batch at most: of 1 MB each they would still fit into some events, and most are far smaller.
const BATCH_RECORDS_MAX: usize = 1_000;

/// Bytes of data in a batch at most: in base64, with what stands around it, an event has 6 MB.
const BATCH_BYTES_MAX: usize = 3 * 1_048_576;

/// Bytes of data that are held at once: what is more is left to another run, which finds the first covered.
const HELD_BYTES_MAX: usize = 256 * 1_048_576;

/// Puts records into batches.
#[derive(Debug)]
pub struct Cutter<T> {
    batch: Vec<T>,
    bytes: usize,
    /// Bytes that were held before the first record.
    before: usize,
    /// Bytes in all batches, and before.
    held: usize,
    cuts: Vec<Vec<T>>,
}

impl<T> Default for Cutter<T> {
    fn default() -> Self {
        Self::beside(0)
    }
}

impl<T> Cutter<T> {
    /// Beside so many bytes that are held already.
    pub const fn beside(held: usize) -> Self {
        Self { batch: Vec::new(), bytes: 0, before: held, held, cuts: Vec::new() }
    }

    /// Bytes that are held, also before.
    pub const fn held(&self) -> usize {
        self.held
    }

    /// Adds a record with so many bytes of data.
    pub fn push(&mut self, record: T, bytes: usize) {
        if self.batch.len() == BATCH_RECORDS_MAX || self.bytes + bytes > BATCH_BYTES_MAX {
            self.cut();
        }
        self.bytes += bytes;
        self.held += bytes;
        self.batch.push(record);
    }

    /// The next record begins a batch.
    pub fn cut(&mut self) {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        if !batch.is_empty() {
            self.cuts.push(batch);
        }
    }

    /// Whether as much is held as may be.
    pub const fn is_full(&self) -> bool {
        self.held >= HELD_BYTES_MAX
    }

    /// The batches. When all that may be held is, the last is left out, unless it is the only one: it may be cut short, and
    /// comes whole with the next run.
    pub fn finish(mut self) -> Vec<Vec<T>> {
        self.cut();
        if self.is_full() && (self.cuts.len() > 1 || self.before > 0) {
            self.cuts.pop();
        }
        self.cuts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_depend_on_the_records_alone() {
        let mut cutter = Cutter::default();
        (0..=BATCH_RECORDS_MAX).for_each(|n| cutter.push(n, 1));
        cutter.cut();
        cutter.cut();
        (0..4).for_each(|n| cutter.push(n, 1_048_576));
        let lengths: Vec<usize> = cutter.finish().iter().map(Vec::len).collect();
        assert_eq!(lengths, [BATCH_RECORDS_MAX, 1, 3, 1]);
    }

    #[test]
    fn l1_what_is_held_ends_and_the_last_cut_waits() {
        let mut cutter = Cutter::default();
        let mut pushed = 0;
        while !cutter.is_full() {
            cutter.push((), BATCH_BYTES_MAX);
            pushed += 1;
        }
        let held = cutter.held();
        assert_eq!(cutter.finish().len(), pushed - 1);
        let mut beside = Cutter::beside(held - 1);
        beside.push((), 1);
        assert!(beside.is_full());
        assert_eq!(beside.finish().len(), 0);
    }
}
