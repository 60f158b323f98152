//! What becomes of samples: medians, and ratios that are taken within a round before they are put together.

/// The middle of them; NaN of none.
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count if count.is_multiple_of(2) => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
        count => sorted[count / 2],
    }
}

/// The median of `over[round] / under[round]`. What slows the machine for a while slows both of a round, and leaves their
/// ratio.
pub fn ratio(over: &[f64], under: &[f64]) -> f64 {
    median(&over.iter().zip(under).map(|(over, under)| over / under).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle() {
        for (samples, expected) in [(&[3.0][..], 3.0), (&[9.0, 1.0, 2.0], 2.0), (&[4.0, 1.0, 2.0, 100.0], 3.0)] {
            assert!((median(samples) - expected).abs() < 1e-12, "{samples:?}");
        }
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        // The machine was ten times as slow in the second round, and the ratio does not know.
        assert!((ratio(&[2.0, 20.0, 2.2], &[1.0, 10.0, 1.0]) - 2.0).abs() < 1e-12);
    }
}
