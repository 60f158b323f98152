"""`plan` and `deploy`, against moto."""

import hashlib

from emulator import CREDENTIALS, Emulated, package

ARTIFACTS = "penstock-artifacts-123456789012-eu-west-1"
EVERYTHING = {
    "buckets": {"acme-clicks", "acme-clicks-failures", ARTIFACTS},
    "streams": {"clicks"},
    "functions": {"clicks"},
    "mappings": 1,
    "roles": 1,
    "log groups": {"/aws/lambda/clicks"},
    "stacks": {"clicks", "penstock-artifacts"},
}


class Deploy(Emulated):
    def variables(self):
        function = self.client("lambda").get_function_configuration(FunctionName="clicks")
        return function["Environment"]["Variables"]

    def change_sets(self):
        return len(self.client("cloudformation").list_change_sets(StackName="clicks")["Summaries"])

    def test_a_first_deployment_makes_everything_and_a_second_one_nothing(self):
        plan = self.run_ops("plan", "--package", str(self.zip), exit=2)
        self.assertIn("21 to add", plan.stdout)
        self.assertEqual(self.there(), {}, "a plan makes nothing")
        first = self.deploy()
        self.assertIn("account  123456789012  region eu-west-1  environment dev  stack clicks", first.stderr)
        self.assertEqual(self.there(), EVERYTHING)
        sha256 = hashlib.sha256(self.zip.read_bytes()).hexdigest()
        keys = [own["Key"] for own in self.client("s3").list_objects_v2(Bucket=ARTIFACTS)["Contents"]]
        self.assertEqual(keys, [f"clicks/{sha256}.zip"])
        function = self.client("lambda").get_function_configuration(FunctionName="clicks")
        self.assertEqual(function["Runtime"], "provided.al2023")
        mapping = self.client("lambda").list_event_source_mappings()["EventSourceMappings"][0]
        self.assertEqual((mapping["BatchSize"], mapping["StartingPosition"]), (10_000, "TRIM_HORIZON"))
        before = self.change_sets()
        second = self.deploy()
        self.assertIn("nothing changed", second.stderr)
        self.run_ops("plan", "--package", str(self.zip), exit=0)
        self.assertEqual(self.change_sets(), before, "who changes nothing asks for no change set")

    def test_other_code_and_another_prefix_are_updates_and_a_rollback_is_an_earlier_code(self):
        self.deploy()
        old = hashlib.sha256(self.zip.read_bytes()).hexdigest()
        self.zip.write_bytes(package(b"#!/bin/sh\nexit 1\n"))
        self.run_ops("plan", "--package", str(self.zip), exit=2)
        self.deploy()
        new = hashlib.sha256(self.zip.read_bytes()).hexdigest()
        keys = {own["Key"] for own in self.client("s3").list_objects_v2(Bucket=ARTIFACTS)["Contents"]}
        self.assertEqual(keys, {f"clicks/{old}.zip", f"clicks/{new}.zip"})
        self.environment.write_text(self.ENVIRONMENT + 'prefix = "new/"\n')
        told = self.json(self.deploy("--json"))
        self.assertEqual((told["result"], told["code_sha256"]), ("deployed", new))
        self.assertEqual(self.variables()["PENSTOCK_PREFIX"], "new/")
        self.assertEqual(self.there(), EVERYTHING)
        # moto does not carry out a change of parameters alone, so the template changes with it.
        self.environment.write_text(self.ENVIRONMENT)
        back = self.run_ops("deploy", "--rollback", old[:8], "--yes", "--json")
        self.assertEqual(self.json(back)["code_sha256"], old)
        parameters = self.client("cloudformation").describe_stacks(StackName="clicks")["Stacks"][0]["Parameters"]
        values = {own["ParameterKey"]: own["ParameterValue"] for own in parameters}
        self.assertEqual(values["CodeKey"], f"clicks/{old}.zip")
        unknown = self.run_ops("deploy", "--rollback", "00000000", "--yes", exit=1)
        self.assertIn(f"there are {old[:8]}, {new[:8]}", unknown.stderr.replace(f"{new[:8]}, {old[:8]}", f"{old[:8]}, {new[:8]}"))

    def test_without_anybody_to_ask_it_is_refused_before_anything_is_made(self):
        refused = self.run_ops("deploy", "--package", str(self.zip), exit=3)
        self.assertIn("--yes", refused.stderr)
        self.assertEqual(self.there(), {})

    def test_the_result_is_one_json_object(self):
        told = self.json(self.deploy("--json"))
        self.assertEqual((told["version"], told["command"], told["result"]), (1, "deploy", "deployed"))
        self.assertEqual(len(told["changes"]), 21)
        self.assertEqual({change["action"] for change in told["changes"]}, {"add"})
        self.assertEqual(self.json(self.deploy("--json"))["result"], "nothing_changed")

    def test_what_is_wrong_is_said_in_a_line(self):
        for name, arguments, environment, words in [
            ("pinned", [], CREDENTIALS, "these credentials are of the account 123456789012, and stack.account_id is 210987654321"),
            ("no package", ["--package", "missing.zip"], CREDENTIALS, "cannot read the package missing.zip"),
            ("no credentials", [], {"AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"}, "no credentials"),
            ("no region", [], {**CREDENTIALS, "AWS_REGION": ""}, "no region"),
        ]:
            with self.subTest(name):
                pin = '[stack]\naccount_id = "210987654321"\n' if name == "pinned" else ""
                self.environment.write_text(self.ENVIRONMENT + pin)
                if not arguments:
                    arguments = ["--package", str(self.zip)]
                failed = self.run_ops("deploy", "--yes", *arguments, exit=1, environment=environment)
                self.assertIn(words, failed.stderr)
                self.assertEqual(self.there(), {})
