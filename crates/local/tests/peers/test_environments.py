"""`cargo xtask local --input` with an environment for each way in and out, and what came out, read by other people's
programs."""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import struct
import subprocess
import zipfile

import snappy
import zstandard
from kafka.codec import snappy_decode

from helpers import BUCKET, BUILD_SECONDS, CLI_SECONDS, REPOSITORY, EnvironmentTest, binary

FIREHOSE = REPOSITORY / "crates/stack/testdata/firehose"
RECORDS = [json.dumps({"id": number, "text": f"line {number} " * 5}).encode() for number in range(200)]
BACKUP = "acme-backup"


def unzip(body: bytes) -> bytes:
    """The one entry of an archive."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        (entry,) = archive.infolist()
        return archive.read(entry)


def unsnappy_hadoop(body: bytes) -> bytes:
    """Hadoop's blocks."""
    return snappy.HadoopStreamDecompressor().decompress(body)


def unzstd(body: bytes) -> bytes:
    """A frame."""
    return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body)).read()


def varint(value: int) -> bytes:
    """A number of Protocol Buffers."""
    return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80]) + varint(value >> 7)


def field(number: int, content: bytes) -> bytes:
    """A field of bytes."""
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def kpl(records: list[bytes]) -> bytes:
    """An aggregate as the KPL's `aggregation-format.md` has it, with one partition key."""
    message = field(1, b"k") + b"".join(field(3, b"\x08\x00" + field(3, record)) for record in records)
    return b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message).digest()


def cloudwatch_logs(messages: list[str], kind: str = "DATA_MESSAGE") -> bytes:
    """A subscription document as CloudWatch Logs sends it."""
    events = [{"id": str(place), "timestamp": 1, "message": message} for place, message in enumerate(messages)]
    document = {
        "messageType": kind,
        "owner": "123456789012",
        "logGroup": "g",
        "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": events,
    }
    return gzip.compress(json.dumps(document).encode())


