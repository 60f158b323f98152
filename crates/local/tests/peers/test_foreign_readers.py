"""What lies in S3, read by other people's programs: Python's gzip, zipfile and json, zstandard, a Kafka client's reader of
snappy-java's streams and python-snappy's of Hadoop's must give back the lines that were sent, and hashlib and xxhash must give each object's digest and id anew.

The encodings below are written from the tables in `crates/format/src/digest.rs` and `identity.rs`, not by calling our
code: whoever keeps keys for years must be able to do the same.
"""

import collections
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import struct
import subprocess
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Iterable

import snappy
import xxhash
import zstandard
from kafka.codec import snappy_decode

from helpers import ACCOUNT_ID, BUCKET, REGION, STREAM, WEB_LOG, PeerTest, delivery

STREAM_ARN = f"arn:aws:kinesis:{REGION}:{ACCOUNT_ID}:stream/{STREAM}"


def digest_of(outputs: Iterable[tuple[str, int, int]]) -> bytes:
    """The digest of outputs: sequence number, sub-sequence number, output index."""
    hash_128 = xxhash.xxh3_128(seed=0)
    for sequence_number, sub_sequence_number, output_index in outputs:
        digits = sequence_number.encode("ascii")
        hash_128.update(bytes([len(digits)]) + digits + struct.pack(">QI", sub_sequence_number, output_index))
    return hash_128.digest()


def text(value: str) -> bytes:
    """A text after its length."""
    encoded = value.encode()
    return struct.pack(">I", len(encoded)) + encoded


def id_of(
    delivery_name: str,
    stream_arn: str,
    shard: int,
    partitions: list[tuple[str, str]],
    sequence_numbers: tuple[str, str],
    count: int,
    digest: bytes,
) -> uuid.UUID:
    """The id of a data object."""
    encoding = struct.pack(">I", 1) + text(delivery_name) + text("data") + text(stream_arn) + struct.pack(">Q", shard)
    encoding += struct.pack(">I", len(partitions))
    encoding += b"".join(text(name) + text(value) for name, value in partitions)
    encoding += text(sequence_numbers[0]) + text(sequence_numbers[1]) + struct.pack(">Q", count) + digest
    head = bytearray(hashlib.sha256(encoding).digest()[:16])
    head[6] = 0x80 | head[6] & 0x0F
    head[8] = 0x80 | head[8] & 0x3F
    return uuid.UUID(bytes=bytes(head))


def unzstd(body: bytes) -> bytes:
    """All frames of a body, whether or not they tell their size."""
    return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body), read_across_frames=True).read()


def unzip(body: bytes) -> bytes:
    """The one entry of an archive, which `unzip` reads as well where it is installed."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        (entry,) = archive.infolist()
        assert str(uuid.UUID(entry.filename)) == entry.filename, "named by an id, and no path"
        assert (entry.compress_type, entry.date_time) == (zipfile.ZIP_DEFLATED, (1980, 1, 1, 0, 0, 0))
        content = archive.read(entry)
    if program := shutil.which("unzip"):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "body.zip")
            path.write_bytes(body)
            unzipped = subprocess.run([program, "-p", path], check=True, capture_output=True, timeout=30)
        assert unzipped.stdout == content
    return content


def unsnappy_hadoop(body: bytes) -> bytes:
    """All blocks of Hadoop's stream, and nothing behind them."""
    reader = snappy.HadoopStreamDecompressor()
    content = reader.decompress(body)
    assert not reader.remains
    return content


def lines_of(records: list[bytes]) -> bytes:
    """A newline after every record."""
    return b"".join(record + b"\n" for record in records)


def array_of(records: list[bytes]) -> bytes:
    """One JSON array, a line an element."""
    return b"[" + b",\n".join(records) + b"]\n"


class EncodingTest(PeerTest):
    """The vectors of the documentation, so that a difference below is the object's."""

    def test_the_vector_of_the_digest(self) -> None:
        self.assertEqual(digest_of([("1", 0, 0), ("12", 3, 1)]).hex(), "07c6cbd901d28614906a5865bb709b85")

    def test_the_vector_of_the_id(self) -> None:
        numbers = (
            "49590338271490256608559692538361571095921575989136588898",
            "49590338271490256608559692540925702759324208523137515618",
        )
        arn = "arn:aws:kinesis:us-east-2:123456789012:stream/s"
        digest = bytes.fromhex("00112233445566778899aabbccddeeff")
        found = id_of("clicks", arn, 6, [("country", "jp")], numbers, 3, digest)
        self.assertEqual(str(found), "b1196465-dfc7-85e1-9c02-02c22ad2a749")


