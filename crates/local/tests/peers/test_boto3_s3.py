"""S3 as boto3 meets it: objects, metadata, conditions, checksums, lists, copies, multipart uploads, and keys of every
kind, with the objects lying as plain files where a person looks for them.
"""

import base64
import hashlib
import io
import os
import random
from typing import Any

import boto3.s3.transfer
from botocore.exceptions import ClientError

from helpers import BUCKET, PeerTest, files_below

MEBIBYTE = 1024 * 1024

KEYS = [
    ("plain", "plain.txt"),
    ("folders", "2015/10/27/01/events-6.gz"),
    ("space", "with a space/and another .txt"),
    ("file beside folder: file", "a"),
    ("file beside folder: below", "a/b"),
    ("file beside folder: deeper", "a/b/c"),
    ("unicode", "日本語/ключ/clé"),
    ("beyond the basic plane", "🚰/💧"),
    ("doubled slash", "double//slash"),
    ("only slashes", "//"),
    ("leading slash", "/leading"),
    ("trailing slash", "trailing/"),
    ("dots inside", "a..b/.hidden/c...d"),
    ("what URLs need", "q?u=e&r#y+plus%20;:@=,$!*'()[]{}|\\^`~\"<>"),
    ("looks escaped", "%2F%00%25%empty"),
    ("control characters", "tab\tand\rreturn\nand\x01"),
    ("a component of 255 bytes", "x" * 255 + "/y"),
    ("a component of 256 bytes", "x" * 256 + "/y"),
    ("1,024 bytes in one component", "k" * 1024),
    ("1,024 bytes of three each", "語" * 341 + "e"),
    ("1,024 bytes in many components", "k/" * 511 + "kk"),
    ("like our own", ".s3/lock"),
]

# Keys that differ, where the file system tells their names apart; that of macOS does not.
ALIKE = [("case", "Case"), ("other case", "case"), ("composed", "caf\u00e9"), ("decomposed", "cafe\u0301")]

# What a file system can hold as it is; a person finds it there.
PLAIN = {
    "plain",
    "folders",
    "space",
    "unicode",
    "beyond the basic plane",
    "dots inside",
    "what URLs need",
    "like our own",
}


