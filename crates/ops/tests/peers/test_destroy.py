"""`destroy`, against moto: what it says that it leaves is what is left."""

from emulator import Emulated

ARTIFACTS = "penstock-artifacts-123456789012-eu-west-1"


class Destroy(Emulated):
    def put(self, bucket, count):
        s3 = self.client("s3")
        for number in range(count):
            s3.put_object(Bucket=bucket, Key=f"2026/11/24/{number:05}", Body=b"x" * 10)

    def test_what_holds_data_is_left_and_said_and_goes_with_its_flag(self):
        self.deploy()
        self.put("acme-clicks", 3)
        told = self.json(self.run_ops("destroy", "--yes", "--json"))
        self.assertEqual(told["result"], "removed")
        self.assertEqual(
            self.there(),
            {"buckets": {"acme-clicks", ARTIFACTS}, "streams": {"clicks"}, "stacks": {"penstock-artifacts"}},
        )
        left = [own["what"] for own in told["left"]]
        self.assertEqual(len(left), 3, left)
        self.assertIn("the bucket acme-clicks: 3 objects (3 versions and marks), 30 B", left)
        self.assertIn("the stream clicks, with its records", left)
        self.assertIn(f"the code, in the bucket {ARTIFACTS}", left)
        again = self.json(self.run_ops("destroy", "--yes", "--json"))
        self.assertEqual((again["result"], again["left"]), ("nothing_to_remove", told["left"]))
        rest = self.run_ops("destroy", "--yes", "--purge=acme-clicks", "--delete-stream")
        self.assertIn("nothing is left", rest.stderr)
        self.assertEqual(self.there(), {})

    def test_nothing_is_left_when_all_flags_are_given(self):
        self.deploy()
        s3 = self.client("s3")
        # More versions than one request takes, marks of deletion, and an upload that nobody ended.
        self.put("acme-clicks", 1_030)
        for number in range(20):
            s3.delete_object(Bucket="acme-clicks", Key=f"2026/11/24/{number:05}")
        s3.create_multipart_upload(Bucket="acme-clicks", Key="unfinished")
        self.put("acme-clicks-failures", 2)
        flags = ["--purge=acme-clicks", "--purge=acme-clicks-failures", "--delete-stream"]
        self.run_ops("destroy", "--yes", *flags)
        self.assertEqual(self.there(), {})
        self.assertIn("nothing to remove", self.run_ops("destroy", "--yes").stderr)

    def test_failures_that_were_not_replayed_are_left(self):
        self.deploy()
        self.put("acme-clicks-failures", 1)
        self.run_ops("destroy", "--yes", "--purge=acme-clicks", "--delete-stream")
        self.assertEqual(self.there(), {"buckets": {"acme-clicks-failures"}})

    def test_refusals_touch_nothing(self):
        self.deploy()
        before = self.there()
        self.assertIn("--yes", self.run_ops("destroy", exit=3).stderr)
        wrong = self.run_ops("destroy", "--yes", "--purge=acme-clix", exit=64)
        self.assertIn("one of acme-clicks, acme-clicks-failures", wrong.stderr)
        self.assertEqual(self.there(), before)

    def test_a_bucket_that_was_there_before_is_nobodys_to_purge(self):
        self.client("s3").create_bucket(
            Bucket="acme-clicks", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        self.environment.write_text(self.ENVIRONMENT + "[stack]\nexisting_bucket = true\n")
        self.deploy()
        self.run_ops("destroy", "--yes", "--purge=acme-clicks", exit=64)
        self.run_ops("destroy", "--yes", "--delete-stream")
        self.assertEqual(self.there()["buckets"], {"acme-clicks", ARTIFACTS})
