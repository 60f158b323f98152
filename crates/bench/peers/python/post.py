"""The handler as the posts have it: a client a put, a print a record. Framing: a newline between records."""

import base64
import os
import uuid

import boto3


def put(body):
    s3 = boto3.client("s3")
    s3.put_object(Bucket=os.environ["BUCKET"], Key="records/" + str(uuid.uuid4()), Body=body)


def handler(event, context):
    records = []
    for record in event["Records"]:
        payload = base64.b64decode(record["kinesis"]["data"])
        print("Decoded payload: " + payload.decode("utf-8"))
        records.append(payload)
    put(b"\n".join(records))
    return "Successfully processed {} records.".format(len(event["Records"]))
