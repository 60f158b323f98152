// The handler as Node's posts have it, and what Lambda's runtime does around it: next, handle, answer. Framing: a newline
// between records.

import http from "node:http";
import { randomUUID } from "node:crypto";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const s3 = new S3Client({});

async function handler(event) {
  const newline = Buffer.from("\n");
  const parts = [];
  event.Records.forEach((record, index) => {
    if (index > 0) parts.push(newline);
    parts.push(Buffer.from(record.kinesis.data, "base64"));
  });
  const Body = Buffer.concat(parts);
  await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: `records/${randomUUID()}`, Body }));
  return { batchItemFailures: [] };
}

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const request = http.request(
      { host, port, method, path: `/2018-06-01/runtime/${path}`, headers, agent },
      (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(parts) }));
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

for (;;) {
  const next = await call("GET", "invocation/next");
  const id = next.headers["lambda-runtime-aws-request-id"];
  try {
    const answer = await handler(JSON.parse(next.body.toString("utf8")));
    await call("POST", `invocation/${id}/response`, JSON.stringify(answer));
  } catch (error) {
    console.error(error);
    const told = { errorType: error.name, errorMessage: error.message };
    await call("POST", `invocation/${id}/error`, JSON.stringify(told));
  }
}
