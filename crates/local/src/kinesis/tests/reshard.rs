//! Splits, merges and scaling, and what a reader sees of them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const FIRST: &str = "shardId-000000000000";
const SECOND: &str = "shardId-000000000001";

fn id(number: usize) -> String {
    format!("shardId-{number:012}")
}

/// Puts one record into each open shard, by its first hash key, and gives the numbers by shard.
async fn put_into_each(kinesis: &Kinesis) -> BTreeMap<String, String> {
    let stream = kinesis.store.get_stream("s").await.unwrap();
    let mut numbers = BTreeMap::new();
    for shard in stream.shards.iter().filter(|shard| shard.sequence_number_range.ending_sequence_number.is_none()) {
        let key = &shard.hash_key_range.starting_hash_key;
        let request = json!({ "StreamName": "s", "Data": "", "PartitionKey": "k", "ExplicitHashKey": key });
        let (status, answer) = put(kinesis, "PutRecord", request).await;
        assert_eq!((status, answer["ShardId"].as_str()), (200, Some(shard.shard_id.as_str())), "{answer}");
        numbers.insert(shard.shard_id.clone(), answer["SequenceNumber"].as_str().unwrap().to_owned());
    }
    numbers
}

/// First and last hash keys of the open shards, in order.
async fn open_ranges(kinesis: &Kinesis) -> Vec<(u128, u128)> {
    let stream = kinesis.store.get_stream("s").await.unwrap();
    let open = stream.shards.iter().filter(|shard| shard.sequence_number_range.ending_sequence_number.is_none());
    let ranges: BTreeSet<_> =
        open.map(|shard| (shard.hash_key_range.start_u128(), shard.hash_key_range.end_u128())).collect();
    ranges.into_iter().collect()
}

fn refusal(result: Result<(), KinesisError>) -> (String, String) {
    match result.expect_err("it is refused") {
        KinesisError::Refused { error_type, message, .. } => (error_type, message),
        other @ KinesisError::NotActive { .. } => panic!("{other}"),
    }
}

#[tokio::test]
async fn eight_become_sixteen_and_eight_again_with_their_parents() {
    let kinesis = stream(8).await;
    kinesis.update_shard_count("s", 16).await.unwrap();
    let shards = kinesis.list_shards("s").await.unwrap();
    assert_eq!(shards.len(), 24, "8 splits and nothing else");
    for (number, shard) in shards.iter().enumerate() {
        assert_eq!((&shard.shard_id, shard.closed), (&id(number), number < 8));
        let parents = if number < 8 { vec![] } else { vec![id((number - 8) / 2)] };
        assert_eq!(shard.parent_shard_ids, parents, "{}", shard.shard_id);
    }
    kinesis.update_shard_count("s", 8).await.unwrap();
    let shards = kinesis.list_shards("s").await.unwrap();
    assert_eq!(shards.len(), 32, "8 merges and nothing else");
    for (nth, shard) in shards[24..].iter().enumerate() {
        assert_eq!(shard.parent_shard_ids, [id(8 + 2 * nth), id(9 + 2 * nth)], "{}", shard.shard_id);
        assert!(!shard.closed);
    }
    let eighth = 1_u128 << 125;
    let ranges: Vec<_> = (0..8).map(|index| (index * eighth, index * eighth + (eighth - 1))).collect();
    assert_eq!(open_ranges(&kinesis).await, ranges);
}

#[tokio::test]
async fn the_answer_says_what_was_and_what_will_be() {
    let kinesis = stream(4).await;
    let request = json!({ "StreamName": "s", "TargetShardCount": 3, "ScalingType": "UNIFORM_SCALING" });
    let (status, answer) = put(&kinesis, "UpdateShardCount", request).await;
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    let expected = json!({ "StreamName": "s", "CurrentShardCount": 4, "TargetShardCount": 3, "StreamARN": arn });
    assert_eq!((status, answer), (200, expected));
    let (_, answer) = put(&kinesis, "DescribeStreamSummary", json!({ "StreamARN": arn })).await;
    let summary = &answer["StreamDescriptionSummary"];
    assert_eq!((summary["StreamStatus"].as_str(), summary["OpenShardCount"].as_u64()), (Some("ACTIVE"), Some(3)));
    for (name, target, scaling, error) in [
        ("more than double", 7, "UNIFORM_SCALING", "LimitExceededException"),
        ("less than half", 1, "UNIFORM_SCALING", "LimitExceededException"),
        ("the same", 3, "UNIFORM_SCALING", "InvalidArgumentException"),
        ("none", 0, "UNIFORM_SCALING", "ValidationException"),
        ("another type", 4, "OTHER", "ValidationException"),
    ] {
        let request = json!({ "StreamName": "s", "TargetShardCount": target, "ScalingType": scaling });
        let (status, answer) = put(&kinesis, "UpdateShardCount", request).await;
        assert_eq!((status, answer["__type"].as_str()), (400, Some(error)), "{name}: {answer}");
    }
    let (_, message) = refusal(kinesis.update_shard_count("s", 7).await);
    assert_eq!(
        message,
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 3, Target \
         shard count: 7"
    );
    assert_eq!(refusal(kinesis.update_shard_count("t", 7).await).0, "ResourceNotFoundException");
    assert_eq!(kinesis.list_shards("s").await.unwrap().iter().filter(|shard| !shard.closed).count(), 3);
}

