//! Compression of the joined bodies, at the default levels, against Python's zlib at its 6.

use anyhow::Context as _;
use penstock_format::{Codec, Compression};
use serde_json::json;

use super::{megabytes, milliseconds, timed};
use crate::figure::{Row, short};
use crate::run::{Detail, Found, Run};
use crate::statistics::{median, ratio};
use crate::worker::Worker;

/// What ours may be larger by: its ratio is at least so much of zlib's.
const RATIO_MIN: f64 = 0.8;

/// Measures it.
pub fn measure(run: &Run, found: &mut Found) -> anyhow::Result<()> {
    if !run.has_python() {
        return Ok(());
    }
    let mut worker = Worker::start(&run.site.folder, run.site.cores, &[])?;
    let (mut rows, mut measured) = (Vec::new(), Vec::new());
    let (mut values, mut breach) = (Vec::new(), None);
    for prepared in &run.workloads {
        let letter = prepared.kind.letter();
        let body = &prepared.batch.after;
        let file = run.site.folder.join(format!("body-{letter}.txt"));
        std::fs::write(&file, body).with_context(|| format!("cannot write {}", file.display()))?;
        let mut python = Vec::new();
        let mut python_bytes = 0;
        let compressions = [Compression::Gzip, Compression::Zstd];
        let (mut ours, mut bytes) = (compressions.map(|_| Vec::new()), [0; 2]);
        for _ in 0..run.effort.worker {
            let answer = worker.ask("gzip6", &file)?;
            python.push(milliseconds(answer.wall));
            python_bytes = usize::try_from(answer.bytes)?;
            for (place, compression) in compressions.into_iter().enumerate() {
                let mut copy = Some(body.clone());
                let took = timed(1, || {
                    let stored = copy.take().map(|body| Codec::from(compression).compress(body)).unwrap_or_default();
                    bytes[place] = stored.len();
                    stored
                });
                ours[place].push(milliseconds(took));
            }
        }
        let mut row = [const { String::new() }; 6];
        row[0] = format!("{letter}  zlib -6: {} MB/s, {}x", speed(body, &python), short(of(body, python_bytes)));
        for (place, compression) in compressions.into_iter().enumerate() {
            let (times, dense) = (ratio(&python, &ours[place]), of(body, bytes[place]) / of(body, python_bytes));
            if compression == Compression::Gzip {
                values.push(times);
                if dense < RATIO_MIN {
                    breach = Some(format!("{letter} compresses {} of what zlib does", short(dense)));
                }
            }
            row[1 + place * 2] = format!("{} MB/s, {}x", speed(body, &ours[place]), short(of(body, bytes[place])));
            row[2 + place * 2] = format!("{} at {}", short(times), short(dense));
            measured.push(json!({
                "workload": letter, "compression": compression.as_str(), "level": compression.default_level(),
                "ms": median(&ours[place]), "ratio": of(body, bytes[place]), "zlib_ms": median(&python),
                "zlib_ratio": of(body, python_bytes), "times_zlib": times, "ratio_of_zlib": dense,
            }));
        }
        rows.push(row);
    }
    found.figure_unless(Row::Gzip, values, breach);
    found.details.push(Detail {
        title: "Compression of the bodies at the default levels, against Python's zlib -6".to_owned(),
        header: ["workload", "gzip", "times as fast, at of its ratio", "zstd", "times as fast, at of its ratio", ""],
        rows,
    });
    found.measured.insert("codecs".to_owned(), measured.into());
    Ok(())
}

fn speed(body: &[u8], milliseconds: &[f64]) -> String {
    short(megabytes(body.len()) / median(milliseconds) * 1e3)
}

fn of(body: &[u8], bytes: usize) -> f64 {
    megabytes(body.len()) / megabytes(bytes)
}
