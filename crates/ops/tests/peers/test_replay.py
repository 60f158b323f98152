"""`replay`: documents of a failure bucket and records of a stream, against moto; what is replayed twice is written once."""

import base64
import gzip
import json

from emulator import Emulated

FAILURES = "acme-clicks-failures"
STREAM = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"


def record(number, data, arrival=1545084650.987):
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "1",
            "sequenceNumber": f"49{number:054}",
            "data": base64.b64encode(data).decode(),
            "approximateArrivalTimestamp": arrival,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000006:49{number:054}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/r",
        "awsRegion": "eu-west-1",
        "eventSourceARN": STREAM,
    }


def document(records, *, as_text=True, carried=True, responded=True):
    """What Lambda writes about a batch that it gave up."""
    event = {"Records": records}
    number = lambda own: own["kinesis"]["sequenceNumber"]
    out = {
        "requestContext": {"requestId": "r", "functionArn": "f", "condition": "RetryAttemptsExhausted",
                           "approximateInvokeCount": 4},
        "version": "1.0",
        "timestamp": "2019-11-14T00:38:06.021Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000006", "startSequenceNumber": number(records[0]),
            "endSequenceNumber": number(records[-1]), "batchSize": len(records), "streamArn": STREAM,
            "approximateArrivalOfFirstRecord": "2019-11-14T00:38:04.835Z",
            "approximateArrivalOfLastRecord": "2019-11-14T00:38:05.580Z",
        },
    }
    if responded:
        out["responseContext"] = {"statusCode": 200, "executedVersion": "$LATEST", "functionError": None}
    if carried:
        out["payload"] = json.dumps(event) if as_text else event
    return json.dumps(out)


