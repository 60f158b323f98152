"""The post's own trial, with the AWS CLI: two `put-record` calls make two objects under the post's keys, and
`aws s3 ls` and `aws s3 sync` bring them. This is what a reader types first, so it is tested as it is typed.
"""

import datetime
import json
import re
import uuid

from helpers import BUCKET, STREAM, PeerTest, Run, delivery, files_below, lines

RECORDS = [b"1,2,3", b"hello world!"]

KEY = re.compile(
    r"(?P<hour>\d{4}/\d{2}/\d{2}/\d{2}/)"
    rf"(?P<name>{re.escape(STREAM)})-(?P<shard>\d+)-"
    r"(?P<time>\d{4}-\d{2}-\d{2}-\d{2}-\d{2}-\d{2}-\d{2})-"
    r"(?P<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)


def put_record(local: Run, number: int, data: str) -> dict[str, str]:
    """One call of the post; the answer has the shard and the sequence number."""
    stream = ("--stream-name", STREAM, "--partition-key", str(number))
    return json.loads(local.aws("kinesis", "put-record", *stream, "--data", data, "--output", "json"))


def arrival_ms(local: Run, shard_id: str, sequence_number: str) -> int:
    """`ApproximateArrivalTimestamp` of a record, as GetRecords tells it."""
    place = ("--shard-iterator-type", "AT_SEQUENCE_NUMBER", "--starting-sequence-number", sequence_number)
    shard = ("--stream-name", STREAM, "--shard-id", shard_id)
    iterator = json.loads(local.aws("kinesis", "get-shard-iterator", *shard, *place, "--output", "json"))
    limited = ("--shard-iterator", iterator["ShardIterator"], "--limit", "1", "--output", "json")
    record = json.loads(local.aws("kinesis", "get-records", *limited))["Records"][0]
    assert record["SequenceNumber"] == sequence_number, record
    return round(record["ApproximateArrivalTimestamp"] * 1000)


class PostTest(PeerTest):
    """From `put-record` to the object."""

    def check_key(self, key: str, shard_id: str, arrived_ms: int) -> None:
        """The key has the post's form, and its time is the record's arrival."""
        parts = KEY.fullmatch(key)
        self.assertIsNotNone(parts, key)
        arrived = datetime.datetime.fromtimestamp(arrived_ms // 1000, datetime.timezone.utc)
        centiseconds = arrived_ms % 1000 // 10
        self.assertEqual(parts["hour"], arrived.strftime("%Y/%m/%d/%H/"))
        self.assertEqual(parts["time"], f"{arrived:%Y-%m-%d-%H-%M-%S}-{centiseconds:02}")
        self.assertEqual(f"shardId-{int(parts['shard']):012}", shard_id)
        self.assertEqual(str(int(parts["shard"])), parts["shard"], "no leading zero")
        self.assertEqual(uuid.UUID(parts["id"]).variant, uuid.RFC_4122)

    def check_listed_and_synced(self, local: Run, bodies: dict[str, bytes]) -> None:
        """`ls` tells each object's size and key, `sync` brings its bytes."""
        listed = [line.split(maxsplit=3)[2:] for line in lines(local.aws("s3", "ls", "--recursive", f"s3://{BUCKET}"))]
        self.assertEqual(listed, [[str(len(body)), key] for key, body in sorted(bodies.items())])
        folder = self.folder / "synced"
        local.aws("s3", "sync", f"s3://{BUCKET}", str(folder))
        self.assertEqual(files_below(folder), bodies)
        self.assertEqual(files_below(self.data / BUCKET), bodies, "objects are plain files")

    def deliver(self, arguments: list[str], suffix: bytes, **settings: str) -> None:
        """Puts the post's records, each after the other's object is stored, and looks at what is in the bucket."""
        local = self.start(Function={"Environment": {"Variables": delivery(**settings)}})
        bodies: dict[str, bytes] = {}
        for number, (data, argument) in enumerate(zip(RECORDS, arguments, strict=True), start=1):
            put = put_record(local, number, argument)
            stored = local.wait_for("object_stored", count=number)[-1]
            self.check_key(stored["key"], put["ShardId"], arrival_ms(local, put["ShardId"], put["SequenceNumber"]))
            bodies[stored["key"]] = data + suffix
        self.assertEqual(len(bodies), 2, "two records, two keys")
        self.check_listed_and_synced(local, bodies)
        self.assertEqual(local.stop(), 0)

    def test_data_from_files(self) -> None:
        files = [f"fileb://{self.file(f'record-{number}.txt', data)}" for number, data in enumerate(RECORDS)]
        self.deliver(files, suffix=b"\n")

    def test_data_as_the_post_types_it(self) -> None:
        # Version 1 takes a blob as it is typed, version 2 wants it in base64 unless told otherwise.
        self.deliver([data.decode() for data in RECORDS], suffix=b"\n")

    def test_framing_of_the_post(self) -> None:
        files = [f"fileb://{self.file(f'record-{number}.txt', data)}" for number, data in enumerate(RECORDS)]
        self.deliver(files, suffix=b"", framing="between", delimiter="\\r\\n")

    def test_two_records_of_a_batch_are_one_object(self) -> None:
        for framing, body in [
            ({}, b"1,2,3\nhello world!\n"),
            ({"framing": "between", "delimiter": "\\r\\n"}, b"1,2,3\r\nhello world!"),
        ]:
            with self.subTest(**framing):
                self.data = self.folder / f"data-{len(framing)}"
                local = self.start(
                    Streams=[{"StreamName": STREAM, "ShardCount": 1}],
                    EventSourceMapping={"MaximumBatchingWindowInSeconds": 1},
                    Function={"Environment": {"Variables": delivery(**framing)}},
                )
                records = [{"Data": data.decode(), "PartitionKey": "1"} for data in RECORDS]
                arguments = ("--stream-name", STREAM, "--records", json.dumps(records), "--output", "json")
                put = local.aws("kinesis", "put-records", *arguments)
                entries = json.loads(put)["Records"]
                stored = local.wait_for("object_stored")[0]
                oldest = entries[0]
                arrived_ms = arrival_ms(local, oldest["ShardId"], oldest["SequenceNumber"])
                self.check_key(stored["key"], oldest["ShardId"], arrived_ms)
                self.assertEqual(local.aws("s3", "cp", f"s3://{BUCKET}/{stored['key']}", "-"), body)
                self.assertEqual(local.stop(), 0)
                self.assertEqual(files_below(self.data / BUCKET), {stored["key"]: body}, "one object")
