//! What happens to a stack, event by event, until it has come to rest.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::StackEvent;
use penstock_console::screen;

use super::cause::{Cause, Failure};
use super::{Deployed, Standing, describe};
use crate::error::Asked as _;
use crate::pause::Pauses;
use crate::progress::{Progress, Step, Verb};

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The stack rests.
    Resting {
        /// `StackStatus`; `DELETE_COMPLETE` also where nothing is left.
        status: String,
        /// The first failure.
        cause: Option<Cause>,
    },
    /// Whoever watched stopped watching; what was begun goes on.
    Detached,
}

/// The answer's pages that are read at most: a stack of ours has some hundred events in its life.
const PAGES_MAX: usize = 20;

/// Something that was begun: how its events are told from others, and what the stack was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// `ClientRequestToken`.
    pub token: String,
    /// Status and last change before it was begun; none where there was no stack.
    before: Option<(String, Option<i64>)>,
}

impl Operation {
    /// A new one, on a stack as it is.
    pub fn on(stack: Option<&Deployed>) -> Self {
        let before = stack.map(|stack| (stack.status.clone(), stack.changed_at));
        Self { token: format!("penstock-{:016x}", fastrand::u64(..)), before }
    }

    /// Whether the stack is another than it was before.
    fn has_changed(&self, now: Option<&Deployed>) -> bool {
        match (&self.before, now) {
            (Some((status, changed_at)), Some(now)) => {
                *status != now.status || changed_at.is_some_and(|at| now.changed_at != Some(at))
            }
            (before, now) => before.is_some() != now.is_some(),
        }
    }
}

/// How long a stack may look as it was before something was begun: the answer to a beginning comes before its effect.
const LAG: Duration = Duration::from_secs(15);

/// How long a creation that failed may look so, before its rest is deleted, which was asked for with it.
const CLEARING: Duration = Duration::from_secs(15);

/// Watches until the stack rests, or until Ctrl-C. `operation` is what was begun; none to watch what somebody else
/// began.
pub async fn until_rest(
    client: &Client,
    stack: &str,
    operation: Option<&Operation>,
    progress: &mut Progress,
) -> anyhow::Result<Ended> {
    let token = operation.map(|operation| operation.token.as_str());
    let watching = async {
        let mut seen = Seen::default();
        let mut pauses = Pauses::default();
        let started = Instant::now();
        let mut failed_at = None;
        let mut has_begun = operation.is_none();
        loop {
            // Asked first, so that the events that are read after it are all of what it has come to.
            let now = describe(client, stack).await?;
            let status = now.as_ref().map_or("DELETE_COMPLETE", |stack| stack.status.as_str()).to_owned();
            let happened = match &now {
                Some(found) => seen.read(client, &found.id, token, progress).await?,
                None => false,
            };
            has_begun |= seen.has_begun || operation.is_some_and(|operation| operation.has_changed(now.as_ref()));
            let is_clearing = status == "CREATE_FAILED"
                && failed_at.get_or_insert_with(Instant::now).elapsed() < CLEARING
                && operation.is_some();
            let rests = !matches!(Standing::of(&status), Standing::InProgress) && !is_clearing;
            if rests && (has_begun || started.elapsed() > LAG) {
                progress.finish();
                return Ok(Ended::Resting { status, cause: Cause::of(&seen.failures) });
            }
            if happened {
                pauses.reset();
            } else {
                progress.beat();
            }
            pauses.pause().await;
        }
    };
    tokio::select! {
        ended = watching => ended,
        interrupt = tokio::signal::ctrl_c() => {
            if interrupt.is_err() {
                screen::progress("Ctrl-C cannot be watched for");
            }
            Ok(Ended::Detached)
        }
    }
}

/// Says what is happening to a stack that somebody else, or an earlier run, began, and watches it.
pub async fn attach(client: &Client, found: &Deployed, is_quiet: bool) -> anyhow::Result<Ended> {
    if !is_quiet {
        screen::progress(format_args!(" attach   the stack is in {}: watching", found.status));
    }
    until_rest(client, &found.id, None, &mut Progress::new(is_quiet)).await
}

/// The events that were told.
#[derive(Debug, Default)]
struct Seen {
    ids: HashSet<String>,
    failures: Vec<Failure>,
    /// Whether there was an event of what was begun.
    has_begun: bool,
}

