//! What an environment costs a month, beside Firehose: arithmetic over a dated table of prices.
//!
//! Left out, because either has it: what lies in S3 and what is read there, traffic, and the stream, which is told by itself.
//! Left out as well: a function that Firehose would have to call for a transform, its jq hours, and free tiers.

mod firehose;
mod load;
mod ours;
mod prices;
mod stream;

pub use load::{Cut, Load, MONTH_SECONDS};
pub use prices::{Prices, PricesError};

use crate::environment::Environment;

/// Bytes of a GB, as the bills count: the figures of the tests come out with it.
const GB_BYTES: f64 = 1_073_741_824.0;

/// What is asked of AWS, and what it takes for that in a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// What it is for.
    pub name: &'static str,
    /// How it comes about, in words and figures.
    pub formula: String,
    /// Dollars a month.
    pub dollars: f64,
}

/// Which of KMS's keys the bucket encrypts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encryption {
    /// S3's own: no requests to KMS.
    #[default]
    S3,
    /// A KMS key with a bucket key: a request for some hundred puts.
    BucketKey,
    /// A KMS key: a request a put.
    EveryPut,
}

/// What Firehose would be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// Record format conversion.
    pub conversion: bool,
    /// The bucket's encryption, of either.
    pub encryption: Encryption,
}

/// Both, and the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// How Lambda cuts the load.
    pub cut: Cut,
    /// This.
    pub ours: Vec<Term>,
    /// Firehose.
    pub firehose: Vec<Term>,
    /// The stream itself, which either reads.
    pub stream: Vec<Term>,
    /// What to think of beside the figures.
    pub notes: Vec<String>,
}

impl Cost {
    /// Of an environment under a load.
    pub fn of(environment: &Environment, load: &Load, asked: Asked, prices: &Prices) -> Self {
        let cut = load.cut(&environment.event_source_mapping);
        Self {
            cut,
            ours: ours::terms(environment, load, &cut, asked, prices),
            firehose: firehose::terms(load, asked, prices),
            stream: stream::terms(environment, load, prices),
            notes: stream::notes(environment),
        }
    }
}

/// The sum of terms.
pub fn dollars(terms: &[Term]) -> f64 {
    terms.iter().map(|term| term.dollars).sum()
}

/// Puts of a month, and what KMS is asked for them.
fn puts(puts: f64, encryption: Encryption, prices: &Prices) -> Vec<Term> {
    let price = prices.get("s3_thousand_puts");
    let mut terms = vec![Term {
        name: "S3 puts",
        formula: format!("{puts:.0} puts x ${price} / 1,000"),
        dollars: puts / 1_000.0 * price,
    }];
    // Source: Amazon S3 guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys": up to 99 percent less.
    let share = match encryption {
        Encryption::S3 => return terms,
        Encryption::BucketKey => 0.01,
        Encryption::EveryPut => 1.0,
    };
    let price = prices.get("kms_ten_thousand_requests");
    terms.push(Term {
        name: "KMS requests",
        formula: format!("{puts:.0} puts x {share} requests x ${price} / 10,000"),
        dollars: puts * share / 10_000.0 * price,
    });
    terms
}

#[cfg(test)]
mod tests;
