//! The figures that Penstock is held to: what is needed, what is aimed at, and what was measured.

use serde_json::{Value, json};

/// What makes a figure good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Fewer.
    Lower,
    /// More.
    Higher,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The event to the joined buffer, as a multiple of the limit.
    Compute,
    /// The same in instructions.
    Instructions,
    /// End to end against the posts' Python.
    AgainstPost,
    /// End to end against what most would write in Rust.
    AgainstIdiomatic,
    /// From the start of the process to the first answer.
    ColdStart,
    /// The most memory.
    PeakRss,
    /// What a cold start loads.
    Zip,
    /// gzip against zlib.
    Gzip,
    /// Columns against pyarrow.
    Parquet,
    /// Plain paths against jaq.
    PartitionKeys,
    /// What a larger event costs.
    Growth,
}

impl Row {
    /// Every row, in the table's order.
    pub const ALL: [Self; 11] = [
        Self::Compute,
        Self::Instructions,
        Self::AgainstPost,
        Self::AgainstIdiomatic,
        Self::ColdStart,
        Self::PeakRss,
        Self::Zip,
        Self::Gzip,
        Self::Parquet,
        Self::PartitionKeys,
        Self::Growth,
    ];

    /// Its name for programs.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Instructions => "instructions",
            Self::AgainstPost => "against_post",
            Self::AgainstIdiomatic => "against_idiomatic",
            Self::ColdStart => "cold_start",
            Self::PeakRss => "peak_rss",
            Self::Zip => "zip",
            Self::Gzip => "gzip",
            Self::Parquet => "parquet",
            Self::PartitionKeys => "partition_keys",
            Self::Growth => "growth",
        }
    }

    /// Its name for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Compute => "compute, event to joined body: times the limit L",
            Self::Instructions => "instructions per byte of the event",
            Self::AgainstPost => "end to end, warm: times as fast as the posts' Python",
            Self::AgainstIdiomatic => "end to end, warm: times as fast as idiomatic Rust",
            Self::ColdStart => "cold start of the core, with a put: times a hello-world without S3",
            Self::PeakRss => "peak memory for a batch of 6 MB, MiB",
            Self::Zip => "zip, core / with Parquet and jq, MB",
            Self::Gzip => "gzip: times as fast as Python's zlib -6, at 0.8 of its ratio or more",
            Self::Parquet => "JSON to Parquet (snappy): times as fast as pyarrow on one thread",
            Self::PartitionKeys => "partition keys of plain paths: times as fast as by jaq",
            Self::Growth => "CPU per MB of an event 16 times as large: times that of one",
        }
    }

    const fn better(self) -> Better {
        match self {
            Self::Compute | Self::Instructions | Self::ColdStart | Self::PeakRss | Self::Zip | Self::Growth => {
                Better::Lower
            }
            Self::AgainstPost | Self::AgainstIdiomatic | Self::Gzip | Self::Parquet | Self::PartitionKeys => {
                Better::Higher
            }
        }
    }

    /// What is needed, and what is aimed at: one for all values, or one a value.
    const fn bounds(self) -> (&'static [f64], &'static [f64]) {
        match self {
            Self::Compute => (&[2.0, 1.1, 0.9], &[1.5, 0.7, 0.45]),
            Self::Instructions => (&[1.8, 1.4, 1.2], &[1.2, 0.95, 0.75]),
            Self::AgainstPost => (&[18.0, 12.0, 9.0], &[25.0, 18.0, 14.0]),
            Self::AgainstIdiomatic => (&[6.0, 2.8, 1.7], &[9.0, 4.0, 2.5]),
            Self::ColdStart => (&[2.2], &[1.5]),
            Self::PeakRss => (&[30.0], &[16.0]),
            Self::Zip => (&[3.4, 7.0], &[2.5, 5.0]),
            Self::Gzip => (&[3.0], &[7.0]),
            Self::Parquet => (&[1.5], &[3.0]),
            Self::PartitionKeys => (&[15.0], &[50.0]),
            Self::Growth => (&[1.5], &[1.3]),
        }
    }
}

/// How a figure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every value is as aimed at.
    Aim,
    /// Every value is as needed.
    Needed,
    /// One is not.
    Missed,
    /// Nobody looked.
    NotMeasured,
}

impl Verdict {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Aim => "aim met",
            Self::Needed => "needed met",
            Self::Missed => "missed",
            Self::NotMeasured => "not measured",
        }
    }
}

