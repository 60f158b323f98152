//! The event source mapping's end: what is on its way is delivered, and then nothing is begun any more. Deleting it
//! while it works would end invocations in the middle; they would be retried by nobody.

use std::time::{Duration, Instant};

use penstock_console::arguments::DestroyArguments;
use penstock_console::screen;

use crate::deployment::Deployment;
use crate::error::Asked as _;
use crate::pause::Pauses;
use crate::{error, iterator_age, mapping};

/// How long Lambda takes at most with one change of a mapping, as far as it was seen. One that takes no change after it
/// is an error; one that is still being disabled is deleted all the same.
const DISABLING: Duration = Duration::from_mins(5);

/// How far back batches are looked for, in seconds, beside two windows: CloudWatch is some minutes behind.
const OF_LATE_SECONDS: i64 = 300;

/// What the newest batch may be late beside its window: nothing waits.
const SLACK_MILLISECONDS: f64 = 10_000.0;

/// Waits until nothing is on its way, and disables the function's mappings. Where there is none, there is nothing to do.
pub async fn disable(deployment: &Deployment, arguments: &DestroyArguments) -> anyhow::Result<()> {
    let say = |line: std::fmt::Arguments<'_>| {
        if !arguments.target.json {
            screen::progress(line);
        }
    };
    let client = aws_sdk_lambda::Client::new(&deployment.aws.config);
    let function = &deployment.environment.function.function_name;
    let found = mapping::of_function(&client, function).await?;
    let is_on = |state: Option<&str>| state != Some("Disabled");
    if arguments.drain > 0 && found.iter().any(|mapping| mapping.state() == Some("Enabled")) {
        drain(deployment, Duration::from_secs(arguments.drain), &say).await;
    }
    for id in found.iter().filter(|mapping| is_on(mapping.state())).filter_map(|mapping| mapping.uuid()) {
        let (started, mut pauses) = (Instant::now(), Pauses::default());
        loop {
            match client.update_event_source_mapping().uuid(id).enabled(false).send().await {
                // One that is being changed takes no other change meanwhile: an earlier run may have asked already.
                Err(error)
                    if error::code(&error) == Some("ResourceInUseException") && started.elapsed() < DISABLING =>
                {
                    pauses.pause().await;
                }
                asked => break asked.asked(format_args!("disable the event source mapping {id}")).map(drop)?,
            }
        }
        say(format_args!(" disable  the event source mapping {id}"));
        loop {
            let now = client.get_event_source_mapping().uuid(id).send().await;
            let now = now.asked(format_args!("look at the event source mapping {id}"))?;
            if !is_on(now.state()) {
                break;
            }
            if started.elapsed() > DISABLING {
                say(format_args!(
                    " disable  it is still {}: deleting it all the same",
                    now.state().unwrap_or("unknown")
                ));
                break;
            }
            pauses.pause().await;
        }
    }
    Ok(())
}

/// Waits until the function is not behind, or `limit` is over. Who cannot be asked is not waited for.
async fn drain(deployment: &Deployment, limit: Duration, say: &impl Fn(std::fmt::Arguments<'_>)) {
    let window = deployment.environment.event_source_mapping.maximum_batching_window_in_seconds;
    // A batch that is being gathered shows only after its window.
    let of_late = OF_LATE_SECONDS + 2 * i64::from(window);
    let window = f64::from(window);
    let (started, mut pauses) = (Instant::now(), Pauses::default());
    let mut is_told = false;
    loop {
        match iterator_age::newest(deployment, of_late).await {
            Ok(Some(age)) if age > window * 1_000.0 + SLACK_MILLISECONDS => {
                if started.elapsed() >= limit {
                    say(format_args!(
                        " drain    still {:.0} s behind after {} s: going on",
                        age / 1_000.0,
                        limit.as_secs()
                    ));
                    return;
                }
                if !is_told {
                    say(format_args!(
                        " drain    the function is {:.0} s behind: waiting, {} s at most",
                        age / 1_000.0,
                        limit.as_secs()
                    ));
                    is_told = true;
                }
                pauses.pause().await;
            }
            Ok(Some(_)) => {
                say(format_args!(" drain    the function is not behind"));
                return;
            }
            Ok(None) => {
                say(format_args!(" drain    nothing was delivered in the last minutes: nothing is on its way"));
                return;
            }
            Err(why) => {
                say(format_args!(" drain    how far behind the function is, is not known: {why:#}"));
                return;
            }
        }
    }
}
