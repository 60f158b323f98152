"""`replay`: documents of a failure bucket or a queue, error objects and records of a stream, against moto; what is replayed
twice is written once."""

import base64
import gzip
import json
import os
import subprocess
import uuid

from emulator import CREDENTIALS, OPS, Emulated

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

    def piped(self, text, *arguments):
        """A replay from standard input."""
        line = [OPS, "replay", "--environment", str(self.environment), "--endpoint-url", self.url, "--json",
                "--to", "bucket", "--from", "-", *arguments]
        environment = {**CREDENTIALS, "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
        return subprocess.run(line, env=environment, input=text, capture_output=True, text=True, timeout=60, check=True)

    def put(self, data):
        return self.kinesis.put_record(StreamName="clicks", PartitionKey="k", Data=data)["SequenceNumber"]

    def stream(self):
        """What the stream's first shard holds."""
        shard = self.kinesis.list_shards(StreamName="clicks")["Shards"][0]["ShardId"]
        iterator = self.kinesis.get_shard_iterator(StreamName="clicks", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        return [own["Data"] for own in self.kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]]

    def named(self, first, last, records, shard=0, stream="clicks"):
        """What a queue gets of a batch that was given up: its range, without its records."""
        return json.dumps({
            "requestContext": {"condition": "RecordAgeExceeded"}, "version": "1.0",
            "KinesisBatchInfo": {
                "shardId": f"shardId-{shard:012}", "startSequenceNumber": first, "endSequenceNumber": last,
                "batchSize": records, "streamArn": STREAM.replace("clicks", stream),
            },
        })

    def a_batch_of_which_two_failed(self):
        """As the function left it before its hooks were mended; the keys of its two objects."""
        number = lambda of: f"49{of:054}"
        error = lambda of, data: json.dumps({
            "attemptsMade": 1, "arrivalTimestamp": 1545084650987, "errorCode": "Hooks.Failed", "errorMessage": "m",
            "attemptEndingTimestamp": 1545084650987, "rawData": base64.b64encode(data).decode(),
            "shardId": "shardId-000000000006", "sequenceNumber": number(of), "subSequenceNumber": 0, "partitionKey": "k",
        }) + "\n"
        keys = []
        for index, role, prefix, body in [
            (1, "data", "data/", "was kept\n"),
            (2, "error:processing-failed", "data/processing-failed/", error(1, b"one") + error(3, b"two")),
        ]:
            name = f"clicks-6-2018-12-17-22-10-50-98-{uuid.UUID(int=index, version=4)}.gz"
            first, last = (2, 2) if index == 1 else (1, 3)
            metadata = {
                "penstock-role": role, "penstock-first-sequence-number": number(first),
                "penstock-last-sequence-number": number(last), "penstock-records": str(index),
                "penstock-digest": f"{index:032x}", "penstock-key-scheme": "1", "penstock-format-version": "1",
                "penstock-batch-first-sequence-number": number(1), "penstock-batch-last-sequence-number": number(3),
                "penstock-batch-records": "3", "penstock-batch-dropped": "0", "penstock-batch-failed": "2",
                "penstock-object-index": str(index), "penstock-object-count": "2",
            }
            keys.append(f"{prefix}2018/12/17/22/{name}")
            self.s3.put_object(
                Bucket="acme-clicks", Key=keys[-1], Body=gzip.compress(body.encode()), Metadata=metadata
            )
        return keys

    def bodies(self):
        keys = [own["Key"] for own in self.s3.list_objects_v2(Bucket="acme-clicks").get("Contents", [])]
        read = lambda key: gzip.decompress(self.s3.get_object(Bucket="acme-clicks", Key=key)["Body"].read())
        return {key: read(key) for key in keys}

    def test_a_failure_bucket_is_repaired_and_the_second_replay_writes_nothing(self):
        self.give_up("a", document([record(1, b"one"), record(2, b"two")]))
        kept = self.give_up("b", document([record(3, b"three")], as_text=False, responded=False))
        self.give_up("d", "{}")
        planned = self.run_ops("replay", "--to", "bucket")
        self.assertIn("found    2 batches, 3 records", planned.stderr)
        self.assertIn("nothing was done: pass --execute", planned.stderr)
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
        self.assertEqual(len(left), 1, "what was not understood stays")
        self.assertNotIn(kept, left)
        self.assertEqual(self.replay("--execute")["batches"], [])
        self.assertEqual(json.loads(self.run_ops("verify", "--json", "--deep").stdout)["records"], 3)

    def test_only_what_is_asked_for(self):
        self.give_up("a", document([record(1, b"one")]))
        self.assertEqual(self.replay("--shard", "5")["batches"], [])
        self.assertEqual(len(self.replay("--shard", "6", "--since", "1h")["batches"]), 1)
        self.assertEqual(len(self.replay("--from", f"s3://{FAILURES}/aws/")["batches"]), 1)
        wrong = self.run_ops("replay", "--from", "elsewhere", exit=1)
        self.assertIn("expected failures, errors, stream, s3://BUCKET/PREFIX, a file of documents, or -", wrong.stderr)

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
        self.assertEqual(self.stream(), [b"one", b"two"])

    def test_a_batch_that_cannot_be_delivered_is_told_and_the_others_are_delivered(self):
        broken = record(1, b"x")
        broken["kinesis"]["data"] = "no base64!"
        self.give_up("a", document([broken]))
        self.give_up("b", document([record(2, b"two")]))
        told = self.replay("--execute", exit=1)
        self.assertEqual((told["result"], told["delivered"], len(told["failed"])), ("failed", 1, 1))
        self.assertEqual(list(self.bodies().values()), [b"two\n"])

    def test_documents_of_a_queue_deliver_only_what_no_object_covers_and_once(self):
        self.kinesis.create_stream(StreamName="clicks", ShardCount=1)
        numbers = [self.put(f"r{place}".encode()) for place in range(8)]
        # Two batches that meet were given up, as a queue tells it; one comes through a topic.
        one, two = self.named(numbers[0], numbers[3], 4), self.named(numbers[2], numbers[5], 4)
        notification = json.dumps({"Type": "Notification", "Message": two})
        queue = self.folder / "queue.json"
        queue.write_text(json.dumps({"Messages": [{"Body": one}, {"Body": notification}]}, indent=1))
        planned = self.replay("--from", str(queue))
        self.assertEqual((planned["result"], [own["records"] for own in planned["batches"]]), ("planned", [6]))
        self.assertEqual(self.bodies(), {})
        first = self.replay("--from", str(queue), "--execute")
        self.assertEqual((first["result"], first["records"], first["objects_stored"]), ("replayed", 6, 1))
        self.assertEqual(list(self.bodies().values()), [b"r0\nr1\nr2\nr3\nr4\nr5\n"])
        second = self.replay("--from", str(queue), "--execute")
        self.assertEqual((second["batches"], second["objects_stored"]), ([], 0))
        # What overlaps the covered delivers the rest alone, from standard input, a document a line.
        third = self.json(self.piped(f"{one}\n{self.named(numbers[4], numbers[7], 4)}\n", "--execute"))
        self.assertEqual((third["records"], third["objects_stored"]), (2, 1))
        self.assertEqual(sorted(self.bodies().values())[1], b"r6\nr7\n")
        verified = self.json(self.run_ops("verify", "--json", "--deep"))
        self.assertEqual((verified["result"], verified["records"]), ("clean", 8))

    def test_a_document_of_a_bucket_without_its_records_is_read_from_the_stream(self):
        self.kinesis.create_stream(StreamName="clicks", ShardCount=1)
        numbers = [self.put(f"r{place}".encode()) for place in range(3)]
        self.give_up("a", self.named(numbers[0], numbers[1], 2))
        self.give_up("b", document([record(1, b"carried")]))
        told = self.replay("--execute", "--delete")
        self.assertEqual((told["records"], told["objects_stored"], told["deleted"]), (3, 2, 2))
        self.assertEqual(sorted(self.bodies().values()), [b"carried\n", b"r0\nr1\n"])
        self.assertNotIn("Contents", self.s3.list_objects_v2(Bucket=FAILURES))

    def test_what_the_stream_has_forgotten_is_told_as_lost_unless_it_is_covered(self):
        self.kinesis.create_stream(StreamName="clicks", ShardCount=1)
        numbers = [self.put(f"r{place}".encode()) for place in range(2)]
        before = str(int(numbers[0]) - 1)
        key = self.give_up("a", self.named(before, numbers[1], 5))
        told = self.replay(exit=6)
        self.assertEqual((told["result"], len(told["lost"])), ("planned", 1))
        told = self.replay("--execute", "--delete", exit=6)
        self.assertEqual((told["result"], told["records"], told["deleted"]), ("lost", 2, 0))
        self.assertIn("has forgotten 3 of 5 records", told["lost"][0])
        self.assertEqual(list(self.bodies().values()), [b"r0\nr1\n"])
        shown = self.run_ops("replay", "--to", "bucket", exit=6).stderr
        self.assertIn(f"LOST     s3://{FAILURES}/{key}: the stream has forgotten 3 of 5 records", shown)
        # A shard that is gone is forgotten as a whole, and a document of another stream is none of ours.
        gone = self.folder / "gone.jsonl"
        gone.write_text(self.named("1", "2", 2, shard=7) + "\n" + self.named("1", "2", 2, stream="other") + "\nnone\n")
        told = self.replay("--from", str(gone), exit=6)
        self.assertIn("has forgotten 2 of 2 records", told["lost"][0])
        self.assertEqual(len(told["lost"]), 1)
        self.assertTrue(any('it is of the stream "other"' in line for line in told["skipped"]), told)
        self.assertTrue(any("is no JSON" in line for line in told["skipped"]), told)

    def test_records_that_failed_are_delivered_once_and_verify_stays_clean(self):
        whole, failed = self.a_batch_of_which_two_failed()
        before = self.json(self.run_ops("verify", "--json", "--deep"))
        self.assertEqual((before["result"], before["records"]), ("clean", 3))
        planned = self.replay("--from", "errors")
        self.assertEqual([(own["source"], own["records"]) for own in planned["batches"]], [(f"s3://acme-clicks/{failed}", 2)])
        self.assertEqual(planned["batches"][0]["shard_id"], "shardId-000000000006")
        first = self.replay("--from", "errors", "--execute", "--delete")
        self.assertEqual((first["objects_stored"], first["records_failed"], first["deleted"]), (1, 0, 0))
        self.assertIn("it accounts for the records of its batch", first["kept"][0])
        bodies = self.bodies()
        self.assertEqual(sorted(bodies.values())[:2], [b"one\ntwo\n", b"was kept\n"])
        # Its hour is that of its records.
        self.assertTrue(all(key in (whole, failed) or key.startswith("data/2018/12/17/22/clicks-6-") for key in bodies), bodies)
        second = self.replay("--from", "errors", "--execute")
        self.assertEqual((second["batches"], second["batches_there_already"], second["objects_stored"]), ([], 1, 0))
        named = self.replay("--from", "s3://acme-clicks/data/", "--execute")
        self.assertEqual((named["batches"], named["batches_there_already"]), ([], 1))
        self.assertEqual(self.bodies(), bodies)
        after = self.json(self.run_ops("verify", "--json", "--deep"))
        self.assertEqual((after["result"], after["records"], after["shards"]), ("clean", 3, before["shards"]))
        self.assertEqual(after["replayed"], {"objects": 1, "batches": 1, "records": 2, "dropped": 0, "failed": 0})
        self.assertIn("replayed   1 objects  1 batches  2 records", self.run_ops("verify").stdout)
        # The replayed object is lost: it comes back as it was.
        lost = next(key for key, body in bodies.items() if body == b"one\ntwo\n")
        self.s3.delete_object(Bucket="acme-clicks", Key=lost)
        self.assertEqual(self.replay("--from", "errors", "--execute")["objects_stored"], 1)
        self.assertEqual(self.bodies(), bodies)

    def test_what_was_replayed_does_not_hide_what_the_stream_has(self):
        self.kinesis.create_stream(StreamName="clicks", ShardCount=7)
        self.a_batch_of_which_two_failed()
        self.replay("--from", "errors", "--execute")
        number = self.put(b"new")
        told = self.replay("--from", "stream", "--execute")
        self.assertEqual((told["records"], told["objects_stored"]), (1, 1), number)

    def test_error_objects_of_firehose_are_delivered_from_wherever_they_lie(self):
        transform = {"attemptsMade": 4, "arrivalTimestamp": 1545084650987, "errorCode": "Lambda.FunctionError",
                     "errorMessage": "m", "attemptEndingTimestamp": 1545084660000,
                     "lambdaArn": "arn:aws:lambda:eu-west-1:123456789012:function:f"}
        conversion = {"attemptsMade": 1, "arrivalTimestamp": 1545084650987, "lastErrorCode": "DataFormatConversion.ParseError",
                      "lastErrorMessage": "m", "attemptEndingTimestamp": 1545084660000, "sequenceNumber": "49590",
                      "subSequenceNumber": None, "dataCatalogTable": {"catalogId": None}}
        raw = lambda own, data: json.dumps({**own, "rawData": base64.b64encode(data).decode()}) + "\n"
        self.s3.create_bucket(Bucket="firehose", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        put = lambda key, body: self.s3.put_object(Bucket="firehose", Key=key, Body=body)
        put("failed/processing-failed/a", (raw(transform, b"t1") + raw(transform, b"t2")).encode())
        put("failed/format-conversion-failed/b.gz", gzip.compress(raw(conversion, b"c1").encode()))
        put("failed/half", ("no line\n" + raw(transform, b"t3")).encode())
        put("failed/other.zip", b"PK\x03\x04")
        arguments = ("--from", "s3://firehose/failed/", "--execute")
        first = self.replay(*arguments)
        self.assertEqual((first["records"], first["objects_stored"]), (4, 3))
        self.assertEqual(sorted(self.bodies().values()), [b"c1\n", b"t1\nt2\n", b"t3\n"])
        self.assertTrue(all(key.startswith("data/2018/12/17/22/clicks-0-2018-12-17-22-10-50-98-") for key in self.bodies()))
        self.assertEqual(len(first["skipped"]), 2, first)
        second = self.replay(*arguments, "--delete")
        self.assertEqual((second["batches"], second["objects_stored"], second["deleted"]), ([], 0, 2))
        left = {own["Key"] for own in self.s3.list_objects_v2(Bucket="firehose")["Contents"]}
        self.assertEqual(left, {"failed/half", "failed/other.zip"}, "what was not understood stays")
        verified = self.json(self.run_ops("verify", "--json", "--deep"))
        self.assertEqual((verified["result"], verified["replayed"]["records"]), ("clean", 4))
        self.assertEqual(self.replay("--from", "s3://firehose/", "--shard", "0")["batches"], [], "they tell no shard")
        self.kinesis.create_stream(StreamName="clicks", ShardCount=1)
        put("failed/again", raw(transform, b"t4").encode())
        self.run_ops("replay", "--from", "s3://firehose/failed/again", "--to", "stream", "--execute", "--accept-duplicates")
        self.assertEqual(self.stream(), [b"t4"])