/// A row with what was measured: one value a workload, or fewer.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Which row.
    pub row: Row,
    /// What was measured; empty where it was not.
    pub values: Vec<f64>,
    /// A condition beside the values that does not hold.
    pub breach: Option<String>,
}

impl Figure {
    /// A figure that was not measured yet.
    pub const fn new(row: Row) -> Self {
        Self { row, values: Vec::new(), breach: None }
    }

    /// How it stands.
    pub fn verdict(&self) -> Verdict {
        let (needed, aim) = self.row.bounds();
        if self.values.is_empty() {
            Verdict::NotMeasured
        } else if self.breach.is_none() && self.meets(aim) {
            Verdict::Aim
        } else if self.breach.is_none() && self.meets(needed) {
            Verdict::Needed
        } else {
            Verdict::Missed
        }
    }

    fn meets(&self, bounds: &[f64]) -> bool {
        self.values.iter().enumerate().all(|(index, value)| {
            let bound = bounds[index.min(bounds.len() - 1)];
            match self.row.better() {
                Better::Lower => *value <= bound,
                Better::Higher => *value >= bound,
            }
        })
    }

    /// Its cells: the row, what was measured, what is needed, what is aimed at, the verdict.
    pub fn cells(&self) -> [String; 5] {
        let (needed, aim) = self.row.bounds();
        let verdict = self.verdict().words();
        let verdict = self.breach.as_ref().map_or_else(|| verdict.to_owned(), |breach| format!("{verdict}: {breach}"));
        [self.row.words().to_owned(), joined(&self.values), joined(needed), joined(aim), verdict]
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let (needed, aim) = self.row.bounds();
        let better = if self.row.better() == Better::Lower { "lower" } else { "higher" };
        json!({
            "id": self.row.id(), "row": self.row.words(), "better": better, "values": self.values, "needed": needed,
            "aim": aim, "verdict": self.verdict().words(), "breach": self.breach,
        })
    }
}

/// Values as the tables have them.
fn joined(values: &[f64]) -> String {
    if values.is_empty() { "-".to_owned() } else { values.iter().map(|v| short(*v)).collect::<Vec<_>>().join(" / ") }
}

/// A number with about three digits.
pub fn short(value: f64) -> String {
    let text = match value.abs() {
        0.0..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(row: Row, values: &[f64]) -> Verdict {
        Figure { row, values: values.to_vec(), breach: None }.verdict()
    }

    #[test]
    fn each_value_is_held_to_its_own_bound() {
        for (row, values, expected) in [
            (Row::Compute, &[1.5, 0.7, 0.45][..], Verdict::Aim),
            (Row::Compute, &[1.5, 0.7, 0.46], Verdict::Needed),
            (Row::Compute, &[2.1, 0.1, 0.1], Verdict::Missed),
            (Row::AgainstPost, &[30.0, 20.0, 15.0], Verdict::Aim),
            (Row::AgainstPost, &[30.0, 12.0, 15.0], Verdict::Needed),
            (Row::AgainstPost, &[30.0, 11.9, 15.0], Verdict::Missed),
            (Row::PeakRss, &[16.0, 15.0, 16.5], Verdict::Needed),
            (Row::ColdStart, &[], Verdict::NotMeasured),
        ] {
            assert_eq!(verdict(row, values), expected, "{row:?} {values:?}");
        }
        let breach = Some("ratio 0.7 of zlib's".to_owned());
        let dense = Figure { row: Row::Gzip, values: vec![9.0], breach };
        assert_eq!(dense.verdict(), Verdict::Missed);
        assert_eq!(dense.cells()[4], "missed: ratio 0.7 of zlib's");
        assert!(verdict(Row::Gzip, &[f64::NAN]) == Verdict::Missed);
    }

    #[test]
    fn every_row_has_bounds_that_agree_and_a_name_of_its_own() {
        let mut ids: Vec<_> = Row::ALL.iter().map(|row| row.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Row::ALL.len());
        for row in Row::ALL {
            let (needed, aim) = row.bounds();
            assert_eq!(needed.len(), aim.len());
            assert_eq!(Figure { row, values: aim.to_vec(), breach: None }.verdict(), Verdict::Aim);
            assert_eq!(Figure { row, values: needed.to_vec(), breach: None }.verdict(), Verdict::Needed, "{row:?}");
        }
    }

    #[test]
    fn numbers_are_short() {
        for (value, expected) in [(1.234, "1.23"), (0.5, "0.5"), (12.0, "12"), (99.94, "99.9"), (1234.5, "1234")] {
            assert_eq!(short(value), expected);
        }
    }
}
