//! What a function is, in the words of Lambda's `CreateFunction`, and what Lambda refuses of it.
//!
//! Only what can be known before the first invocation is checked here.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::faults::Faults;
use super::variables::RESERVED_VARIABLES;

/// The most that a function's own variables may take, as JSON: Lambda's quota of 4 KB.
pub(super) const VARIABLES_BYTES_MAX: usize = 4096;

/// A function and what surrounds it.
#[derive(Debug, Clone)]
pub struct FunctionConfiguration {
    /// `FunctionName`.
    pub function_name: String,
    /// The executable, in any language; Lambda calls it `bootstrap`. It runs in its own folder.
    pub bootstrap: PathBuf,
    /// `LAMBDA_TASK_ROOT`, where the files of the function's code lie; the bootstrap's folder if not said.
    pub task_root: Option<PathBuf>,
    /// `Timeout`: how long an invocation may take before its environment is killed. Lambda's range is 1 s to 900 s;
    /// any duration is taken here.
    pub timeout: Duration,
    /// `MemorySize`, in MB. An environment whose processes hold more is killed. That is an approximation: they are looked
    /// at ten times a second while they come up or work, so a short peak may pass, and the pages that several of them
    /// share count several times.
    pub memory_size: u32,
    /// `ReservedConcurrentExecutions`: so many invocations at once at most, and what goes beyond is throttled; 0
    /// throttles all. Without it there is no limit.
    pub reserved_concurrent_executions: Option<u32>,
    /// `Environment.Variables`: the function's own, without those that Lambda sets.
    pub variables: BTreeMap<String, String>,
    /// The region of the function's ARN.
    pub region: String,
    /// The account of the function's ARN.
    pub account_id: String,
    /// What stands for the role's credentials.
    pub access_key_id: String,
    /// What stands for the role's credentials.
    pub secret_access_key: String,
    /// Where the function finds S3: `http://127.0.0.1:PORT`.
    pub endpoint_url_s3: String,
    /// Faults to be injected, if any.
    pub faults: Option<Faults>,
}

impl FunctionConfiguration {
    /// The ARN in `Lambda-Runtime-Invoked-Function-Arn`: unqualified, as a mapping without a version invokes it.
    pub(super) fn function_arn(&self) -> String {
        format!("arn:aws:lambda:{}:{}:function:{}", self.region, self.account_id, self.function_name)
    }

    /// The absolute path of the bootstrap, which is an executable file.
    pub(super) async fn check_bootstrap(&self) -> Result<PathBuf, FunctionStartError> {
        let path = self.bootstrap.as_path();
        let unreadable = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => FunctionStartError::BootstrapMissing { path: path.to_owned() },
            _ => FunctionStartError::BootstrapUnreadable { path: path.to_owned(), source },
        };
        let metadata = tokio::fs::metadata(path).await.map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(FunctionStartError::BootstrapNotAFile { path: path.to_owned(), found: "a directory" });
        }
        if !metadata.is_file() {
            return Err(FunctionStartError::BootstrapNotAFile { path: path.to_owned(), found: "not a regular file" });
        }
        if metadata.permissions().mode() & 0o111 == 0 {
            return Err(FunctionStartError::BootstrapNotExecutable { path: path.to_owned() });
        }
        // Absolute, because the process starts in the bootstrap's folder and not in ours. Symbolic links stay as they
        // are: a program may look at the name it was started by.
        std::path::absolute(path).map_err(unreadable)
    }
}

/// Why a function cannot be started.
#[derive(Debug, Error)]
pub enum FunctionStartError {
    /// There is nothing at the path.
    #[error("bootstrap {} does not exist, expected an executable file", .path.display())]
    BootstrapMissing {
        /// Where it was expected.
        path: PathBuf,
    },
    /// The path could not be looked at.
    #[error("bootstrap {} cannot be read", .path.display())]
    BootstrapUnreadable {
        /// Where it was expected.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The path leads to a directory, a socket or another thing that cannot be executed.
    #[error("bootstrap {} is {found}, expected an executable file", .path.display())]
    BootstrapNotAFile {
        /// Where it was expected.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// A file without any execute bit.
    #[error("bootstrap {} is not executable, expected a file with an execute bit (chmod +x)", .path.display())]
    BootstrapNotExecutable {
        /// Where it is.
        path: PathBuf,
    },
    /// A name that Lambda does not take.
    #[error("variable name {name:?} is not valid, expected a letter, then one or more letters, digits or underscores")]
    VariableName {
        /// The name.
        name: String,
    },
    /// A value that no process environment can hold.
    #[error("value of variable {name} contains a zero byte, expected text without one")]
    VariableValue {
        /// The name.
        name: String,
    },
    /// A name that Lambda keeps for itself.
    #[error("variable {name} is reserved by lambda and cannot be set, expected a name of the function's own")]
    VariableReserved {
        /// The name.
        name: String,
    },
    /// A fault that would hit every call, or that says nothing.
    #[error("{field} is {value}, expected {least} or more")]
    FaultEvery {
        /// The field of [`Faults`].
        field: &'static str,
        /// Its value.
        value: u32,
        /// The least that it may be.
        least: u32,
    },
    /// Lambda's quota.
    #[error("variables take {bytes} bytes as json, expected {VARIABLES_BYTES_MAX} at most")]
    VariablesTooLong {
        /// What they take.
        bytes: usize,
    },
}

/// Refuses the variables that Lambda would refuse.
pub(crate) fn check_variables(variables: &BTreeMap<String, String>) -> Result<(), FunctionStartError> {
    for (name, value) in variables {
        check_variable(name, value)?;
    }
    // A map of strings always has a JSON form, so no size is ever missed.
    let bytes = serde_json::to_string(variables).map_or(0, |json| json.len());
    if bytes > VARIABLES_BYTES_MAX {
        return Err(FunctionStartError::VariablesTooLong { bytes });
    }
    Ok(())
}

/// The pattern is the API's: `[a-zA-Z]([a-zA-Z0-9_])+`.
fn check_variable(name: &str, value: &str) -> Result<(), FunctionStartError> {
    let well_formed = name.len() >= 2
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if RESERVED_VARIABLES.contains(&name) {
        return Err(FunctionStartError::VariableReserved { name: name.to_owned() });
    }
    if !well_formed {
        return Err(FunctionStartError::VariableName { name: name.to_owned() });
    }
    if value.contains('\0') {
        return Err(FunctionStartError::VariableValue { name: name.to_owned() });
    }
    Ok(())
}
