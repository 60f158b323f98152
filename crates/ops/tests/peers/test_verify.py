"""`verify`, against a bucket of moto's in which objects say of themselves what ours say."""

import gzip
import uuid

from emulator import Emulated


class Verify(Emulated):
    ENVIRONMENT = Emulated.ENVIRONMENT + 'prefix = "data/"\ncompression_format = "GZIP"\n'

    def setUp(self):
        super().setUp()
        self.s3 = self.client("s3")
        self.s3.create_bucket(
            Bucket="acme-clicks", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )

    def put(self, first, last, *, shard=0, index=1, count=1, records=None, lines=None, prefix="data/"):
        """An object of a batch; its key."""
        role = "data" if index == 1 else "error:processing-failed"
        name = f"clicks-{shard}-2026-11-24-10-00-00-00-{uuid.uuid4()}.gz"
        key = f"{prefix}2026/11/24/10/{name}"
        records = last - first + 1 if records is None else records
        number = lambda of: f"49{of:054}"
        metadata = {
            "penstock-role": role,
            "penstock-first-sequence-number": number(first),
            "penstock-last-sequence-number": number(last),
            "penstock-records": str(records),
            "penstock-digest": f"{first:016x}{last:08x}{index:08x}",
            "penstock-key-scheme": "1",
            "penstock-format-version": "1",
            "penstock-batch-first-sequence-number": number(first),
            "penstock-batch-last-sequence-number": number(last),
            "penstock-batch-records": str(last - first + 1),
            "penstock-batch-dropped": "0",
            "penstock-batch-failed": str(count - 1),
            "penstock-object-index": str(index),
            "penstock-object-count": str(count),
        }
        body = gzip.compress(b"x\n" * (records if lines is None else lines))
        self.s3.put_object(Bucket="acme-clicks", Key=key, Body=body, Metadata=metadata)
        return key

    def verify(self, *arguments, exit=0):
        return self.json(self.run_ops("verify", "--json", *arguments, exit=exit))

    def keys(self, bucket="acme-clicks"):
        return {own["Key"] for own in self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])}

    def test_what_is_whole_is_clean(self):
        self.put(1, 5)
        self.put(6, 9, index=1, count=2, records=3)
        self.put(6, 9, index=2, count=2, records=1)
        self.put(3, 8, shard=1)
        self.s3.put_object(Bucket="acme-clicks", Key="data/readme.txt", Body=b"")
        told = self.verify("--deep")
        self.assertEqual((told["result"], told["objects"], told["records"]), ("clean", 4, 15))
        self.assertEqual(told["foreign"], ["data/readme.txt"])
        self.assertEqual([(own["shard"], own["batches"]) for own in told["shards"]], [(0, 2), (1, 1)])
        shown = self.run_ops("verify").stdout
        self.assertIn("shard 0    3 objects  2 batches  9 records", shown)
        self.assertTrue(shown.endswith("\nclean\n"), shown)
        self.assertEqual(self.verify("--since", "1d")["objects"], 4)
        self.assertEqual(self.verify("--prefix", "data/2025/")["objects"], 0)

    def test_a_planted_loss_a_duplicate_and_an_overlap_are_found(self):
        whole = self.put(1, 5)
        lost = self.put(6, 9, index=1, count=2)
        told = self.verify(exit=6)
        self.assertEqual(told["findings"], [{"kind": "missing", "key": lost, "there": 1, "of": 2}])
        self.assertIn(f"LOSS     1 of 2 objects of a batch are there: {lost}", self.run_ops("verify", exit=6).stdout)
        self.s3.delete_object(Bucket="acme-clicks", Key=lost)
        other = self.put(1, 5)
        twice = self.verify(exit=6)["findings"]
        self.assertEqual(twice, [{"kind": "duplicate", "key": max(whole, other), "within": min(whole, other)}])
        self.s3.delete_object(Bucket="acme-clicks", Key=other)
        overlap = self.put(4, 12)
        self.assertEqual(self.verify(exit=6)["findings"], [{"kind": "overlap", "key": overlap, "with": whole}])

    def test_deep_reads_what_objects_hold(self):
        key = self.put(1, 5, lines=4)
        self.assertEqual(self.verify()["result"], "clean", "HEAD alone does not see it")
        told = self.verify("--deep", exit=6)
        self.assertEqual(told["broken"], [f"{key}: it holds 4 records and says 5"])
        self.s3.put_object(
            Bucket="acme-clicks", Key=key, Body=b"no gzip", Metadata=self.s3.head_object(Bucket="acme-clicks", Key=key)["Metadata"]
        )
        self.assertEqual(len(self.verify("--deep", exit=6)["broken"]), 1)

    def test_a_clean_copy_leaves_out_what_lies_twice_and_is_made_once(self):
        self.put(1, 9)
        contained = self.put(4, 6)
        self.put(10, 12)
        refused = self.run_ops("verify", "--dedupe", "clean/", exit=3)
        self.assertIn("--yes", refused.stderr)
        before = self.keys()
        copied = self.run_ops("verify", "--dedupe", "clean/", "--yes", exit=6)
        self.assertIn("copied 2 objects to s3://acme-clicks/clean/, 0 were there, 1 left out", copied.stderr)
        self.assertEqual(self.keys() - before, {f"clean/{key}" for key in before - {contained}})
        again = self.run_ops("verify", "--dedupe", "clean/", "--yes", exit=6)
        self.assertIn("copied 0 objects to s3://acme-clicks/clean/, 2 were there", again.stderr)
        clean = self.json(self.run_ops("verify", "--json", "--prefix", "clean/"))
        self.assertEqual((clean["result"], clean["records"]), ("clean", 12))

    def test_keys_alone_are_enough_where_they_hold_the_range(self):
        refused = self.run_ops("verify", "--list-only", exit=1)
        self.assertIn("expected a template with {shard}", refused.stderr)
        name = "s{shard}-{first_sequence_number}-{last_sequence_number}-{time}-{id}"
        self.environment.write_text(self.ENVIRONMENT + f'object_name = "{name}"\n')
        for first, last in [(1, 5), (4, 9)]:
            key = f"data/s0-49{first:054}-49{last:054}-2026-11-24-10-00-00-00-{uuid.uuid4()}.gz"
            self.s3.put_object(Bucket="acme-clicks", Key=key, Body=b"")
        told = self.verify("--list-only", exit=6)
        self.assertEqual([own["kind"] for own in told["findings"]], ["overlap"])
