"""Kinesis as boto3 meets it: what producers and readers call, with arrival times in milliseconds and the limits whose
errors they handle. The stream is one that no function reads.
"""

import datetime
import hashlib
import time
from typing import Any

from botocore.exceptions import ClientError

from helpers import ACCOUNT_ID, REGION, STREAM, PeerTest

OTHER = "unread"
MEBIBYTE = 1024 * 1024


class KinesisTest(PeerTest):
    """Each test has an account of its own."""

    def setUp(self) -> None:
        super().setUp()
        streams = [{"StreamName": STREAM, "ShardCount": 1}, {"StreamName": OTHER, "ShardCount": 2}]
        self.kinesis = self.start(Streams=streams).client("kinesis")
        self.addCleanup(self.kinesis.close)

    def put(self, key: str, data: bytes, **more: Any) -> dict[str, Any]:
        return self.kinesis.put_record(StreamName=OTHER, PartitionKey=key, Data=data, **more)

    def read(self, shard_id: str, kind: str, limit: int = 10_000, **place: Any) -> list[dict[str, Any]]:
        """What a reader that begins at a place gets until there is no more."""
        iterator = self.iterator(shard_id, kind, **place)
        records: list[dict[str, Any]] = []
        for _ in range(100):
            answer = self.kinesis.get_records(ShardIterator=iterator, Limit=limit)
            self.assertLessEqual(len(answer["Records"]), limit)
            if not answer["Records"]:
                return records
            records += answer["Records"]
            iterator = answer["NextShardIterator"]
        raise AssertionError("100 reads did not come to an end")

    def iterator(self, shard_id: str, kind: str, **place: Any) -> str:
        answer = self.kinesis.get_shard_iterator(StreamName=OTHER, ShardId=shard_id, ShardIteratorType=kind, **place)
        return answer["ShardIterator"]

    def shards(self) -> list[dict[str, Any]]:
        return self.kinesis.list_shards(StreamName=OTHER)["Shards"]

    def check_refused(self, code: str, call: Any, **arguments: Any) -> str:
        """The error's code, and HTTP's 400; gives the message."""
        with self.assertRaises(ClientError) as refused:
            call(**arguments)
        response = refused.exception.response
        self.assertEqual((response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]), (code, 400))
        return response["Error"]["Message"]

    def test_streams_are_described(self) -> None:
        self.assertEqual(self.kinesis.list_streams()["StreamNames"], [STREAM, OTHER])
        arn = f"arn:aws:kinesis:{REGION}:{ACCOUNT_ID}:stream/{OTHER}"
        described = self.kinesis.describe_stream(StreamName=OTHER)["StreamDescription"]
        summary = self.kinesis.describe_stream_summary(StreamName=OTHER)["StreamDescriptionSummary"]
        for stream in (described, summary):
            self.assertEqual(
                (stream["StreamName"], stream["StreamARN"], stream["StreamStatus"]), (OTHER, arn, "ACTIVE")
            )
            self.assertEqual(stream["RetentionPeriodHours"], 24)
        self.assertEqual(summary["OpenShardCount"], 2)
        shards = self.shards()
        self.assertEqual(described["Shards"], shards)
        self.assertEqual([shard["ShardId"] for shard in shards], ["shardId-000000000000", "shardId-000000000001"])
        ranges = [shard["HashKeyRange"] for shard in shards]
        borders = [(int(keys["StartingHashKey"]), int(keys["EndingHashKey"])) for keys in ranges]
        self.assertEqual(borders, [(0, 2**127 - 1), (2**127, 2**128 - 1)])
        self.check_refused("ResourceNotFoundException", self.kinesis.describe_stream, StreamName="missing")
        self.check_refused(
            "ResourceNotFoundException", self.kinesis.put_record, StreamName="missing", PartitionKey="1", Data=b""
        )

    def test_an_arn_names_a_stream_as_well(self) -> None:
        arn = {"StreamARN": f"arn:aws:kinesis:{REGION}:{ACCOUNT_ID}:stream/{OTHER}"}
        put = self.kinesis.put_record(PartitionKey="1", Data=b"one", **arn)
        shard = {"ShardId": put["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        records = [{"PartitionKey": "1", "Data": b"two"}]
        for name, call in [
            ("put_records", lambda: self.kinesis.put_records(Records=records, **arn)["FailedRecordCount"] == 0),
            ("describe_stream", lambda: self.kinesis.describe_stream(**arn)["StreamDescription"]["Shards"]),
            (
                "describe_stream_summary",
                lambda: self.kinesis.describe_stream_summary(**arn)["StreamDescriptionSummary"]["OpenShardCount"] == 2,
            ),
            ("list_shards", lambda: self.kinesis.list_shards(**arn)["Shards"]),
            ("get_shard_iterator", lambda: self.kinesis.get_shard_iterator(**shard, **arn)["ShardIterator"]),
        ]:
            with self.subTest(name):
                self.assertTrue(call())

    def test_partition_keys_choose_shards(self) -> None:
        for key in ["1", "2", "user-42", "日本語", "x" * 256]:
            with self.subTest(key=key[:10]):
                hash_key = int.from_bytes(hashlib.md5(key.encode()).digest(), "big")
                expected = f"shardId-{hash_key >> 127:012}"
                self.assertEqual(self.put(key, b"data")["ShardId"], expected)
        for hash_key, expected in [(0, 0), (2**127 - 1, 0), (2**127, 1), (2**128 - 1, 1)]:
            with self.subTest(hash_key=hash_key):
                self.assertEqual(
                    self.put("1", b"", ExplicitHashKey=str(hash_key))["ShardId"], f"shardId-{expected:012}"
                )

    def test_records_come_back_in_order_from_every_place(self) -> None:
        one = [self.put("1", b"single %d" % number) for number in range(3)]
        batch = [{"Data": bytes([number, 0, 255]), "PartitionKey": "1"} for number in range(5)]
        answer = self.kinesis.put_records(StreamName=OTHER, Records=batch)
        self.assertEqual(answer["FailedRecordCount"], 0)
        put = one + answer["Records"]
        shard_id = put[0]["ShardId"]
        numbers = [record["SequenceNumber"] for record in put]
        self.assertEqual({record["ShardId"] for record in put}, {shard_id})
        self.assertEqual(numbers, sorted(numbers, key=int))
        self.assertEqual(len(set(numbers)), 8)
        data = [b"single %d" % number for number in range(3)] + [record["Data"] for record in batch]
        for name, expected, kind, place in [
            ("oldest", data, "TRIM_HORIZON", {}),
            ("newest", [], "LATEST", {}),
            ("at the first", data, "AT_SEQUENCE_NUMBER", {"StartingSequenceNumber": numbers[0]}),
            ("at the fourth", data[3:], "AT_SEQUENCE_NUMBER", {"StartingSequenceNumber": numbers[3]}),
            ("behind the fourth", data[4:], "AFTER_SEQUENCE_NUMBER", {"StartingSequenceNumber": numbers[3]}),
            ("behind the last", [], "AFTER_SEQUENCE_NUMBER", {"StartingSequenceNumber": numbers[-1]}),
        ]:
            for limit in (1, 3, 10_000):
                with self.subTest(name, limit=limit):
                    records = self.read(shard_id, kind, limit, **place)
                    self.assertEqual([record["Data"] for record in records], expected)
        records = self.read(shard_id, "TRIM_HORIZON")
        self.assertEqual([record["SequenceNumber"] for record in records], numbers)
        self.assertEqual({record["PartitionKey"] for record in records}, {"1"})
        other = next(shard["ShardId"] for shard in self.shards() if shard["ShardId"] != shard_id)
        self.assertEqual(self.read(other, "TRIM_HORIZON"), [])

    def test_latest_begins_behind_what_is_there(self) -> None:
        shard_id = self.put("1", b"before")["ShardId"]
        iterator = self.iterator(shard_id, "LATEST")
        self.put("1", b"after")
        records = self.kinesis.get_records(ShardIterator=iterator)["Records"]
        self.assertEqual([record["Data"] for record in records], [b"after"])

    def test_a_reader_is_told_how_far_it_is_behind(self) -> None:
        # Readers stop at 0, which says that there is no more: told too early, it costs them records.
        shard_id = self.put("1", b"first")["ShardId"]
        self.put("1", b"second")
        time.sleep(0.05)
        half = self.kinesis.get_records(ShardIterator=self.iterator(shard_id, "TRIM_HORIZON"), Limit=1)
        self.assertEqual([record["Data"] for record in half["Records"]], [b"first"])
        self.assertGreater(half["MillisBehindLatest"], 0)
        rest = self.kinesis.get_records(ShardIterator=half["NextShardIterator"], Limit=1)
        self.assertEqual([record["Data"] for record in rest["Records"]], [b"second"])
        self.assertEqual(rest["MillisBehindLatest"], 0)

    def test_a_page_has_ten_megabytes_at_most(self) -> None:
        data = bytes(MEBIBYTE)
        (shard_id,) = {self.put("1", data)["ShardId"] for _ in range(12)}
        page = self.kinesis.get_records(ShardIterator=self.iterator(shard_id, "TRIM_HORIZON"))
        self.assertLessEqual(sum(len(record["Data"]) for record in page["Records"]), 10 * MEBIBYTE)
        self.assertEqual(len(self.read(shard_id, "TRIM_HORIZON")), 12, "the rest comes with the next pages")

    def test_arrival_is_told_in_milliseconds(self) -> None:
        puts = []
        for number in range(20):
            before = time.time_ns() // 1_000_000
            put = self.put("1", b"%d" % number)
            puts.append((before, put, time.time_ns() // 1_000_000))
            time.sleep(0.013)
        records = self.read(puts[0][1]["ShardId"], "TRIM_HORIZON")
        milliseconds = []
        for (before, put, after), record in zip(puts, records, strict=True):
            arrival = record["ApproximateArrivalTimestamp"]
            self.assertEqual(record["SequenceNumber"], put["SequenceNumber"])
            self.assertIsNotNone(arrival.tzinfo)
            arrived_ms = round(arrival.timestamp() * 1000)
            self.assertEqual(arrival.microsecond % 1000, 0, "whole milliseconds")
            self.assertTrue(before <= arrived_ms <= after, (before, arrived_ms, after))
            milliseconds.append(arrived_ms % 1000)
        self.assertGreater(len(set(milliseconds)), 5, "not cut to seconds")

    def test_a_time_is_a_place(self) -> None:
        shard_id = self.put("1", b"early")["ShardId"]
        time.sleep(1.1)
        between = datetime.datetime.now(datetime.timezone.utc)
        time.sleep(1.1)
        self.put("1", b"late")
        everything = self.read(shard_id, "AT_TIMESTAMP", Timestamp=between - datetime.timedelta(hours=1))
        self.assertEqual([record["Data"] for record in everything], [b"early", b"late"])
        late = self.read(shard_id, "AT_TIMESTAMP", Timestamp=between)
        self.assertEqual([record["Data"] for record in late], [b"late"])
        arrival = everything[1]["ApproximateArrivalTimestamp"]
        exact = self.read(shard_id, "AT_TIMESTAMP", Timestamp=arrival)
        self.assertEqual([record["Data"] for record in exact], [b"late"])

    def test_limits(self) -> None:
        records = [{"Data": b"x", "PartitionKey": "1"}] * 501
        self.check_refused("ValidationException", self.kinesis.put_records, StreamName=OTHER, Records=records)
        answer = self.kinesis.put_records(StreamName=OTHER, Records=records[:500])
        self.assertEqual((answer["FailedRecordCount"], len(answer["Records"])), (0, 500))
        shard_id = answer["Records"][0]["ShardId"]
        self.assertEqual(len(self.read(shard_id, "TRIM_HORIZON")), 500, "nothing of the refused call")

        largest = bytes(range(256)) * (MEBIBYTE // 256)
        place = {"StartingSequenceNumber": self.put("1", largest)["SequenceNumber"]}
        self.assertEqual([record["Data"] for record in self.read(shard_id, "AT_SEQUENCE_NUMBER", **place)], [largest])
        self.check_refused("ValidationException", self.put, key="1", data=largest + b"x")
        self.check_refused("ValidationException", self.put, key="x" * 257, data=b"x")
        self.assertEqual(len(self.read(shard_id, "TRIM_HORIZON")), 501, "nothing of the refused calls")

    def test_places_that_are_none_are_refused(self) -> None:
        shard_id = self.shards()[0]["ShardId"]
        numbers = {"StartingSequenceNumber": "not a number"}
        with self.assertRaises(ClientError):
            self.iterator(shard_id, "AT_SEQUENCE_NUMBER", **numbers)
        with self.assertRaises(ClientError):
            self.kinesis.get_records(ShardIterator="not an iterator")
        with self.assertRaises(ClientError):
            self.iterator("shardId-000000000009", "TRIM_HORIZON")

    def test_a_time_behind_the_newest_is_behind_the_newest(self) -> None:
        put = self.put("1", b"early")
        time.sleep(0.05)
        now = datetime.datetime.now(datetime.timezone.utc)
        time.sleep(0.05)
        iterator = self.iterator(put["ShardId"], "AT_TIMESTAMP", Timestamp=now)
        self.assertEqual(self.kinesis.get_records(ShardIterator=iterator)["Records"], [])
        self.put("1", b"late")
        records = self.kinesis.get_records(ShardIterator=iterator)["Records"]
        self.assertEqual([record["Data"] for record in records], [b"late"])
        tomorrow = now + datetime.timedelta(days=1)
        self.check_refused(
            "InvalidArgumentException", self.iterator, shard_id=put["ShardId"], kind="AT_TIMESTAMP", Timestamp=tomorrow
        )

    def test_shards_come_in_pages(self) -> None:
        first = self.kinesis.list_shards(StreamName=OTHER, MaxResults=1)
        second = self.kinesis.list_shards(NextToken=first["NextToken"], MaxResults=1)
        listed = [[shard["ShardId"] for shard in page["Shards"]] for page in (first, second)]
        self.assertEqual(listed, [["shardId-000000000000"], ["shardId-000000000001"]])
        self.assertNotIn("NextToken", second)
        # Which is why the paginator of boto3 does not get far with this one, here as at AWS.
        self.check_refused(
            "InvalidArgumentException", self.kinesis.list_shards, StreamName=OTHER, NextToken=first["NextToken"]
        )

    def scale(self, target: int) -> dict[str, Any]:
        return self.kinesis.update_shard_count(
            StreamName=OTHER, TargetShardCount=target, ScalingType="UNIFORM_SCALING"
        )

    def test_a_reshard_is_followed_from_parents_to_children(self) -> None:
        put = [self.put(str(number), b"first %d" % number) for number in range(20)]
        answer = self.scale(4)
        self.assertEqual((answer["CurrentShardCount"], answer["TargetShardCount"]), (2, 4))
        put += [self.put(str(number), b"second %d" % number) for number in range(20)]
        self.scale(2)
        put += [self.put(str(number), b"third %d" % number) for number in range(20)]
        self.assertEqual({len(record["SequenceNumber"]) for record in put}, {56})

        parents = {
            shard["ShardId"]: [
                shard[field] for field in ("ParentShardId", "AdjacentParentShardId") if field in shard
            ]
            for shard in self.shards()
        }
        self.assertEqual([len(ids) for ids in parents.values()], [0, 0, 1, 1, 1, 1, 2, 2])
        records: dict[str, list[dict[str, Any]]] = {}
        waiting = [shard for shard, ids in parents.items() if not ids]
        while waiting:
            shard = waiting.pop(0)
            records[shard], children = self.read_to_the_end(shard)
            for child in children:
                self.assertEqual(sorted(child["ParentShards"]), sorted(parents[child["ShardId"]]))
                self.assertEqual(set(child["HashKeyRange"]), {"StartingHashKey", "EndingHashKey"})
                if child["ShardId"] not in waiting and all(parent in records for parent in child["ParentShards"]):
                    waiting.append(child["ShardId"])
        self.assertEqual(records.keys(), parents.keys())
        every = [record["SequenceNumber"] for found in records.values() for record in found]
        self.assertEqual(sorted(every), sorted(record["SequenceNumber"] for record in put))
        for key in map(str, range(20)):
            data = [record["Data"] for found in records.values() for record in found if record["PartitionKey"] == key]
            self.assertEqual(data, [b"%s %s" % (word, key.encode()) for word in (b"first", b"second", b"third")])
        for child, ids in parents.items():
            numbers = [int(record["SequenceNumber"]) for record in records[child]]
            for parent in ids:
                above = [int(record["SequenceNumber"]) for record in records[parent]]
                self.assertTrue(not above or not numbers or max(above) < min(numbers), (parent, child))

    def read_to_the_end(self, shard_id: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The records of a shard in twos, and its children when it is closed."""
        iterator = self.iterator(shard_id, "TRIM_HORIZON")
        records: list[dict[str, Any]] = []
        for _ in range(100):
            answer = self.kinesis.get_records(ShardIterator=iterator, Limit=2)
            records += answer["Records"]
            if "NextShardIterator" not in answer:
                self.assertEqual(answer["MillisBehindLatest"], 0)
                return records, answer["ChildShards"]
            self.assertNotIn("ChildShards", answer)
            if answer["MillisBehindLatest"] == 0:
                return records, []
            iterator = answer["NextShardIterator"]
        raise AssertionError("100 reads did not come to an end")

    def test_what_a_reshard_refuses(self) -> None:
        self.assertIn("scale up over double", self.check_refused("LimitExceededException", self.scale, target=5))
        self.check_refused("InvalidArgumentException", self.scale, target=2)
        closed = "shardId-000000000000"
        split = {"StreamName": OTHER, "ShardToSplit": closed, "NewStartingHashKey": str(2**126)}
        self.kinesis.split_shard(**split)
        words = self.check_refused("InvalidArgumentException", self.kinesis.split_shard, **split)
        self.assertIn("has already been merged or split", words)
        merge = {"StreamName": OTHER, "ShardToMerge": "shardId-000000000001"}
        self.check_refused(
            "InvalidArgumentException", self.kinesis.merge_shards, AdjacentShardToMerge=closed, **merge
        )
        self.kinesis.merge_shards(AdjacentShardToMerge="shardId-000000000003", **merge)
        self.assertEqual(
            [shard["ShardId"] for shard in self.shards() if "EndingSequenceNumber" not in shard["SequenceNumberRange"]],
            ["shardId-000000000002", "shardId-000000000004"],
        )
