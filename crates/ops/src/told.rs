//! What every result begins with that is told to programs: which command, on what, where.

use serde::Serialize;

use crate::deployment::Deployment;

/// The beginning of a result.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    version: u32,
    command: &'static str,
    environment: String,
    account: String,
    region: String,
    stack: String,
}

impl Head {
    /// Of a command on a deployment.
    pub fn of(command: &'static str, deployment: &Deployment) -> Self {
        let account = deployment.account();
        Self {
            version: 1,
            command,
            environment: deployment.file.name.clone(),
            account: account.id.clone(),
            region: account.region.clone(),
            stack: deployment.name().to_owned(),
        }
    }
}
