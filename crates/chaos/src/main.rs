//! `penstock-chaos`: seeds, one after another, until a promise is broken. `cargo xtask local --chaos` starts it.

use std::process::ExitCode;

use clap::Parser;
use penstock_chaos::ledger::Counts;
use penstock_chaos::run::live;
use penstock_chaos::shrink;
use penstock_chaos::world::World;
use penstock_console::{exit, screen};

/// Live through worlds that are drawn from seeds
#[derive(Debug, Parser)]
struct Arguments {
    /// The first seed
    seed: u64,
    /// How many seeds
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Tell all that happens in the first world
    #[arg(long)]
    story: bool,
    /// Tell the result as JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.story {
        let world = World::of(arguments.seed);
        screen::result(&world.settings);
        live(&world, None).story.into_iter().for_each(screen::result);
    }
    let bar = (!arguments.json && arguments.seeds > 1).then(|| screen::bar(arguments.seeds, "seeds"));
    let mut sum = Counts::default();
    for seed in arguments.seed..arguments.seed.saturating_add(arguments.seeds) {
        let world = World::of(seed);
        match live(&world, None).ended {
            Ok(counts) => {
                sum.records += counts.records;
                sum.objects += counts.objects;
                sum.sent_anew += counts.sent_anew;
                sum.given_up += counts.given_up;
            }
            Err(violation) => {
                bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
                let story = shrink::story(&world, None, &violation);
                if arguments.json {
                    let told = serde_json::json!({
                        "version": 1, "command": "chaos", "result": "broken", "seed": seed,
                        "promise": violation.promise, "text": violation.text, "story": story,
                    });
                    screen::result(told);
                } else {
                    story.into_iter().for_each(screen::result);
                }
                return exit::PROMISE_BROKEN.into();
            }
        }
        if let Some(bar) = &bar {
            bar.inc(1);
        }
    }
    bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
    if arguments.json {
        screen::result(serde_json::json!({
            "version": 1, "command": "chaos", "result": "held", "seed": arguments.seed, "seeds": arguments.seeds,
            "records": sum.records, "objects": sum.objects, "sent_anew": sum.sent_anew, "given_up": sum.given_up,
        }));
    } else {
        let number = |count: usize| screen::number(count as u64);
        screen::result(format_args!(
            "held  {} seeds  {} records  {} objects  {} records sent anew  {} given up as told",
            screen::number(arguments.seeds),
            number(sum.records),
            number(sum.objects),
            number(sum.sent_anew),
            number(sum.given_up)
        ));
    }
    ExitCode::SUCCESS
}
