//! `cost`: what an environment costs a month, beside Firehose. The arithmetic is `penstock_stack::cost`, pure; here is what
//! the stream took, and how both are told.

use anyhow::{Context as _, bail};
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Datapoint, Dimension, Statistic};
use aws_sdk_kinesis::types::StreamDescriptionSummary;
use chrono::Utc;
use penstock_console::arguments::{CostArguments, Kms};
use penstock_console::environment_file::EnvironmentFile;
use penstock_console::exit::{self, Exit};
use penstock_console::screen;
use penstock_stack::Environment;
use penstock_stack::cost::{self, Asked, Cost, Encryption, Load, MONTH_SECONDS, Prices, Term};
use serde_json::{Value, json};

use crate::deployment::Deployment;
use crate::error::Asked as _;

/// How far back CloudWatch is asked.
const DAYS: i64 = 14;

/// Seconds that it sums up in one number: 336 of them, and one answer has 1,440. Source: `GetMetricStatistics`.
const PERIOD_SECONDS: i32 = 3_600;

/// Carries the command out.
pub async fn run(arguments: &CostArguments) -> anyhow::Result<Exit> {
    let prices = match &arguments.prices {
        None => Prices::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            Prices::with(&text).with_context(|| path.display().to_string())?
        }
    };
    let (environment, mut load) = match arguments.rate {
        Some(records_per_second) => {
            let file = EnvironmentFile::read(&arguments.target.environment)?;
            let environment =
                Environment::parse_with(&file.text, |path| file.read_beside(path)).with_context(|| file.shown())?;
            let shards = environment.stream.shard_count;
            let record_bytes = arguments.record_size;
            (environment, Load { records_per_second, record_bytes, shards, partitions: arguments.partitions })
        }
        None => Box::pin(measured(arguments)).await?,
    };
    load.shards = arguments.shards.unwrap_or(load.shards);
    let encryption = match arguments.kms {
        Kms::None => Encryption::S3,
        Kms::BucketKey => Encryption::BucketKey,
        Kms::EveryPut => Encryption::EveryPut,
    };
    let mut cost = Cost::of(&environment, &load, Asked { conversion: arguments.conversion, encryption }, &prices);
    if arguments.from_cloudwatch {
        cost.notes.push(
            "the size is a mean: Firehose rounds up each record, and where they differ it takes more or less than this"
                .to_owned(),
        );
    }
    if arguments.target.json {
        screen::result(told(&load, &cost, &prices));
    } else {
        show(arguments, &load, &cost, &prices);
    }
    Ok(exit::DONE)
}

/// The environment, and what its stream took.
async fn measured(arguments: &CostArguments) -> anyhow::Result<(Environment, Load)> {
    let deployment = Deployment::open(&arguments.target).await?;
    let name = &deployment.environment.stream.name;
    let kinesis = aws_sdk_kinesis::Client::new(&deployment.aws.config);
    let answer = kinesis.describe_stream_summary().stream_name(name).send().await;
    let answer = answer.asked(format_args!("look at the stream {name}"))?;
    let shards = answer.stream_description_summary().map_or(1, StreamDescriptionSummary::open_shard_count);
    let now = Utc::now().timestamp();
    let (records, bytes) =
        (sums(&deployment, "IncomingRecords", now).await?, sums(&deployment, "IncomingBytes", now).await?);
    let Some((records_per_second, record_bytes)) = rate(&records, &bytes, now) else {
        bail!("CloudWatch has no numbers of the stream {name} of the last {DAYS} days: pass --rate and --record-size");
    };
    let shards = u32::try_from(shards).unwrap_or(1).max(1);
    let load = Load { records_per_second, record_bytes, shards, partitions: arguments.partitions };
    Ok((*deployment.environment, load))
}

/// Records a second since the first that CloudWatch tells of, and the bytes of one; none where there were none.
fn rate(records: &[Datapoint], bytes: &[Datapoint], now: i64) -> Option<(f64, f64)> {
    let sum = |points: &[Datapoint]| points.iter().filter_map(Datapoint::sum).sum::<f64>();
    let begun = records.iter().filter_map(Datapoint::timestamp).map(DateTime::secs).min()?;
    let (count, bytes) = (sum(records), sum(bytes));
    #[expect(clippy::cast_precision_loss, reason = "seconds of two weeks")]
    let seconds = (now - begun).max(i64::from(PERIOD_SECONDS)) as f64;
    (count > 0.0 && bytes > 0.0).then(|| (count / seconds, bytes / count))
}

