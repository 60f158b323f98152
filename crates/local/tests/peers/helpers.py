"""What the peers' tests share: the miniature as a process with its events, and clients that know nothing but it.

Every wait here has an end, and every process is ended by the handle it was started with.
"""

import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from typing import Any

import boto3
import botocore.client
import botocore.config

REGION = "us-east-1"
ACCOUNT_ID = "000000000000"
STREAM = "events-tokyo"
BUCKET = "acme-events"

REPOSITORY = pathlib.Path(__file__).resolve().parents[4]
WEB_LOG = REPOSITORY / "crates/local/sample/web-log.ndjson"

WAIT_SECONDS = 30.0
STOP_SECONDS = 20.0
# `cargo xtask local` first builds what is not built yet.
BUILD_SECONDS = 300.0
CLI_SECONDS = 60.0
CLI_TIMEOUTS = ("--cli-connect-timeout", "5", "--cli-read-timeout", "20")

Event = dict[str, Any]


def _isolate() -> None:
    """Leaves nothing of this machine's AWS settings, and no proxy, to clients here and to processes started here."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION=REGION,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        # A retry would hide what went wrong.
        AWS_MAX_ATTEMPTS="1",
    )


_isolate()


def binary(variable: str) -> str:
    """The path of a program of ours, as `cargo xtask check` names it."""
    path = os.environ.get(variable)
    if not path:
        raise RuntimeError(f"{variable} is not set: run these tests with `cargo xtask check`")
    return path


def delivery(**settings: str) -> dict[str, str]:
    """The function's variables: `framing="between"` is `PENSTOCK_FRAMING=between`."""
    settings = {"bucket": BUCKET, "delivery_name": STREAM, **settings}
    return {f"PENSTOCK_{name.upper()}": value for name, value in settings.items()}


def lines(data: bytes) -> list[str]:
    """The lines of a program's output that say something."""
    return [line for line in data.decode().splitlines() if line.strip()]


