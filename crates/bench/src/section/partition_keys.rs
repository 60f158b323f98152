//! Two partition keys of each record, by a query of plain paths, against the interpreter on the same records.

use anyhow::ensure;
use penstock_jq::{Extraction, Keys};
use serde_json::json;

use super::{milliseconds, timed};
use crate::figure::{Row, short};
use crate::run::{Detail, Found, Run};
use crate::statistics::{median, ratio};
use penstock_gates::workload::Kind;

/// Paths alone: taken from the bytes.
const PLAIN: &str = "{customer_id: .customer.id, region: .region}";

/// The same, but no program of paths alone: jaq runs it.
const INTERPRETED: &str = "{customer_id: .customer.id, region: .region} | .";

fn all<'k>(query: &'k Extraction, records: &'k [String]) -> Result<Vec<Keys<'k>>, penstock_jq::RunError> {
    records.iter().map(|record| query.run(record.as_bytes())).collect()
}

/// Measures it.
pub fn measure(run: &Run, found: &mut Found) -> anyhow::Result<()> {
    run.site.cores.take_function();
    let records = &run.prepared(Kind::Requests).workload.records;
    let (plain, interpreted) = (Extraction::compile(PLAIN)?, Extraction::compile(INTERPRETED)?);
    ensure!(all(&plain, records)? == all(&interpreted, records)?, "both ways make the same keys");
    let each = |query: &Extraction| records.iter().filter(|record| query.run(record.as_bytes()).is_ok()).count();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..run.effort.worker {
        ours.push(milliseconds(timed(3, || each(&plain))));
        theirs.push(milliseconds(timed(1, || each(&interpreted))));
    }
    let times = ratio(&theirs, &ours);
    found.figure(Row::PartitionKeys, vec![times]);
    let row = |name: &str, samples: &[f64], times: String| {
        #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
        let speed = short(records.len() as f64 / median(samples));
        [name.to_owned(), short(median(samples)), speed, times, String::new(), String::new()]
    };
    found.details.push(Detail {
        title: format!("Partition keys: `{PLAIN}` of every record of b"),
        header: ["way", "ms", "thousand records/s", "interpreter's time, times", "", ""],
        rows: vec![row("plain paths", &ours, short(times)), row("the interpreter, jaq", &theirs, "1".to_owned())],
    });
    let measured = json!({ "paths_ms": median(&ours), "interpreter_ms": median(&theirs), "times_interpreter": times });
    found.measured.insert("partition_keys".to_owned(), measured);
    Ok(())
}
