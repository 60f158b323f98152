//! `logs`: what the function says, as lines. It says JSON; what a person reads is the time, the level, the message and
//! what goes with it.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context as _, bail};
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use penstock_console::arguments::LogsArguments;
use penstock_console::exit::{self, Exit};
use penstock_console::screen;
use serde_json::Value;

use crate::deployment::Deployment;
use crate::error::{self, Asked as _};

/// Between two questions for what is new. Source: `FilterLogEvents` allows 5 to 10 a second for a whole account.
const PAUSE: Duration = Duration::from_secs(2);

/// How far back `--follow` looks again, in milliseconds: lines come late, and not in the order of their times.
const LATE_MILLISECONDS: i64 = 60_000;

/// Carries the command out.
pub async fn run(arguments: &LogsArguments) -> anyhow::Result<Exit> {
    let since = seconds(&arguments.since)?;
    let deployment = Deployment::open(&arguments.target).await?;
    let group = deployment.stack.log_group.name.clone();
    let client = Client::new(&deployment.aws.config);
    let now = || chrono::Utc::now().timestamp_millis();
    let mut from = now() - since * 1_000;
    let mut seen = HashSet::new();
    loop {
        let begun = now();
        let Some(read) = page_through(&client, &group, from, arguments, &seen).await? else {
            screen::progress(format_args!("there is no log group {group}: is the environment deployed?"));
            return Ok(exit::FAILED);
        };
        // What was read before this window does not come again.
        seen = read;
        if !arguments.follow {
            return Ok(exit::DONE);
        }
        from = begun - LATE_MILLISECONDS;
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            interrupted = tokio::signal::ctrl_c() => {
                interrupted.context("cannot wait for Ctrl-C")?;
                return Ok(exit::DONE);
            }
        }
    }
}

/// Prints what was not printed yet, and returns the ids of all that was read; none where there is no such group.
async fn page_through(
    client: &Client,
    group: &str,
    from: i64,
    arguments: &LogsArguments,
    seen: &HashSet<String>,
) -> anyhow::Result<Option<HashSet<String>>> {
    let mut read = HashSet::new();
    let mut pages = client.filter_log_events().log_group_name(group).start_time(from).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = match page {
            Err(error) if error::code(&error) == Some("ResourceNotFoundException") => return Ok(None),
            page => page.asked(format_args!("read the log group {group}"))?,
        };
        for event in page.events() {
            let is_new = event.event_id().is_none_or(|id| read.insert(id.to_owned()) && !seen.contains(id));
            let text = event.message().unwrap_or_default();
            if is_new && arguments.grep.as_deref().is_none_or(|wanted| text.contains(wanted)) {
                screen::result(if arguments.target.json { as_json(event) } else { line(event) });
            }
        }
    }
    Ok(Some(read))
}

/// A number and `s`, `m`, `h` or `d`, in seconds.
fn seconds(text: &str) -> anyhow::Result<i64> {
    let unit = |unit: char| match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3_600),
        'd' => Some(86_400),
        _ => None,
    };
    let parsed = text.char_indices().next_back().and_then(|(place, last)| {
        let number: i64 = text[..place].parse().ok().filter(|number| *number > 0)?;
        number.checked_mul(unit(last)?)
    });
    match parsed {
        Some(seconds) if seconds <= 3_650 * 86_400 => Ok(seconds),
        _ => bail!("--since is {text:?}: expected a number and s, m, h or d, such as 10m, of ten years at most"),
    }
}

/// `--since` as a time: seconds since 1970.
pub fn since(text: &str) -> anyhow::Result<i64> {
    Ok(chrono::Utc::now().timestamp() - seconds(text)?)
}

fn time(milliseconds: i64) -> String {
    let at = chrono::DateTime::from_timestamp_millis(milliseconds);
    at.map_or_else(|| milliseconds.to_string(), |at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

fn as_json(event: &FilteredLogEvent) -> String {
    let text = event.message().unwrap_or_default().trim_end();
    let said = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    serde_json::json!({
        "version": 1,
        "time": time(event.timestamp().unwrap_or_default()),
        "stream": event.log_stream_name(),
        "said": said,
    })
    .to_string()
}

/// Names of what has its own place in a line.
const LEVELS: [&str; 2] = ["level", "levelname"];
const MESSAGES: [&str; 2] = ["message", "msg"];
const TIMES: [&str; 3] = ["timestamp", "time", "_aws"];

fn line(event: &FilteredLogEvent) -> String {
    let text = event.message().unwrap_or_default().trim_end();
    let at = time(event.timestamp().unwrap_or_default());
    let Ok(Value::Object(said)) = serde_json::from_str::<Value>(text) else { return format!("{at}  {text}") };
    let first = |names: &[&str]| names.iter().find_map(|name| said.get(*name)).map(plain).unwrap_or_default();
    let rest = said.iter().filter(|(name, _)| {
        let name = name.as_str();
        !LEVELS.contains(&name) && !MESSAGES.contains(&name) && !TIMES.contains(&name)
    });
    let rest: Vec<String> = rest.map(|(name, value)| format!("{name}={}", plain(value))).collect();
    format!("{at}  {:<5}  {}  {}", first(&LEVELS), first(&MESSAGES), rest.join(" ")).trim_end().to_owned()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for (text, expected) in [
            ("30s", Some(30)),
            ("10m", Some(600)),
            ("2h", Some(7_200)),
            ("7d", Some(604_800)),
            ("", None),
            ("10", None),
            ("m", None),
            ("-1m", None),
            ("0s", None),
            ("10µ", None),
            ("99999999999999999d", None),
        ] {
            assert_eq!(seconds(text).ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_was_said_as_json_is_read_as_a_line() {
        let event = |text: &str| FilteredLogEvent::builder().timestamp(1_795_464_000_500).message(text).build();
        for (text, expected) in [
            ("plain text\n", "2026-11-23T20:00:00.500Z  plain text"),
            (
                r#"{"timestamp":"x","level":"INFO","message":"delivered","records":3,"key":"a/b"}"#,
                "2026-11-23T20:00:00.500Z  INFO   delivered  key=a/b records=3",
            ),
            (r#"{"level":"ERROR","message":"no"}"#, "2026-11-23T20:00:00.500Z  ERROR  no"),
        ] {
            assert_eq!(line(&event(text)), expected);
        }
        let told: Value = serde_json::from_str(&as_json(&event(r#"{"a":1}"#))).unwrap();
        assert_eq!((&told["said"]["a"], &told["time"]), (&Value::from(1), &Value::from("2026-11-23T20:00:00.500Z")));
    }
}
