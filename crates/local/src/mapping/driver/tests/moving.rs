//! Where a mapping begins and goes on: starting positions, states, reshards, the end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;

#[tokio::test(start_paused = true)]
async fn starting_positions() {
    let world = World::new(1).await;
    world.put(&["old"]).await;
    world.pass(10 * SECOND).await;
    let between = world.clock.now().as_secs_f64();
    world.pass(10 * SECOND).await;
    world.put(&["newer"]).await;
    for (position, timestamp, expected) in [
        ("TRIM_HORIZON", None, vec!["old", "newer", "now"]),
        ("AT_TIMESTAMP", Some(between), vec!["newer", "now"]),
        ("LATEST", None, vec!["now"]),
    ] {
        let world = World {
            folder: tempfile::tempdir().unwrap(),
            events: Arc::default(),
            kinesis: world.kinesis.clone(),
            ..world
        };
        let changes = json!({ "StartingPosition": position, "StartingPositionTimestamp": timestamp });
        let running = world.map(changes, |_| DONE()).await;
        if position == "TRIM_HORIZON" {
            world.pass(SECOND).await;
            world.put(&["now"]).await;
        }
        world.pass(SECOND).await;
        if position == "LATEST" {
            assert_eq!(running.taken().len(), 0);
            world.put(&["now"]).await;
            world.pass(SECOND).await;
        }
        assert_eq!(running.taken().concat(), expected, "{position}");
        running.drain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_disabled_mapping_keeps_its_checkpoint_and_a_deleted_one_loses_it() {
    let world = World::new(2).await;
    world.put(&["1"]).await;
    let running = world.map(json!({}), |_| DONE()).await;
    world.pass(SECOND).await;
    running.handle.request(Request::SetEnabled(false)).await.unwrap();
    world.put(&["2"]).await;
    world.pass(3_600 * SECOND).await;
    assert_eq!(running.taken(), [["1"]], "nothing is polled");
    running.handle.request(Request::SetEnabled(true)).await.unwrap();
    world.pass(SECOND).await;
    assert_eq!(running.taken(), [["1"], ["2"]], "it goes on where it was");
    running.handle.request(Request::Delete).await.unwrap();
    assert_eq!(running.handle.request(Request::SetEnabled(true)).await, Err(RequestError::NotFound));
    world.pass(SECOND).await;
    running.handle.request(Request::Create).await.unwrap();
    assert_eq!(running.handle.request(Request::Create).await, Err(RequestError::Exists));
    world.pass(SECOND).await;
    assert_eq!(running.taken().concat(), ["1", "2", "1", "2"], "it begins anew");
    let states = world.events(|event| match event {
        Event::MappingState { state } => Some(state.clone()),
        _ => None,
    });
    assert_eq!(states, ["Enabled", "Disabling", "Disabled", "Enabled", "Deleting", "Deleted", "Enabled"]);
    assert_eq!(running.drain().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_that_is_created_disabled_keeps_its_starting_position() {
    let world = World::new(1).await;
    world.put(&["before"]).await;
    let running = world.map(json!({ "Enabled": false, "StartingPosition": "LATEST" }), |_| DONE()).await;
    world.put(&["after"]).await;
    world.pass(60 * SECOND).await;
    assert_eq!(running.taken().len(), 0);
    running.handle.request(Request::SetEnabled(true)).await.unwrap();
    world.pass(SECOND).await;
    assert_eq!(running.taken(), [["after"]]);
}

/// Splits, merges and a change of the count while records are put, with ten lanes a shard and a function that fails.
#[tokio::test(start_paused = true)]
async fn a_reshard_under_load_keeps_the_order_of_each_partition_key() {
    const KEYS: usize = 40;
    let world = World::new(2).await;
    let calls = Arc::new(Mutex::new(0));
    let script = move |_: &[String]| {
        let mut calls = calls.lock().unwrap();
        *calls += 1;
        if *calls % 7 == 0 { Said::Error } else { DONE() }
    };
    let running = world.map(json!({ "ParallelizationFactor": 10, "BatchSize": 5 }), script).await;
    let mut sent = 0;
    for round in 0..12 {
        for _ in 0..100 {
            world.put_with_key(&format!("key {}", sent % KEYS), &format!("{} {sent}", sent % KEYS)).await;
            sent += 1;
        }
        match round {
            2 => world.kinesis.update_shard_count("s", 4).await.unwrap(),
            4 => world.kinesis.merge_shards("s", "shardId-000000000003", "shardId-000000000002").await.unwrap(),
            6 => {
                let half = (u128::MAX / 8).to_string();
                let open = world.kinesis.list_shards("s").await.unwrap();
                let split = world.kinesis.split_shard("s", &open.last().unwrap().shard_id, &half).await;
                // Whether that key lies inside the newest shard depends on the merge; either way the load goes on.
                drop(split);
            }
            8 => world.kinesis.update_shard_count("s", 2).await.unwrap(),
            _ => {}
        }
        world.pass(SECOND / 20).await;
    }
    let taken = Arc::clone(&running.taken);
    world.pass(120 * SECOND).await;
    assert_eq!(running.progress.borrow().records_delivered, sent as u64);
    assert_eq!(running.drain().await, 0);

    let mut last: BTreeMap<String, usize> = BTreeMap::new();
    let delivered = world.events(|event| match event {
        Event::BatchDelivered { batch, .. } => Some(batch.records),
        _ => None,
    });
    assert_eq!(delivered.iter().sum::<u64>(), sent as u64);
    for (_, batch) in taken.lock().unwrap().iter() {
        for data in batch {
            let (key, number) = data.split_once(' ').unwrap();
            let number: usize = number.parse().unwrap();
            let before = last.insert(key.to_owned(), number);
            // A batch that failed comes again, but no other of its keys comes between.
            assert!(
                before.is_none_or(|before| number > before || number + 5 * KEYS > before),
                "{key}: {before:?}, {number}"
            );
        }
    }
    let ended = world.events(|event| match event {
        Event::ShardEnded { shard_id } => Some(shard_id.clone()),
        _ => None,
    });
    let started = world.events(|event| match event {
        Event::ShardStarted { shard_id, parent_shard_ids } => Some((shard_id.clone(), parent_shard_ids.clone())),
        _ => None,
    });
    assert!(started.len() >= 7 && ended.len() >= 5, "{started:?} {ended:?}");
    // Each parent ended before its child began.
    let log = world.events(|event| match event {
        Event::ShardEnded { shard_id } => Some(format!("ended {shard_id}")),
        Event::ShardStarted { shard_id, .. } => Some(format!("started {shard_id}")),
        _ => None,
    });
    let at = |what: &str, id: &str| log.iter().position(|line| *line == format!("{what} {id}"));
    for (shard_id, parents) in &started {
        for parent in parents {
            let ended = at("ended", parent);
            assert!(ended.is_some() && ended < at("started", shard_id), "{parent} before {shard_id}: {log:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_reads_closed_parents_first_from_the_beginning() {
    let world = World::new(1).await;
    world.put(&["1", "2"]).await;
    world.kinesis.update_shard_count("s", 2).await.unwrap();
    world.put(&["3"]).await;
    world.kinesis.update_shard_count("s", 1).await.unwrap();
    world.put(&["4"]).await;
    let running = world.map(json!({}), |_| DONE()).await;
    world.pass(10 * SECOND).await;
    assert_eq!(running.taken().concat(), ["1", "2", "3", "4"]);
    let latest = World { folder: tempfile::tempdir().unwrap(), events: Arc::default(), ..world };
    let running = latest.map(json!({ "StartingPosition": "LATEST" }), |_| DONE()).await;
    latest.pass(10 * SECOND).await;
    latest.put(&["5"]).await;
    latest.kinesis.update_shard_count("s", 2).await.unwrap();
    latest.put(&["6"]).await;
    latest.pass(10 * SECOND).await;
    assert_eq!(running.taken().concat(), ["5", "6"], "a child is read from its beginning");
}

#[tokio::test(start_paused = true)]
async fn draining_delivers_what_is_there_and_says_what_is_left() {
    let world = World::new(2).await;
    let running = world.map(json!({ "MaximumBatchingWindowInSeconds": 300 }), |_| DONE()).await;
    world.put(&["1", "2"]).await;
    world.pass(SECOND).await;
    assert_eq!(running.taken().len(), 0, "the window is open");
    let taken = Arc::clone(&running.taken);
    assert_eq!(running.drain().await, 0);
    assert_eq!(taken.lock().unwrap()[0].1, ["1", "2"]);
    let failing = world.map(json!({ "StartingPosition": "TRIM_HORIZON" }), |_| Said::Error).await;
    world.pass(SECOND).await;
    assert_eq!(failing.drain().await, 2, "ten seconds at most");
}

/// What the whole run waits for.
fn covers(running: &Running, sequence_number: &str) -> bool {
    let last = BTreeMap::from([("shardId-000000000000".to_owned(), sequence_number.to_owned())]);
    running.progress.borrow().covers(&last)
}

#[tokio::test(start_paused = true)]
async fn what_lies_before_the_place_of_a_mapping_is_not_waited_for() {
    let world = World::new(1).await;
    let running = world.map(json!({ "StartingPosition": "LATEST" }), |_| DONE()).await;
    world.put(&["1"]).await;
    world.pass(SECOND).await;
    let delivered = world.events(|event| match event {
        Event::BatchDelivered { batch, .. } => Some(batch.last_sequence_number.clone()),
        _ => None,
    });
    assert!(covers(&running, &delivered[0]));
    running.handle.request(Request::Delete).await.unwrap();
    assert!(!covers(&running, "99999999999999999999999999999999999999999999999999999999"));
    running.handle.request(Request::Create).await.unwrap();
    assert!(covers(&running, &delivered[0]), "it begins behind it");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_gone_ends_the_mapping_in_words() {
    for disabled in [false, true] {
        let world = World::new(1).await;
        let running = world.map(json!({}), |_| DONE()).await;
        world.pass(SECOND).await;
        if disabled {
            running.handle.request(Request::SetEnabled(false)).await.unwrap();
        }
        assert_eq!(put(&world.kinesis, "DeleteStream", json!({ "StreamName": "s" })).await.0, 200);
        world.pass(SECOND).await;
        if disabled {
            assert_eq!(running.handle.request(Request::SetEnabled(true)).await, Ok(()));
        }
        world.pass(SECOND).await;
        let fatal = running.progress.borrow().fatal.clone().expect("it is told");
        assert!(fatal.contains("ResourceNotFoundException"), "{fatal}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_is_near_however_the_mapping_was_told_before() {
    for request in [None, Some(Request::SetEnabled(false)), Some(Request::Delete)] {
        let world = World::new(1).await;
        world.put(&["1", "2"]).await;
        let running = world.map(json!({}), |_| Said::Nothing).await;
        world.pass(SECOND).await;
        let handle = running.handle.clone();
        let asked = tokio::spawn(async move {
            match request {
                Some(request) => handle.request(request).await,
                None => Ok(()),
            }
        });
        world.pass(SECOND).await;
        let began = world.clock.now();
        let progress = running.progress.clone();
        let late = running.handle.clone();
        assert_eq!(running.drain().await, 2, "{request:?}: what is cut off is left");
        assert!(world.clock.now() <= began + 11 * SECOND, "{request:?}");
        assert_eq!(late.request(Request::SetEnabled(true)).await, Err(RequestError::Ended));
        drop(asked.await);
        let metrics = progress.borrow().metrics;
        assert_eq!((metrics.invocations, metrics.invoked_event_count), (1, 2), "{request:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_disabled_mapping_has_read_is_left_at_the_end() {
    let world = World::new(1).await;
    world.put(&["1", "2", "3"]).await;
    let running = world.map(json!({}), |_| Said::Error).await;
    world.pass(SECOND).await;
    running.handle.request(Request::SetEnabled(false)).await.unwrap();
    world.put(&["4"]).await;
    assert_eq!(running.drain().await, 4, "and what it has not");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_even_read_is_left_at_the_end() {
    let world = World::new(1).await;
    let running = world.map(json!({ "BatchSize": 1 }), |_| Said::Error).await;
    world.put(&["1", "2", "3"]).await;
    world.kinesis.update_shard_count("s", 2).await.unwrap();
    world.put(&["4", "5"]).await;
    world.pass(SECOND).await;
    assert_eq!(running.drain().await, 5, "children that never began included");
}
