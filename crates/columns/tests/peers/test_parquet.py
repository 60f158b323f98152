"""Files that we write, read by pyarrow and by duckdb, and held against Python's own reading of the same records."""

import datetime
import decimal
import json
import os
import random
import struct
import subprocess
import tempfile
import time
import unittest

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

# duckdb gives times with a zone as those of its machine.
os.environ["TZ"] = "UTC"
time.tzset()

EPOCH = datetime.datetime(1970, 1, 1)
CODECS = ["UNCOMPRESSED", "GZIP", "SNAPPY", "ZSTD", "LZ4"]

# Hive's type, what pyarrow must make of the column, and what the file calls it.
PRIMITIVES = {
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "decimal": pa.decimal128(10, 0),
    "decimal(9,2)": pa.decimal128(9, 2),
    "decimal(18,4)": pa.decimal128(18, 4),
    "decimal(38,10)": pa.decimal128(38, 10),
    "string": pa.string(),
    "char(3)": pa.string(),
    "varchar(4)": pa.string(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("ns"),
}


def convert(settings: dict, records: list[bytes]) -> tuple[str, list[dict]]:
    """The path of the file, and what was told of records that failed and of those that did not."""
    path = tempfile.NamedTemporaryFile(suffix=".parquet", delete=False).name
    lines = [json.dumps(settings)] + [record.hex() for record in records]
    program = os.environ["PENSTOCK_CONVERT"]
    ended = subprocess.run([program, path], input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, check=True, timeout=60)
    return path, [json.loads(line) for line in ended.stdout.splitlines()]


def columns(types: dict[str, str]) -> list[dict]:
    return [{"Name": name, "Type": of} for name, of in types.items()]


def any_text(chance: random.Random) -> str:
    return "".join(chance.choice("ab \"\\\n\té日😀/\x01") for _ in range(chance.randint(0, 8)))


def any_scalar(of: str, chance: random.Random) -> tuple[object, object]:
    """A value as a record has it, and as it must be read."""
    if of == "boolean":
        value = chance.random() < 0.5
        return value, value
    if of in ("tinyint", "smallint", "int", "bigint"):
        bits = {"tinyint": 7, "smallint": 15, "int": 31, "bigint": 63}[of]
        value = chance.choice([-(2**bits), 2**bits - 1, 0, chance.randint(-(2**bits), 2**bits - 1)])
        return value, value
    if of == "double":
        value = chance.choice([0.1, -1e300, 5e-324, chance.uniform(-1e6, 1e6)])
        return value, value
    if of == "float":
        value = struct.unpack("f", struct.pack("f", chance.uniform(-1e6, 1e6)))[0]
        return value, value
    if of.startswith("decimal"):
        precision, scale = (10, 0) if of == "decimal" else map(int, of[8:-1].split(","))
        digits = chance.randint(-(10**precision) + 1, 10**precision - 1)
        value = decimal.Decimal(digits).scaleb(-scale, decimal.Context(prec=60))
        return f"{value:f}", value
    if of == "date":
        value = datetime.date(1, 1, 1) + datetime.timedelta(days=chance.randint(0, 3_652_058))
        return value.strftime("%Y-%m-%d").rjust(10, "0"), value
    if of == "timestamp":
        micros = chance.randint(-(10**15), 4 * 10**15)
        value = EPOCH + datetime.timedelta(microseconds=micros)
        return value.strftime(chance.choice(["%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%fZ"])), value
    text = any_text(chance)
    if of == "binary":
        return text, text.encode()
    return text, text[: {"string": 99, "char(3)": 3, "varchar(4)": 4}[of]]


def any_value(of: object, chance: random.Random) -> tuple[object, object]:
    """The same for a type that may be nested: a list of one, a pair of key and value, or a dict of fields."""
    if chance.random() < 0.15:
        return None, None
    if isinstance(of, str):
        return any_scalar(of, chance)
    if isinstance(of, list):
        pairs = [any_value(of[0], chance) for _ in range(chance.randint(0, 3))]
        return [written for written, _ in pairs], [read for _, read in pairs]
    if isinstance(of, tuple):
        entries = {}
        for _ in range(chance.randint(0, 3)):
            entries[any_scalar(of[0], chance)[1]] = any_value(of[1], chance)
        return {str(key): written for key, (written, _) in entries.items()}, [(key, read) for key, (_, read) in entries.items()]
    fields = {name: any_value(inner, chance) for name, inner in of.items()}
    written = {name: written for name, (written, _) in fields.items() if written is not None or chance.random() < 0.5}
    return written, {name: read for name, (_, read) in fields.items()}


def hive(of: object) -> str:
    if isinstance(of, str):
        return of
    if isinstance(of, list):
        return f"array<{hive(of[0])}>"
    if isinstance(of, tuple):
        return f"map<{hive(of[0])},{hive(of[1])}>"
    return "struct<" + ",".join(f"{name}:{hive(inner)}" for name, inner in of.items()) + ">"


def arrow(of: object, timestamp: pa.DataType) -> pa.DataType:
    if isinstance(of, str):
        return timestamp if of == "timestamp" else PRIMITIVES[of]
    if isinstance(of, list):
        return pa.list_(pa.field("element", arrow(of[0], timestamp)))
    if isinstance(of, tuple):
        return pa.map_(arrow(of[0], timestamp), arrow(of[1], timestamp))
    return pa.struct([pa.field(name, arrow(inner, timestamp)) for name, inner in of.items()])


NESTED = {
    "list": ["string"],
    "lists": [["int"]],
    "map": ("string", "double"),
    "numbers": ("bigint", ["date"]),
    "struct": {"a": "int", "b": {"c": ["timestamp"], "d": "decimal(38,10)"}},
    "all": [{"k": ("string", {"x": [{"y": "varchar(4)"}], "z": "boolean"})}],
}
EVERYTHING = {f"c{index}": of for index, of in enumerate(PRIMITIVES)} | NESTED


def plain(value: object) -> object:
    """What a reader gives, without its own forms of times and maps."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, tuple):
        return tuple(plain(element) for element in value)
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return value


def as_pairs(value: object, of: object) -> object:
    """What duckdb gives, with maps as lists of pairs."""
    if value is None or isinstance(of, str):
        return bytes(value) if of == "binary" and value is not None else value
    if isinstance(of, list):
        return [as_pairs(element, of[0]) for element in value]
    if isinstance(of, tuple):
        return [(key, as_pairs(inner, of[1])) for key, inner in value.items()]
    return {name: as_pairs(value[name], inner) for name, inner in of.items()}


class Files(unittest.TestCase):
    maxDiff = 4_000

    def rows(self, seed: int, count: int) -> tuple[list[bytes], list[dict]]:
        chance = random.Random(seed)
        records, expected = [], []
        for _ in range(count):
            written, read = any_value(EVERYTHING, chance)
            records.append(json.dumps(written or {}, ensure_ascii=chance.random() < 0.5).encode())
            expected.append(read or dict.fromkeys(EVERYTHING))
        return records, expected

    def test_every_type_codec_and_version_is_read_row_for_row(self):
        schema = columns({name: hive(of) for name, of in EVERYTHING.items()})
        for seed, codec in enumerate(CODECS):
            for version in ("V1", "V2"):
                for kind, unit in (("INT96", "ns"), ("TIMESTAMP_MILLIS", "ms"), ("TIMESTAMP_MICROS", "us")):
                    with self.subTest(codec=codec, version=version, kind=kind):
                        serde = {"Compression": codec, "WriterVersion": version, "TimestampType": kind, "EnableDictionaryCompression": seed % 2 == 0}
                        records, expected = self.rows(seed * 10 + len(kind), 150)
                        path, told = convert({"schema": schema, "ParquetSerDe": serde}, records)
                        self.assertEqual(told, [{"rows": 150, "unknownFields": 0}])
                        if kind == "TIMESTAMP_MILLIS":
                            expected = [cut(row, EVERYTHING) for row in expected]
                        self.check(path, expected, codec, unit, kind)

    def check(self, path: str, expected: list[dict], codec: str, unit: str, kind: str):
        file = pq.ParquetFile(path)
        zone = None if kind == "INT96" else "UTC"
        for name, of in EVERYTHING.items():
            field = file.schema_arrow.field(name)
            self.assertTrue(field.type.equals(arrow(of, pa.timestamp(unit, zone))), f"{name}: {field.type}")
            self.assertTrue(field.nullable, name)
        meta = file.metadata
        self.assertRegex(meta.created_by, r"^penstock version \d+\.\d+\.\d+$")
        self.assertEqual(meta.row_group(0).column(0).compression, {"LZ4": "LZ4"}.get(codec, codec))
        table = file.read(use_threads=False)
        if unit == "ns":
            # Python's own times have microseconds, and so have our records.
            table = pq.read_table(path, coerce_int96_timestamp_unit="us", use_threads=False)
        self.assertEqual([plain(row) for row in table.to_pylist()], expected)
        with duckdb.connect() as connection:
            found = connection.execute("select * from read_parquet(?)", [path])
            names = [column[0] for column in found.description]
            rows = [dict(zip(names, row)) for row in found.fetchall()]
        theirs = [{name: plain(as_pairs(value, EVERYTHING[name])) for name, value in row.items()} for row in rows]
        self.assertEqual(theirs, expected)

    def test_statistics_are_those_of_the_values(self):
        values = [3, -7, None, 250]
        records = [json.dumps({"i": value, "s": value and f"k{value}", "d": value, "f": value}).encode() for value in values]
        path, _ = convert({"schema": columns({"i": "int", "s": "string", "d": "decimal(20,1)", "f": "double"})}, records)
        group = pq.ParquetFile(path).metadata.row_group(0)
        told = [(group.column(i).statistics.min, group.column(i).statistics.max, group.column(i).statistics.null_count) for i in range(3)]
        self.assertEqual(told, [(-7, 250, 1), ("k-7", "k3", 1), (decimal.Decimal("-7.0"), decimal.Decimal("250.0"), 1)])
        # Ordered as IEEE 754 has it, which pyarrow does not know and so leaves alone; duckdb reads them.
        with duckdb.connect() as connection:
            found = connection.execute("select stats_min_value, stats_max_value from parquet_metadata(?) where path_in_schema = 'f'", [path])
            self.assertEqual(found.fetchall(), [("-7.0", "250.0")])

    def test_the_file_is_laid_out_as_the_specification_says(self):
        path, _ = convert({"schema": columns({"l": "array<int>", "m": "map<string,int>"})}, [b"{}"])
        names = [pq.ParquetFile(path).schema.column(index).path for index in range(3)]
        self.assertEqual(names, ["l.list.element", "m.key_value.key", "m.key_value.value"])

    def test_many_rows_are_several_pages_and_still_the_same(self):
        chance = random.Random(1)
        rows = [{"id": index, "text": any_text(chance) * 20, "word": chance.choice("abc"), "list": [index] * (index % 4)} for index in range(40_000)]
        schema = columns({"id": "bigint", "text": "string", "word": "string", "list": "array<int>"})
        path, told = convert({"schema": schema, "ParquetSerDe": {"PageSizeBytes": 65_536}}, [json.dumps(row).encode() for row in rows])
        self.assertEqual(told, [{"rows": 40_000, "unknownFields": 0}])
        self.assertEqual(pq.read_table(path).to_pylist(), rows)
        self.assertEqual(duckdb.sql(f"select count(*), sum(id), sum(len(list)) from '{path}'").fetchall(), [(40_000, sum(range(40_000)), 60_000)])

    def test_rows_that_fail_are_told_and_leave_no_trace(self):
        records = [b'{"a":1,"b":[1]}', b'{"a":2,"b":[1,"x"]}', b'{"a":3', b"[]", b'{"a":4,"c":1}{"A":5}']
        path, told = convert({"schema": columns({"a": "int", "b": "array<int>"}), "unknownFields": "count"}, records)
        self.assertEqual([(one.get("record"), one.get("code")) for one in told[:-1]], [(1, "DataFormatConversion.MalformedData"), (2, "DataFormatConversion.ParseError"), (3, "DataFormatConversion.MalformedData")])
        self.assertEqual(told[-1], {"rows": 3, "unknownFields": 1})
        self.assertEqual(pq.read_table(path).to_pylist(), [{"a": 1, "b": [1]}, {"a": 4, "b": None}, {"a": 5, "b": None}])

    def test_a_file_without_rows_is_read(self):
        path, _ = convert({"schema": columns({name: hive(of) for name, of in EVERYTHING.items()})}, [])
        self.assertEqual((pq.read_table(path).num_rows, duckdb.sql(f"select count(*) from '{path}'").fetchall()), (0, [(0,)]))


def cut(value: object, of: object) -> object:
    """With times of milliseconds."""
    if value is None or isinstance(of, str):
        if of != "timestamp" or value is None:
            return value
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    if isinstance(of, list):
        return [cut(element, of[0]) for element in value]
    if isinstance(of, tuple):
        return [(key, cut(inner, of[1])) for key, inner in value]
    return {name: cut(value[name], inner) for name, inner in of.items()}


if __name__ == "__main__":
    unittest.main()
