//! What the account has of what the environment asks for: quotas, and what is there already.

use penstock_stack::Environment;

use super::Finding;
use crate::aws::Aws;
use crate::error::Asked as _;
use crate::{artifact, mapping};

/// What must stay unreserved of an account's concurrency. Source: "Configuring reserved concurrency" of Lambda's guide.
const UNRESERVED_MIN: i32 = 100;

/// Looks.
pub async fn look(aws: &Aws, environment: &Environment) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |what, looked: anyhow::Result<Finding>| {
        findings.push(looked.unwrap_or_else(|error| Finding::unknown(what, &error)));
    };
    add("concurrency", concurrency(aws, environment).await);
    add("shards", shards(aws, environment).await);
    add("stream", stream(aws, environment).await);
    add("mappings", mappings(aws, environment).await);
    add("bucket for code", code(aws).await);
    findings
}

/// Each lane of each shard has one invocation at once.
async fn concurrency(aws: &Aws, environment: &Environment) -> anyhow::Result<Finding> {
    let what = "concurrency";
    let client = aws_sdk_lambda::Client::new(&aws.config);
    let settings = client.get_account_settings().send().await.asked("read Lambda's quotas")?;
    let Some(limit) = settings.account_limit() else { anyhow::bail!("Lambda told no quota") };
    let factor = environment.event_source_mapping.parallelization_factor;
    let needed = i64::from(environment.stream.shard_count) * i64::from(factor);
    let all = limit.concurrent_executions();
    let free = limit.unreserved_concurrent_executions().unwrap_or(all);
    let seen = format!("{free} of {all} are unreserved, {needed} are needed at once");
    let quota = "ask AWS for more: Service Quotas, Lambda, Concurrent executions";
    if let Some(reserved) = environment.function.reserved_concurrent_executions {
        let left = i64::from(free) - i64::from(reserved);
        if left < i64::from(UNRESERVED_MIN) {
            let seen = format!("{seen}; {reserved} are to be reserved, and {UNRESERVED_MIN} must stay unreserved");
            return Ok(Finding::missing(what, seen, quota));
        }
    }
    let is_enough = i64::from(free) >= needed;
    Ok(if is_enough { Finding::well(what, seen) } else { Finding::missing(what, seen, quota) })
}

async fn shards(aws: &Aws, environment: &Environment) -> anyhow::Result<Finding> {
    let client = aws_sdk_kinesis::Client::new(&aws.config);
    let limits = client.describe_limits().send().await.asked("read Kinesis's quotas")?;
    let (open, limit) = (limits.open_shard_count(), limits.shard_limit());
    let seen = format!("{open} of {limit} are open");
    let needed = i64::from(environment.stream.shard_count);
    // What the stream has already is among the open ones; then it needs no more.
    if environment.stream.arn.is_some() || i64::from(limit) - i64::from(open) >= needed {
        return Ok(Finding::well("shards", seen));
    }
    let fix = "where the stream is not deployed yet, ask AWS for more: Service Quotas, Kinesis, Shards per Region";
    Ok(Finding::note("shards", format!("{seen}, and the stream has {needed}"), fix))
}

/// What a stream that is there already is.
async fn stream(aws: &Aws, environment: &Environment) -> anyhow::Result<Finding> {
    let what = "stream";
    let Some(arn) = &environment.stream.arn else {
        return Ok(Finding::well(what, "belongs to the environment"));
    };
    let client = aws_sdk_kinesis::Client::new(&aws.config);
    let asked = client.describe_stream_summary().stream_arn(arn).send().await;
    let summary = asked.asked(format_args!("look at the stream {arn}"))?;
    let Some(summary) = summary.stream_description_summary() else { anyhow::bail!("Kinesis told nothing of {arn}") };
    let (hours, consumers) = (summary.retention_period_hours(), summary.consumer_count().unwrap_or(0));
    let seen = format!("{} open shards, {hours} h, {consumers} consumers with fan-out", summary.open_shard_count());
    if i64::from(hours) != i64::from(environment.stream.retention_period_hours) {
        let fix = format!("set stream.retention_period_hours to {hours}: the age limit of records follows from it");
        return Ok(Finding::missing(what, seen, fix));
    }
    let key = summary.key_id().filter(|key| !key.contains("alias/aws/kinesis"));
    if key.is_some() && environment.stream.kms_key_arn.is_none() {
        let fix = format!("set stream.kms_key_arn: the stream is encrypted with {}", key.unwrap_or_default());
        return Ok(Finding::missing(what, seen, fix));
    }
    Ok(Finding::well(what, seen))
}

/// Others that read the stream share its 2 MB a second of each shard.
async fn mappings(aws: &Aws, environment: &Environment) -> anyhow::Result<Finding> {
    let what = "mappings";
    let client = aws_sdk_lambda::Client::new(&aws.config);
    let function = &environment.function.function_name;
    let own = mapping::of_function(&client, function).await?.len();
    if let Some(arn) = &environment.stream.arn {
        let page = client.list_event_source_mappings().event_source_arn(arn).send().await;
        let page = page.asked(format_args!("list the event source mappings of {arn}"))?;
        let others = page.event_source_mappings().len().saturating_sub(own);
        if others > 0 {
            let fix = "each reader takes of the 2 MB a second of a shard; five reads a second are all there are";
            return Ok(Finding::note(what, format!("{others} others read this stream"), fix));
        }
    }
    Ok(Finding::well(what, format!("{own} of this function")))
}

async fn code(aws: &Aws) -> anyhow::Result<Finding> {
    let name = artifact::bucket_name(&aws.account);
    Ok(if artifact::is_there(aws).await? {
        Finding::well("bucket for code", name)
    } else {
        Finding::note("bucket for code", format!("{name} is not there"), "`cargo xtask deploy` makes it")
    })
}
