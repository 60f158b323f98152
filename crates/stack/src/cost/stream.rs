//! What the stream costs that either reads, and whether Kinesis's own delivery would do.

use super::{GB_BYTES, Load, MONTH_SECONDS, Prices, Term};
use crate::environment::Environment;
use crate::stream::StreamMode;

pub(super) fn terms(environment: &Environment, load: &Load, prices: &Prices) -> Vec<Term> {
    let hours = MONTH_SECONDS / 3_600.0;
    match environment.stream.stream_mode {
        StreamMode::Provisioned => {
            let (shards, price) = (load.shards, prices.get("kinesis_shard_hour"));
            let unit = prices.get("kinesis_put_unit_bytes");
            let (units, of_unit) = (load.rounded_bytes_per_month(unit) / unit, prices.get("kinesis_million_put_units"));
            vec![
                Term {
                    name: "shards",
                    formula: format!("{shards} shards x {hours} h x ${price}"),
                    dollars: f64::from(shards) * hours * price,
                },
                Term {
                    name: "PUT payload units",
                    formula: format!("{units:.0} units of {unit} B x ${of_unit} / 1,000,000"),
                    dollars: units / 1_000_000.0 * of_unit,
                },
            ]
        }
        StreamMode::OnDemand => {
            let gb = load.rounded_bytes_per_month(prices.get("kinesis_on_demand_rounding_bytes")) / GB_BYTES;
            let hour = prices.get("kinesis_on_demand_hour");
            let (into, out) = (prices.get("kinesis_on_demand_gb_in"), prices.get("kinesis_on_demand_gb_out"));
            vec![
                Term { name: "stream", formula: format!("{hours} h x ${hour}"), dollars: hours * hour },
                Term { name: "data in", formula: format!("{gb:.0} GB x ${into}"), dollars: gb * into },
                Term { name: "data out", formula: format!("{gb:.0} GB x ${out}, read once"), dollars: gb * out },
            ]
        }
    }
}

pub(super) fn notes(environment: &Environment) -> Vec<String> {
    match environment.stream.stream_mode {
        StreamMode::Provisioned => Vec::new(),
        // Its price is not known to us, so that none is claimed.
        StreamMode::OnDemand => vec![
            "Kinesis delivers on-demand streams to S3 by itself (CreateChannel), 300 s or more after they arrived and as \
             they are: without hooks, partitions, a replay, or failed records in S3. Where that is enough, it is less to \
             run; its price is not known here"
                .to_owned(),
        ],
    }
}
