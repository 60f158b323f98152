//! The whole way of a batch.

use std::time::SystemTime;

use penstock_delivery::plan::{DeliveryPlan, IdSource, plan};
use penstock_delivery::{
    DeliveryConfig, DeliveryError, ObjectIds, PlanError, PutFailureClass, RandomBytes, Transform, outcome,
};
use penstock_format::Lines;
use uuid::Uuid;

use crate::event::{self, EventError};
use crate::put::{self, Deadline, ObjectStore, StoredKeys};
use crate::telemetry::{BatchReport, Telemetry};

/// What a warm function has: its configuration, its transform, its store, and what it says.
#[derive(Debug)]
pub struct Context<T, S> {
    /// How to deliver.
    pub config: DeliveryConfig,
    /// What becomes of each record.
    pub transform: T,
    /// Where objects go.
    pub store: S,
    /// Keys of the unacknowledged batch that are stored.
    pub stored_keys: StoredKeys,
    /// Log lines and metrics.
    pub telemetry: Telemetry,
}

/// Why an invocation is answered with an error, and so comes again.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The event cannot be read.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The batch cannot be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Not all of the plan is stored.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
}

impl InvocationError {
    /// Lambda's `errorType`.
    pub const fn error_type(&self) -> &'static str {
        match self {
            Self::Event(EventError::TumblingWindow) => "Event.TumblingWindow",
            Self::Event(EventError::Malformed(_) | EventError::Record { .. }) => "Event.Malformed",
            Self::Plan(_) => "Plan.Failed",
            Self::Delivery(DeliveryError { class, .. }) => PutFailureClass::error_type(*class),
        }
    }
}

/// Delivers one batch: the event's records are in S3 when this returns `Ok`, all of them.
pub async fn handle<T: Transform, S: ObjectStore>(
    ctx: &Context<T, S>,
    request_id: &str,
    body: &[u8],
    deadline: Deadline,
) -> Result<(), InvocationError> {
    let started = SystemTime::now();
    let Lines { framing, .. } = &ctx.config.lines;
    let Some(records) = event::decode(body, framing.suffix())? else { return Ok(()) }; // wire bytes -> strict records
    let mut batch = BatchReport::of(request_id, &records, started);
    let plan: DeliveryPlan = plan(&ctx.config, &ctx.transform, records, ids(&ctx.config))?; // pure: same records, same plan
    batch.planned();
    let outcomes = put::put_all(&ctx.store, &ctx.stored_keys, &plan, deadline).await; // the only I/O
    let answer = outcome::answer(&plan, &outcomes); // pure: all stored, or an error
    ctx.telemetry.batch(&ctx.config.delivery_name, &batch, &plan, &outcomes, answer.as_ref().err());
    Ok(answer.map(drop)?)
}

/// Where this batch's ids come from. Random bytes are drawn here, from the system, and are a value from here on.
fn ids(config: &DeliveryConfig) -> IdSource {
    match config.object_ids {
        ObjectIds::Derived => IdSource::Derived,
        ObjectIds::Random => IdSource::Random(RandomBytes(Uuid::new_v4().into_bytes())),
    }
}
