"""`status`, `logs` and `doctor`, against moto."""

import json
import time

from emulator import CREDENTIALS, Emulated


class Status(Emulated):
    def test_a_deployed_environment_is_healthy_and_one_that_is_not_says_why(self):
        absent = self.run_ops("status", exit=5)
        self.assertIn("it is not deployed", absent.stdout)
        self.deploy()
        told = json.loads(self.run_ops("status", "--json").stdout)
        self.assertEqual((told["result"], told["reasons"]), ("healthy", []))
        facts = told["facts"]
        self.assertEqual(facts["stack"]["status"], "CREATE_COMPLETE")
        self.assertEqual(facts["stream"]["open_shards"], 1)
        self.assertEqual([mapping["state"] for mapping in facts["mappings"]], ["Enabled"])
        shown = self.run_ops("status").stdout
        self.assertTrue(shown.startswith("healthy\n"), shown)
        for name in ["stack", "code", "function", "mapping", "stream", "behind", "newest object", "given up", "alarms on"]:
            self.assertIn(f"\n{name} ", shown)
        mapping = self.client("lambda").list_event_source_mappings()["EventSourceMappings"][0]["UUID"]
        self.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=False)
        self.client("s3").put_object(Bucket="acme-clicks-failures", Key="a", Body=b"")
        unwell = json.loads(self.run_ops("status", "--json", exit=5).stdout)
        self.assertEqual(
            unwell["reasons"],
            [
                "the event source mapping is Disabled: nothing is delivered",
                "1 batches were given up: they lie in the failure bucket, and `cargo xtask replay` delivers them",
            ],
        )

    def test_logs_are_read_as_lines_and_as_json(self):
        missing = self.run_ops("logs", exit=1)
        self.assertIn("there is no log group /aws/lambda/clicks", missing.stderr)
        logs = self.client("logs")
        logs.create_log_group(logGroupName="/aws/lambda/clicks")
        logs.create_log_stream(logGroupName="/aws/lambda/clicks", logStreamName="one")
        now = int(time.time() * 1000)
        said = ['{"level":"INFO","message":"delivered","records":3}', "plain", '{"level":"ERROR","message":"no"}']
        events = [{"timestamp": now + place, "message": text} for place, text in enumerate(said)]
        logs.put_log_events(logGroupName="/aws/lambda/clicks", logStreamName="one", logEvents=events)
        lines = self.run_ops("logs").stdout.splitlines()
        self.assertEqual([line.split("  ", 1)[1] for line in lines], ["INFO   delivered  records=3", "plain", "ERROR  no"])
        self.assertEqual(len(self.run_ops("logs", "--grep", "ERROR").stdout.splitlines()), 1)
        told = [json.loads(line) for line in self.run_ops("logs", "--json").stdout.splitlines()]
        self.assertEqual([own["said"] for own in told], [json.loads(said[0]), "plain", json.loads(said[2])])
        wrong = self.run_ops("logs", "--since", "tomorrow", exit=1)
        self.assertIn("--since is \"tomorrow\": expected a number and s, m, h or d", wrong.stderr)

    def test_doctor_has_a_line_and_a_fix_for_each_thing(self):
        self.deploy()
        ended = self.run_ops("doctor", "--json", exit=None)
        told = json.loads(ended.stdout)
        found = {own["what"]: own for own in told["findings"]}
        self.assertEqual(found["credentials"]["state"], "well")
        self.assertEqual(found["bucket for code"]["state"], "well")
        self.assertEqual(found["mappings"]["seen"], "1 of this function")
        for own in told["findings"]:
            self.assertEqual(own["state"] in ("missing", "note"), own["fix"] is not None, own)
        is_missing = any(own["state"] == "missing" for own in told["findings"])
        self.assertEqual(ended.returncode, 1 if is_missing else 0)
        without = {key: value for key, value in CREDENTIALS.items() if "KEY" not in key}
        blind = json.loads(self.run_ops("doctor", "--json", exit=1, environment=without).stdout)
        self.assertIn("missing", [own["state"] for own in blind["findings"] if own["what"] == "credentials"])