async fn sums(deployment: &Deployment, metric: &str, now: i64) -> anyhow::Result<Vec<Datapoint>> {
    let client = aws_sdk_cloudwatch::Client::new(&deployment.aws.config);
    let stream = &deployment.environment.stream.name;
    let request = client
        .get_metric_statistics()
        .namespace("AWS/Kinesis")
        .metric_name(metric)
        .dimensions(Dimension::builder().name("StreamName").value(stream).build())
        .start_time(DateTime::from_secs(now - DAYS * 86_400))
        .end_time(DateTime::from_secs(now))
        .period(PERIOD_SECONDS)
        .statistics(Statistic::Sum);
    let answer = request.send().await.asked(format_args!("read what the stream {stream} took"))?;
    Ok(answer.datapoints.unwrap_or_default())
}

fn show(arguments: &CostArguments, load: &Load, cost: &Cost, prices: &Prices) {
    let cut = &cost.cut;
    screen::result(format_args!(
        "load      {} records/s of {:.0} B, {} shards",
        figure(load.records_per_second),
        load.record_bytes,
        load.shards
    ));
    screen::result(format_args!(
        "batches   {} records, {:.2} MB, {} a second",
        figure(cut.records),
        cut.bytes / 1e6,
        figure(cut.invocations / MONTH_SECONDS)
    ));
    for (name, terms, more) in [
        ("this", &cost.ours, " a month"),
        ("Firehose", &cost.firehose, ""),
        ("stream", &cost.stream, ", which either reads"),
    ] {
        screen::result(format_args!("{name:<9} {}{more}", money(cost::dollars(terms))));
        if arguments.explain {
            for term in terms {
                screen::result(format_args!("  {:<22} {:>12}  {}", term.name, money(term.dollars), term.formula));
            }
        }
    }
    screen::result(format_args!("prices    of {}, {}; others: --prices FILE", prices.region, prices.date));
    cost.notes.iter().for_each(|note| screen::result(format_args!("note: {note}")));
}

/// Dollars, to the cent.
fn money(dollars: f64) -> String {
    let cents = format!("{dollars:.2}");
    match cents.split_once('.').and_then(|(whole, cents)| Some((whole.parse().ok()?, cents))) {
        Some((whole, cents)) => format!("${}.{cents}", screen::number(whole)),
        None => format!("${cents}"),
    }
}

/// A figure with as many digits as say something.
fn figure(number: f64) -> String {
    match number {
        small if small < 100.0 => format!("{small:.2}"),
        large => format!("{large:.0}").parse().map_or_else(|_| format!("{large:.0}"), screen::number),
    }
}

fn told(load: &Load, cost: &Cost, prices: &Prices) -> Value {
    let terms = |terms: &[Term]| {
        let one = |own: &Term| json!({"name": own.name, "dollars": own.dollars, "formula": own.formula});
        json!({"dollars": cost::dollars(terms), "terms": terms.iter().map(one).collect::<Vec<_>>()})
    };
    json!({
        "version": 1,
        "command": "cost",
        "records_per_second": load.records_per_second,
        "record_bytes": load.record_bytes,
        "shards": load.shards,
        "batch_records": cost.cut.records,
        "batch_bytes": cost.cut.bytes,
        "invocations_per_month": cost.cut.invocations,
        "this": terms(&cost.ours),
        "firehose": terms(&cost.firehose),
        "stream": terms(&cost.stream),
        "prices": {"date": prices.date, "region": prices.region},
        "notes": cost.notes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_since_the_first_hour_that_is_told() {
        let now = 1_000_000;
        let points = |told: &[(i64, f64)]| -> Vec<Datapoint> {
            let point = |(at, sum): &(i64, f64)| {
                Datapoint::builder().timestamp(DateTime::from_secs(now - at)).sum(*sum).build()
            };
            told.iter().map(point).collect()
        };
        for (name, records, bytes, expected) in [
            ("nothing", &[][..], &[][..], None),
            ("hours without a record", &[(7_200, 0.0)], &[(7_200, 0.0)], None),
            ("bytes are not told", &[(7_200, 5.0)], &[], None),
            ("two hours", &[(7_200, 36_000.0), (3_600, 36_000.0)], &[(7_200, 72e6), (3_600, 72e6)], Some((10.0, 2e3))),
            ("idle meanwhile", &[(36_000, 36_000.0)], &[(36_000, 36e6)], Some((1.0, 1e3))),
            ("the hour has just begun", &[(10, 3_600.0)], &[(10, 3_600.0)], Some((1.0, 1.0))),
        ] {
            assert_eq!(rate(&points(records), &points(bytes), now), expected, "{name}");
        }
    }

    #[test]
    fn figures_are_told_with_what_they_say() {
        for (number, told) in [(0.304, "0.30"), (12.0, "12.00"), (3_208.4, "3,208")] {
            assert_eq!(figure(number), told);
        }
        for (dollars, told) in [(0.0, "$0.00"), (5.178, "$5.18"), (17_344.99, "$17,344.99")] {
            assert_eq!(money(dollars), told);
        }
    }
}
