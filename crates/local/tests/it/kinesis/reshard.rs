//! A reshard as the AWS SDK for Rust sees it, while producers put and a reader follows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, ScalingType, Shard, ShardIteratorType};

use super::Server;
use super::sdk::client;

const PRODUCERS: usize = 3;
const ENTRIES: usize = 20;

/// Puts calls of records that are all different until it is told to stop; gives how many, and counts them.
async fn produce(client: Client, producer: usize, stopped: Arc<AtomicBool>, total: Arc<AtomicUsize>) -> usize {
    let mut count = 0;
    while !stopped.load(Ordering::Relaxed) {
        let entries = (count..count + ENTRIES).map(|nth| {
            let name = format!("{producer}-{nth}");
            PutRecordsRequestEntry::builder()
                .data(Blob::new(name.clone()))
                .partition_key(name)
                .build()
                .expect("complete")
        });
        let put = client.put_records().stream_name("s").set_records(Some(entries.collect())).send().await;
        assert_eq!(put.expect("taken").failed_record_count(), Some(0));
        count += ENTRIES;
        total.fetch_add(ENTRIES, Ordering::Relaxed);
    }
    count
}

/// A reader in the manner of AWS's own: a shard is read when its parents have been read to their ends.
struct Reader {
    client: Client,
    /// The next place in every shard that has begun and not ended.
    places: BTreeMap<String, String>,
    ended: BTreeSet<String>,
    read: Vec<String>,
    /// The last sequence number of every shard.
    last: BTreeMap<String, String>,
}

impl Reader {
    fn parents(shard: &Shard) -> impl Iterator<Item = &str> {
        [shard.parent_shard_id(), shard.adjacent_parent_shard_id()].into_iter().flatten()
    }

    /// Begins every shard whose parents have ended.
    async fn begin(&mut self) {
        let listed = self.client.list_shards().stream_name("s").send().await.expect("a list");
        for shard in listed.shards() {
            let shard_id = shard.shard_id().to_owned();
            let ready = Self::parents(shard).all(|parent| self.ended.contains(parent));
            if !ready || self.ended.contains(&shard_id) || self.places.contains_key(&shard_id) {
                continue;
            }
            let begin = self.client.get_shard_iterator().stream_name("s").shard_id(&shard_id);
            let begin = begin.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.expect("an iterator");
            self.places.insert(shard_id, begin.shard_iterator.expect("one"));
        }
    }

    /// Reads once in every shard.
    async fn read(&mut self) {
        for (shard_id, place) in std::mem::take(&mut self.places) {
            let answer = self.client.get_records().shard_iterator(place).limit(100).send().await.expect("records");
            for record in answer.records() {
                self.read.push(String::from_utf8(record.data().as_ref().to_vec()).expect("a name"));
                let number = record.sequence_number().to_owned();
                assert_eq!(number.len(), 56);
                let earlier = self.last.insert(shard_id.clone(), number.clone());
                assert!(earlier.is_none_or(|earlier| earlier < number), "{shard_id} is in order");
            }
            match answer.next_shard_iterator {
                Some(next) => {
                    assert!(answer.child_shards.is_none(), "{shard_id} goes on");
                    self.places.insert(shard_id, next);
                }
                None => self.end(&shard_id, answer.child_shards.unwrap_or_default()),
            }
        }
    }

    fn end(&mut self, shard_id: &str, children: Vec<aws_sdk_kinesis::types::ChildShard>) {
        assert!((1..=2).contains(&children.len()), "{shard_id} has children: {children:?}");
        for child in children {
            assert!(child.parent_shards().iter().any(|parent| parent == shard_id), "{child:?}");
            assert!(child.hash_key_range().is_some_and(|range| !range.ending_hash_key().is_empty()), "{child:?}");
        }
        assert!(self.ended.insert(shard_id.to_owned()), "{shard_id} ends once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_every_record_is_read_exactly_once() {
    let server = Server::of(8).await;
    let client = client(&server.endpoint);
    let (stopped, total) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let producers: Vec<_> = (0..PRODUCERS)
        .map(|producer| tokio::spawn(produce(client.clone(), producer, stopped.clone(), total.clone())))
        .collect();
    let scaling = {
        let (client, total) = (client.clone(), total.clone());
        tokio::spawn(async move {
            for target in [16, 8] {
                // Records lie before, between and behind the two.
                let goal = total.load(Ordering::Relaxed) + 300;
                while total.load(Ordering::Relaxed) < goal {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                let scale = client.update_shard_count().stream_name("s").target_shard_count(target);
                let answer = scale.scaling_type(ScalingType::UniformScaling).send().await.expect("scaled");
                assert_eq!(
                    (answer.current_shard_count(), answer.target_shard_count()),
                    (Some(24 - target), Some(target))
                );
            }
            let goal = total.load(Ordering::Relaxed) + 300;
            while total.load(Ordering::Relaxed) < goal {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            stopped.store(true, Ordering::Relaxed);
        })
    };
    let (places, ended, last) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
    let mut reader = Reader { client, places, ended, read: Vec::new(), last };
    let reading = async {
        while !scaling.is_finished() || producers.iter().any(|producer| !producer.is_finished()) {
            reader.begin().await;
            reader.read().await;
        }
        // Nobody puts any more: as soon as a round finds nothing new, all is read.
        loop {
            let before = (reader.read.len(), reader.ended.len());
            reader.begin().await;
            reader.read().await;
            if (reader.read.len(), reader.ended.len()) == before {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), reading).await.expect("in time");
    scaling.await.expect("no panic");
    let mut expected = Vec::new();
    for (producer, produced) in producers.into_iter().enumerate() {
        let count = produced.await.expect("no panic");
        expected.extend((0..count).map(|nth| format!("{producer}-{nth}")));
    }
    assert!(expected.len() >= 900, "{}", expected.len());
    assert_eq!((reader.ended.len(), reader.places.len()), (24, 8));
    reader.read.sort_unstable();
    expected.sort_unstable();
    assert!(reader.read == expected, "{} of {} records, each once", reader.read.len(), expected.len());
}

#[tokio::test]
async fn the_errors_of_a_reshard_are_the_sdks() {
    let server = Server::of(2).await;
    let client = client(&server.endpoint);
    let (first, second) = ("shardId-000000000000", "shardId-000000000001");
    let split =
        |at: u128| client.split_shard().stream_name("s").shard_to_split(first).new_starting_hash_key(at.to_string());
    split(1 << 126).send().await.expect("split");
    let closed = split(1 << 125).send().await.expect_err("it is closed").into_service_error();
    assert!(closed.is_invalid_argument_exception(), "{closed:?}");
    let merge = client.merge_shards().stream_name("s");
    let merged = merge.shard_to_merge(second).adjacent_shard_to_merge("shardId-000000000003").send().await;
    merged.expect("the upper may be named first");
    let listed = client.list_shards().stream_name("s").send().await.expect("a list");
    let child = listed.shards().last().expect("shards");
    let parents = (child.parent_shard_id(), child.adjacent_parent_shard_id());
    assert_eq!(parents, (Some(second), Some("shardId-000000000003")));
    let scale = |target| {
        let scale = client.update_shard_count().stream_name("s").target_shard_count(target);
        scale.scaling_type(ScalingType::UniformScaling).send()
    };
    let too_many = scale(5).await.expect_err("more than double").into_service_error();
    assert!(too_many.is_limit_exceeded_exception(), "{too_many:?}");
    assert_eq!(scale(4).await.expect("double").current_shard_count(), Some(2));
}