impl Seen {
    /// Reads what is new; tells whether anything was.
    async fn read(
        &mut self,
        client: &Client,
        id: &str,
        token: Option<&str>,
        progress: &mut Progress,
    ) -> anyhow::Result<bool> {
        // Newest first, page by page, until one that is known.
        let mut news = Vec::new();
        let mut next = None;
        for _ in 0..PAGES_MAX {
            let request = client.describe_stack_events().stack_name(id).set_next_token(next);
            let page = request.send().await.asked(format_args!("read the events of the stack {id}"))?;
            let events = page.stack_events();
            let is_known = |event: &&StackEvent| event.event_id().is_some_and(|id| self.ids.contains(id));
            let fresh = events.iter().take_while(|event| !is_known(event)).count();
            news.extend(events[..fresh].iter().cloned());
            next = page.next_token().map(str::to_owned);
            if fresh < events.len() || next.is_none() || news.iter().any(|event| begins(event, token)) {
                break;
            }
        }
        // What happened before this began is no news.
        if let Some(begin) = news.iter().position(|event| begins(event, token)) {
            for event in news.drain(begin + 1..) {
                self.ids.extend(event.event_id().map(str::to_owned));
            }
        }
        let happened = !news.is_empty();
        for event in news.into_iter().rev() {
            self.ids.extend(event.event_id().map(str::to_owned));
            self.has_begun |= token.is_some() && event.client_request_token() == token;
            if token.is_none_or(|token| event.client_request_token().is_none_or(|own| own == token)) {
                self.tell(&event, progress);
            }
        }
        Ok(happened)
    }

    fn tell(&mut self, event: &StackEvent, progress: &mut Progress) {
        let (Some(name), Some(kind)) = (event.logical_resource_id(), event.resource_type()) else { return };
        let status = event.resource_status().map(|status| status.as_str().to_owned()).unwrap_or_default();
        let reason = event.resource_status_reason();
        let Some(step) = step_of(&status) else { return };
        if matches!(step, Step::Failed(_)) {
            let reason = reason.unwrap_or(&status).to_owned();
            self.failures.push(Failure { resource: name.to_owned(), kind: kind.to_owned(), reason });
        }
        if kind != "AWS::CloudFormation::Stack" {
            progress.resource(name, kind, step, reason);
        }
    }
}

/// Whether an event is the one that an operation begins with.
fn begins(event: &StackEvent, token: Option<&str>) -> bool {
    let status = event.resource_status().map(|status| status.as_str().to_owned()).unwrap_or_default();
    let is_stack = event.resource_type() == Some("AWS::CloudFormation::Stack");
    let is_begin = matches!(
        status.as_str(),
        "CREATE_IN_PROGRESS"
            | "UPDATE_IN_PROGRESS"
            | "DELETE_IN_PROGRESS"
            | "IMPORT_IN_PROGRESS"
            | "REVIEW_IN_PROGRESS"
    );
    is_stack && is_begin && token.is_none_or(|token| event.client_request_token().is_some_and(|own| own == token))
}

/// What a resource's status says of it. Source: "Resource status codes" of the user guide.
fn step_of(status: &str) -> Option<Step> {
    // While an update is taken back, a resource that is changed is changed to what it was.
    let status = status.strip_prefix("ROLLBACK_").or(status.strip_prefix("UPDATE_ROLLBACK_")).unwrap_or(status);
    let (verb, rest) = if let Some(rest) = status.strip_prefix("CREATE_") {
        (Verb::Create, rest)
    } else if let Some(rest) = status.strip_prefix("UPDATE_") {
        (Verb::Update, rest)
    } else if let Some(rest) = status.strip_prefix("DELETE_") {
        (Verb::Delete, rest)
    } else if let Some(rest) = status.strip_prefix("IMPORT_") {
        (Verb::Import, rest)
    } else {
        return None;
    };
    match rest {
        "IN_PROGRESS" => Some(Step::Started(verb)),
        "COMPLETE" => Some(Step::Done(verb)),
        "FAILED" => Some(Step::Failed(verb)),
        "SKIPPED" => Some(Step::Kept),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_a_step() {
        for (status, step) in [
            ("CREATE_IN_PROGRESS", Some(Step::Started(Verb::Create))),
            ("CREATE_COMPLETE", Some(Step::Done(Verb::Create))),
            ("CREATE_FAILED", Some(Step::Failed(Verb::Create))),
            ("UPDATE_FAILED", Some(Step::Failed(Verb::Update))),
            ("UPDATE_ROLLBACK_IN_PROGRESS", None),
            ("DELETE_SKIPPED", Some(Step::Kept)),
            ("IMPORT_COMPLETE", Some(Step::Done(Verb::Import))),
            ("DELETE_COMPLETE", Some(Step::Done(Verb::Delete))),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None),
        ] {
            assert_eq!(step_of(status), step, "{status}");
        }
    }
}