class Run:
    """A program of ours that tells events, one JSON object a line, until it ends or is stopped."""

    def __init__(self, *command: str) -> None:
        # A group of its own, so that a Ctrl-C of the terminal ends these tests, which then stop it.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        self._events: list[Event] = []
        self._said = b""
        self._changed = threading.Condition()
        self._silent = False
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_words, self._read_events)]
        for reader in self._readers:
            reader.start()

    def _read_events(self) -> None:
        for line in self._process.stdout:
            with self._changed:
                self._events.append(json.loads(line))
                self._changed.notify_all()
        self._readers[0].join(STOP_SECONDS)
        with self._changed:
            self._silent = True
            self._changed.notify_all()

    def _read_words(self) -> None:
        self._said = self._process.stderr.read()

    def events(self, kind: str) -> list[Event]:
        """The events of one kind so far."""
        with self._changed:
            return [event for event in self._events if event["event"] == kind]

    def wait_for(self, kind: str, count: int = 1, seconds: float = WAIT_SECONDS) -> list[Event]:
        """Waits for `count` events of one kind."""
        with self._changed:
            self._changed.wait_for(lambda: self._silent or len(self.events(kind)) >= count, seconds)
            found = self.events(kind)
            if len(found) < count:
                state = f"it ended and said {self._said.decode()!r}" if self._silent else f"waited {seconds} s"
                last = "\n".join(json.dumps(event)[:400] for event in self._events[-10:])
                raise AssertionError(f"{len(found)} of {count} {kind}, {state}; the last events:\n{last}")
            return found

    def finish(self, seconds: float = 2 * WAIT_SECONDS) -> int:
        """Waits until it ends, and gives its exit code."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            # Whatever it started in its group goes with it, or would hold the pipes open.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            raise AssertionError(f"{self._process.args[0]} had not ended after {seconds} s, and was killed") from None
        finally:
            for reader in self._readers:
                reader.join(STOP_SECONDS)
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                pipe.close()
        return code

    def stop(self) -> int:
        """Closes its standard input, upon which it drains and ends. The exit code; the same when called again."""
        if self._process.poll() is not None and self._process.stdin.closed:
            return self._process.returncode
        self._process.stdin.close()
        return self.finish(STOP_SECONDS)

    def interrupt(self) -> int:
        """Ends it as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        return self.finish(STOP_SECONDS)

    def said(self) -> list[str]:
        """What it wrote to standard error, once it has ended."""
        return lines(self._said)

    def endpoint(self, service: str) -> str:
        """Where `kinesis` or `s3` listens."""
        return self.wait_for("ready")[0][f"{service}_endpoint"]

    def client(self, service: str) -> botocore.client.BaseClient:
        """A client of boto3 that fails at once and in time."""
        config = botocore.config.Config(
            connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}
        )
        return boto3.client(service, endpoint_url=self.endpoint(service), region_name=REGION, config=config)

    def aws_process(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """The AWS CLI against this run; the first argument is the service."""
        service = "kinesis" if arguments[0] == "kinesis" else "s3"
        return subprocess.run(
            [sys.executable, "-m", "awscli", "--endpoint-url", self.endpoint(service), *CLI_TIMEOUTS, *arguments],
            input=stdin,
            capture_output=True,
            # Not the aliases and the encoding of whoever runs this.
            env={**os.environ, "HOME": os.devnull, "PYTHONUTF8": "1"},
            timeout=CLI_SECONDS,
            check=False,
        )

    def aws(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """The same, which must succeed: what it wrote to standard output."""
        done = self.aws_process(*arguments, stdin=stdin)
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()}")
        return done.stdout


class PeerTest(unittest.TestCase):
    """A test with a folder of its own, whose runs are stopped however it ends."""

    maxDiff = 4000

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="penstock-peers-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        self.data = self.folder / "data"

    def scenario(self, **changes: Any) -> Event:
        """The real function on one stream of two shards; `changes` are fields in AWS's words."""
        function = {
            "FunctionName": "events",
            "Bootstrap": binary("PENSTOCK_BOOTSTRAP"),
            "Timeout": 30,
            "Environment": {"Variables": delivery()},
        }
        mapping = {
            "StreamName": STREAM,
            "StartingPosition": "TRIM_HORIZON",
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }
        scenario: Event = {
            "Region": REGION,
            "AccountId": ACCOUNT_ID,
            "DataDirectory": str(self.data),
            "Streams": [{"StreamName": STREAM, "ShardCount": 2}],
            "Buckets": [BUCKET],
        }
        scenario["Function"] = {**function, **changes.pop("Function", {})}
        scenario["EventSourceMapping"] = {**mapping, **changes.pop("EventSourceMapping", {})}
        return {**scenario, **changes}

    def start(self, **changes: Any) -> Run:
        """Starts `penstock-local`; it is stopped after the test."""
        file = self.file(f"scenario-{time.monotonic_ns()}.json", json.dumps(self.scenario(**changes)).encode())
        return self.run_command(binary("PENSTOCK_LOCAL"), str(file), "--json", "--stop-on-stdin-close")

    def run_command(self, *command: str) -> Run:
        """Starts a program of ours; it is stopped after the test."""
        run = Run(*command)
        self.addCleanup(run.stop)
        return run

    def xtask_local(self, *flags: str, **options: str | int | pathlib.Path) -> Run:
        """`cargo xtask local` on free ports, with the test's folder for objects; `s3_port=1` is `--s3-port 1`."""
        options = {"kinesis_port": 0, "s3_port": 0, "data": self.data, **options}
        given = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        return self.run_command(binary("PENSTOCK_XTASK"), "local", *flags, *given)

    def file(self, name: str, content: bytes) -> pathlib.Path:
        """A file in the test's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


def files_below(folder: pathlib.Path) -> dict[str, bytes]:
    """The files below a folder by their path in it."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


class EnvironmentTest(PeerTest):
    """Tests that send records through an environment of theirs."""

    def deliver(self, settings: str, records: list[bytes], exit_code: int = 0) -> dict[str, bytes]:
        """Sends records through an environment; the objects, by bucket and key."""
        environment = self.file(
            "environment.toml",
            f'[stream]\nname = "{STREAM}"\nshard_count = 2\n[delivery]\nbucket = "{BUCKET}"\n{settings}\n'.encode(),
        )
        content = b"".join(struct.pack(">I", len(record)) + record for record in records)
        run = self.xtask_local(
            "--json",
            environment=environment,
            input=self.file("input.bin", content),
            input_framing="length-prefixed",
        )
        self.assertEqual(run.finish(BUILD_SECONDS), exit_code, run.said())
        return {key: body for key, body in files_below(self.data).items() if not key.startswith(".")}
