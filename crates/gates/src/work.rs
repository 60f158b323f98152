//! The ways that are counted, and what is done to them to see whether a gate notices.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use clap::ValueEnum;
use penstock_delivery::plan::{IdSource, plan};
use penstock_delivery::{DeliveryConfig, Failure, Hooks, Processed, Transform, UserRecord};
use penstock_event::{Walk, decode, decode_by};

/// A way of a batch, or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Work {
    /// Nothing: what is left is reading the event
    Read,
    /// From the bytes of the event to the joined buffer
    Decode,
    /// The same without instructions that not every machine has
    Portable,
    /// From the bytes of the event to the plan with its object, as the function does it
    Deliver,
}

/// What somebody might do to the way of a batch, and a gate must notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Regression {
    /// One allocation a record
    AllocationPerRecord,
    /// One more copy of the object's body
    CopyOfBody,
}

/// `program`, which is `penstock-gates`, asked to do something with the event in `file`.
pub fn asked(program: &Path, work: Work, file: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("work").arg(name(&work)).arg(file);
    command
}

/// What a value is called on the command line.
pub fn name(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

impl Work {
    /// Does it once, with the regression if any; fails where the event is none. `config` is that of [`config`], which a warm
    /// function has already.
    pub fn run(self, config: &DeliveryConfig, event: &[u8], regression: Option<Regression>) -> anyhow::Result<()> {
        match self {
            Self::Read => {}
            Self::Decode => drop(black_box(decode(event, b"\n")?)),
            Self::Portable => drop(black_box(decode_by(Walk::Portable, event, b"\n")?)),
            Self::Deliver => deliver(config, event, regression)?,
        }
        Ok(())
    }
}

fn deliver(config: &DeliveryConfig, event: &[u8], regression: Option<Regression>) -> anyhow::Result<()> {
    let records = decode(event, config.lines.framing.suffix())?.context("the event has no records")?;
    let plan = match regression {
        Some(Regression::AllocationPerRecord) => plan(config, &Allocating, records, IdSource::Derived)?,
        _ => plan(config, &Hooks, records, IdSource::Derived)?,
    };
    let copies = match regression {
        Some(Regression::CopyOfBody) => plan.objects.iter().map(|object| object.body.to_vec()).collect(),
        _ => Vec::new(),
    };
    black_box((plan, copies));
    Ok(())
}

/// The least configuration there is: lines, not compressed, and hooks as they stand.
pub fn config() -> anyhow::Result<DeliveryConfig> {
    let lookup = |name: &str| match name {
        "PENSTOCK_BUCKET" => Some("acme-clicks".to_owned()),
        "PENSTOCK_DELIVERY_NAME" => Some("clicks".to_owned()),
        _ => None,
    };
    Ok(DeliveryConfig::parse(lookup)?)
}

/// Hooks that change nothing, and allocate.
struct Allocating;

impl Transform for Allocating {
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        drop(black_box(Box::new(record.sub_sequence_number)));
        Hooks.transform(record)
    }
}
