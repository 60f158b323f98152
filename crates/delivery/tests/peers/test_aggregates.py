"""Aggregates that `aws_kinesis_agg` makes, taken apart by us; and the same, damaged, as its own reader has them."""

import base64
import json
import os
import random
import subprocess
import unittest

from aws_kinesis_agg.aggregator import RecordAggregator
from aws_kinesis_agg.deaggregator import deaggregate_records

Pair = tuple[str, bytes]


def aggregate(pairs: list[Pair], hash_key: str | None = None) -> bytes:
    """One aggregate of these user records."""
    aggregator = RecordAggregator()
    for key, data in pairs:
        assert aggregator.add_user_record(key, data, hash_key) is None, "it is full"
    return aggregator.clear_and_get().get_contents()[2]


def ours(records: list[bytes], **settings: str) -> list[dict]:
    """What we make of a batch."""
    lines = [f"{name}={value}" for name, value in settings.items()] + [""] + [data.hex() for data in records]
    program = os.environ["PENSTOCK_DEAGGREGATE"]
    ended = subprocess.run([program], input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in ended.stdout.splitlines()]


def theirs(data: bytes) -> list[Pair]:
    """What its own reader makes of a record."""
    event = {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "whole",
            "sequenceNumber": "0",
            "approximateArrivalTimestamp": 0.0,
            "data": base64.b64encode(data).decode(),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": "shardId-000000000000:0",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn",
        "awsRegion": "eu-west-1",
        "eventSourceARN": "arn",
    }
    found = deaggregate_records([event])
    return [(one["kinesis"]["partitionKey"], base64.b64decode(one["kinesis"]["data"])) for one in found]


def pairs_of(told: list[dict]) -> list[Pair]:
    return [(one["partitionKey"], bytes.fromhex(one["data"])) for one in told]


def any_pairs(chance: random.Random) -> list[Pair]:
    keys = [chance.choice("abcdé日") * chance.randint(1, 40) for _ in range(5)]
    return [(chance.choice(keys), chance.randbytes(chance.choice([0, 1, 127, 128, 3_000]))) for _ in range(chance.randint(1, 60))]


class Aggregates(unittest.TestCase):
    def test_what_it_aggregates_comes_apart(self):
        chance = random.Random(1)
        batch = [any_pairs(chance) for _ in range(100)]
        told = ours([aggregate(pairs, chance.choice([None, "0", str(2**128 - 1)])) for pairs in batch])
        self.assertEqual(pairs_of(told), [pair for pairs in batch for pair in pairs])
        ordinals = [(str(place), at) for place, pairs in enumerate(batch) for at in range(len(pairs))]
        self.assertEqual([(one["record"], one["subSequenceNumber"]) for one in told], ordinals)

    def test_its_own_reader_says_the_same(self):
        chance = random.Random(2)
        for _ in range(20):
            data = aggregate(any_pairs(chance))
            self.assertEqual(pairs_of(ours([data])), theirs(data))

    def test_what_is_damaged_goes_on_as_it_is_for_both(self):
        data = aggregate([("a", b"one"), ("b", b"two")])
        damaged = [data[:-1], data[:19], data[:3], data[1:], data + b"x", data[:10] + b"?" + data[11:], b""]
        for one in damaged:
            with self.subTest(one):
                self.assertEqual(pairs_of(ours([one])), [("whole", one)])
                self.assertEqual(theirs(one), [("whole", one)])

    def test_objects_within_an_aggregate(self):
        data = aggregate([("a", b'{"n":1} {"n":2}'), ("b", b'{"n":3}\n')])
        told = ours([data, b"no object"], PENSTOCK_RECORD_DEAGGREGATION="JSON")
        self.assertEqual(pairs_of(told[:3]), [("a", b'{"n":1}'), ("a", b'{"n":2}'), ("b", b'{"n":3}')])
        self.assertEqual(told[3:], [{"record": "1", "failed": "Deaggregation.NotJsonObjects"}])


if __name__ == "__main__":
    unittest.main()
