"""`plan`, `deploy` and `destroy` with `--engine terraform`: the real program and the real provider, against moto."""

import hashlib
import os
import pathlib
import unittest

from emulator import CREDENTIALS, Emulated, package

ARTIFACTS = "penstock-artifacts-123456789012-eu-west-1"
ENGINE = ("--engine", "terraform")
EVERYTHING = {
    "buckets": {"acme-clicks", "acme-clicks-failures", ARTIFACTS},
    "streams": {"clicks"},
    "functions": {"clicks"},
    "mappings": 1,
    "roles": 1,
    "log groups": {"/aws/lambda/clicks"},
    "stacks": {"penstock-artifacts"},
}
LEFT = {key: EVERYTHING[key] for key in ("buckets", "streams", "stacks")}

# What moto does not give back, so that a plan sets it again: the function's logging, and the tags of a stream that
# come with its creation.
ARTEFACTS = {
    ("aws_lambda_function.function", "LoggingConfig"),
    *(("aws_kinesis_stream.stream", f"Tags.{key}") for key in ("app", "delivery", "managed-by", "version")),
}


class Terraform(Emulated):
    def settings(self):
        """Where the provider comes from: a mirror, where one is named; else it is downloaded."""
        mirror = os.environ.get("PENSTOCK_TERRAFORM_MIRROR")
        if mirror is None:
            return {}
        rc = pathlib.Path(self.folder) / "terraform.rc"
        rc.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
        return {"TF_CLI_CONFIG_FILE": str(rc)}

    def run_ops(self, command, *arguments, exit=0, environment=CREDENTIALS):
        return super().run_ops(command, *arguments, exit=exit, environment={**environment, **self.settings()})

    def objects(self, bucket):
        return {own["Key"] for own in self.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])}

    def protections(self, bucket):
        """What protects a bucket, as moto knows it."""
        s3 = self.client("s3")
        return {
            "encryption": s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"],
            "public access": s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"],
            "versioning": s3.get_bucket_versioning(Bucket=bucket)["Status"],
            "policy": s3.get_bucket_policy(Bucket=bucket)["Policy"],
            "rules": len(s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]),
        }

    def test_from_nothing_to_everything_to_what_is_kept_and_back(self):
        package_of = ("--package", str(self.zip))
        first = self.run_ops("plan", *ENGINE, *package_of, exit=2)
        self.assertIn("32 to add", first.stdout)
        self.assertEqual(self.there(), {}, "a plan makes nothing")

        told = self.json(self.deploy(*ENGINE, "--json"))
        self.assertEqual((told["result"], told["risks"], told["cause"]), ("deployed", [], None))
        self.assertEqual(told["outputs"]["data_bucket_name"], "acme-clicks")
        self.assertEqual(self.there(), EVERYTHING)
        sha256 = hashlib.sha256(self.zip.read_bytes()).hexdigest()
        self.assertEqual(self.objects(ARTIFACTS), {f"clicks/{sha256}.zip", "clicks/terraform.tfstate"})
        protections = self.protections("acme-clicks")

        again = self.json(self.run_ops("plan", *ENGINE, *package_of, "--json", exit=None))
        changed = {(change["name"], own["path"]) for change in again["changes"] for own in change["properties"]}
        self.assertLessEqual(changed, ARTEFACTS)
        status = self.run_ops("status", "--json", exit=None)
        self.assertEqual(self.json(status)["facts"]["stack"]["status"], "in Terraform's state", status)

        # Each engine keeps its hands off what the other one made.
        self.assertIn("--engine terraform", self.deploy(exit=3).stderr)
        self.assertIn("leave --engine out", self.run_ops("destroy", "--engine", "cloudformation", "--yes", exit=3).stderr)

        # Other code, another prefix, and a window: updates, told in AWS's words.
        self.zip.write_bytes(package(b"#!/bin/sh\nexit 1\n"))
        text = self.ENVIRONMENT + 'prefix = "new/"\n[event_source_mapping]\nmaximum_batching_window_in_seconds = 120\n'
        self.environment.write_text(text)
        plan = self.json(self.run_ops("plan", *ENGINE, *package_of, "--json", exit=2))
        paths = {(change["kind"], own["path"]) for change in plan["changes"] for own in change["properties"]}
        self.assertLessEqual(
            {
                ("AWS::Lambda::Function", "Code.S3Key"),
                ("AWS::Lambda::Function", "Environment.Variables.PENSTOCK_PREFIX"),
                ("AWS::Lambda::EventSourceMapping", "MaximumBatchingWindowInSeconds"),
            },
            paths,
        )
        self.assertTrue(any("cut anew" in risk["text"] for risk in plan["risks"]), plan["risks"])
        self.deploy(*ENGINE)
        function = self.client("lambda").get_function_configuration(FunctionName="clicks")
        self.assertEqual(function["Environment"]["Variables"]["PENSTOCK_PREFIX"], "new/")

        # Another place to begin at would lose the place in the stream.
        self.environment.write_text(text + 'starting_position = "LATEST"\n')
        refused = self.deploy(*ENGINE, exit=3)
        self.assertIn("--accept-checkpoint-loss", refused.stderr)
        self.environment.write_text(text)

        # moto holds to the policy that denies what comes without TLS, and has no TLS.
        s3 = self.client("s3")
        s3.delete_bucket_policy(Bucket="acme-clicks")
        s3.put_object(Bucket="acme-clicks", Key="new/a", Body=b"x")
        s3.put_bucket_policy(Bucket="acme-clicks", Policy=protections["policy"])
        removed = self.json(self.run_ops("destroy", *ENGINE, "--yes", "--drain", "0", "--json"))
        self.assertEqual(removed["result"], "removed")
        kept = {key: set(value) for key, value in LEFT.items()}
        kept["buckets"] -= {"acme-clicks-failures"}
        self.assertEqual(self.there(), kept, "the failure bucket was empty")
        self.assertEqual(self.protections("acme-clicks"), protections, "what is kept is as protected as before")
        self.assertNotIn("clicks/terraform.tfstate", self.objects(ARTIFACTS))
        self.assertTrue(all("--engine terraform" in own["remove_with"] for own in removed["left"]
                            if own["remove_with"].startswith("cargo")), removed["left"])

        # What was kept is taken in again, with its objects.
        adopted = self.json(self.deploy(*ENGINE, "--json"))
        imports = {change["name"] for change in adopted["changes"] if change["action"] == "import"}
        self.assertEqual(imports, {"aws_kinesis_stream.stream", "aws_s3_bucket.data_bucket"})
        self.assertEqual(self.there(), EVERYTHING)
        self.assertEqual(self.objects("acme-clicks"), {"new/a"})

        for bucket in ("acme-clicks", "acme-clicks-failures"):
            s3.delete_bucket_policy(Bucket=bucket)
        nothing = ["--purge=acme-clicks", "--purge=acme-clicks-failures", "--delete-stream", "--drain", "0"]
        self.run_ops("destroy", "--yes", *nothing)
        self.assertEqual(self.there(), {})

    def test_the_words_of_a_failure_are_terraforms_own(self):
        """A stack of CloudFormation, and a function that is somebody else's."""
        self.deploy()
        refused = self.deploy(*ENGINE, exit=3)
        self.assertIn("deployed with CloudFormation", refused.stderr)
        self.assertIn("deployed with CloudFormation", self.run_ops("plan", *ENGINE, "--package", str(self.zip), exit=1).stderr)
        self.run_ops("destroy", "--yes", "--drain", "0")
        self.client("logs").create_log_group(logGroupName="/aws/lambda/clicks")
        failed = self.run_ops("deploy", *ENGINE, "--package", str(self.zip), "--yes", "--json", exit=1)
        told = self.json(failed)
        self.assertEqual(told["result"], "failed")
        self.assertEqual(told["cause"]["resource"], "aws_cloudwatch_log_group.log_group")
        self.assertEqual(told["cause"]["kind"], "AWS::Logs::LogGroup")
        self.assertIn("ResourceAlreadyExistsException", told["cause"]["reason"])
        self.assertIn("what was made until then stays", failed.stderr)
        # What was made is known, and goes.
        self.run_ops("destroy", "--yes", "--purge=acme-clicks", "--delete-stream", "--drain", "0")
        self.assertEqual(self.there(), {"log groups": {"/aws/lambda/clicks"}})


if __name__ == "__main__":
    unittest.main()
