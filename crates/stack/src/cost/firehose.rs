//! What Firehose costs: ingestion by records that are rounded up, what is asked of it, and its puts.

use super::{Asked, GB_BYTES, Load, MONTH_SECONDS, Prices, Term, puts};

/// Seconds that it buffers: `IntervalInSeconds` where nobody says another. Source: Firehose's guide, "Buffering hints".
const INTERVAL_SECONDS: f64 = 300.0;

/// Bytes that it buffers at most: the largest `SizeInMBs`, 128. Source: the same.
const BUFFER_BYTES_MAX: f64 = 128.0 * 1_048_576.0;

pub(super) fn terms(load: &Load, asked: Asked, prices: &Prices) -> Vec<Term> {
    let rounding = prices.get("firehose_rounding_bytes");
    let gb = load.rounded_bytes_per_month(rounding) / GB_BYTES;
    let real = load.bytes_per_month() / GB_BYTES;
    let mut terms = vec![Term {
        name: "ingestion",
        formula: format!(
            "{gb:.0} GB, which are {real:.0} GB with each record rounded up to {rounding} B, x {} / GB",
            prices.firehose_gb.iter().map(|(_, price)| format!("${price}")).collect::<Vec<_>>().join(", then ")
        ),
        dollars: tiered(gb, &prices.firehose_gb),
    }];
    if asked.conversion {
        let price = prices.get("firehose_conversion_gb");
        let formula = format!("{gb:.0} GB, rounded alike, x ${price} / GB");
        terms.push(Term { name: "format conversion", formula, dollars: gb * price });
    }
    let partitions = f64::from(load.partitions.max(1));
    let by_time = MONTH_SECONDS / INTERVAL_SECONDS * partitions;
    let objects = by_time.max(load.bytes_per_month() / BUFFER_BYTES_MAX).min(load.records_per_month());
    if load.partitions > 1 {
        let price = prices.get("firehose_partitioning_gb");
        let formula = format!("{real:.0} GB x ${price} / GB");
        terms.push(Term { name: "dynamic partitioning", formula, dollars: real * price });
        let price = prices.get("firehose_thousand_partitioned_objects");
        let formula = format!("{objects:.0} objects x ${price} / 1,000");
        terms.push(Term { name: "partitioned objects", formula, dollars: objects / 1_000.0 * price });
    }
    terms.extend(puts(objects, asked.encryption, prices));
    terms
}

/// So many GB, each at the price of its tier.
fn tiered(gb: f64, tiers: &[(f64, f64)]) -> f64 {
    let (mut below, mut dollars) = (0.0, 0.0);
    for (end, price) in tiers {
        dollars += (gb.min(*end) - below).max(0.0) * price;
        below = *end;
    }
    dollars
}
