//! The calls of AWS's API that a scenario makes while its run goes on.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::events::{Event, Events};
use crate::kinesis::Kinesis;
use crate::mapping::driver::{Handle, Request};
use crate::scenario::timeline::{Call, Entry};

/// How much of the input the stream has taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct InputProgress {
    /// Records that were taken.
    pub(super) records: u64,
    /// Whether these are all.
    pub(super) complete: bool,
}

/// Events that also count the records of the input.
pub(super) fn counting(events: &Events) -> (Events, watch::Receiver<InputProgress>) {
    let (count, counted) = watch::channel(InputProgress::default());
    let onwards = events.clone();
    let counting = Events::to(move |event| {
        match &event {
            Event::RecordsPut { records } => {
                count.send_modify(|progress| progress.records += records.len() as u64);
            }
            Event::InputSent { .. } => count.send_modify(|progress| progress.complete = true),
            _ => {}
        }
        onwards.emit(event);
    });
    (counting, counted)
}

/// What carries calls out.
#[derive(Debug)]
pub(super) struct Player {
    pub(super) kinesis: Kinesis,
    pub(super) stream_name: String,
    pub(super) mapping: Handle,
    pub(super) clock: Clock,
    pub(super) events: Events,
    pub(super) input: watch::Receiver<InputProgress>,
    /// How many records may be sent by now: the input waits for each call, so that what comes after it does.
    pub(super) allow: watch::Sender<u64>,
}

impl Player {
    /// Makes all calls, each at its time. The answer is whether the mapping polls after the last one.
    pub(super) async fn play(mut self, entries: &[Entry], enabled: bool) -> bool {
        let mut polls = enabled;
        for (index, entry) in entries.iter().enumerate() {
            let next_stop = entries[index..].iter().find_map(|entry| entry.after_records);
            self.allow.send_replace(next_stop.unwrap_or(u64::MAX));
            let made = match self.time_has_come(entry).await {
                Ok(()) => self.call(&entry.call).await,
                Err(why) => Err(why),
            };
            if made.is_ok() {
                polls = match entry.call {
                    Call::SetEnabled(enabled) => enabled,
                    Call::DeleteEventSourceMapping => false,
                    Call::CreateEventSourceMapping => enabled,
                    Call::UpdateShardCount { .. } | Call::SplitShard { .. } | Call::MergeShards { .. } => polls,
                };
            }
            let (call, parameters) = (entry.call.name().to_owned(), entry.call.parameters());
            self.events.emit(Event::TimelineCall { call, parameters, error: made.err() });
        }
        self.allow.send_replace(u64::MAX);
        polls
    }

    async fn time_has_come(&mut self, entry: &Entry) -> Result<(), String> {
        if let Some(records) = entry.after_records {
            let come = self.input.wait_for(|input| input.records >= records || input.complete).await;
            let taken = come.map(|input| input.records).unwrap_or_default();
            if taken < records {
                return Err(format!("not made: the input ended after {taken} records, before record {records}"));
            }
        }
        let pause = Duration::from_secs_f64(entry.after_seconds);
        self.clock.sleep_until(self.clock.now() + pause).await;
        Ok(())
    }

    async fn call(&self, call: &Call) -> Result<(), String> {
        let (kinesis, stream) = (&self.kinesis, self.stream_name.as_str());
        let said = |error: &dyn std::error::Error| error.to_string();
        match call {
            Call::UpdateShardCount { target_shard_count } => {
                kinesis.update_shard_count(stream, *target_shard_count).await.map_err(|error| said(&error))
            }
            Call::SplitShard { shard_to_split, new_starting_hash_key } => {
                let split = kinesis.split_shard(stream, shard_to_split, new_starting_hash_key);
                split.await.map_err(|error| said(&error))
            }
            Call::MergeShards { shard_to_merge, adjacent_shard_to_merge } => {
                let merge = kinesis.merge_shards(stream, shard_to_merge, adjacent_shard_to_merge);
                merge.await.map_err(|error| said(&error))
            }
            Call::SetEnabled(enabled) => self.request(Request::SetEnabled(*enabled)).await,
            Call::DeleteEventSourceMapping => self.request(Request::Delete).await,
            Call::CreateEventSourceMapping => self.request(Request::Create).await,
        }
    }

    async fn request(&self, request: Request) -> Result<(), String> {
        self.mapping.request(request).await.map_err(|error| error.to_string())
    }
}
