//! The environment variables of an execution environment: those that Lambda sets, then the function's own.
//!
//! Source: the developer guide, "Defined runtime environment variables". Deliberately not set, though real Lambda may:
//!
//! - `AWS_EXECUTION_ENV`: the guide says that OS-only runtimes do not have it.
//! - `AWS_SESSION_TOKEN`: the credentials here are fixed keys, which have none.
//! - `AWS_XRAY_DAEMON_ADDRESS`: there is no daemon, and Lambda's address would be sent datagrams outside loopback.
//! - `_X_AMZN_TRACE_ID`: on OS-only runtimes Lambda leaves it to the runtime, which has it from each invocation's header.

use std::collections::BTreeMap;
use std::path::Path;

use super::configuration::FunctionConfiguration;

/// The `PATH` of a real environment, used when ours has none.
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin/:/bin:/opt/bin";

/// Where managed runtimes lie. An OS-only runtime has the variable and nothing there.
const RUNTIME_DIR: &str = "/var/runtime";

/// What a function cannot set (developer guide, "Defined runtime environment variables", reserved).
pub(super) const RESERVED_VARIABLES: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// What differs between two environments of one function.
pub(super) struct Place<'a> {
    /// `host:port` of the environment's Runtime API.
    pub(super) runtime_api: &'a str,
    /// The environment's log stream.
    pub(super) log_stream_name: &'a str,
    /// The folder of the bootstrap.
    pub(super) task_root: &'a Path,
    /// Our own `PATH`: kept, so that a bootstrap that begins with `#!/usr/bin/env` finds its interpreter.
    pub(super) path: Option<&'a str>,
}

/// All variables of an environment, and nothing that is not among them reaches the process.
/// The function's own come last: they win over what is not reserved, such as `TZ` or `AWS_LAMBDA_LOG_LEVEL`.
pub(super) fn variables(configuration: &FunctionConfiguration, place: &Place<'_>) -> BTreeMap<String, String> {
    let task_root = place.task_root.display().to_string();
    let library_path =
        format!("/lib64:/usr/lib64:{RUNTIME_DIR}:{RUNTIME_DIR}/lib:{task_root}:{task_root}/lib:/opt/lib");
    let log_group_name = format!("/aws/lambda/{}", configuration.function_name);
    let memory_size = configuration.memory_size.to_string();
    let ours = [
        ("_HANDLER", "bootstrap"),
        ("AWS_ACCESS_KEY_ID", configuration.access_key_id.as_str()),
        ("AWS_DEFAULT_REGION", configuration.region.as_str()),
        ("AWS_ENDPOINT_URL_S3", configuration.endpoint_url_s3.as_str()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_size.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", configuration.function_name.as_str()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", log_group_name.as_str()),
        ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", place.log_stream_name),
        ("AWS_LAMBDA_RUNTIME_API", place.runtime_api),
        ("AWS_REGION", configuration.region.as_str()),
        ("AWS_SECRET_ACCESS_KEY", configuration.secret_access_key.as_str()),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
        ("LAMBDA_RUNTIME_DIR", RUNTIME_DIR),
        ("LAMBDA_TASK_ROOT", task_root.as_str()),
        ("LANG", "en_US.UTF-8"),
        ("LD_LIBRARY_PATH", library_path.as_str()),
        ("PATH", place.path.unwrap_or(PATH_DEFAULT)),
        ("TZ", ":UTC"),
    ];
    let mut all: BTreeMap<String, String> =
        ours.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    all.extend(configuration.variables.clone());
    all
}