class EnvironmentsTest(EnvironmentTest):
    """An environment each."""

    def lines(self, objects: dict[str, bytes], extension: str, read) -> list[bytes]:
        """The lines of all objects, in no order."""
        self.assertTrue(objects)
        for key in objects:
            self.assertTrue(key.startswith(f"{BUCKET}/") and key.endswith(extension), key)
        return sorted(line for body in objects.values() for line in read(body).splitlines())

    def check_format(self, name: str, extension: str, read) -> None:
        objects = self.deliver(f'compression_format = "{name}"', RECORDS)
        self.assertEqual(self.lines(objects, extension, read), sorted(RECORDS))

    def test_gzip(self) -> None:
        self.check_format("GZIP", ".gz", gzip.decompress)

    def test_zstd(self) -> None:
        self.check_format("ZSTD", ".zst", unzstd)

    def test_zip(self) -> None:
        self.check_format("ZIP", ".zip", unzip)

    def test_snappy(self) -> None:
        self.check_format("Snappy", ".snappy", snappy_decode)

    def test_hadoop_snappy(self) -> None:
        self.check_format("HADOOP_SNAPPY", ".snappy", unsnappy_hadoop)

    def test_cloudwatch_logs_in(self) -> None:
        messages = [[f"message {number} of {place}" for number in range(5)] for place in range(20)]
        records = [cloudwatch_logs(own) for own in messages] + [cloudwatch_logs([], "CONTROL_MESSAGE")]
        settings = 'decompression = "GZIP"\ndata_message_extraction = "true"\ncompression_format = "GZIP"'
        objects = self.deliver(settings, records)
        expected = sorted(message.encode() for own in messages for message in own)
        self.assertEqual(self.lines(objects, ".gz", gzip.decompress), expected)

    def test_what_is_no_log_goes_to_the_error_output(self) -> None:
        records = [cloudwatch_logs(["one"]), b"no gzip"]
        settings = 'decompression = "GZIP"\nprefix = "data/"\nerror_output_prefix = "failed/"'
        objects = self.deliver(settings, records)
        (failed,) = [body for key, body in objects.items() if key.startswith(f"{BUCKET}/failed/decompression-failed/")]
        self.assertEqual(base64.b64decode(json.loads(failed)["rawData"]), b"no gzip")
        (document,) = [json.loads(body) for key, body in objects.items() if key.startswith(f"{BUCKET}/data/")]
        self.assertEqual(document["logEvents"][0]["message"], "one")

    def test_kpl_in(self) -> None:
        aggregates = [kpl(RECORDS[start : start + 7]) for start in range(0, len(RECORDS), 7)]
        objects = self.deliver('compression_format = "GZIP"', [*aggregates, b'{"alone":true}'])
        self.assertEqual(self.lines(objects, ".gz", gzip.decompress), sorted([*RECORDS, b'{"alone":true}']))

    def test_one_json_array_an_object(self) -> None:
        objects = self.deliver('framing = "json_array"\nfile_extension = ".json"', RECORDS)
        values = [value for body in objects.values() for value in json.loads(body)]
        self.assertEqual(sorted(value["id"] for value in values), list(range(len(RECORDS))))
        self.assertTrue(all(key.endswith(".json") for key in objects))

    def test_an_envelope_around_each_record(self) -> None:
        objects = self.deliver('envelope = "json"', RECORDS)
        documents = [json.loads(line) for body in objects.values() for line in body.splitlines()]
        self.assertEqual(sorted(document["data"]["id"] for document in documents), list(range(len(RECORDS))))
        numbers = {(document["sequenceNumber"], document["subSequenceNumber"]) for document in documents}
        self.assertEqual(len(numbers), len(RECORDS))

    def test_backup_on(self) -> None:
        settings = (
            f'compression_format = "GZIP"\ns3_backup_mode = "Enabled"\ns3_backup_bucket = "{BACKUP}"\n'
            's3_backup_compression_format = "ZSTD"'
        )
        objects = self.deliver(settings, RECORDS)
        data = {key: body for key, body in objects.items() if key.startswith(f"{BUCKET}/")}
        backup = {key: body for key, body in objects.items() if key.startswith(f"{BACKUP}/")}
        self.assertEqual(len(data) + len(backup), len(objects))
        self.assertEqual(self.lines(data, ".gz", gzip.decompress), sorted(RECORDS))
        read = sorted(line for body in backup.values() for line in unzstd(body).splitlines())
        self.assertEqual(read, sorted(RECORDS))

    def imported(self, name: str) -> tuple[subprocess.CompletedProcess[str], pathlib.Path]:
        """What Firehose tells of a delivery stream, as an environment."""
        file = self.folder / f"{name}.toml"
        command = [binary("PENSTOCK_XTASK"), "import", str(FIREHOSE / f"{name}.json"), "--output", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=CLI_SECONDS, check=False)
        return done, file

    def test_delivery_streams_of_firehose_are_imported_and_run(self) -> None:
        logs = [cloudwatch_logs([f"message {number} of {place}" for number in range(4)]) for place in range(30)]
        for name, records in (("minimal", RECORDS), ("lines", logs)):
            with self.subTest(name):
                done, environment = self.imported(name)
                self.assertEqual(done.returncode, 0, done.stderr)
                content = b"".join(struct.pack(">I", len(record)) + record for record in records)
                run = self.xtask_local(
                    "--json",
                    environment=environment,
                    input=self.file(f"{name}.bin", content),
                    input_framing="length-prefixed",
                    data=self.folder / name,
                )
                self.assertEqual(run.finish(BUILD_SECONDS), 0, run.said())
                summary = run.events("summary")[0]
                self.assertEqual((summary["sent"], summary["kept"]), (len(records), len(records)))

    def test_a_delivery_stream_that_firehose_refuses_is_refused_in_its_words(self) -> None:
        done, environment = self.imported("invalid-prefix")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Invalid conversion character used in the value of the expression in Prefix", done.stderr)
        self.assertFalse(environment.exists())
