//! Where batches go that are given up: a bucket of the environment's own, somebody's queue, topic or bucket, or nowhere.

use penstock_delivery::config::BucketName;
use penstock_format::excerpt;
use toml::Value;

use crate::section::{EnvironmentError, Section, invalid};

/// `DestinationConfig.OnFailure` of the mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnFailure {
    /// A bucket that belongs to the environment. It keeps the records themselves, and is another one than the data's,
    /// because trouble with that is the usual reason why a batch is given up.
    FailureBucket(BucketName),
    /// The ARN of a bucket, a queue or a topic that is there already. Queues and topics get no records, only where
    /// they lay in the stream.
    Arn(String),
    /// Nowhere: the records are lost.
    Nowhere,
}

const KEY: &str = "on_failure";
const BUCKET_KEY: &str = "failure_bucket";

const EXPECTED: &str = "s3 or none or the ARN of a bucket, a standard SQS queue or a standard SNS topic";

impl OnFailure {
    /// `Destination`, an ARN; none where there is no destination.
    pub fn destination(&self) -> Option<String> {
        match self {
            Self::FailureBucket(bucket) => Some(format!("arn:aws:s3:::{}", bucket.as_str())),
            Self::Arn(arn) => Some(arn.clone()),
            Self::Nowhere => None,
        }
    }

    /// The bucket that takes the documents; none where a queue, a topic or nothing does.
    pub fn bucket(&self) -> Option<&str> {
        match self {
            Self::FailureBucket(bucket) => Some(bucket.as_str()),
            Self::Arn(arn) => bucket_of(arn),
            Self::Nowhere => None,
        }
    }

    /// Reads both keys; `data` is the bucket of the delivery.
    pub(super) fn read(section: &Section<'_>, data: &BucketName) -> Result<Self, EnvironmentError> {
        let path = section.path_of(KEY);
        let written = section.text(KEY)?;
        let on_failure = match written {
            None | Some("s3") => return Self::read_failure_bucket(section, data),
            Some("none") => Self::Nowhere,
            Some(arn) if is_destination(arn) => Self::Arn(arn.to_owned()),
            Some(other) => return Err(invalid(&path, &Value::String(other.to_owned()), EXPECTED)),
        };
        if let Some((path, value)) = section.get(BUCKET_KEY) {
            let expected = format!("none, because {KEY} is {} and not s3", excerpt(written.unwrap_or_default()));
            return Err(invalid(&path, value, &expected));
        }
        differs(&path, on_failure.bucket(), data)?;
        Ok(on_failure)
    }

    fn read_failure_bucket(section: &Section<'_>, data: &BucketName) -> Result<Self, EnvironmentError> {
        let written = section.text(BUCKET_KEY)?;
        let name = written.map_or_else(|| format!("{}-failures", data.as_str()), str::to_owned);
        let Ok(bucket) = BucketName::parse(&name) else {
            if written.is_none() {
                let length = name.len();
                let expected = format!("a bucket name, because the default {name:?} has {length} characters of 63");
                return Err(section.missing(BUCKET_KEY, &expected));
            }
            let expected = "a bucket name: 3 to 63 of a-z, 0-9, . and -, a letter or digit at both ends";
            return Err(invalid(&section.path_of(BUCKET_KEY), &Value::String(name), expected));
        };
        differs(&section.path_of(BUCKET_KEY), Some(bucket.as_str()), data)?;
        Ok(Self::FailureBucket(bucket))
    }
}

fn differs(path: &str, bucket: Option<&str>, data: &BucketName) -> Result<(), EnvironmentError> {
    if bucket != Some(data.as_str()) {
        return Ok(());
    }
    let expected = "another bucket than delivery.bucket: a batch is given up when that one is in trouble";
    Err(invalid(path, &Value::String(data.as_str().to_owned()), expected))
}

fn bucket_of(arn: &str) -> Option<&str> {
    match arn.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "s3", "", "", bucket] => Some(bucket),
        _ => None,
    }
}

/// Whether Lambda can send to it. A queue and a topic have a region and an account; a FIFO topic is refused by Lambda.
fn is_destination(arn: &str) -> bool {
    let resource = |name: &str, length_max: usize| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (1..=length_max).contains(&name.len()) && name.chars().all(allowed)
    };
    let place = |region: &str, account: &str| {
        !region.is_empty() && account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
    };
    match arn.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, service, region, account, name] if partition.starts_with("aws") => match *service {
            "s3" => region.is_empty() && account.is_empty() && BucketName::parse(name).is_ok(),
            "sqs" => place(region, account) && resource(name, 80),
            "sns" => place(region, account) && resource(name, 256),
            _ => false,
        },
        _ => false,
    }
}
