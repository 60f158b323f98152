//! What the queries of one batch may take together.

use crate::jq::steps_spent;
use crate::limits::QUERY_STEPS_PER_BATCH_MAX;
use crate::transform::Failure;

/// An account of steps, begun with a batch. The steps of a query depend on program and record alone, so that a retry runs out
/// of them at the same record.
#[derive(Debug, Clone, Copy)]
pub struct QueryBudget {
    begun: u64,
    most: u64,
}

impl QueryBudget {
    /// All of it.
    pub fn begin() -> Self {
        Self::of(QUERY_STEPS_PER_BATCH_MAX)
    }

    pub(crate) fn of(most: u64) -> Self {
        Self { begun: steps_spent(), most }
    }

    /// Fails the record at hand where nothing is left: asked before each run.
    pub fn check(&self) -> Result<(), Failure> {
        if steps_spent().saturating_sub(self.begun) <= self.most {
            return Ok(());
        }
        let message = format!("the queries of its batch took more than {} steps", self.most);
        Err(Failure::with_code(Failure::QUERY_FAILED, message))
    }
}
