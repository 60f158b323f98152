//! What this costs: the function, its puts and its log.

use super::{Asked, Cut, GB_BYTES, Load, Prices, Term, puts};
use crate::environment::Environment;

/// Bytes of an MB, in which the time of an invocation is told.
const MB_BYTES: f64 = 1_000_000.0;

/// Memory, in MB, with which the time of an invocation was measured; Lambda gives CPU by memory.
const MEASURED_MEMORY_MB: f64 = 512.0;

/// MB of a GB of memory. Source: Lambda's pricing page.
const GB_MEMORY_MB: f64 = 1_024.0;

pub(super) fn terms(environment: &Environment, load: &Load, cut: &Cut, asked: Asked, prices: &Prices) -> Vec<Term> {
    let Cut { records, bytes, invocations } = *cut;
    let memory_mb = f64::from(environment.function.memory_size);
    let work = prices.get("invocation_ms_per_mb") * bytes / MB_BYTES;
    // The work is the CPU's, and the rest is waiting.
    let duration_ms = prices.get("invocation_ms") + work * MEASURED_MEMORY_MB / memory_mb;
    let (gb, price) = (memory_mb / GB_MEMORY_MB, prices.get("lambda_gb_second"));
    let mut terms = vec![Term {
        name: "Lambda time",
        formula: format!("{invocations:.0} invocations x {duration_ms:.0} ms x {gb} GB x ${price:.10}"),
        dollars: invocations * duration_ms / 1_000.0 * gb * price,
    }];
    let price = prices.get("lambda_million_requests");
    terms.push(Term {
        name: "Lambda requests",
        formula: format!("{invocations:.0} invocations x ${price} / 1,000,000"),
        dollars: invocations / 1_000_000.0 * price,
    });
    // An invocation cannot have more partitions than records.
    let objects = f64::from(load.partitions.max(1)).min(records);
    terms.extend(puts(invocations * objects, asked.encryption, prices));
    let (price, each) = (prices.get("logs_gb"), prices.get("log_bytes_per_invocation"));
    terms.push(Term {
        name: "logs",
        formula: format!("{invocations:.0} invocations x {each} B x ${price} / GB"),
        dollars: invocations * each / GB_BYTES * price,
    });
    terms
}
