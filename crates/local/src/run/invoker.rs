//! The function as the mapping sees it.

use bytes::Bytes;

use crate::function::{Function, FunctionErrorKind, Outcome};
use crate::mapping::invoker::{Invocation, InvocationError, InvocationErrorKind, Invoker};

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
    async fn invoke(&self, payload: Bytes) -> Invocation {
        let invocation = self.function.invoke(payload).await;
        let response = match invocation.outcome {
            Outcome::Response(response) => Ok(response),
            Outcome::Throttled(reason) => {
                Err(InvocationError { message: reason.to_string(), kind: InvocationErrorKind::Throttled })
            }
            Outcome::FunctionError(error) => {
                let kind = match error.kind {
                    FunctionErrorKind::InitError => InvocationErrorKind::Init,
                    _ => InvocationErrorKind::Function,
                };
                Err(InvocationError { message: error.to_string(), kind })
            }
        };
        Invocation { request_id: invocation.request_id, duration: invocation.duration, response }
    }
}
