"""What Python takes for a part of the work: a command and a file a line in, nanoseconds and bytes a line out.

It is asked in turn with ours, one question at a time, so that both meet the same machine.
"""

import io
import sys
import time
import zlib


def gzip6(body):
    compressor = zlib.compressobj(6, zlib.DEFLATED, 31)
    return len(compressor.compress(body) + compressor.flush())


def parquet(body):
    sink = io.BytesIO()
    table = pj.read_json(
        io.BytesIO(body),
        read_options=pj.ReadOptions(use_threads=False, block_size=len(body) + 1),
        parse_options=pj.ParseOptions(explicit_schema=SCHEMA, unexpected_field_behavior="ignore"),
    )
    pq.write_table(table, sink, compression="snappy")
    return sink.tell()


def run(command, body):
    started = time.perf_counter_ns()
    length = {"gzip6": gzip6, "parquet": parquet}[command](body)
    return time.perf_counter_ns() - started, length


if sys.argv[1:] == ["parquet"]:
    import pyarrow as pa
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    text, whole, real = pa.string(), pa.int64(), pa.float64()
    SCHEMA = pa.schema(
        [
            ("timestamp", text),
            ("request_id", text),
            ("level", text),
            ("region", text),
            ("service", text),
            ("customer", pa.struct([("id", text), ("tier", text), ("country", text)])),
            (
                "http",
                pa.struct(
                    [
                        ("method", text),
                        ("path", text),
                        ("status", whole),
                        ("bytes", whole),
                        ("duration_ms", real),
                        ("user_agent", text),
                        ("referer", text),
                    ]
                ),
            ),
            ("trace", pa.struct([("trace_id", text), ("span_id", text), ("sampled", pa.bool_())])),
            ("tags", pa.list_(text)),
            ("items", pa.list_(pa.struct([("sku", text), ("quantity", whole), ("price", real)]))),
            ("message", text),
        ]
    )

bodies = {}
for line in sys.stdin:
    command, path = line.split()
    if path not in bodies:
        with open(path, "rb") as file:
            bodies[path] = file.read()
    print(*run(command, bodies[path]), flush=True)
