"""What S3 is told of an object beside its bytes, seen by boto3 after the real function delivered it."""

import gzip

from helpers import ACCOUNT_ID, BUCKET, REGION, STREAM, PeerTest, delivery

KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/1234abcd-12ab-34cd-56ef-1234567890ab"

ATTRIBUTES = {
    "content_type": "text/csv; header=absent",
    "content_encoding": "firehose",
    "compression_format": "GZIP",
    "cache_control": "max-age=60",
    "content_disposition": 'attachment; filename="a b.csv"',
    "content_language": "ja",
    "storage_class": "STANDARD_IA",
    "object_tags": "cost center=7&team=data+ops",
    "sse_kms_key_arn": KEY_ARN,
    "expected_bucket_owner": ACCOUNT_ID,
}

HEADERS = {
    "ContentType": "text/csv; header=absent",
    "ContentEncoding": "gzip",
    "CacheControl": "max-age=60",
    "ContentDisposition": 'attachment; filename="a b.csv"',
    "ContentLanguage": "ja",
    "StorageClass": "STANDARD_IA",
    "ServerSideEncryption": "aws:kms",
    "SSEKMSKeyId": KEY_ARN,
    "BucketKeyEnabled": True,
}

DEFAULTS = {
    "ContentType": "application/octet-stream",
    "ContentEncoding": None,
    "CacheControl": None,
    "ContentDisposition": None,
    "ContentLanguage": None,
    "StorageClass": None,
    "ServerSideEncryption": "AES256",
    "SSEKMSKeyId": None,
    "BucketKeyEnabled": None,
}


class AttributesTest(PeerTest):
    def check(self, settings: dict[str, str], body: bytes, headers: dict, tags: list, checksum: str) -> None:
        local = self.start(
            Streams=[{"StreamName": STREAM, "ShardCount": 1}],
            Function={"Environment": {"Variables": delivery(**settings)}},
        )
        kinesis, s3 = local.client("kinesis"), local.client("s3")
        self.addCleanup(kinesis.close)
        self.addCleanup(s3.close)
        kinesis.put_record(StreamName=STREAM, Data=b"1,2,3", PartitionKey="k")
        key = local.wait_for("object_stored")[0]["key"]
        head = s3.head_object(Bucket=BUCKET, Key=key, ExpectedBucketOwner=ACCOUNT_ID, ChecksumMode="ENABLED")
        self.assertEqual({name: head.get(name) for name in headers}, headers)
        self.assertIn(f"Checksum{checksum}", head)
        self.assertEqual(s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"], tags)
        got = s3.get_object(Bucket=BUCKET, Key=key)
        self.assertEqual(got.get("TagCount", 0), len(tags))
        with got["Body"] as stored:
            content = stored.read()
        self.assertEqual(gzip.decompress(content) if head.get("ContentEncoding") else content, body)
        self.assertEqual(local.stop(), 0)

    def test_every_attribute_that_is_set(self) -> None:
        tags = [{"Key": "cost center", "Value": "7"}, {"Key": "team", "Value": "data+ops"}]
        for algorithm in ("CRC32C", "CRC64NVME", "SHA1", "SHA256"):
            with self.subTest(algorithm):
                self.data = self.folder / algorithm
                self.check({**ATTRIBUTES, "checksum_algorithm": algorithm}, b"1,2,3\n", HEADERS, tags, algorithm)

    def test_none_that_is_not(self) -> None:
        self.check({}, b"1,2,3\n", DEFAULTS, [], "CRC32")

    def test_another_owner_gets_nothing(self) -> None:
        local = self.start(
            Streams=[{"StreamName": STREAM, "ShardCount": 1}],
            EventSourceMapping={"MaximumRetryAttempts": 0},
            Function={"Environment": {"Variables": delivery(expected_bucket_owner="123456789012")}},
        )
        kinesis, s3 = local.client("kinesis"), local.client("s3")
        self.addCleanup(kinesis.close)
        self.addCleanup(s3.close)
        kinesis.put_record(StreamName=STREAM, Data=b"1,2,3", PartitionKey="k")
        local.wait_for("batch_discarded")
        self.assertNotIn("Contents", s3.list_objects_v2(Bucket=BUCKET))
