"""`cargo xtask local --input` with environments that make tables of a stream: filters, partitions, columns. Each is read back by
duckdb, from the folders and files alone, and held row for row against what was sent."""

import datetime
import decimal
import json
import random
import zoneinfo

import duckdb

from helpers import BUCKET, EnvironmentTest

TOKYO = zoneinfo.ZoneInfo("Asia/Tokyo")


class TablesTest(EnvironmentTest):
    """A table each."""

    def query(self, sql: str) -> list[tuple]:
        """Rows of a query over the bucket, which is `BUCKET` in it."""
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(sql.replace("BUCKET", str(self.data / BUCKET))).fetchall()

    def test_a_filter_drops_and_splits(self) -> None:
        chance = random.Random(1)
        events = [
            {"order": number, "test": chance.random() < 0.2, "items": [{"sku": f"s{number}-{place}", "count": place + 1} for place in range(chance.randint(0, 4))]}
            for number in range(500)
        ]
        records = [json.dumps(event).encode() for event in events] + [b"no JSON", b'{"order": 7, "items": "none"}']
        query = "select(.test | not) | .order as $order | .items[] | {order: $order, sku, count}"
        self.file("split.jq", f"# One row an item.\n{query}\n".encode())
        settings = 'transform_query = "file://split.jq"\ncompression_format = "GZIP"\nprefix = "data/"\nerror_output_prefix = "failed/"'
        self.deliver(settings, records)
        rows = self.query("SELECT \"order\", sku, count FROM read_json('BUCKET/data/**/*.gz', columns = {\"order\": 'BIGINT', sku: 'VARCHAR', count: 'BIGINT'})")
        expected = [(event["order"], item["sku"], item["count"]) for event in events if not event["test"] for item in event["items"]]
        self.assertEqual(sorted(rows), sorted(expected))
        failed = self.query("SELECT errorCode, decode(from_base64(rawData)) FROM read_json('BUCKET/failed/processing-failed/**/*.gz')")
        self.assertEqual(sorted(failed), [("Transform.QueryFailed", "no JSON"), ("Transform.QueryFailed", '{"order": 7, "items": "none"}')])

    def test_partitions_by_two_fields_and_the_time_of_the_event(self) -> None:
        chance = random.Random(2)
        begin = datetime.datetime(2026, 3, 28, 12, tzinfo=datetime.timezone.utc)
        events = [
            {"customer": f"c/{number % 1000}", "region": chance.choice(["eu", "us", "日本"]), "at": int(begin.timestamp()) + (number % 1000) * 60, "id": number}
            for number in range(3000)
        ]
        lost = [{"region": "eu", "at": 1, "id": 9001}, {"customer": "", "region": "eu", "at": 1, "id": 9002}]
        settings = """
dynamic_partitioning = "Enabled"
prefix = "table/region=!{partitionKeyFromQuery:region}/hour=!{partitionKeyFromQuery:hour}/customer=!{partitionKeyFromQuery:customer}/"
error_output_prefix = "failed/!{firehose:error-output-type}/"
metadata_extraction_query = '{customer, region, hour: (.at | strftime("%Y-%m-%d-%H"; "Asia/Tokyo"))}'
max_objects_per_batch = 5000
compression_format = "ZSTD"
"""
        self.deliver(settings, [json.dumps(event).encode() for event in events + lost])
        columns = "{id: 'BIGINT'}"
        rows = self.query(
            "SELECT id, region, hour, customer FROM read_json('BUCKET/table/**/*.zst', compression = 'zstd', "
            f"columns = {columns}, hive_partitioning = true, hive_types_autocast = false)"
        )
        hour = lambda event: datetime.datetime.fromtimestamp(event["at"], TOKYO).strftime("%Y-%m-%d-%H")
        expected = [(event["id"], event["region"], hour(event), event["customer"]) for event in events]
        self.assertEqual(sorted(rows), sorted(expected))
        failed = self.query("SELECT errorCode, count(*) FROM read_json('BUCKET/failed/metadata-extraction-failed/*') GROUP BY ALL")
        self.assertEqual(failed, [("DynamicPartitioning.MetadataExtractionFailed", 2)])
        self.assertEqual(len(list((self.data / BUCKET / "table").glob("*/*/*"))), len({row[1:] for row in expected}))

    def test_columns_by_partition(self) -> None:
        chance = random.Random(3)
        begin = datetime.datetime(2026, 11, 28, tzinfo=datetime.timezone.utc)
        events = [
            {
                "Id": number,
                "customer": {"name": chance.choice(["Ada", "日本", ""]), "since": (begin.date() - datetime.timedelta(days=number)).isoformat()},
                "items": [{"sku": f"s{place}", "count": place} for place in range(chance.randint(0, 3))],
                "tags": {key: chance.randint(0, 9) for key in chance.sample("abc", chance.randint(0, 3))},
                "price": f"{chance.randint(0, 99999) / 100:.2f}",
                "at": int((begin + datetime.timedelta(minutes=number)).timestamp() * 1000),
                "region": chance.choice(["eu", "us"]),
                "extra": {"ignored": [1, 2]},
            }
            for number in range(1000)
        ]
        misfits = [{"Id": "many", "region": "eu"}, {"Id": 1, "tags": [1], "region": "us"}]
        schema = {
            "Table": {
                "StorageDescriptor": {
                    "Columns": [
                        {"Name": "id", "Type": "bigint"},
                        {"Name": "customer", "Type": "struct<name:string,since:date>"},
                        {"Name": "items", "Type": "array<struct<sku:string,count:int>>"},
                        {"Name": "tags", "Type": "map<string,int>"},
                        {"Name": "price", "Type": "decimal(10,2)"},
                        {"Name": "at", "Type": "timestamp"},
                    ]
                },
                "PartitionKeys": [{"Name": "region", "Type": "string"}],
            }
        }
        self.file("events.schema.json", json.dumps(schema).encode())
        settings = """
data_format_conversion = "Enabled"
schema = "file://events.schema.json"
parquet_compression = "ZSTD"
dynamic_partitioning = "Enabled"
metadata_extraction_query = "{region}"
prefix = "table/region=!{partitionKeyFromQuery:region}/"
error_output_prefix = "failed/!{firehose:error-output-type}/"
"""
        records = [json.dumps(event).encode() for event in events + misfits] + [b"no JSON"]
        objects = self.deliver(settings, records)
        self.assertTrue(all(key.endswith(".parquet") for key in objects if "/table/" in key), list(objects))
        rows = self.query(
            "SELECT id, customer.name, customer.since, items, tags, price, \"at\", region FROM read_parquet('BUCKET/table/**/*.parquet', "
            "hive_partitioning = true)"
        )
        expected = [
            (
                event["Id"],
                event["customer"]["name"],
                datetime.date.fromisoformat(event["customer"]["since"]),
                event["items"],
                event["tags"],
                decimal.Decimal(event["price"]),
                datetime.datetime.fromtimestamp(event["at"] / 1000, datetime.timezone.utc).replace(tzinfo=None),
                event["region"],
            )
            for event in events
        ]
        by_id = lambda row: row[0]
        self.assertEqual(sorted(rows, key=by_id), expected)
        codes = self.query("SELECT lastErrorCode, decode(from_base64(rawData)) FROM read_json('BUCKET/failed/format-conversion-failed/*')")
        self.assertEqual(sorted(codes), sorted(("DataFormatConversion.MalformedData", json.dumps(event)) for event in misfits))
        lost = self.query("SELECT errorCode FROM read_json('BUCKET/failed/metadata-extraction-failed/*')")
        self.assertEqual(lost, [("DynamicPartitioning.MetadataExtractionFailed",)])