#[tokio::test]
async fn shards_are_split_and_merged_as_asked() {
    let kinesis = stream(2).await;
    let quarter = (1_u128 << 126).to_string();
    kinesis.split_shard("s", FIRST, &quarter).await.unwrap();
    let shards = kinesis.list_shards("s").await.unwrap();
    assert_eq!(shards[0], Shard { shard_id: id(0), parent_shard_ids: vec![], closed: true });
    for number in [2, 3] {
        assert_eq!(shards[number], Shard { shard_id: id(number), parent_shard_ids: vec![id(0)], closed: false });
    }
    let inside = (1_u128 << 125).to_string();
    for (name, result, error) in [
        ("a closed shard", kinesis.split_shard("s", FIRST, &inside).await, "InvalidArgumentException"),
        ("no shard", kinesis.split_shard("s", &id(9), &inside).await, "ResourceNotFoundException"),
        ("no stream", kinesis.split_shard("t", FIRST, &inside).await, "ResourceNotFoundException"),
        ("outside of it", kinesis.split_shard("s", &id(3), &inside).await, "InvalidArgumentException"),
        ("at its begin", kinesis.split_shard("s", &id(3), &quarter).await, "InvalidArgumentException"),
        ("no hash key", kinesis.split_shard("s", &id(3), "x").await, "ValidationException"),
        ("above all keys", kinesis.split_shard("s", SECOND, &"9".repeat(39)).await, "InvalidArgumentException"),
        ("no neighbours", kinesis.merge_shards("s", &id(2), SECOND).await, "InvalidArgumentException"),
        ("itself", kinesis.merge_shards("s", &id(2), &id(2)).await, "InvalidArgumentException"),
        ("one closed", kinesis.merge_shards("s", FIRST, SECOND).await, "InvalidArgumentException"),
        ("the other closed", kinesis.merge_shards("s", SECOND, FIRST).await, "InvalidArgumentException"),
        ("not there", kinesis.merge_shards("s", SECOND, &id(9)).await, "ResourceNotFoundException"),
    ] {
        assert_eq!(refusal(result).0, error, "{name}");
    }
    let (_, message) = refusal(kinesis.split_shard("s", FIRST, &inside).await);
    assert_eq!(
        message,
        "Shard shardId-000000000000 in stream s under account 000000000000 has already been merged or split, and thus is \
         not eligible for merging or splitting."
    );
    // The upper first: either order is one.
    kinesis.merge_shards("s", SECOND, &id(3)).await.unwrap();
    kinesis.merge_shards("s", &id(2), &id(4)).await.unwrap();
    let shards = kinesis.list_shards("s").await.unwrap();
    assert_eq!(shards[4].parent_shard_ids, [id(1), id(3)]);
    assert_eq!(shards[5], Shard { shard_id: id(5), parent_shard_ids: vec![id(2), id(4)], closed: false });
    assert_eq!(open_ranges(&kinesis).await, [(0, u128::MAX)]);
}

