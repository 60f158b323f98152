//! End to end, warm: an event from the Runtime API to an object in S3 over TLS, every peer in turn in every round.

use std::time::{Duration, Instant};

use serde_json::json;

use super::milliseconds;
use crate::environment::Environment;
use crate::figure::{Row, short};
use crate::peer::Peer;
use crate::run::{Bar, Detail, Found, Prepared, Run};
use crate::statistics::{median, ratio};

/// Invocations before it counts: code is loaded, connections are made, interpreters have seen the way.
const UNCOUNTED: usize = 3;

/// How long a peer is invoked at the beginning of its turn without being measured, one invocation at least: it finds the processor's
/// caches full of the others' code and data, as no function on Lambda does. A function that takes milliseconds needs seven or eight
/// invocations until they take no less, one that takes a tenth of a second needs none.
const SETTLING: Duration = Duration::from_millis(50);

/// Invocations of a peer that count in its turn, one after the other. Their median is the round's sample.
const IN_A_ROW: usize = 3;

/// Samples of one peer.
struct Samples {
    peer: Peer,
    wall: Vec<f64>,
    cpu: Vec<f64>,
    peak_rss: f64,
}

/// Measures it.
pub fn measure(run: &Run, found: &mut Found) -> anyhow::Result<()> {
    let peers: Vec<Peer> =
        std::iter::once(Peer::Penstock).chain(run.peers.iter().copied().filter(|p| *p != Peer::Hello)).collect();
    let (mut rows, mut measured) = (Vec::new(), Vec::new());
    let (mut post, mut idiomatic, mut rss) = (Vec::new(), Vec::new(), Vec::new());
    for prepared in &run.workloads {
        let samples = samples(run, &peers, prepared)?;
        let ours = &samples[0];
        rss.push(ours.peak_rss);
        for theirs in &samples {
            let (wall, cpu) = (ratio(&theirs.wall, &ours.wall), ratio(&theirs.cpu, &ours.cpu));
            match theirs.peer {
                Peer::Post => post.push(wall),
                Peer::Idiomatic => idiomatic.push(wall),
                _ => {}
            }
            found.bars.push(Bar { peer: theirs.peer, kind: prepared.kind, times: wall });
            let letter = prepared.kind.letter();
            rows.push([
                format!("{letter}  {}", theirs.peer.words()),
                short(median(&theirs.wall)),
                short(median(&theirs.cpu)),
                short(wall),
                short(cpu),
                short(theirs.peak_rss),
            ]);
            measured.push(json!({
                "workload": letter, "peer": theirs.peer.id(), "wall_ms": median(&theirs.wall),
                "cpu_ms": median(&theirs.cpu), "wall_times_penstock": wall, "cpu_times_penstock": cpu,
                "peak_rss_mib": theirs.peak_rss,
            }));
        }
    }
    found.figure(Row::AgainstPost, post);
    found.figure(Row::AgainstIdiomatic, idiomatic);
    found.figure(Row::PeakRss, rss);
    found.details.push(Detail {
        title: "End to end, warm: medians, and medians of ratios within a round".to_owned(),
        header: ["handler", "wall ms", "CPU ms", "wall, times Penstock", "CPU, times Penstock", "peak MiB"],
        rows,
    });
    found.measured.insert("warm".to_owned(), measured.into());
    Ok(())
}

/// All peers with one workload: started anew for each, because the most memory that a process had stays.
fn samples(run: &Run, peers: &[Peer], prepared: &Prepared) -> anyhow::Result<Vec<Samples>> {
    let mut environments = Vec::new();
    for peer in peers {
        let mut environment = Environment::start(*peer, &run.site)?;
        for _ in 0..UNCOUNTED {
            environment.invoke(&prepared.batch)?;
        }
        environments.push(environment);
    }
    let mut samples: Vec<Samples> =
        peers.iter().map(|peer| Samples { peer: *peer, wall: Vec::new(), cpu: Vec::new(), peak_rss: 0.0 }).collect();
    for round in 0..run.effort.warm {
        for turn in 0..peers.len() {
            let place = (round + turn) % peers.len();
            let begun = Instant::now();
            while {
                environments[place].invoke(&prepared.batch)?;
                begun.elapsed() < SETTLING
            } {}
            let (mut wall, mut cpu) = (Vec::new(), Vec::new());
            for _ in 0..IN_A_ROW {
                let taken = environments[place].invoke(&prepared.batch)?;
                wall.push(milliseconds(taken.wall));
                cpu.push(milliseconds(taken.cpu));
            }
            samples[place].wall.push(median(&wall));
            samples[place].cpu.push(median(&cpu));
        }
    }
    for (samples, environment) in samples.iter_mut().zip(&environments) {
        #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
        let peak = environment.peak_rss()? as f64;
        samples.peak_rss = peak / 1_048_576.0;
    }
    Ok(samples)
}
