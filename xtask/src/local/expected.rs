//! What must come out of an input: the transform's own answer for each record.

use std::borrow::Cow;
use std::num::NonZeroU64;

use penstock_delivery::{Hooks, Processed, Transform, UserRecord};
use penstock_format::{ArrivalTime, SequenceNumber};

/// What becomes of one input record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// It is kept, as its own bytes.
    Same,
    /// It is kept, as these.
    Outputs(Vec<Vec<u8>>),
    /// It is left out.
    Dropped,
    /// It goes to the error output.
    Failed,
}

/// What becomes of an input, in its order.
#[derive(Debug)]
pub struct Expected(Vec<Record>);

impl Expected {
    /// Asks the hooks about each record. What they say may depend on the data; a hook that looks at a record's place or
    /// time cannot be foretold here and would be reported as a difference. `partition_keys` is the input's: record `n`
    /// has the key `n % partition_keys`, or `n` where it is not set.
    pub fn of(records: &[&[u8]], partition_keys: Option<NonZeroU64>) -> Self {
        let number = SequenceNumber::parse("0").expect("0 is a sequence number");
        let arrival = ArrivalTime::from_millis(0).expect("1970 is a time");
        let quiet = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        let answer = |(index, data): (usize, &&[u8])| {
            let index = index as u64;
            let partition_key = partition_keys.map_or(index, |keys| index % keys).to_string();
            let record = UserRecord {
                data,
                partition_key: &partition_key,
                sequence_number: &number,
                sub_sequence_number: 0,
                arrival,
            };
            let asked = std::panic::catch_unwind(|| Hooks.transform(&record).map(|processed| own(data, processed)));
            asked.ok().and_then(Result::ok).unwrap_or(Record::Failed)
        };
        let answers = records.iter().enumerate().map(answer).collect();
        std::panic::set_hook(quiet);
        Self(answers)
    }

    /// How many records there are.
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// The records, in the input's order.
    pub fn records(&self) -> &[Record] {
        &self.0
    }
}

fn own(data: &[u8], processed: Processed<'_>) -> Record {
    match processed {
        Processed::Keep(output) if *output == *data => Record::Same,
        Processed::Keep(output) => Record::Outputs(vec![output.into_owned()]),
        Processed::Split(outputs) if outputs.is_empty() => Record::Dropped,
        Processed::Split(outputs) => Record::Outputs(outputs.into_iter().map(Cow::into_owned).collect()),
        Processed::Drop => Record::Dropped,
    }
}