class S3Test(PeerTest):
    """Each test has a server and a bucket of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.s3 = self.start().client("s3")
        self.addCleanup(self.s3.close)

    def put(self, key: str, body: bytes = b"body", **more: Any) -> dict[str, Any]:
        return self.s3.put_object(Bucket=BUCKET, Key=key, Body=body, **more)

    def get(self, key: str, **more: Any) -> bytes:
        with self.s3.get_object(Bucket=BUCKET, Key=key, **more)["Body"] as body:
            return body.read()

    def keys(self, **more: Any) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, **more)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def check_refused(self, status: int, code: str, call: Any, **arguments: Any) -> None:
        with self.assertRaises(ClientError) as refused:
            call(Bucket=BUCKET, **arguments)
        response = refused.exception.response
        self.assertEqual((response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]), (status, code))

    def test_an_object_comes_back(self) -> None:
        body = random.Random(1).randbytes(100_000)
        put = self.put("folder/object", body, ContentType="text/x-log", Metadata={"origin": "here", "empty": ""})
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        self.assertEqual(put["ETag"], etag)
        self.assertEqual(self.get("folder/object"), body)
        for answer in (
            self.s3.head_object(Bucket=BUCKET, Key="folder/object"),
            self.s3.get_object(Bucket=BUCKET, Key="folder/object"),
        ):
            self.assertEqual((answer["ContentLength"], answer["ETag"]), (len(body), etag))
            self.assertEqual(answer["ContentType"], "text/x-log")
            self.assertEqual(answer["Metadata"], {"origin": "here", "empty": ""})
            self.assertNotIn("StorageClass", answer, "STANDARD is not told")
        self.assertEqual(files_below(self.data / BUCKET), {"folder/object": body})

    def test_headers_are_kept(self) -> None:
        headers = {
            "CacheControl": "max-age=60",
            "ContentDisposition": 'attachment; filename="a b"',
            "ContentEncoding": "gzip",
            "ContentLanguage": "ja",
            "ContentType": "application/x-ndjson",
            "StorageClass": "STANDARD_IA",
        }
        self.put("object", **headers)
        head = self.s3.head_object(Bucket=BUCKET, Key="object")
        self.assertEqual({name: head.get(name) for name in headers}, headers)
        listed = self.s3.list_objects_v2(Bucket=BUCKET)["Contents"]
        self.assertEqual([entry["StorageClass"] for entry in listed], ["STANDARD_IA"])

    def test_overwriting_replaces_everything(self) -> None:
        self.put("object", b"a longer first body", Metadata={"first": "1"})
        self.put("object", b"second", Metadata={"second": "2"})
        self.assertEqual(self.get("object"), b"second")
        self.assertEqual(self.s3.head_object(Bucket=BUCKET, Key="object")["Metadata"], {"second": "2"})

    def test_deletes(self) -> None:
        for key in ("one", "two", "three", "folder/four"):
            self.put(key)
        self.s3.delete_object(Bucket=BUCKET, Key="one")
        self.s3.delete_object(Bucket=BUCKET, Key="never there")
        self.assertEqual(self.keys(), ["folder/four", "three", "two"])
        objects = [{"Key": key} for key in ("two", "folder/four", "never there")]
        answer = self.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": objects})
        self.assertEqual(sorted(entry["Key"] for entry in answer["Deleted"]), ["folder/four", "never there", "two"])
        self.assertNotIn("Errors", answer)
        self.assertEqual(self.keys(), ["three"])
        self.assertEqual(files_below(self.data / BUCKET), {"three": b"body"})
        self.check_refused(404, "NoSuchKey", self.s3.get_object, Key="one")
        self.check_refused(404, "404", self.s3.head_object, Key="one")

    def test_what_is_missing(self) -> None:
        for operation in (self.s3.get_object, self.s3.delete_object):
            with self.assertRaises(ClientError) as refused:
                operation(Bucket="no-such-bucket", Key="key")
            self.assertEqual(refused.exception.response["Error"]["Code"], "NoSuchBucket")
        self.assertEqual([bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]], [BUCKET])
        self.s3.head_bucket(Bucket=BUCKET)

    def test_conditional_writes(self) -> None:
        put = self.put("object", b"first", IfNoneMatch="*")
        for _ in range(2):
            self.check_refused(
                412, "PreconditionFailed", self.s3.put_object, Key="object", Body=b"second", IfNoneMatch="*"
            )
        self.assertEqual(self.get("object"), b"first")
        self.check_refused(412, "PreconditionFailed", self.s3.put_object, Key="object", Body=b"x", IfMatch='"0123"')
        self.put("object", b"third", IfMatch=put["ETag"])
        self.assertEqual(self.get("object"), b"third")
        self.s3.delete_object(Bucket=BUCKET, Key="object")
        self.put("object", b"fourth", IfNoneMatch="*")
        self.assertEqual(self.get("object"), b"fourth")

    def test_conditional_reads(self) -> None:
        etag = self.put("object")["ETag"]
        self.assertEqual(self.get("object", IfMatch=etag), b"body")
        self.check_refused(304, "304", self.s3.get_object, Key="object", IfNoneMatch=etag)
        self.check_refused(412, "PreconditionFailed", self.s3.get_object, Key="object", IfMatch='"0123"')

    def test_wrong_digests_store_nothing(self) -> None:
        wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
        right = base64.b64encode(hashlib.md5(b"body").digest()).decode()
        sha256 = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
        put = self.s3.put_object
        self.check_refused(400, "BadDigest", put, Key="object", Body=b"body", ContentMD5=wrong)
        self.check_refused(400, "InvalidDigest", put, Key="object", Body=b"body", ContentMD5="bm9uZQ==")
        self.check_refused(400, "BadDigest", put, Key="object", Body=b"body", ChecksumSHA256=sha256)
        self.assertEqual(self.keys(), [])
        self.assertEqual(files_below(self.data / BUCKET), {})
        self.put("object", ContentMD5=right)
        self.assertEqual(self.get("object"), b"body")

    def test_checksums_are_kept(self) -> None:
        self.put("object", ChecksumAlgorithm="SHA256")
        head = self.s3.head_object(Bucket=BUCKET, Key="object", ChecksumMode="ENABLED")
        self.assertEqual(head["ChecksumSHA256"], base64.b64encode(hashlib.sha256(b"body").digest()).decode())
        for algorithm in ("CRC32", "SHA1"):
            with self.subTest(algorithm):
                self.put(algorithm, ChecksumAlgorithm=algorithm)
                self.assertEqual(self.get(algorithm, ChecksumMode="ENABLED"), b"body")
                head = self.s3.head_object(Bucket=BUCKET, Key=algorithm, ChecksumMode="ENABLED")
                self.assertIn(f"Checksum{algorithm}", head)

    def test_ranges(self) -> None:
        body = bytes(range(100))
        self.put("object", body)
        for asked, expected, told in [
            ("bytes=0-9", body[:10], "bytes 0-9/100"),
            ("bytes=10-10", body[10:11], "bytes 10-10/100"),
            ("bytes=90-", body[90:], "bytes 90-99/100"),
            ("bytes=90-1000", body[90:], "bytes 90-99/100"),
            ("bytes=-5", body[-5:], "bytes 95-99/100"),
            ("bytes=-1000", body, "bytes 0-99/100"),
        ]:
            with self.subTest(asked):
                answer = self.s3.get_object(Bucket=BUCKET, Key="object", Range=asked)
                self.assertEqual((answer["Body"].read(), answer["ContentRange"]), (expected, told))
                self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 206)
        self.check_refused(416, "InvalidRange", self.s3.get_object, Key="object", Range="bytes=100-")

    def test_lists_in_pages(self) -> None:
        keys = sorted((f"{folder}/{number:02}" for folder in "abc" for number in range(9)), key=str.encode)
        for key in [*keys, "top", "Ä", "a-b"]:
            self.put(key)
        everything = sorted([*keys, "top", "Ä", "a-b"], key=str.encode)
        for operation in ("list_objects", "list_objects_v2"):
            for page_size in (1, 4, 1000):
                with self.subTest(operation, page_size=page_size):
                    paginator = self.s3.get_paginator(operation)
                    pages = list(paginator.paginate(Bucket=BUCKET, PaginationConfig={"PageSize": page_size}))
                    found = [entry["Key"] for page in pages for entry in page["Contents"]]
                    self.assertEqual(found, everything)
                    self.assertTrue(all(len(page["Contents"]) <= page_size for page in pages))
                    entries = [entry for page in pages for entry in page["Contents"]]
                    self.assertEqual({entry["Size"] for entry in entries}, {4})
                    found = self.delimited(paginator, page_size, Delimiter="/")
                    self.assertEqual(found, (["a-b", "top", "Ä"], ["a/", "b/", "c/"]))
                    found = self.delimited(paginator, page_size, Delimiter="/", Prefix="b/")
                    self.assertEqual(found, ([f"b/{number:02}" for number in range(9)], []))
                    self.assertEqual(self.delimited(paginator, page_size, Delimiter="/", Prefix="a"), (["a-b"], ["a/"]))
                    self.assertEqual(self.delimited(paginator, page_size, Prefix="none"), ([], []))
        self.assertEqual(self.keys(StartAfter="b/07"), [key for key in everything if key > "b/07"])
        marked = self.s3.list_objects(Bucket=BUCKET, Marker="b/07")["Contents"]
        self.assertEqual([entry["Key"] for entry in marked], [key for key in everything if key > "b/07"])

    def delimited(self, paginator: Any, page_size: int, **query: str) -> tuple[list[str], list[str]]:
        """Keys and common prefixes over all pages."""
        pages = list(paginator.paginate(Bucket=BUCKET, PaginationConfig={"PageSize": page_size}, **query))
        for page in pages:
            self.assertLessEqual(len(page.get("Contents", [])) + len(page.get("CommonPrefixes", [])), page_size)
        return (
            [entry["Key"] for page in pages for entry in page.get("Contents", [])],
            [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])],
        )

    def test_copies(self) -> None:
        self.put("from a/ключ +&%", b"body", Metadata={"name": "value"}, ContentType="text/plain")
        source = {"Bucket": BUCKET, "Key": "from a/ключ +&%"}
        self.s3.copy_object(Bucket=BUCKET, Key="to/copy", CopySource=source)
        copy = self.s3.head_object(Bucket=BUCKET, Key="to/copy")
        self.assertEqual((copy["Metadata"], copy["ContentType"]), ({"name": "value"}, "text/plain"))
        self.assertEqual(self.get("to/copy"), b"body")
        replaced = {"Metadata": {"other": "1"}, "MetadataDirective": "REPLACE"}
        self.s3.copy_object(Bucket=BUCKET, Key="to/copy", CopySource={"Bucket": BUCKET, "Key": "to/copy"}, **replaced)
        self.assertEqual(self.s3.head_object(Bucket=BUCKET, Key="to/copy")["Metadata"], {"other": "1"})
        self.assertEqual(self.get("to/copy"), b"body")
        missing = {"Bucket": BUCKET, "Key": "missing"}
        self.check_refused(404, "NoSuchKey", self.s3.copy_object, Key="to/nothing", CopySource=missing)
        self.assertEqual(self.keys(), ["from a/ключ +&%", "to/copy"])

    def test_a_transfer_in_parts(self) -> None:
        body = random.Random(2).randbytes(20 * MEBIBYTE + 12_345)
        transfer = boto3.s3.transfer.TransferConfig(multipart_threshold=8 * MEBIBYTE, multipart_chunksize=8 * MEBIBYTE)
        extra = {"Metadata": {"kind": "parts"}, "StorageClass": "GLACIER_IR"}
        self.s3.upload_fileobj(io.BytesIO(body), BUCKET, "large/object", ExtraArgs=extra, Config=transfer)
        head = self.s3.head_object(Bucket=BUCKET, Key="large/object")
        self.assertEqual((head["ContentLength"], head["Metadata"]), (len(body), {"kind": "parts"}))
        self.assertEqual(head["StorageClass"], "GLACIER_IR")
        chunks = [body[start : start + 8 * MEBIBYTE] for start in range(0, len(body), 8 * MEBIBYTE)]
        whole = hashlib.md5(b"".join(hashlib.md5(chunk).digest() for chunk in chunks)).hexdigest()
        self.assertEqual(head["ETag"], f'"{whole}-{len(chunks)}"')
        down = io.BytesIO()
        self.s3.download_fileobj(BUCKET, "large/object", down, Config=transfer)
        self.assertEqual(hashlib.sha256(down.getvalue()).digest(), hashlib.sha256(body).digest())
        self.assertTrue(self.get("large/object", PartNumber=2) == chunks[1])
        self.assertTrue(files_below(self.data / BUCKET) == {"large/object": body}, "one plain file")
        self.s3.copy({"Bucket": BUCKET, "Key": "large/object"}, BUCKET, "large/copy", Config=transfer)
        self.assertTrue(self.get("large/copy") == body, "copied in parts")

    def test_an_upload_that_is_given_up(self) -> None:
        upload = {"Key": "object", "UploadId": self.s3.create_multipart_upload(Bucket=BUCKET, Key="object")["UploadId"]}
        part = self.s3.upload_part(Bucket=BUCKET, PartNumber=1, Body=b"part", **upload)
        listed = self.s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
        self.assertEqual([entry["UploadId"] for entry in listed], [upload["UploadId"]])
        parts = self.s3.list_parts(Bucket=BUCKET, **upload)["Parts"]
        self.assertEqual(
            [(entry["PartNumber"], entry["Size"], entry["ETag"]) for entry in parts], [(1, 4, part["ETag"])]
        )
        self.assertEqual(self.keys(), [], "no object before it is complete")
        self.s3.abort_multipart_upload(Bucket=BUCKET, **upload)
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket=BUCKET))
        complete = {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}, **upload}
        self.check_refused(404, "NoSuchUpload", self.s3.complete_multipart_upload, **complete)
        self.assertEqual(files_below(self.data / BUCKET), {})

    def test_an_upload_does_not_replace_what_must_not_be(self) -> None:
        upload = {"Key": "object", "UploadId": self.s3.create_multipart_upload(Bucket=BUCKET, Key="object")["UploadId"]}
        part = self.s3.upload_part(Bucket=BUCKET, PartNumber=1, Body=b"part", **upload)
        self.put("object", b"first")
        complete = {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}, **upload}
        self.check_refused(412, "PreconditionFailed", self.s3.complete_multipart_upload, IfNoneMatch="*", **complete)
        self.assertEqual(self.get("object"), b"first")

    def test_keys_of_every_kind(self) -> None:
        tells_apart = not (self.file("case", b"").with_name("CASE")).exists()
        keys = KEYS + ALIKE if tells_apart else KEYS
        for number, (name, key) in enumerate(keys):
            with self.subTest(name):
                self.put(key, b"body %d" % number, Metadata={"number": str(number)})
        for number, (name, key) in enumerate(keys):
            with self.subTest(name):
                self.assertEqual(self.get(key), b"body %d" % number)
                head = self.s3.head_object(Bucket=BUCKET, Key=key)
                self.assertEqual(head["Metadata"], {"number": str(number)})
                self.assertEqual(self.keys(Prefix=key)[0], key)
                if name in PLAIN:
                    self.assertEqual((self.data / BUCKET / key).read_bytes(), b"body %d" % number)
        in_order = sorted((key for _, key in keys), key=str.encode)
        self.assertEqual(self.keys(), in_order)
        self.assertEqual(self.keys(PaginationConfig={"PageSize": 3}), in_order)
        self.assertEqual(len(files_below(self.data / BUCKET)), len(keys), "a file for each")
        for name, key in keys:
            with self.subTest(name):
                self.s3.delete_object(Bucket=BUCKET, Key=key)
        self.assertEqual(self.keys(), [])
        self.assertEqual(files_below(self.data / BUCKET), {})

    def test_a_file_and_a_folder_of_one_name_in_either_order(self) -> None:
        for name, keys in [("file first", ["a", "a/b", "a/b/c"]), ("folder first", ["a/b/c", "a/b", "a"])]:
            with self.subTest(name):
                for key in keys:
                    self.put(key, key.encode())
                self.assertEqual(self.keys(), ["a", "a/b", "a/b/c"])
                for key in keys:
                    self.assertEqual(self.get(key), key.encode())
                    self.s3.delete_object(Bucket=BUCKET, Key=key)
                self.assertEqual(self.keys(), [])

    def test_keys_that_are_none(self) -> None:
        self.check_refused(400, "KeyTooLongError", self.s3.put_object, Key="k" * 1025, Body=b"")
        self.check_refused(400, "KeyTooLongError", self.s3.put_object, Key="語" * 342, Body=b"")
        self.assertEqual(files_below(self.data / BUCKET), {})

    def test_a_file_that_a_person_puts_there_is_an_object(self) -> None:
        path = self.data / BUCKET / "by hand" / "file.txt"
        path.parent.mkdir()
        path.write_bytes(b"hello")
        self.assertEqual(self.keys(), ["by hand/file.txt"])
        self.assertEqual(self.get("by hand/file.txt"), b"hello")
        os.truncate(path, 4)
        self.assertEqual(self.get("by hand/file.txt"), b"hell")

    def test_what_was_stored_is_there_after_a_new_start(self) -> None:
        first = self.start(DataDirectory=str(self.folder / "kept"))
        with_first = first.client("s3")
        with_first.put_object(Bucket=BUCKET, Key="object", Body=b"body", Metadata={"name": "value"})
        with_first.close()
        self.assertEqual(first.stop(), 0)
        second = self.start(DataDirectory=str(self.folder / "kept")).client("s3")
        self.addCleanup(second.close)
        answer = second.get_object(Bucket=BUCKET, Key="object")
        self.assertEqual((answer["Body"].read(), answer["Metadata"]), (b"body", {"name": "value"}))