#[tokio::test]
async fn a_childs_numbers_are_above_its_parents_however_soon_it_came() {
    let kinesis = stream(8).await;
    let mut numbers = put_into_each(&kinesis).await;
    for target in [16, 8, 9, 5, 3, 6, 12, 20, 33] {
        kinesis.update_shard_count("s", target).await.unwrap();
        numbers.extend(put_into_each(&kinesis).await);
        numbers.extend(put_into_each(&kinesis).await);
    }
    let stream = kinesis.store.get_stream("s").await.unwrap();
    let range = |shard_id: &str| {
        let shard = stream.shards.iter().find(|shard| shard.shard_id == shard_id).unwrap();
        let range = &shard.sequence_number_range;
        (range.starting_sequence_number.clone(), range.ending_sequence_number.clone())
    };
    for shard in kinesis.list_shards("s").await.unwrap() {
        let (start, end) = range(&shard.shard_id);
        assert_eq!(start.len(), 56, "{start}");
        if let Some(number) = numbers.get(&shard.shard_id) {
            assert_eq!(number.len(), 56, "{number}");
            assert!(start < *number && end.as_ref().is_none_or(|end| number < end), "{}", shard.shard_id);
        }
        assert_eq!(end.is_some(), shard.closed);
        for parent in &shard.parent_shard_ids {
            let end = range(parent).1.expect("a parent is closed");
            assert_eq!(end.len(), 56, "{end}");
            assert!(end < start, "{} is above {parent}", shard.shard_id);
        }
        for limit in [1, 100] {
            let records = all_of(&kinesis, &shard.shard_id, limit).await;
            assert!(records.is_sorted_by(|a, b| a.sequence_number < b.sequence_number), "{}", shard.shard_id);
        }
    }
}

#[tokio::test]
async fn a_closed_shard_ends_behind_its_last_record() {
    let kinesis = stream(2).await;
    put_into_each(&kinesis).await;
    put_into_each(&kinesis).await;
    let start = |kind| kinesis.get_shard_iterator("s", FIRST, kind);
    let (before, latest) =
        (start(ShardIteratorType::TrimHorizon).await.unwrap(), start(ShardIteratorType::Latest).await.unwrap());
    let open = kinesis.get_records(&before, 10).await.unwrap();
    assert!(open.records.len() == 2 && open.next.is_some(), "an open shard has no end");
    kinesis.merge_shards("s", FIRST, SECOND).await.unwrap();

    let first = kinesis.get_records(&before, 1).await.unwrap();
    assert_eq!(first.records.len(), 1);
    assert!(first.millis_behind_latest > 0);
    let second = kinesis.get_records(&first.next.expect("there is one more"), 1).await.unwrap();
    assert_eq!((second.records.len(), second.next, second.millis_behind_latest), (1, None, 0));
    for place in [latest, start(ShardIteratorType::Latest).await.unwrap(), open.next.unwrap()] {
        let end = kinesis.get_records(&place, 10).await.unwrap();
        assert_eq!((end.records.len(), end.next, end.millis_behind_latest), (0, None, 0));
    }

    let request = json!({ "StreamName": "s", "ShardId": FIRST, "ShardIteratorType": "TRIM_HORIZON" });
    let (_, answer) = put(&kinesis, "GetShardIterator", request).await;
    let request = json!({ "ShardIterator": answer["ShardIterator"], "Limit": 1 });
    let (_, answer) = put(&kinesis, "GetRecords", request).await;
    assert!(answer["NextShardIterator"].is_string() && answer["ChildShards"].is_null(), "{answer}");
    let (_, answer) = put(&kinesis, "GetRecords", json!({ "ShardIterator": answer["NextShardIterator"] })).await;
    assert_eq!((answer["Records"].as_array().map(Vec::len), answer.get("NextShardIterator")), (Some(1), None));
    let all = json!({ "StartingHashKey": "0", "EndingHashKey": u128::MAX.to_string() });
    let child = json!({ "ShardId": id(2), "ParentShards": [FIRST, SECOND], "HashKeyRange": all });
    assert_eq!(answer["ChildShards"], json!([child]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_way_of_scaling_keeps_all_hash_keys(start in 1_u32..12, ways in prop::collection::vec(0.5_f64..=2.0, 1..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let kinesis = stream(start).await;
            let mut count = start;
            for way in ways {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
                let target = (f64::from(count) * way).ceil() as u32;
                if target == count {
                    continue;
                }
                let before: BTreeMap<_, _> =
                    kinesis.list_shards("s").await.unwrap().into_iter().map(|shard| (shard.shard_id, shard.closed)).collect();
                kinesis.update_shard_count("s", target).await.unwrap();
                count = target;
                let ranges = open_ranges(&kinesis).await;
                prop_assert_eq!(ranges.len(), count as usize);
                prop_assert_eq!((ranges[0].0, ranges[ranges.len() - 1].1), (0, u128::MAX));
                prop_assert!(ranges.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0), "{:?}", ranges);
                for shard in kinesis.list_shards("s").await.unwrap() {
                    if !before.contains_key(&shard.shard_id) {
                        prop_assert!((1..=2).contains(&shard.parent_shard_ids.len()), "{:?}", shard);
                    }
                }
            }
            Ok(())
        })?;
    }
}
