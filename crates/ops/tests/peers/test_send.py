"""`send`, against moto: what the stream takes is what was sent, and `--verify` sees it in the bucket."""

import json
import threading

from emulator import Emulated


class Send(Emulated):
    def setUp(self):
        super().setUp()
        self.kinesis = self.client("kinesis")
        self.kinesis.create_stream(StreamName="clicks", ShardCount=2)
        self.client("s3").create_bucket(
            Bucket="acme-clicks", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )

    def records(self):
        found = []
        for shard in self.kinesis.list_shards(StreamName="clicks")["Shards"]:
            place = self.kinesis.get_shard_iterator(
                StreamName="clicks", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )
            found += self.kinesis.get_records(ShardIterator=place["ShardIterator"])["Records"]
        return found

    def test_records_say_which_they_are_and_have_their_size(self):
        told = self.json(self.run_ops("send", "--json", "--count", "700", "--rate", "10000", "--size", "100", "--keys", "5"))
        self.assertEqual((told["records"], told["bytes"], told["seen"]), (700, 70_000, None))
        records = self.records()
        self.assertEqual({len(own["Data"]) for own in records}, {100})
        self.assertEqual({own["PartitionKey"] for own in records}, {f"key-{place}" for place in range(5)})
        ids = {json.loads(own["Data"])["id"] for own in records}
        self.assertEqual(len(ids), 700)

    def test_lines_of_a_file_are_records(self):
        path = self.folder / "lines.txt"
        path.write_bytes(b"one\n\ntwo\nthree")
        told = self.json(self.run_ops("send", "--json", "--file", str(path)))
        self.assertEqual(told["records"], 3)
        self.assertEqual({own["Data"] for own in self.records()}, {b"one", b"two", b"three"})
        missing = self.run_ops("send", "--file", "nowhere.txt", exit=1)
        self.assertIn("cannot read nowhere.txt", missing.stderr)

    def test_several_records_are_wrapped_into_one(self):
        told = self.json(self.run_ops("send", "--json", "--count", "23", "--rate", "1000", "--aggregate", "json"))
        self.assertEqual((told["records"], told["kinesis_records"]), (23, 3))
        lines = [line for own in self.records() for line in own["Data"].splitlines()]
        self.assertEqual(len({json.loads(line)["id"] for line in lines}), 23)
        for kind, start in [("kpl", b"\xf3\x89\x9a\xc2"), ("cloudwatch-logs", b"\x1f\x8b"), ("delimited", b"{")]:
            with self.subTest(kind):
                before = len(self.records())
                arguments = ["--count", "10", "--rate", "1000", "--aggregate", kind, "--per-record", "4"]
                told = self.json(self.run_ops("send", "--json", *arguments))
                self.assertEqual((told["records"], told["kinesis_records"]), (10, 3))
                starts = [own["Data"].startswith(start) for own in self.records()]
                self.assertEqual(len(starts), before + 3)
                self.assertGreaterEqual(sum(starts), 3)

    def test_what_does_not_arrive_is_missing(self):
        ended = self.run_ops("send", "--count", "3", "--verify", "--timeout", "1", exit=1)
        self.assertIn("seen 0 of 3 records in the bucket", ended.stdout)
        self.assertIn("missing: 3 records, such as ", ended.stdout)

    def test_what_arrives_is_seen_with_how_long_it_took(self):
        ended = []
        sending = threading.Thread(
            target=lambda: ended.append(
                self.run_ops("send", "--json", "--count", "50", "--rate", "1000", "--verify", "--timeout", "60", exit=None)
            )
        )
        sending.start()
        # In the place of the function: all that no object covers yet, by the same code.
        while sending.is_alive():
            self.run_ops("replay", "--from", "stream", "--to", "bucket", "--execute")
            sending.join(timeout=1)
        told = self.json(ended[0])
        self.assertEqual((ended[0].returncode, told["seen"], told["missing"]), (0, 50, []))
        self.assertLessEqual(0, told["latency_ms"]["p50"])
        self.assertLessEqual(told["latency_ms"]["p50"], told["latency_ms"]["p99"])
