//! From a batch to a plan, and from what became of the plan to the answer.
//!
//! The way of a batch is one direction: [`records`] → [`mod@deaggregate`] → [`transform`] (with the user's [`hooks`]) →
//! [`plan`] → the shell's puts → [`outcome`]. [`config`] says how, [`limits`] how much, [`invariants`] what always holds.
//!
//! **Invariant:** nothing here knows a clock, a random number, the environment, a file or a network. The same
//! records and the same configuration make the same plan, whenever and wherever it is made.

pub mod config;
pub mod deaggregate;
pub mod hooks;
pub mod invariants;
pub mod jq;
pub mod limits;
pub mod outcome;
mod partition;
pub mod plan;
mod query;
mod query_budget;
pub mod records;
pub mod shape;
pub mod transform;

pub use config::{ConfigError, Deaggregation, DeliveryConfig, ObjectAttributes, ObjectIds};
pub use deaggregate::{Deaggregated, DeaggregationCounts, FailedRecord, deaggregate};
pub use outcome::{DeliveryError, KmsKeyFault, PutFailure, PutFailureClass, PutOutcome};
pub use partition::{partition_values, takes_overflow};
pub use plan::{Counts, DeliveryPlan, PlanError, PlannedObject, RandomBytes};
pub use query::TransformQuery;
pub use query_budget::QueryBudget;
pub use records::{Identity, KinesisRecord, KinesisRecords, RecordsBuilder, UserRecord};
pub use shape::shape;
pub use transform::{Failure, Hooks, Output, Processed, Transform};
