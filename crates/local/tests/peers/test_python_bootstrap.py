"""A function in another language: `bootstrap.py` speaks the Runtime API without any library, and must be handed the
very bytes that the mapping recorded. It stands for whatever a user passes to `cargo xtask local --handler`.
"""

import base64
import collections
import json
import pathlib
from typing import Any

from helpers import BUILD_SECONDS, WEB_LOG, PeerTest, files_below

BOOTSTRAP = pathlib.Path(__file__).resolve().with_name("bootstrap.py")


def records_of(event: bytes) -> list[dict[str, Any]]:
    """The records of an invocation event."""
    return json.loads(event)["Records"]


def data_of(event: bytes) -> list[bytes]:
    """Their bytes."""
    return [base64.b64decode(record["kinesis"]["data"], validate=True) for record in records_of(event)]


class PythonBootstrapTest(PeerTest):
    """Events over the Runtime API."""

    def setUp(self) -> None:
        super().setUp()
        self.received = self.folder / "received"
        self.received.mkdir()

    def test_it_is_short_and_plain(self) -> None:
        text = BOOTSTRAP.read_text()
        self.assertLessEqual(len(text.splitlines()), 30)
        self.assertTrue(text.startswith("#!/usr/bin/env python3\n"))
        self.assertTrue(BOOTSTRAP.stat().st_mode & 0o100, "executable")

    def test_it_receives_what_was_recorded(self) -> None:
        recorded = self.folder / "recorded"
        local = self.start(
            Input={"Path": str(WEB_LOG)},
            InvocationsDirectory=str(recorded),
            EventSourceMapping={"BatchSize": 300},
            Function={"Bootstrap": str(BOOTSTRAP), "Environment": {"Variables": {"EVENTS_FOLDER": str(self.received)}}},
        )
        self.assertEqual(local.finish(), 0)
        self.assertEqual(local.events("batch_failed"), [])
        received, kept = files_below(self.received), files_below(recorded)
        self.assertEqual(collections.Counter(received.values()), collections.Counter(kept.values()))

        batches = {f"{batch['request_id']}.json": batch for batch in local.events("batch_delivered")}
        self.assertEqual(set(received), set(batches), "one event a batch, under the batch's request id")
        for name, batch in batches.items():
            numbers = [record["kinesis"]["sequenceNumber"] for record in records_of(received[name])]
            self.assertEqual(len(received[name]), batch["payload_bytes"])
            self.assertEqual(
                (len(numbers), numbers[0], numbers[-1]),
                (batch["records"], batch["first_sequence_number"], batch["last_sequence_number"]),
            )
        for name, event in kept.items():
            shards = {record["eventID"].split(":")[0] for record in records_of(event)}
            self.assertRegex(name, rf"^\d{{6}}-{shards.pop()}\.json$")
            self.assertEqual(shards, set(), "an event has records of one shard")

        sent = collections.Counter(WEB_LOG.read_bytes().splitlines())
        self.assertEqual(collections.Counter(data for event in received.values() for data in data_of(event)), sent)

    def test_through_the_command(self) -> None:
        # The command hands nothing of our environment on, so the folder's name is in the handler.
        handler = self.file("handler", f"#!/bin/sh\nEVENTS_FOLDER='{self.received}' exec '{BOOTSTRAP}'\n".encode())
        handler.chmod(0o755)
        run = self.xtask_local("--json", handler=handler)
        run.wait_for("ready", seconds=BUILD_SECONDS)
        kinesis = run.client("kinesis")
        self.addCleanup(kinesis.close)
        stream = kinesis.list_streams()["StreamNames"][0]
        put = kinesis.put_record(StreamName=stream, PartitionKey="1", Data=b"hello world!\xff\x00")
        delivered = run.wait_for("batch_delivered")[0]
        self.assertEqual(run.interrupt(), 0, run.said())
        self.assertEqual(run.events("summary")[0]["records_delivered"], 1)
        received = files_below(self.received)
        self.assertEqual(set(received), {f"{delivered['request_id']}.json"})
        event = received.popitem()[1]
        self.assertEqual(data_of(event), [b"hello world!\xff\x00"])
        self.assertEqual(records_of(event)[0]["kinesis"]["sequenceNumber"], put["SequenceNumber"])
