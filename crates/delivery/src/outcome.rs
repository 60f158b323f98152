//! From what became of the puts to the answer: all stored, or an error.
//!
//! Nothing is acknowledged in part. Where an object is not stored Lambda gets an error, keeps the records and sends
//! the same batch again; what was stored then answers that it is there already.

mod kms_key_fault;

pub use kms_key_fault::KmsKeyFault;

use crate::plan::{DeliveryPlan, PlannedObject};

/// What became of one object of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutOutcome {
    /// This put stored it.
    Stored,
    /// It was there: this very record set has been stored before.
    AlreadyStored,
    /// It is not stored, as far as we know.
    Failed(PutFailure),
}

/// Why an object is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutFailure {
    /// What kind of failure.
    pub class: PutFailureClass,
    /// What S3 or the network said.
    pub message: String,
}

impl From<PutFailure> for PutOutcome {
    fn from(failure: PutFailure) -> Self {
        Self::Failed(failure)
    }
}

/// What kind of failure it was, and so whether trying again helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PutFailureClass {
    /// S3 was unwell or busy until the deadline came near. The same put may succeed.
    Transient,
    /// S3 said no, and will say so again: access, bucket, key. Somebody has to change something.
    Permanent,
    /// S3 may not or cannot use the KMS key, and will say so again. As permanent as the other, and known by name.
    KmsKey(KmsKeyFault),
}

impl PutFailureClass {
    /// The `errorType` that Lambda sees.
    pub const fn error_type(self) -> &'static str {
        match self {
            Self::Transient => "Delivery.Transient",
            Self::Permanent => "Delivery.Permanent",
            Self::KmsKey(fault) => fault.error_type(),
        }
    }

    /// Whether somebody has to change something before the same put can succeed.
    pub const fn is_permanent(self) -> bool {
        match self {
            Self::Transient => false,
            Self::Permanent | Self::KmsKey(_) => true,
        }
    }
}

/// How many objects of a delivered batch were stored now, and how many before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Objects that were stored now.
    pub stored: u64,
    /// Objects that were there already.
    pub already_stored: u64,
}

/// The batch is not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failed} of {objects} objects of the batch are not stored, such as {key}: {message}")]
pub struct DeliveryError {
    /// The worst class among the failures.
    pub class: PutFailureClass,
    /// Objects of the plan.
    pub objects: usize,
    /// Those that are not stored.
    pub failed: usize,
    /// Key of the first that is not stored for a reason of this class: a refusal is not hidden behind an object that
    /// was not tried because of it.
    pub key: String,
    /// Why it is not.
    pub message: String,
}

/// The answer to a batch whose plan's objects came to `outcomes`, in the plan's order.
///
/// Success only if there is an outcome for every object and each of them is stored (promise D4).
pub fn answer(plan: &DeliveryPlan, outcomes: &[PutOutcome]) -> Result<Delivered, DeliveryError> {
    let mut delivered = Delivered::default();
    let mut failed = 0;
    let mut worst: Option<(&PlannedObject, &PutFailure)> = None;
    let objects = plan.all_objects().count();
    let never_tried =
        PutOutcome::Failed(PutFailure { class: PutFailureClass::Transient, message: "it was not tried".to_owned() });
    let outcomes = outcomes.iter().chain(std::iter::repeat(&never_tried));
    for (object, outcome) in plan.all_objects().zip(outcomes) {
        match outcome {
            PutOutcome::Stored => delivered.stored += 1,
            PutOutcome::AlreadyStored => delivered.already_stored += 1,
            PutOutcome::Failed(failure) => {
                failed += 1;
                if worst.is_none_or(|(_, worst)| failure.class > worst.class) {
                    worst = Some((object, failure));
                }
            }
        }
    }
    let Some((object, PutFailure { class, message })) = worst else { return Ok(delivered) };
    let (key, message) = (object.key.as_str().to_owned(), message.clone());
    Err(DeliveryError { class: *class, objects, failed, key, message })
}
