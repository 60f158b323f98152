//! What an event costs that is smaller or larger than Lambda's largest: CPU per MB of it, end to end.

use serde_json::json;

use super::{megabytes, milliseconds};
use crate::environment::{Batch, Environment};
use crate::figure::{Row, short};
use crate::peer::Peer;
use crate::run::{Detail, Found, Run};
use crate::statistics::{median, ratio};
use penstock_gates::workload::{EVENT_BYTES_MAX, Kind, Workload};

/// Bytes of events, in hundredths of the largest. Blocks end at 14 times: 16 would be more data than the 64 MiB that a batch
/// may come to (`OUTPUT_BYTES_PER_BATCH_MAX`), and their last records would fail, as they should.
const fn hundredths(kind: Kind) -> [usize; 5] {
    let largest = if matches!(kind, Kind::Blocks) { 1_400 } else { 1_600 };
    [1, 10, 100, 400, largest]
}

/// The place of the largest that Lambda sends.
const ONE: usize = 2;

/// Measures it.
pub fn measure(run: &Run, found: &mut Found) -> anyhow::Result<()> {
    let (mut rows, mut measured, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for prepared in &run.workloads {
        let sizes = hundredths(prepared.kind);
        let batches =
            sizes.map(|hundredths| Batch::of(&Workload::of(prepared.kind, EVENT_BYTES_MAX / 100 * hundredths)));
        let mut samples = sizes.map(|_| Vec::new());
        let mut environment = Environment::start(Peer::Penstock, &run.site)?;
        for round in 0..=run.effort.growth {
            for (batch, samples) in batches.iter().zip(&mut samples) {
                let taken = environment.invoke(batch)?;
                // The first round makes connections.
                if round > 0 {
                    samples.push(milliseconds(taken.cpu) / megabytes(batch.event.len()));
                }
            }
        }
        let times: Vec<f64> = samples.iter().map(|each| ratio(each, &samples[ONE])).collect();
        values.push(times[times.len() - 1]);
        let letter = prepared.kind.letter();
        let mut row = [const { String::new() }; 6];
        row[0] = format!("{letter}  CPU ms/MB at x1: {}", short(median(&samples[ONE])));
        for (cell, times) in row[1..].iter_mut().zip(&times) {
            *cell = short(*times);
        }
        rows.push(row);
        measured.push(json!({
            "workload": letter, "hundredths": sizes, "cpu_ms_per_mb": samples.each_ref().map(|each| median(each)),
            "times_one": times,
        }));
    }
    found.figure(Row::Growth, values);
    found.details.push(Detail {
        title: "Growth: CPU per MB of event, times that of 6 MiB".to_owned(),
        header: ["workload", "x0.01", "x0.1", "x1", "x4", "x16 (c: x14)"],
        rows,
    });
    found.measured.insert("growth".to_owned(), measured.into());
    Ok(())
}
