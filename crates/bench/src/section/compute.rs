//! From the bytes of the event to the joined body, in one process on one core.
//!
//! The ruler is L: looking once at every byte of the event (memchr for a byte that is not in it) and decoding one contiguous
//! string of the records' length (base64-simd, into a buffer that is there already).

use anyhow::{Context as _, ensure};
use aws_lambda_events::event::kinesis::KinesisEvent;
use penstock_handler::event;
use serde_json::json;

use super::{milliseconds, timed};
use crate::figure::{Row, short};
use crate::run::{Detail, Found, Prepared, Run};
use crate::statistics::{median, ratio};

/// Rounds before it counts.
const UNCOUNTED: usize = 3;

/// Calls a round of what takes less than a millisecond.
const CALLS: u32 = 5;

/// No event of ours holds it, nor any JSON that is not broken.
const ABSENT: u8 = 0x01;

/// Measures it.
pub fn measure(run: &Run, found: &mut Found) -> anyhow::Result<()> {
    run.site.cores.take_function();
    let (mut rows, mut measured, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for prepared in &run.workloads {
        let samples = samples(prepared, run.effort.compute)?;
        let limit: Vec<f64> = samples.look.iter().zip(&samples.decode).map(|(look, decode)| look + decode).collect();
        let (times, idiomatic) = (ratio(&samples.ours, &limit), ratio(&samples.idiomatic, &samples.ours));
        values.push(times);
        let letter = prepared.kind.letter();
        rows.push([
            format!("{letter}  {}", prepared.kind.words()),
            short(median(&limit)),
            short(median(&samples.ours)),
            short(times),
            short(median(&samples.idiomatic)),
            short(idiomatic),
        ]);
        measured.push(json!({
            "workload": letter, "memchr_ms": median(&samples.look), "base64_ms": median(&samples.decode),
            "limit_ms": median(&limit), "penstock_ms": median(&samples.ours), "times_limit": times,
            "idiomatic_ms": median(&samples.idiomatic), "idiomatic_times_penstock": idiomatic,
            "records": prepared.workload.records.len(), "event_bytes": prepared.workload.event.len(),
            "data_bytes": prepared.workload.data_bytes(),
        }));
    }
    found.figure(Row::Compute, values);
    found.details.push(Detail {
        title: "Compute: event to joined body, in one process".to_owned(),
        header: ["workload", "L, ms", "Penstock, ms", "times L", "idiomatic Rust, ms", "times Penstock"],
        rows,
    });
    found.measured.insert("compute".to_owned(), measured.into());
    Ok(())
}

/// Milliseconds by round.
#[derive(Default)]
struct Samples {
    look: Vec<f64>,
    decode: Vec<f64>,
    ours: Vec<f64>,
    idiomatic: Vec<f64>,
}

fn samples(prepared: &Prepared, rounds: usize) -> anyhow::Result<Samples> {
    let event = prepared.workload.event.as_bytes();
    ensure!(memchr::memchr(ABSENT, event).is_none(), "the event holds what it must not");
    let contiguous = base64_simd::STANDARD.encode_to_string(prepared.workload.records.concat());
    let mut buffer = vec![0; contiguous.len()];
    let records = event::decode(event, b"\n")?.context("the event has records")?;
    ensure!(records.len() == prepared.workload.records.len(), "records are missing");
    drop(records);
    ensure!(idiomatic(event)? == prepared.batch.after[..prepared.batch.after.len() - 1], "the idiomatic body differs");
    let mut samples = Samples::default();
    for round in 0..rounds + UNCOUNTED {
        let look = timed(CALLS, || memchr::memchr(ABSENT, event));
        let decode = timed(CALLS, || {
            let out = base64_simd::Out::from_slice(&mut buffer);
            base64_simd::STANDARD.decode(contiguous.as_bytes(), out).map(|decoded| decoded.len())
        });
        let ours = timed(CALLS, || event::decode(event, b"\n"));
        let idiomatic = timed(1, || idiomatic(event));
        if round >= UNCOUNTED {
            samples.look.push(milliseconds(look));
            samples.decode.push(milliseconds(decode));
            samples.ours.push(milliseconds(ours));
            samples.idiomatic.push(milliseconds(idiomatic));
        }
    }
    Ok(samples)
}

/// As the idiomatic handler does it, without the path tracking that `lambda_runtime` adds to it.
pub fn idiomatic(event: &[u8]) -> serde_json::Result<Vec<u8>> {
    let event: KinesisEvent = serde_json::from_slice(event)?;
    let records: Vec<Vec<u8>> = event.records.into_iter().map(|record| record.kinesis.data.0).collect();
    Ok(records.join(&b'\n'))
}
