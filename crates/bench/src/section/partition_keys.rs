//! Two partition keys of each record, by a query of plain paths, against jaq on the same records.

use anyhow::{Context as _, anyhow, ensure};
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars, data};
use jaq_json::{Val, read};
use penstock_jq::{Extraction, Keys};
use serde_json::json;

use super::{milliseconds, timed};
use crate::figure::{Row, short};
use crate::run::{Detail, Found, Run};
use crate::statistics::{median, ratio};
use penstock_gates::workload::Kind;

/// Paths alone: taken from the bytes.
const PLAIN: &str = "{customer_id: .customer.id, region: .region}";

/// The same, but no program of paths alone: Penstock's interpreter runs it, jaq's engine with values of its own.
const INTERPRETED: &str = "{customer_id: .customer.id, region: .region} | .";

/// What jaq's libraries do for a record: their parser, their values and their engine.
struct Jaq {
    filter: Filter<data::JustLut<Val>>,
}

impl Jaq {
    fn compile(code: &str) -> anyhow::Result<Self> {
        let arena = Arena::default();
        // Paths need no definitions and no functions.
        let modules = Loader::new([]).load(&arena, File { code, path: () });
        let modules = modules.map_err(|_| anyhow!("jaq cannot read {code}"))?;
        let filter = Compiler::default().with_funs([]).compile(modules);
        Ok(Self { filter: filter.map_err(|_| anyhow!("jaq cannot compile {code}"))? })
    }

    /// The object that it makes of a record.
    fn run(&self, record: &[u8]) -> anyhow::Result<Val> {
        let input = read::parse_single(record).map_err(|error| anyhow!("jaq cannot read a record: {error:?}"))?;
        let mut outputs = self.filter.id.run((Ctx::<data::JustLut<Val>>::new(&self.filter.lut, Vars::new([])), input));
        let output = outputs.next().context("jaq makes nothing of a record")?;
        jaq_core::unwrap_valr(output).map_err(|error| anyhow!("jaq fails: {error:?}"))
    }
}

fn all<'k>(query: &'k Extraction, records: &'k [String]) -> Result<Vec<Keys<'k>>, penstock_jq::RunError> {
    records.iter().map(|record| query.run(record.as_bytes())).collect()
}

/// Measures it.
pub fn measure(run: &Run, found: &mut Found) -> anyhow::Result<()> {
    run.site.cores.take_function();
    let records = &run.prepared(Kind::Requests).workload.records;
    let (plain, interpreted, jaq) =
        (Extraction::compile(PLAIN)?, Extraction::compile(INTERPRETED)?, Jaq::compile(PLAIN)?);
    let keys = all(&plain, records)?;
    ensure!(keys == all(&interpreted, records)?, "Penstock's two ways make the same keys");
    for (keys, record) in keys.iter().zip(records) {
        let object: serde_json::Map<_, _> =
            keys.iter().map(|(name, value)| (name.to_string(), value.as_deref().into())).collect();
        let made: serde_json::Value = serde_json::from_str(&jaq.run(record.as_bytes())?.to_string())?;
        ensure!(made == serde_json::Value::Object(object), "jaq makes the same keys of {record}");
    }
    let each = |query: &Extraction| records.iter().filter(|record| query.run(record.as_bytes()).is_ok()).count();
    let by_jaq = || records.iter().filter(|record| jaq.run(record.as_bytes()).is_ok()).count();
    let (mut ours, mut engine, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..run.effort.worker {
        ours.push(milliseconds(timed(3, || each(&plain))));
        engine.push(milliseconds(timed(3, || each(&interpreted))));
        theirs.push(milliseconds(timed(3, by_jaq)));
    }
    let times = ratio(&theirs, &ours);
    found.figure(Row::PartitionKeys, vec![times]);
    let row = |name: &str, samples: &[f64]| {
        #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
        let speed = short(records.len() as f64 / median(samples));
        let times = short(ratio(&theirs, samples));
        [name.to_owned(), short(median(samples)), speed, times, String::new(), String::new()]
    };
    found.details.push(Detail {
        title: format!("Partition keys: `{PLAIN}` of every record of b"),
        header: ["way", "ms", "thousand records/s", "times as fast as jaq", "", ""],
        rows: vec![
            row("plain paths", &ours),
            row("Penstock's interpreter, jaq's engine with values of its own", &engine),
            row("jaq, with its own values", &theirs),
        ],
    });
    let measured = json!({
        "paths_ms": median(&ours), "interpreter_ms": median(&engine), "jaq_ms": median(&theirs), "times_jaq": times,
    });
    found.measured.insert("partition_keys".to_owned(), measured);
    Ok(())
}
