"""S3 as the AWS CLI meets it: the commands with which people look at what was delivered, and bring it elsewhere."""

import hashlib
import json
import os
import random
import time
import unittest.mock
import urllib.request

from helpers import BUCKET, PeerTest, files_below, lines

URI = f"s3://{BUCKET}"
MEBIBYTE = 1024 * 1024
HOUR_AGO = time.time() - 3600


class AwsS3Test(PeerTest):
    """Each test has a server and a bucket of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.local = self.start()
        self.aws = self.local.aws

    def listed(self, *arguments: str) -> list[list[str]]:
        """What `aws s3 ls` prints, without dates: `["4", "key"]`, `["PRE", "folder/"]`."""
        rows = [line.strip() for line in lines(self.aws("s3", "ls", *arguments))]
        return [row.split(" ", 1) if row.startswith("PRE ") else row.split(maxsplit=3)[2:] for row in rows]

    def check_refused(self, words: str, *arguments: str) -> None:
        """The command fails, and says why."""
        done = self.local.aws_process(*arguments)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(words, done.stderr.decode())

    def test_cp_ls_rm(self) -> None:
        path = self.file("file.txt", b"hello world!")
        self.aws("s3", "cp", str(path), f"{URI}/folder/with space/ключ.txt")
        self.aws("s3", "cp", "-", f"{URI}/folder/from stdin", stdin=b"1,2,3")
        self.aws("s3", "cp", f"{URI}/folder/from stdin", f"{URI}/top")
        self.assertEqual(self.listed(f"{URI}/"), [["PRE", "folder/"], ["5", "top"]])
        self.assertEqual(self.listed(f"{URI}/folder/"), [["PRE", "with space/"], ["5", "from stdin"]])
        everything = [["5", "folder/from stdin"], ["12", "folder/with space/ключ.txt"], ["5", "top"]]
        self.assertEqual(self.listed("--recursive", URI), everything)
        self.assertEqual(self.aws("s3", "cp", f"{URI}/folder/with space/ключ.txt", "-"), b"hello world!")
        summary = self.aws("s3", "ls", "--recursive", "--summarize", "--page-size", "1", URI).decode()
        self.assertIn("Total Objects: 3\n", summary)
        self.assertIn("Total Size: 22\n", summary)
        self.aws("s3", "mv", f"{URI}/top", f"{URI}/folder/moved")
        self.aws("s3", "rm", f"{URI}/folder/from stdin")
        self.assertEqual(
            [row[1] for row in self.listed("--recursive", URI)], ["folder/moved", "folder/with space/ключ.txt"]
        )
        self.assertEqual(
            files_below(self.data / BUCKET), {"folder/moved": b"1,2,3", "folder/with space/ключ.txt": b"hello world!"}
        )
        self.aws("s3", "rm", "--recursive", f"{URI}/folder/")
        self.assertEqual(files_below(self.data / BUCKET), {})
        self.check_refused("404", "s3", "cp", f"{URI}/missing", "-")
        self.check_refused("NoSuchBucket", "s3", "ls", "s3://no-such-bucket")

    def test_sync_both_ways(self) -> None:
        content = {"a": b"1", "b/c d": b"22", "b/e/ключ": b"", "b/f": bytes(100_000)}
        up, down = self.folder / "up", self.folder / "down"
        for name, body in content.items():
            # S3 tells whole seconds, so what is written and sent in one second looks newer than its object.
            os.utime(self.file(f"up/{name}", body), (HOUR_AGO, HOUR_AGO))
        self.aws("s3", "sync", str(up), f"{URI}/prefix")
        self.assertEqual(files_below(self.data / BUCKET / "prefix"), content)
        self.assertEqual(lines(self.aws("s3", "sync", str(up), f"{URI}/prefix")), [], "nothing is new")
        self.aws("s3", "sync", f"{URI}/prefix", str(down))
        self.assertEqual(files_below(down), content)
        self.assertEqual(lines(self.aws("s3", "sync", f"{URI}/prefix", str(down))), [], "nothing is new")
        (up / "a").unlink()
        self.aws("s3", "sync", "--delete", str(up), f"{URI}/prefix")
        self.aws("s3", "sync", "--delete", f"{URI}/prefix", str(down))
        del content["a"]
        self.assertEqual(files_below(down), content)

    def test_empty_files_leave_the_connection_usable(self) -> None:
        # The CLI announces a file with `Expect: 100-continue`, also an empty one. Whoever answers that without a 100
        # must close the connection: a CLI that goes on with it takes its next answer for the last one, and waits.
        settings = self.file("config", b"[default]\ns3 =\n    max_concurrent_requests = 1\n")
        content = {
            f"{number}-{kind}": body for number in range(3) for kind, body in [("empty", b""), ("full", b"body")]
        }
        for name, body in content.items():
            self.file(f"up/{name}", body)
        with unittest.mock.patch.dict(os.environ, AWS_CONFIG_FILE=str(settings)):
            self.aws("s3", "sync", str(self.folder / "up"), URI)
        self.assertEqual(files_below(self.data / BUCKET), content)

    def test_a_large_file_in_parts(self) -> None:
        body = random.Random(3).randbytes(20 * MEBIBYTE)
        path = self.file("large", body)
        self.aws("s3", "cp", "--no-progress", "--metadata", "kind=parts", str(path), f"{URI}/large")
        head = json.loads(self.aws("s3api", "head-object", "--bucket", BUCKET, "--key", "large", "--output", "json"))
        self.assertEqual((head["ContentLength"], head["Metadata"]), (len(body), {"kind": "parts"}))
        self.assertTrue(head["ETag"].endswith('-3"'), head["ETag"])
        self.aws("s3", "cp", "--no-progress", f"{URI}/large", str(self.folder / "back"))
        for copy in (self.folder / "back", self.data / BUCKET / "large"):
            self.assertEqual(hashlib.sha256(copy.read_bytes()).digest(), hashlib.sha256(body).digest())

    def test_put_if_none_match(self) -> None:
        path = str(self.file("body", b"first"))
        put = ("s3api", "put-object", "--bucket", BUCKET, "--key", "object", "--if-none-match", "*", "--body")
        self.aws(*put, path)
        self.check_refused("PreconditionFailed", *put, str(self.file("other", b"second")))
        self.assertEqual(self.aws("s3", "cp", f"{URI}/object", "-"), b"first")

    def test_s3api_lists_in_pages(self) -> None:
        keys = [f"folder-{number // 3}/object-{number}" for number in range(7)]
        for key in keys:
            self.file(f"up/{key}", b"body")
        self.aws("s3", "sync", str(self.folder / "up"), URI)
        for operation in ("list-objects", "list-objects-v2"):
            with self.subTest(operation):
                query = ("s3api", operation, "--bucket", BUCKET, "--page-size", "2", "--output", "json")
                page = json.loads(self.aws(*query))
                self.assertEqual([entry["Key"] for entry in page["Contents"]], keys)
                folders = json.loads(self.aws(*query, "--delimiter", "/"))
                prefixes = [entry["Prefix"] for entry in folders["CommonPrefixes"]]
                self.assertEqual(prefixes, ["folder-0/", "folder-1/", "folder-2/"])

    def test_buckets(self) -> None:
        self.aws("s3", "mb", "s3://another-bucket")
        buckets = [line.split()[-1] for line in lines(self.aws("s3", "ls"))]
        self.assertEqual(buckets, [BUCKET, "another-bucket"])
        self.aws("s3", "cp", "-", "s3://another-bucket/object", stdin=b"body")
        self.check_refused("BucketNotEmpty", "s3", "rb", "s3://another-bucket")
        self.aws("s3", "rb", "--force", "s3://another-bucket")
        self.assertFalse((self.data / "another-bucket").exists())

    def test_a_presigned_address_is_readable_for_anyone(self) -> None:
        self.aws("s3", "cp", "-", f"{URI}/folder/a b", stdin=b"body")
        address = self.aws("s3", "presign", f"{URI}/folder/a b").decode().strip()
        with urllib.request.urlopen(address, timeout=10) as answer:
            self.assertEqual(answer.read(), b"body")