class ForeignReadersTest(PeerTest):
    """Objects of the real function."""

    def check(
        self,
        format_name: str,
        extension: str,
        decompress: Callable[[bytes], bytes],
        *,
        lay_down: Callable[[list[bytes]], bytes] = lines_of,
        split: Callable[[bytes], list[bytes]] = bytes.splitlines,
        ratio: float = 4,
        **settings: str,
    ) -> None:
        """Delivers the sample, and reads it back from a server that is started anew over the same folder."""
        variables = delivery(compression_format=format_name, **settings)
        sending = self.start(
            Input={"Path": str(WEB_LOG)},
            Function={"Environment": {"Variables": variables}},
            EventSourceMapping={"BatchSize": 500},
        )
        self.assertEqual(sending.finish(), 0, sending.said())
        sent = WEB_LOG.read_bytes().splitlines()
        shards: dict[str, dict[str, bytes]] = collections.defaultdict(dict)
        for put in sending.events("records_put"):
            for record in put["records"]:
                shards[record["shard_id"]][record["sequence_number"]] = sent[record["index"]]
        self.assertEqual(sum(map(len, shards.values())), len(sent))

        s3 = self.start().client("s3")
        self.addCleanup(s3.close)
        listed = s3.list_objects_v2(Bucket=BUCKET)
        keys = [entry["Key"] for entry in listed["Contents"]]
        self.assertFalse(listed["IsTruncated"])
        self.assertEqual(keys, sorted(stored["key"] for stored in sending.events("object_stored")))
        held: collections.Counter[bytes] = collections.Counter()
        for key in keys:
            self.assertTrue(key.endswith(extension), key)
            answer = s3.get_object(Bucket=BUCKET, Key=key)
            stored = answer["Body"].read()
            self.assertNotIn("ContentEncoding", answer, "or clients would decompress unasked")
            body = decompress(stored)
            self.assertLess(len(stored), len(body) / ratio)
            self.check_object(key.removesuffix(extension), answer["Metadata"], shards, body, lay_down)
            held.update(split(body))
        self.assertEqual(held, collections.Counter(sent))

    def check_object(
        self,
        key: str,
        metadata: dict[str, str],
        shards: dict[str, dict[str, bytes]],
        body: bytes,
        lay_down: Callable[[list[bytes]], bytes],
    ) -> None:
        """The object holds the records of its range, in order, and its digest and id follow from them."""
        shard = int(key.rpartition("/")[2].removeprefix(f"{STREAM}-").partition("-")[0])
        first, last = (metadata[f"penstock-{which}-sequence-number"] for which in ("first", "last"))
        records = shards[f"shardId-{shard:012}"]
        numbers = [number for number in sorted(records, key=int) if int(first) <= int(number) <= int(last)]
        self.assertEqual((numbers[0], numbers[-1]), (first, last))
        self.assertEqual(lay_down([records[number] for number in numbers]), body)
        digest = digest_of((number, 0, 0) for number in numbers)
        found = id_of(STREAM, STREAM_ARN, shard, [], (first, last), len(numbers), digest)
        self.assertEqual(key[-36:], str(found))
        expected = {
            "penstock-role": "data",
            "penstock-records": str(len(numbers)),
            "penstock-digest": digest.hex(),
            "penstock-key-scheme": "1",
            "penstock-format-version": "1",
        }
        self.assertEqual({name: metadata.get(name) for name in expected}, expected)

    def test_gzip(self) -> None:
        self.check("GZIP", ".gz", gzip.decompress)

    def test_zstd(self) -> None:
        self.check("ZSTD", ".zst", unzstd)

    def test_levels(self) -> None:
        self.check("GZIP", ".gz", gzip.decompress, compression_level="1", ratio=3)
        self.data = self.folder / "densest"
        self.check("ZSTD", ".zst", unzstd, compression_level="19")

    def test_zip(self) -> None:
        self.check("ZIP", ".zip", unzip)

    def test_snappy_of_snappy_java(self) -> None:
        self.check("Snappy", ".snappy", snappy_decode, ratio=2)

    def test_snappy_of_hadoop(self) -> None:
        self.check("HADOOP_SNAPPY", ".snappy", unsnappy_hadoop, ratio=2)

    def test_one_array_an_object(self) -> None:
        def elements(body: bytes) -> list[bytes]:
            values = json.loads(body)
            records = body[1:-2].split(b",\n")
            self.assertEqual([json.loads(record) for record in records], values)
            return records

        self.check("GZIP", ".gz", gzip.decompress, framing="json_array", lay_down=array_of, split=elements)
