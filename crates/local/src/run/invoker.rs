//! The function as the mapping sees it.

use bytes::Bytes;

use crate::function::{Function, FunctionErrorKind, Outcome};
use crate::mapping::poller::{Delivery, DeliveryError, Invoker};

/// Hands batches to a [`Function`].
#[derive(Clone)]
pub(super) struct FunctionInvoker {
    function: Function,
}

impl FunctionInvoker {
    pub(super) fn new(function: Function) -> Self {
        Self { function }
    }
}

impl Invoker for FunctionInvoker {
    async fn invoke(&self, lane: &str, payload: Bytes) -> Delivery {
        let invocation = self.function.invoke(lane, payload).await;
        let outcome = match invocation.outcome {
            Outcome::Response(response) => Ok(response),
            Outcome::FunctionError(error) => {
                let init = error.kind == FunctionErrorKind::InitError;
                Err(DeliveryError { message: error.to_string(), init })
            }
        };
        Delivery { request_id: invocation.request_id, duration: invocation.duration, outcome }
    }
}
