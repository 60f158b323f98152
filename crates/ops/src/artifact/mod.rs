//! The bucket of the functions' code: one for an account and a region, in a stack of its own. What lies in it is named
//! by its hash, so that the same code is never uploaded twice and a rollback is a deployment of an earlier name.

use std::collections::BTreeMap;

use anyhow::bail;
use aws_sdk_s3::primitives::ByteStream;
use penstock_console::screen;

use crate::aws::{Account, Aws};
use crate::cloudformation::change_set::{ChangeSet, Wanted};
use crate::cloudformation::watch::{self, Ended, Operation};
use crate::cloudformation::{self, Standing};
use crate::code::{Code, CodeHash};
use crate::error::{self, Asked as _};
use crate::progress::Progress;

/// The stack that the bucket belongs to.
pub const STACK: &str = "penstock-artifacts";

/// Its template.
const TEMPLATE: &str = include_str!("template.yaml");

/// The bucket's name, which nobody else can guess the use of, and which says whose it is.
pub fn bucket_name(account: &Account) -> String {
    format!("penstock-artifacts-{}-{}", account.id, account.region)
}

/// The key of a stack's code.
pub fn key(stack: &str, hash: CodeHash) -> String {
    format!("{stack}/{}.zip", hash.hex())
}

/// Whether the bucket is there, and ours.
pub async fn is_there(aws: &Aws) -> anyhow::Result<bool> {
    let name = bucket_name(&aws.account);
    match aws.s3().head_bucket().bucket(&name).expected_bucket_owner(&aws.account.id).send().await {
        Ok(_) => Ok(true),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(aws_sdk_s3::operation::head_bucket::HeadBucketError::is_not_found) =>
        {
            Ok(false)
        }
        Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 403) => {
            bail!("the bucket {name} is somebody else's, or these credentials may not look at it")
        }
        Err(error) => bail!("cannot look for the bucket {name}: {}", error::text(&error)),
    }
}

/// Makes the bucket where it is missing, after saying so.
pub async fn ensure(aws: &Aws, role_arn: Option<&str>, is_quiet: bool) -> anyhow::Result<()> {
    if is_there(aws).await? {
        return Ok(());
    }
    let name = bucket_name(&aws.account);
    if !is_quiet {
        screen::progress(format_args!(" bucket   {name} is missing: making it, with the stack {STACK}"));
    }
    let client = aws_sdk_cloudformation::Client::new(&aws.config);
    if let Some(found) = cloudformation::describe(&client, STACK).await?
        && !matches!(Standing::of(&found.status), Standing::Absent | Standing::Settled)
    {
        bail!("the stack {STACK} is in {}: wait for it, or delete it, and deploy again", found.status);
    }
    let parameters = BTreeMap::from([("BucketName", name.clone())]);
    let tags = BTreeMap::from([("managed-by".to_owned(), "penstock".to_owned())]);
    let wanted = Wanted {
        stack: STACK,
        template: TEMPLATE,
        parameters: &parameters,
        tags: &tags,
        role_arn,
        adopts: false,
        reverts_drift: false,
    };
    let Some(changes) = ChangeSet::create(&client, wanted).await? else {
        bail!("the stack {STACK} says that it has the bucket {name}, which is not there: delete that stack");
    };
    let operation = changes.execute(&client).await?;
    match watch::until_rest(&client, &changes.stack_id, Some(&operation), &mut Progress::new(is_quiet)).await? {
        Ended::Resting { status, .. } if Standing::of(&status) == Standing::Settled => Ok(()),
        Ended::Resting { status, cause } => {
            let why = cause.map_or(status, |cause| cause.reason);
            bail!("the bucket {name} could not be made: {why}")
        }
        Ended::Detached => bail!("interrupted while the bucket {name} is made: deploy again"),
    }
}

/// What came of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// It was put.
    Done,
    /// It was there.
    AlreadyThere,
}

