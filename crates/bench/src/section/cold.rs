//! Cold starts: from the start of the process to its first answer, one record, handshake and put included.

use serde_json::json;

use super::milliseconds;
use crate::environment::{Batch, cold_start};
use crate::figure::{Row, short};
use crate::peer::Peer;
use crate::run::{Detail, Found, Run};
use crate::statistics::{median, ratio};
use penstock_gates::workload::{Kind, Workload};

/// Measures it.
pub fn measure(run: &Run, found: &mut Found) -> anyhow::Result<()> {
    let batch = Batch::of(&Workload::first(Kind::Requests));
    let peers: Vec<Peer> = [Peer::PenstockCore, Peer::Penstock].into_iter().chain(run.peers.iter().copied()).collect();
    let mut samples: Vec<(Peer, Vec<f64>, Vec<f64>)> =
        peers.iter().map(|peer| (*peer, Vec::new(), Vec::new())).collect();
    for round in 0..=run.effort.cold {
        for turn in 0..peers.len() {
            let (peer, ready, answered) = &mut samples[(round + turn) % peers.len()];
            let started = cold_start(*peer, &run.site, &batch)?;
            // After the first round files are in the page cache.
            if round > 0 {
                ready.push(milliseconds(started.ready));
                answered.push(milliseconds(started.answered));
            }
        }
    }
    let ours = samples[0].2.clone();
    let hello = samples.iter().find(|(peer, ..)| *peer == Peer::Hello).map(|(.., answered)| answered.clone());
    let (mut rows, mut measured) = (Vec::new(), Vec::new());
    for (peer, ready, answered) in &samples {
        let times = ratio(answered, &ours);
        let times_hello = hello.as_ref().map(|hello| ratio(answered, hello));
        rows.push([
            peer.words().to_owned(),
            short(median(ready)),
            short(median(answered)),
            short(times),
            times_hello.map_or("-".to_owned(), short),
            String::new(),
        ]);
        measured.push(json!({
            "peer": peer.id(), "ready_ms": median(ready), "answered_ms": median(answered), "times_penstock": times,
            "times_hello": times_hello,
        }));
    }
    found.figure(Row::ColdStart, hello.map(|hello| ratio(&ours, &hello)).into_iter().collect());
    found.details.push(Detail {
        title: "Cold start: one record, handshake and put included".to_owned(),
        header: ["handler", "asks for an event, ms", "answered, ms", "times Penstock", "times hello world", ""],
        rows,
    });
    found.measured.insert("cold".to_owned(), measured.into());
    Ok(())
}
