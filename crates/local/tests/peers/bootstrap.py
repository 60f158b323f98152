#!/usr/bin/env python3
"""A Lambda function without a library: it speaks the Runtime API, and keeps each event below EVENTS_FOLDER."""

import os
import pathlib
import urllib.request

INVOCATION = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
FOLDER = pathlib.Path(os.environ["EVENTS_FOLDER"])

while True:
    with urllib.request.urlopen(f"{INVOCATION}/next") as following:
        request_id = following.headers["Lambda-Runtime-Aws-Request-Id"]
        event = following.read()
    with open(FOLDER / f"{request_id}.json", "ab") as kept:
        kept.write(event)
    urllib.request.urlopen(f"{INVOCATION}/{request_id}/response", data=b'{"batchItemFailures":[]}').close()
