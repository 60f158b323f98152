"""An AWS of somebody else's (moto) on a free port, our commands against it, and a zip for them to deploy.

What moto does not do, so that nothing here proves it: bucket policies and alarms (created in name only), lifecycles,
ImportExistingResources, changes by resource (a change set lists all as added), events by resource, DescribeEvents,
and invoking the function.
"""

import io
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
import zipfile

import boto3
from botocore.config import Config

OPS = os.environ["PENSTOCK_OPS"]
REGION = "eu-west-1"
STARTING_SECONDS = 60
COMMAND_SECONDS = 180

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def package(content=b"#!/bin/sh\n"):
    """A zip as `package` makes it: the same content, the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


class Emulated(unittest.TestCase):
    """Each test has an AWS of its own, empty at first, and an environment file."""

    ENVIRONMENT = '[stream]\nname = "clicks"\n[delivery]\nbucket = "acme-clicks"\n'

    def setUp(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        environment = {**os.environ, **CREDENTIALS}
        self.server = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.addCleanup(self.stop)
        deadline = time.monotonic() + STARTING_SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/moto-api/", timeout=5).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = self.folder / "dev.toml"
        self.environment.write_text(self.ENVIRONMENT)
        self.zip = self.folder / "bootstrap.zip"
        self.zip.write_bytes(package())

    def stop(self):
        self.server.kill()
        self.server.wait()

    def client(self, service):
        config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=config,
        )

    def run_ops(self, command, *arguments, exit=0, environment=CREDENTIALS):
        """Runs a command of ours to its end; its exit code is `exit`, any where that is None. Returns what it told as result and on the way."""
        line = [OPS, command, "--environment", str(self.environment), "--endpoint-url", self.url, *arguments]
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        ended = subprocess.run(
            line,
            env={**kept, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        told = f"{line}\n{ended.stdout}\n{ended.stderr}"
        if exit is not None:
            self.assertEqual(ended.returncode, exit, told)
        return ended

    def deploy(self, *arguments, exit=0):
        return self.run_ops("deploy", "--package", str(self.zip), "--yes", *arguments, exit=exit)

    def json(self, ended):
        return json.loads(ended.stdout)

    def there(self):
        """All that is there, by kind."""
        buckets = self.client("s3").list_buckets()["Buckets"]
        found = {
            "buckets": {bucket["Name"] for bucket in buckets},
            "streams": set(self.client("kinesis").list_streams()["StreamNames"]),
            "functions": {own["FunctionName"] for own in self.client("lambda").list_functions()["Functions"]},
            "mappings": len(self.client("lambda").list_event_source_mappings()["EventSourceMappings"]),
            "roles": len(self.client("iam").list_roles()["Roles"]),
            "log groups": {own["logGroupName"] for own in self.client("logs").describe_log_groups()["logGroups"]},
            "stacks": {
                own["StackName"]
                for own in self.client("cloudformation").list_stacks()["StackSummaries"]
                if own["StackStatus"] != "DELETE_COMPLETE"
            },
        }
        return {kind: what for kind, what in found.items() if what}
