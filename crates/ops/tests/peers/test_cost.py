"""`cost --from-cloudwatch`: the load is what the stream took, as moto's CloudWatch tells it."""

import datetime

from emulator import Emulated


class Cost(Emulated):
    def test_the_load_is_what_the_stream_took(self):
        self.client("kinesis").create_stream(StreamName="clicks", ShardCount=3)
        missing = self.run_ops("cost", "--from-cloudwatch", exit=1)
        self.assertIn("pass --rate and --record-size", missing.stderr)
        now = datetime.datetime.now(datetime.timezone.utc)
        dimensions = [{"Name": "StreamName", "Value": "clicks"}]
        put = lambda name, value, days: self.client("cloudwatch").put_metric_data(Namespace="AWS/Kinesis", MetricData=[
            {"MetricName": name, "Dimensions": dimensions, "Value": value, "Timestamp": now - datetime.timedelta(days=days)}
        ])
        # 10 records a second of 2,000 bytes, over ten days; what is older than two weeks does not count.
        for days, records in [(10, 8_640_000 - 1), (1, 1), (20, 8_640_000)]:
            put("IncomingRecords", records, days)
            put("IncomingBytes", records * 2_000, days)
        told = self.json(self.run_ops("cost", "--from-cloudwatch", "--json"))
        self.assertAlmostEqual(told["records_per_second"], 10, delta=0.1)
        self.assertAlmostEqual(told["record_bytes"], 2_000, delta=0.01)
        self.assertEqual(told["shards"], 3)
        self.assertGreater(told["firehose"]["dollars"], told["this"]["dollars"])
        self.assertTrue(any("mean" in note for note in told["notes"]))
