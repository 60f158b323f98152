//! Policies: who may do what, in IAM's words. What the function's role may do is said here, statement by statement.

use penstock_delivery::config::BucketName;
use penstock_delivery::config::attributes::KmsKeyArn;

use super::text::{BucketId, Reference, Text};
use super::value::{Object, Value};
use crate::environment::Environment;
use crate::mapping::OnFailure;

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy(pub Vec<Statement>);

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// `Sid`.
    pub sid: &'static str,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal`; none where the policy belongs to a role.
    pub principal: Option<Principal>,
    /// `Action`.
    pub actions: Vec<&'static str>,
    /// `Resource`; none where the policy is a trust.
    pub resources: Vec<Text>,
    /// `Condition`: operator, key, value.
    pub conditions: Vec<(&'static str, &'static str, Text)>,
}

/// `Effect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It may.
    Allow,
    /// It may not, whoever else says that it may.
    Deny,
}

/// `Principal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// Everyone.
    Anyone,
    /// A service of AWS.
    Service(&'static str),
}

impl Policy {
    /// The document, in the version of IAM's language that has variables.
    pub fn document(&self) -> Object {
        let statements: Vec<Object> = self.0.iter().map(Statement::object).collect();
        Object::new().with("Version", "2012-10-17").with("Statement", statements)
    }

    /// What the function's role may do: read its stream, put under its prefixes, put what was given up, say what it
    /// did. Nothing else, and nothing by a wildcard that reaches further.
    pub fn of_role(environment: &Environment, stream_arn: &Text) -> Self {
        let mut statements = vec![read(stream_arn), write(environment)];
        statements.extend(failures(environment));
        statements.push(Statement::allow(
            "WriteLogs",
            // No `CreateLogGroup`: the group is a resource, so that its retention holds.
            vec!["logs:CreateLogStream", "logs:PutLogEvents"],
            vec![Reference::LogStreamsArn.into()],
        ));
        statements.extend(encrypt(environment));
        if let Some(key) = &environment.stream.kms_key_arn {
            let mut statement = Statement::allow("DecryptStream", vec!["kms:Decrypt"], vec![key.as_str().into()]);
            statement.conditions = vec![("StringEquals", "kms:ViaService", service_of_region("kinesis."))];
            statements.push(statement);
        }
        Self(statements)
    }

    /// Lambda may take the role. A condition on the function's ARN is not documented for execution roles.
    pub fn trust_of_role() -> Self {
        let mut statement = Statement::allow("LambdaTakesTheRole", vec!["sts:AssumeRole"], Vec::new());
        statement.principal = Some(Principal::Service("lambda.amazonaws.com"));
        Self(vec![statement])
    }

    /// Nobody may speak to a bucket without TLS.
    pub fn of_bucket(bucket: BucketId) -> Self {
        let arn = Text::from(Reference::BucketArn(bucket));
        let mut statement = Statement::allow("DenyInsecureTransport", vec!["s3:*"], vec![arn.clone(), arn.then("/*")]);
        statement.effect = Effect::Deny;
        statement.principal = Some(Principal::Anyone);
        statement.conditions = vec![("Bool", "aws:SecureTransport", "false".into())];
        Self(vec![statement])
    }
}

impl Statement {
    fn allow(sid: &'static str, actions: Vec<&'static str>, resources: Vec<Text>) -> Self {
        Self { sid, effect: Effect::Allow, principal: None, actions, resources, conditions: Vec::new() }
    }

    fn object(&self) -> Object {
        let effect = match self.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        };
        let principal = self.principal.map(|principal| match principal {
            Principal::Anyone => Value::from("*"),
            Principal::Service(service) => Object::new().with("Service", service).into(),
        });
        let resources = (!self.resources.is_empty()).then(|| self.resources.clone());
        Object::new()
            .with("Sid", self.sid)
            .with("Effect", effect)
            .with_some("Principal", principal)
            .with("Action", self.actions.clone())
            .with_some("Resource", resources)
            .with_some("Condition", self.condition())
    }

    /// Conditions, those of one operator together.
    fn condition(&self) -> Option<Object> {
        let mut operators: Vec<(&str, Object)> = Vec::new();
        for (operator, key, value) in &self.conditions {
            match operators.iter_mut().find(|(known, _)| known == operator) {
                Some((_, keys)) => *keys = std::mem::take(keys).with(*key, value.clone()),
                None => operators.push((operator, Object::new().with(*key, value.clone()))),
            }
        }
        let condition = operators.into_iter().fold(Object::new(), |all, (operator, keys)| all.with(operator, keys));
        (!self.conditions.is_empty()).then_some(condition)
    }
}

/// What Lambda's pollers do in the role's name. `ListStreams` is not among it, nor `SubscribeToShard` without enhanced
/// fan-out.
fn read(stream_arn: &Text) -> Statement {
    let actions = vec![
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
    ];
    Statement::allow("ReadStream", actions, vec![stream_arn.clone()])
}

