//! What must come out of an input: what each record becomes on its own, by the same transform.

use std::borrow::Cow;
use std::num::NonZeroU64;

use penstock_delivery::config::Partitioning;
use penstock_delivery::records::TooManyRecords;
use penstock_delivery::{
    DeliveryConfig, Failure, Hooks, Output, Processed, QueryBudget, RecordsBuilder, UserRecord, deaggregate,
    partition_values, shape, transform,
};
use penstock_format::{ArrivalTime, SequenceDigits, ShardId};

/// What becomes of one record of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// It is kept, as its own bytes.
    Same,
    /// It becomes these, in this order.
    Parts(Vec<Part>),
}

/// What a record, or a part of one that is taken apart, becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// It lies in a data object.
    Output(Placed),
    /// Its bytes lie in an error object.
    Failed(Vec<u8>),
}

/// An output and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Values of the partition keys; none where there is no partitioning.
    pub partition: Vec<String>,
    /// Its bytes.
    pub output: Vec<u8>,
}

/// What becomes of an input, in its order.
#[derive(Debug)]
pub struct Expected(Vec<Record>);

impl Record {
    /// How many outputs and failures it becomes; none where it is left out.
    pub fn pieces(&self) -> usize {
        match self {
            Self::Same => 1,
            Self::Parts(parts) => parts.len(),
        }
    }

    /// Whether all that became of it are failures.
    pub fn is_failed(&self) -> bool {
        match self {
            Self::Same => false,
            Self::Parts(parts) => !parts.is_empty() && parts.iter().all(|part| matches!(part, Part::Failed(_))),
        }
    }
}

impl Expected {
    /// Asks the hooks about each record. What they say may depend on the data; a hook that looks at a record's place or
    /// time cannot be foretold here and would be reported as a difference. `partition_keys` is the input's: record `n`
    /// has the key `n % partition_keys`, or `n` where it is not set.
    pub fn of(config: &DeliveryConfig, records: &[&[u8]], partition_keys: Option<NonZeroU64>) -> Self {
        let quiet = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        let answer = |(index, data): (usize, &&[u8])| {
            let index = index as u64;
            let partition_key = partition_keys.map_or(index, |keys| index % keys).to_string();
            of_record(config, data, &partition_key)
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

/// What one record of the stream becomes: taken apart, and each part asked about.
fn of_record(config: &DeliveryConfig, data: &[u8], partition_key: &str) -> Record {
    let number = SequenceDigits::parse("0").expect("0 is a sequence number");
    let arrival = ArrivalTime::from_millis(0).expect("1970 is a time");
    let mut batch =
        RecordsBuilder::new("", ShardId::parse("shardId-000000000000").expect("it is one"), b"", data.len());
    let lay = |arena: &mut Vec<u8>| {
        arena.extend_from_slice(data);
        Ok::<(), TooManyRecords>(())
    };
    batch.push(number, partition_key.into(), arrival, lay).expect("one record is not too many");
    let apart = deaggregate(&config.deaggregation, batch.finish());
    let failed = apart.failed.into_iter().map(|failed| Part::Failed(failed.data));
    let parts: Vec<Part> =
        apart.records.user_records().flat_map(|record| of_user_record(config, &record)).chain(failed).collect();
    match parts.as_slice() {
        [Part::Output(Placed { partition, output })] if partition.is_empty() && output == data => Record::Same,
        _ => Record::Parts(parts),
    }
}

/// What one user record becomes: its outputs, or its failure.
fn of_user_record(config: &DeliveryConfig, record: &UserRecord<'_>) -> Vec<Part> {
    let asked = transform::ask(&Hooks, config.transform_query.as_ref(), &QueryBudget::begin(), record).map(outputs);
    let placed = asked.ok().and_then(|outputs| {
        let placed = outputs.into_iter().map(|output| place(config.partitioning.as_ref(), output));
        placed.collect::<Result<Vec<_>, _>>().ok()
    });
    // An envelope tells a place that nobody knows here: what it holds is compared, and not itself.
    let fits =
        |placed: &Vec<Placed>| placed.iter().all(|one| shape(config, record, None, (&*one.output).into()).is_ok());
    match placed.filter(fits) {
        Some(placed) => placed.into_iter().map(Part::Output).collect(),
        None => vec![Part::Failed(record.data.to_vec())],
    }
}

fn place(partitioning: Option<&Partitioning>, output: Output<'_>) -> Result<Placed, Failure> {
    let partition = match partitioning {
        None => Vec::new(),
        Some(partitioning) => partition_values(partitioning, &output.data, &output.partition_keys)?,
    };
    Ok(Placed { partition, output: output.data.into_owned() })
}

/// The outputs that a transform tells.
fn outputs(processed: Processed<'_>) -> Vec<Output<'_>> {
    let plain = |data: Cow<'static, [u8]>| Output { data, partition_keys: Vec::new() };
    let owned = |data: Cow<'_, [u8]>| plain(Cow::Owned(data.into_owned()));
    match processed {
        Processed::Keep(output) => vec![owned(output)],
        Processed::Split(outputs) => outputs.into_iter().map(owned).collect(),
        Processed::Partition(outputs) => outputs,
        Processed::Drop => Vec::new(),
    }
}
