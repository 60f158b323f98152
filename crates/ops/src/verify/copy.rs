//! A clean copy: every object but those that hold only what others hold as well. Run again, it copies what is new.

use std::collections::HashSet;
use std::fmt::Write as _;

use anyhow::bail;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use penstock_console::screen;
use penstock_format::coverage::{Coverage, Finding};

use super::objects::Read;
use crate::deployment::Deployment;
use crate::error::{self, Asked as _};

/// Where the copy goes.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// The bucket; the delivery's own where none is named.
    bucket: Option<String>,
    /// What stands before each key.
    prefix: String,
}

impl Target {
    /// `PREFIX`, or `s3://BUCKET/PREFIX`.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let (bucket, prefix) = match text.strip_prefix("s3://") {
            Some(rest) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                (Some(bucket.to_owned()), prefix)
            }
            None => (None, text),
        };
        if bucket.as_deref() == Some("") || (bucket.is_none() && prefix.is_empty()) {
            bail!("--dedupe is {text:?}: expected a prefix, or s3://BUCKET/PREFIX");
        }
        Ok(Self { bucket, prefix: prefix.to_owned() })
    }
}

/// Writes it.
pub async fn write(
    deployment: &Deployment,
    read: &Read,
    coverage: &Coverage,
    target: &Target,
    is_quiet: bool,
) -> anyhow::Result<()> {
    let (s3, from) = (deployment.aws.s3(), deployment.environment.delivery.bucket.as_str());
    let bucket = target.bucket.as_deref().unwrap_or(from);
    let twice: HashSet<&str> = coverage.findings.iter().filter_map(duplicate).collect();
    let kept: Vec<&str> =
        read.entries.iter().map(|entry| entry.key.as_str()).filter(|key| !twice.contains(key)).collect();
    let bar = (!is_quiet).then(|| screen::bar(kept.len() as u64, "objects copied"));
    let (mut copied, mut there) = (0, 0);
    for key in kept {
        let to = format!("{}{key}", target.prefix);
        if bucket == from && (to == key || key.starts_with(&target.prefix) && !target.prefix.is_empty()) {
            // What an earlier run copied is not copied again below itself.
            continue;
        }
        match s3.head_object().bucket(bucket).key(&to).send().await {
            Ok(_) => there += 1,
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => {
                let request = s3.copy_object().bucket(bucket).key(&to).copy_source(encoded(from, key));
                request.send().await.asked(format_args!("copy {key} to s3://{bucket}/{to}"))?;
                copied += 1;
            }
            Err(error) => bail!("cannot look for s3://{bucket}/{to}: {}", error::text(&error)),
        }
        if let Some(bar) = &bar {
            bar.inc(1);
        }
    }
    bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
    if !is_quiet {
        screen::progress(format_args!(
            "copied {} objects to s3://{bucket}/{}, {} were there, {} left out",
            screen::number(copied),
            target.prefix,
            screen::number(there),
            screen::number(twice.len() as u64)
        ));
    }
    Ok(())
}

fn duplicate(finding: &Finding) -> Option<&str> {
    match finding {
        Finding::Duplicate { key, .. } => Some(key),
        Finding::Missing { .. } | Finding::Overlap { .. } => None,
    }
}

/// `CopySource`: percent-encoded, but for its slashes.
fn encoded(bucket: &str, key: &str) -> String {
    let mut text = format!("{bucket}/");
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_prefix_or_a_place() {
        for (text, bucket, prefix) in
            [("clean/", None, "clean/"), ("s3://b/clean/", Some("b"), "clean/"), ("s3://b", Some("b"), "")]
        {
            let target = Target { bucket: bucket.map(str::to_owned), prefix: prefix.to_owned() };
            assert_eq!(Target::parse(text).unwrap(), target, "{text}");
        }
        for wrong in ["", "s3://", "s3:///a"] {
            assert!(Target::parse(wrong).unwrap_err().to_string().contains("expected a prefix"), "{wrong}");
        }
    }

    #[test]
    fn a_source_is_encoded() {
        assert_eq!(encoded("b", "a/ü=1 +.gz"), "b/a/%C3%BC%3D1%20%2B.gz");
    }
}