/// Putting, under what every key begins with. Of two heads of which one begins with the other the shorter says all.
fn write(environment: &Environment) -> Statement {
    let delivery = &environment.delivery;
    let mut heads = vec![delivery.prefix.literal_head(), delivery.error_output_prefix.literal_head()];
    let mut elsewhere = None;
    if let Some(backup) = &delivery.backup {
        let head = backup.prefix.literal_head();
        if backup.bucket == delivery.bucket { heads.push(head) } else { elsewhere = Some((&backup.bucket, head)) }
    }
    let is_needed = |(index, head): (usize, &&str)| {
        let says_all = |(other, shorter): (usize, &&str)| {
            other != index && head.starts_with(*shorter) && (head != shorter || other < index)
        };
        !heads.iter().enumerate().any(|(other, shorter)| says_all((other, shorter)))
    };
    let needed = heads.iter().enumerate().filter(|(index, head)| is_needed((*index, *head)));
    let below = |arn: Text, head: &str| arn.then("/").then(escaped(head)).then("*");
    let own = needed.map(|(_, head)| below(data_bucket_arn(environment), head));
    let other = elsewhere.map(|(bucket, head)| below(bucket_arn(bucket), head));
    let tags = delivery.attributes.tags.as_ref().map(|_| "s3:PutObjectTagging");
    let actions = std::iter::once("s3:PutObject").chain(tags).collect();
    Statement::allow("PutObjects", actions, own.chain(other).collect())
}

/// Having S3 encrypt with the bucket's key and with the keys that puts ask for; often they are one.
///
/// Both, although a put that asks for a key does not need the bucket's: while a deployment changes from one to the other
/// the policy changes before the function does, or after it, and neither order may stop the delivery.
fn encrypt(environment: &Environment) -> Vec<Statement> {
    let delivery = &environment.delivery;
    let asked = delivery.attributes.sse_kms_key_arn.as_ref().map(KmsKeyArn::as_str);
    let bucket = environment.options.bucket_kms_key_arn.as_deref();
    let mut keys: Vec<&str> = Vec::new();
    let mut elsewhere = None;
    let of_backup =
        delivery.backup.as_ref().and_then(|backup| Some((backup, backup.sse_kms_key_arn.as_ref()?.as_str())));
    let beside = of_backup.and_then(|(backup, key)| {
        let is_elsewhere = backup.bucket != delivery.bucket;
        elsewhere = is_elsewhere.then_some((&backup.bucket, key));
        (!is_elsewhere).then_some(key)
    });
    for key in [bucket, asked, beside].into_iter().flatten() {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let statement = |sid, keys: &[&str], bucket| {
        let actions = vec!["kms:GenerateDataKey", "kms:Decrypt"];
        let mut statement = Statement::allow(sid, actions, keys.iter().copied().map(Text::from).collect());
        // With a bucket key the encryption context is the bucket, not the object.
        statement.conditions = vec![
            ("StringEquals", "kms:EncryptionContext:aws:s3:arn", bucket),
            ("StringEquals", "kms:ViaService", service_of_region("s3.")),
        ];
        statement
    };
    let own = (!keys.is_empty()).then(|| statement("EncryptObjects", &keys, data_bucket_arn(environment)));
    let backup = elsewhere.map(|(bucket, key)| statement("EncryptBackup", &[key], bucket_arn(bucket)));
    own.into_iter().chain(backup).collect()
}

/// What stands for something else in IAM's patterns, as itself.
fn escaped(head: &str) -> String {
    let escape = |c: char| match c {
        '*' | '?' | '$' => format!("${{{c}}}"),
        other => other.to_string(),
    };
    head.chars().map(escape).collect()
}

/// What Lambda does in the role's name with a batch that is given up. A bucket must be the account's own: one that was
/// deleted and made again by somebody else gets nothing.
fn failures(environment: &Environment) -> Vec<Statement> {
    let bucket = |arn: Text| {
        let own = vec![("StringEquals", "s3:ResourceAccount", Text::from(Reference::AccountId))];
        let put = Statement::allow("PutFailures", vec!["s3:PutObject"], vec![arn.clone().then("/*")]);
        let list = Statement::allow("ListFailures", vec!["s3:ListBucket"], vec![arn]);
        [put, list].map(|statement| Statement { conditions: own.clone(), ..statement }).to_vec()
    };
    match &environment.event_source_mapping.on_failure {
        OnFailure::FailureBucket(_) => bucket(Reference::BucketArn(BucketId::Failures).into()),
        OnFailure::Arn(arn) => match arn.split(':').nth(2) {
            Some("sqs") => vec![Statement::allow("SendFailures", vec!["sqs:SendMessage"], vec![arn.as_str().into()])],
            Some("sns") => vec![Statement::allow("PublishFailures", vec!["sns:Publish"], vec![arn.as_str().into()])],
            Some(_) | None => bucket(arn.as_str().into()),
        },
        OnFailure::Nowhere => Vec::new(),
    }
}

/// The bucket of the objects, the stack's own or one that is there already.
pub(super) fn data_bucket_arn(environment: &Environment) -> Text {
    if environment.options.existing_bucket {
        return bucket_arn(&environment.delivery.bucket);
    }
    Reference::BucketArn(BucketId::Data).into()
}

/// A bucket that is there already.
fn bucket_arn(bucket: &BucketName) -> Text {
    Text::from("arn:").then(Reference::Partition).then(format!(":s3:::{}", bucket.as_str()))
}

/// A service's name in `kms:ViaService`.
fn service_of_region(service: &str) -> Text {
    Text::from(service).then(Reference::Region).then(".").then(Reference::UrlSuffix)
}
