"""The event source mapping, seen from outside: records put with boto3, resharded with boto3, read back with nothing but
the file system; and the command that does all of it at once.
"""

import collections
import json

from helpers import BUCKET, BUILD_SECONDS, STREAM, PeerTest, files_below


class MappingTest(PeerTest):
    """Lanes, reshards and failures end where a consumer expects them."""

    def test_a_reshard_by_hand_keeps_the_order_of_each_key(self) -> None:
        keys, calls = 20, 30
        local = self.start(
            Streams=[{"StreamName": STREAM, "ShardCount": 2}],
            EventSourceMapping={"ParallelizationFactor": 10, "BatchSize": 10},
            Faults={"FailEvery": 7},
        )
        kinesis = local.client("kinesis")
        self.addCleanup(kinesis.close)
        number = 0
        for call in range(calls):
            records = []
            for _ in range(100):
                data = json.dumps({"key": number % keys, "number": number}).encode()
                records.append({"PartitionKey": f"key {number % keys}", "Data": data})
                number += 1
            # One call after the other, so that the stream has each key's records in the order of their numbers.
            answer = kinesis.put_records(StreamName=STREAM, Records=records)
            self.assertEqual(answer["FailedRecordCount"], 0)
            target = {10: 4, 20: 2}.get(call)
            if target:
                kinesis.update_shard_count(StreamName=STREAM, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
        self.assertEqual(local.stop(), 0)

        shards = {shard["shard_id"]: shard["parent_shard_ids"] for shard in local.events("shard_started")}
        self.assertEqual(len(shards), 2 + 4 + 2)
        self.assertEqual(sorted(len(parents) for parents in shards.values()), [0, 0, 1, 1, 1, 1, 2, 2])
        self.assertGreater(len(local.events("batch_failed")), 0, "a function that fails")

        # Objects in the order in which they were stored: a key's batches come one after the other.
        last: dict[int, int] = collections.defaultdict(lambda: -1)
        seen = []
        for stored in local.events("object_stored"):
            self.assertEqual(stored["bucket"], BUCKET)
            for line in (self.data / BUCKET / stored["key"]).read_bytes().splitlines():
                record = json.loads(line)
                self.assertGreater(record["number"], last[record["key"]], "order of a partition key")
                last[record["key"]] = record["number"]
                seen.append(record["number"])
        self.assertEqual(sorted(seen), list(range(number)), "each record once")

    def test_what_is_given_up_lies_in_the_failure_bucket(self) -> None:
        input_file = self.file("input", b"\n".join(b"record %d" % number for number in range(40)))
        local = self.start(
            Streams=[{"StreamName": STREAM, "ShardCount": 1}],
            Buckets=[BUCKET, "acme-failures"],
            Input={"Path": str(input_file)},
            EventSourceMapping={
                "BatchSize": 5,
                "MaximumRetryAttempts": 0,
                "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::acme-failures"}},
            },
            Faults={"FailEvery": 4},
        )
        self.assertEqual(local.finish(), 0)
        documents = [json.loads(body) for body in files_below(self.data / "acme-failures").values()]
        discarded = local.events("batch_discarded")
        self.assertEqual(len(documents), len(discarded))
        self.assertGreater(len(documents), 0)
        given_up = 0
        for document in documents:
            self.assertEqual(document["requestContext"]["condition"], "RetryAttemptsExhausted")
            self.assertEqual(document["requestContext"]["approximateInvokeCount"], 1)
            self.assertEqual(document["responseContext"]["functionError"], "Unhandled")
            records = json.loads(document["payload"])["Records"]
            self.assertEqual(len(records), document["KinesisBatchInfo"]["batchSize"])
            self.assertEqual(
                records[0]["kinesis"]["sequenceNumber"], document["KinesisBatchInfo"]["startSequenceNumber"]
            )
            given_up += len(records)
        metrics = local.events("metrics")[0]["metrics"]
        self.assertEqual(metrics["DroppedEventCount"], given_up)
        self.assertEqual(metrics["OnFailureDestinationDeliveredEventCount"], given_up)
        self.assertEqual(metrics["PolledEventCount"], 40)

    def test_the_command_with_lanes_reshards_and_failures(self) -> None:
        environment = self.file(
            "ten.toml",
            b'[stream]\nname = "ten"\nshard_count = 8\n[event_source_mapping]\nparallelization_factor = 10\n'
            b'[delivery]\nbucket = "acme-ten"\n',
        )
        written = [b'{"number":%d}' % number for number in range(20_000)]
        input_file = self.file("input", b"\n".join(written) + b"\n")
        run = self.xtask_local(
            "--json",
            environment=environment,
            input=input_file,
            reshard="16,8",
            fail_every=7,
            partition_keys=500,
        )
        self.assertEqual(run.finish(seconds=BUILD_SECONDS), 0, run.said())
        summary = run.events("summary")[0]
        self.assertEqual(
            (summary["sent"], summary["kept"], summary["missing"], summary["doubled"], summary["differences"]),
            (20_000, 20_000, 0, 0, []),
        )
        self.assertEqual(summary["shards"], 8 + 16 + 8)
        self.assertGreater(summary["invocations_failed"], 0)
        stored = collections.Counter(
            line for body in files_below(self.data / "acme-ten").values() for line in body.splitlines()
        )
        self.assertEqual(stored, collections.Counter(written))