/// Puts the code under its name, unless it is there.
pub async fn upload(aws: &Aws, stack: &str, code: &Code) -> anyhow::Result<Upload> {
    let (bucket, key) = (bucket_name(&aws.account), key(stack, code.sha256));
    let request = aws.s3().put_object().bucket(&bucket).key(&key).if_none_match("*");
    let request = request.expected_bucket_owner(&aws.account.id).content_type("application/zip");
    match request.body(ByteStream::from(code.bytes.clone())).send().await {
        Ok(_) => Ok(Upload::Done),
        Err(error) if error::code(&error) == Some("PreconditionFailed") => Ok(Upload::AlreadyThere),
        Err(error) => bail!("cannot put s3://{bucket}/{key}: {}", error::text(&error)),
    }
}

/// The code of a stack whose hash begins with these digits, as it was uploaded earlier.
pub async fn find(aws: &Aws, stack: &str, digits: &str) -> anyhow::Result<CodeHash> {
    let digits = digits.to_ascii_lowercase();
    if digits.len() < 8 || digits.len() > 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("--rollback is {digits:?}: expected 8 to 64 hexadecimal digits of a SHA-256");
    }
    let there = hashes(aws, stack).await?;
    let fitting: Vec<_> = there.iter().filter(|hash| hash.hex().starts_with(&digits)).collect();
    match fitting[..] {
        [one] => Ok(*one),
        [] if there.is_empty() => bail!("no code of {stack} was uploaded yet"),
        [] => {
            let known: Vec<_> = there.iter().map(CodeHash::short).collect();
            bail!("no code of {stack} begins with {digits}; there are {}", known.join(", "))
        }
        _ => bail!("{} of {stack} begin with {digits}: give more digits", fitting.len()),
    }
}

/// The code of a stack that was uploaded, the newest first.
async fn hashes(aws: &Aws, stack: &str) -> anyhow::Result<Vec<CodeHash>> {
    if !is_there(aws).await? {
        return Ok(Vec::new());
    }
    let bucket = bucket_name(&aws.account);
    let mut found = Vec::new();
    let mut pages = aws.s3().list_objects_v2().bucket(&bucket).prefix(format!("{stack}/")).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.asked(format_args!("list s3://{bucket}/{stack}/"))?;
        for object in page.contents() {
            let name = object.key().and_then(|key| key.strip_prefix(stack)?.strip_prefix('/')?.strip_suffix(".zip"));
            found.extend(
                name.and_then(CodeHash::of_hex)
                    .map(|hash| (object.last_modified().map(aws_sdk_s3::primitives::DateTime::secs), hash)),
            );
        }
    }
    found.sort_by_key(|(at, hash)| (std::cmp::Reverse(*at), hash.hex()));
    Ok(found.into_iter().map(|(_, hash)| hash).collect())
}

/// Whether any code of a stack was uploaded.
pub async fn has_code(aws: &Aws, stack: &str) -> anyhow::Result<bool> {
    Ok(!hashes(aws, stack).await?.is_empty())
}

/// Removes a stack's code; where nothing else lies in the bucket, the bucket and its stack. Tells whether the bucket
/// went, too.
pub async fn remove(aws: &Aws, stack: &str) -> anyhow::Result<bool> {
    if !is_there(aws).await? {
        return Ok(true);
    }
    let bucket = bucket_name(&aws.account);
    let s3 = aws.s3();
    crate::bucket::empty(&s3, &bucket, Some(&format!("{stack}/")), |_| {}).await?;
    let left =
        s3.list_object_versions().bucket(&bucket).max_keys(1).send().await.asked(format_args!("list {bucket}"))?;
    if !left.versions().is_empty() || !left.delete_markers().is_empty() {
        return Ok(false);
    }
    let client = aws_sdk_cloudformation::Client::new(&aws.config);
    if let Some(found) = cloudformation::describe(&client, STACK).await? {
        let operation = Operation::on(Some(&found));
        let request = client.delete_stack().stack_name(&found.id).client_request_token(&operation.token);
        request.send().await.asked(format_args!("delete the stack {STACK}"))?;
        let ended = watch::until_rest(&client, &found.id, Some(&operation), &mut Progress::new(true)).await?;
        let gone = matches!(&ended, Ended::Resting { status, .. } if status == "DELETE_COMPLETE");
        if !gone {
            bail!("the stack {STACK} could not be deleted: {ended:?}");
        }
    }
    // Its template keeps the bucket.
    crate::bucket::delete(&s3, &bucket).await?;
    Ok(true)
}
