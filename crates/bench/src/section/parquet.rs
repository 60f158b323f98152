//! JSON lines to Parquet with snappy, schema known, against pyarrow on one thread.

use anyhow::{Context as _, anyhow};
use penstock_columns::{Columns, JsonSerDe, Layout, Schema, UnknownFields, WriterOptions};
use serde_json::json;

use super::{megabytes, milliseconds, timed};
use crate::figure::{Row, short};
use crate::requests::REQUESTS_SCHEMA;
use crate::run::{Detail, Found, Run};
use crate::statistics::{median, ratio};
use crate::worker::Worker;
use penstock_gates::workload::Kind;

/// Measures it.
pub fn measure(run: &Run, found: &mut Found) -> anyhow::Result<()> {
    if !run.has_python() {
        return Ok(());
    }
    let mut worker = Worker::start(&run.site.folder, run.site.cores, &["parquet"])?;
    let prepared = run.prepared(Kind::Requests);
    let body = &prepared.batch.after;
    let file = run.site.folder.join("body-b.txt");
    std::fs::write(&file, body).with_context(|| format!("cannot write {}", file.display()))?;
    let schema = Schema::parse(REQUESTS_SCHEMA)?;
    let layout = Layout::new(schema, JsonSerDe::OpenX(serde_json::from_str("{}")?), UnknownFields::default())?;
    let options: WriterOptions = serde_json::from_str(r#"{"Compression": "SNAPPY"}"#)?;
    let convert = || {
        let mut columns = Columns::new(&layout);
        for record in &prepared.workload.records {
            columns.push(&layout, record.as_bytes()).map_err(|error| anyhow!("{}", error.message))?;
        }
        columns.finish(&layout, &options).map_err(|error| anyhow!("{error}"))
    };
    let (mut ours, mut theirs, mut sizes) = (Vec::new(), Vec::new(), (0, 0));
    for round in 0..=run.effort.worker {
        let answer = worker.ask("parquet", &file)?;
        let mut stored = Ok(Vec::new());
        let took = timed(1, || stored = convert());
        // The first round loads code.
        if round > 0 {
            theirs.push(milliseconds(answer.wall));
            ours.push(milliseconds(took));
        }
        sizes = (stored?.len(), usize::try_from(answer.bytes)?);
    }
    let times = ratio(&theirs, &ours);
    found.figure(Row::Parquet, vec![times]);
    let speed = |samples: &[f64]| short(megabytes(body.len()) / median(samples) * 1e3);
    let row = |name: &str, samples: &[f64], bytes: usize, times: String| {
        let size = short(megabytes(bytes) * 1e3);
        [name.to_owned(), short(median(samples)), speed(samples), size, times, String::new()]
    };
    found.details.push(Detail {
        title: "JSON to Parquet with snappy, workload b".to_owned(),
        header: ["writer", "ms", "MB/s of JSON", "KB", "pyarrow's time, times", ""],
        rows: vec![
            row("Penstock", &ours, sizes.0, short(times)),
            row("pyarrow, one thread", &theirs, sizes.1, "1".to_owned()),
        ],
    });
    let measured = json!({
        "penstock_ms": median(&ours), "pyarrow_ms": median(&theirs), "times_pyarrow": times, "penstock_bytes": sizes.0,
        "pyarrow_bytes": sizes.1, "rows": prepared.workload.records.len(),
    });
    found.measured.insert("parquet".to_owned(), measured);
    Ok(())
}
