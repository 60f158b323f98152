//! The variables that Lambda sets, and the SDK's: read once, at the cold start.

use std::path::Path;

use penstock_delivery::{ConfigError, DeliveryConfig};

/// What the function must know of where it runs.
#[derive(Clone)]
pub struct FunctionEnvironment {
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`: of the function's role; Lambda renews it with the execution environment.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<String>,
    /// `AWS_ENDPOINT_URL_S3`, else `AWS_ENDPOINT_URL`, the SDKs' own variables for another endpoint.
    pub endpoint_url_s3: Option<String>,
    /// Whether `SSL_CERT_FILE` or `SSL_CERT_DIR` says which authorities are trusted.
    pub has_own_roots: bool,
}

impl std::fmt::Debug for FunctionEnvironment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FunctionEnvironment").field("region", &self.region).finish_non_exhaustive()
    }
}

/// Why the function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting of the delivery is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A variable that Lambda always sets is not there.
    #[error("{0} is not set: expected what Lambda sets for every function")]
    NotOnLambda(&'static str),
}

/// What Lambda's runtime library needs besides.
const OF_THE_RUNTIME: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
];

impl FunctionEnvironment {
    /// Reads the variables through `lookup`.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let required = |name: &'static str| set(name).ok_or(StartError::NotOnLambda(name));
        // The runtime library reads these itself, and panics where one is missing.
        for name in OF_THE_RUNTIME {
            required(name)?;
        }
        Ok(Self {
            region: required("AWS_REGION")?,
            access_key_id: required("AWS_ACCESS_KEY_ID")?,
            secret_access_key: required("AWS_SECRET_ACCESS_KEY")?,
            session_token: set("AWS_SESSION_TOKEN"),
            endpoint_url_s3: set("AWS_ENDPOINT_URL_S3").or_else(|| set("AWS_ENDPOINT_URL")),
            has_own_roots: ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().any(|name| set(name).is_some()),
        })
    }
}

/// The delivery's configuration, from the same variables, and from files that lie beside the function: below
/// `LAMBDA_TASK_ROOT`.
pub fn delivery_config(lookup: impl Fn(&str) -> Option<String>) -> Result<DeliveryConfig, StartError> {
    let read = |path: &str| {
        let root = lookup("LAMBDA_TASK_ROOT").ok_or("LAMBDA_TASK_ROOT is not set")?;
        std::fs::read_to_string(Path::new(&root).join(path)).map_err(|error| error.to_string())
    };
    Ok(DeliveryConfig::parse_with(&lookup, read)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAMBDA: [(&str, &str); 7] = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"),
        ("AWS_LAMBDA_FUNCTION_NAME", "clicks"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
    ];

    fn read(more: &[(&str, &str)]) -> Result<FunctionEnvironment, StartError> {
        let all: Vec<_> = LAMBDA.iter().chain(more).copied().collect();
        FunctionEnvironment::read(|name| {
            all.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_endpoint_of_s3_goes_before_the_endpoint_of_all() {
        assert_eq!(read(&[]).unwrap().endpoint_url_s3, None);
        let all = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        assert_eq!(read(&[all]).unwrap().endpoint_url_s3.as_deref(), Some("http://127.0.0.1:1"));
        let s3 = ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2");
        assert_eq!(read(&[all, s3]).unwrap().endpoint_url_s3.as_deref(), Some("http://127.0.0.1:2"));
    }

    #[test]
    fn a_missing_variable_is_named_and_no_secret_is_shown() {
        for (name, _) in LAMBDA {
            let error = read(&[(name, "")]).unwrap_err().to_string();
            assert_eq!(error, format!("{name} is not set: expected what Lambda sets for every function"));
        }
        assert!(!format!("{:?}", read(&[]).unwrap()).contains("secret"));
    }
}