class Replay(Emulated):
    ENVIRONMENT = Emulated.ENVIRONMENT + 'prefix = "data/"\ncompression_format = "GZIP"\n'

    def setUp(self):
        super().setUp()
        self.s3, self.kinesis = self.client("s3"), self.client("kinesis")
        for bucket in ("acme-clicks", FAILURES):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def give_up(self, name, text):
        key = f"aws/lambda/0000/shardId-000000000006/2019/11/14/{name}"
        self.s3.put_object(Bucket=FAILURES, Key=key, Body=text.encode())
        return key

    def replay(self, *arguments, exit=0):
        return self.json(self.run_ops("replay", "--json", "--to", "bucket", *arguments, exit=exit))

    def bodies(self):
        keys = [own["Key"] for own in self.s3.list_objects_v2(Bucket="acme-clicks").get("Contents", [])]
        read = lambda key: gzip.decompress(self.s3.get_object(Bucket="acme-clicks", Key=key)["Body"].read())
        return {key: read(key) for key in keys}

    def test_a_failure_bucket_is_repaired_and_the_second_replay_writes_nothing(self):
        self.give_up("a", document([record(1, b"one"), record(2, b"two")]))
        kept = self.give_up("b", document([record(3, b"three")], as_text=False, responded=False))
        self.give_up("c", document([record(4, b"four")], carried=False))
        self.give_up("d", "{}")
        planned = self.run_ops("replay", "--to", "bucket")
        self.assertIn("found    2 batches, 3 records", planned.stderr)
        self.assertIn("nothing was done: pass --execute", planned.stderr)
        self.assertIn("it does not carry its records, 1 of shardId-000000000006: replay them --from stream", planned.stderr)
        self.assertIn("no document of a batch", planned.stderr)
        self.assertEqual(self.bodies(), {})
        first = self.replay("--execute")
        self.assertEqual((first["result"], first["records"], first["objects_stored"]), ("replayed", 3, 2))
        bodies = self.bodies()
        self.assertEqual(sorted(bodies.values()), [b"one\ntwo\n", b"three\n"])
        self.assertTrue(all(key.startswith("data/2018/12/17/22/clicks-6-2018-12-17-22-10-50-98-") for key in bodies), bodies)
        second = self.replay("--execute", "--delete")
        self.assertEqual((second["objects_stored"], second["objects_there_already"]), (0, 2))
        self.assertEqual(self.bodies(), bodies)
        left = {own["Key"] for own in self.s3.list_objects_v2(Bucket=FAILURES)["Contents"]}
        self.assertEqual(len(left), 2, "what was not delivered stays")
        self.assertNotIn(kept, left)
        self.assertEqual(self.replay("--execute")["batches"], [])
        self.assertEqual(json.loads(self.run_ops("verify", "--json", "--deep").stdout)["records"], 3)

    def test_only_what_is_asked_for(self):
        self.give_up("a", document([record(1, b"one")]))
        self.assertEqual(self.replay("--shard", "5")["batches"], [])
        self.assertEqual(len(self.replay("--shard", "6", "--since", "1h")["batches"]), 1)
        self.assertEqual(len(self.replay("--from", f"s3://{FAILURES}/aws/")["batches"]), 1)
        wrong = self.run_ops("replay", "--from", "elsewhere", exit=1)
        self.assertIn("expected failures, stream or s3://BUCKET/PREFIX", wrong.stderr)

    def test_records_of_a_stream_that_no_object_covers_are_delivered_once(self):
        self.kinesis.create_stream(StreamName="clicks", ShardCount=1)
        put = lambda data: self.kinesis.put_record(StreamName="clicks", PartitionKey="k", Data=data)["SequenceNumber"]
        [put(f"r{place}".encode()) for place in range(3)]
        first = self.replay("--from", "stream", "--execute")
        self.assertEqual((first["records"], first["objects_stored"]), (3, 1))
        put(b"r3")
        second = self.replay("--from", "stream", "--execute")
        self.assertEqual((second["records"], second["objects_stored"]), (1, 1))
        self.assertEqual(sorted(self.bodies().values()), [b"r0\nr1\nr2\n", b"r3\n"])
        # One of the two is lost: it comes back as it was.
        before = self.bodies()
        lost = next(key for key, body in before.items() if body == b"r3\n")
        self.s3.delete_object(Bucket="acme-clicks", Key=lost)
        self.assertEqual(self.replay("--from", "stream", "--execute")["objects_stored"], 1)
        self.assertEqual(self.bodies(), before)
        nothing = self.replay("--from", "stream", "--execute")
        self.assertEqual((nothing["batches"], nothing["objects_stored"]), ([], 0))

    def test_a_batch_of_which_an_object_is_missing_covers_nothing(self):
        self.kinesis.create_stream(StreamName="clicks", ShardCount=1)
        put = lambda data: self.kinesis.put_record(StreamName="clicks", PartitionKey="k", Data=data)["SequenceNumber"]
        [put(f"r{place}".encode()) for place in range(3)]
        self.replay("--from", "stream", "--execute")
        whole = self.bodies()
        (key,) = whole
        metadata = self.s3.head_object(Bucket="acme-clicks", Key=key)["Metadata"]
        # As if it were the error object of two, and the data's were lost.
        half = {**metadata, "penstock-role": "error:processing-failed", "penstock-object-index": "2", "penstock-object-count": "2"}
        self.s3.delete_object(Bucket="acme-clicks", Key=key)
        self.s3.put_object(Bucket="acme-clicks", Key=f"data/other/{key.rsplit('/', 1)[1]}", Body=b"", Metadata=half)
        again = self.replay("--from", "stream", "--execute")
        self.assertEqual((again["records"], again["objects_stored"]), (3, 1))
        self.assertIn(key, self.bodies())

    def test_what_the_function_has_yet_to_deliver_is_left_to_it(self):
        self.s3.delete_bucket(Bucket="acme-clicks")
        self.s3.delete_bucket(Bucket=FAILURES)
        self.deploy()
        self.kinesis.put_record(StreamName="clicks", PartitionKey="k", Data=b"waits")
        left = self.replay("--from", "stream", "--execute")
        self.assertEqual(left["batches"], [])
        self.assertIn("1 records behind its last object, which are the function's to deliver", left["skipped"][0])
        mapping = self.client("lambda").list_event_source_mappings()["EventSourceMappings"][0]["UUID"]
        self.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=False)
        taken = self.replay("--from", "stream", "--execute")
        self.assertEqual((taken["records"], taken["objects_stored"]), (1, 1))

    def test_the_stream_takes_records_again_only_when_told_so(self):
        self.kinesis.create_stream(StreamName="clicks", ShardCount=1)
        self.give_up("a", document([record(1, b"one"), record(2, b"two")]))
        refused = self.run_ops("replay", "--to", "stream", "--execute", exit=3)
        self.assertIn("--accept-duplicates", refused.stderr)
        self.run_ops("replay", "--to", "stream", "--execute", "--accept-duplicates")
        shard = self.kinesis.list_shards(StreamName="clicks")["Shards"][0]["ShardId"]
        iterator = self.kinesis.get_shard_iterator(StreamName="clicks", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        records = self.kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
        self.assertEqual([own["Data"] for own in records], [b"one", b"two"])

    def test_a_batch_that_cannot_be_delivered_is_told_and_the_others_are_delivered(self):
        broken = record(1, b"x")
        broken["kinesis"]["data"] = "no base64!"
        self.give_up("a", document([broken]))
        self.give_up("b", document([record(2, b"two")]))
        told = self.replay("--execute", exit=1)
        self.assertEqual((told["result"], told["delivered"], len(told["failed"])), ("failed", 1, 1))
        self.assertEqual(list(self.bodies().values()), [b"two\n"])
