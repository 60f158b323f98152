//! What a person sees: progress on the standard error, results on the standard output.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line of the result. A closed output is the reader's choice.
pub fn result(line: impl Display) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A line on the way to it.
pub fn progress(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Why a command failed: the chain of causes, once.
pub fn error(error: &anyhow::Error) {
    progress(format_args!("error: {error:#}"));
}

/// Whether progress may be drawn and redrawn: on a terminal, and not where lines are collected.
pub fn is_drawn() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stderr().is_terminal() && !dumb && !set("CI") && !set("NO_COLOR")
}

/// A bar up to `length`, hidden where progress is not drawn.
///
/// # Panics
/// Where `unit` holds a template of indicatif's that is none.
pub fn bar(length: u64, unit: &str) -> ProgressBar {
    if !is_drawn() {
        return ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    }
    let template = format!("{{bar:32}} {{human_pos}} of {{human_len}} {unit}  {{elapsed}}  {{msg}}");
    let bar = ProgressBar::new(length);
    bar.set_style(ProgressStyle::with_template(&template).expect("the template is fixed"));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// `1234567` as `1,234,567`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Bytes in the unit that reads best.
pub fn bytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let of = |unit: u64| bytes as f64 / unit as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} KB", of(1_000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", of(1_000_000)),
        _ => format!("{:.2} GB", of(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_bytes_have_a_unit() {
        for (value, grouped, sized) in [
            (0, "0", "0 B"),
            (999, "999", "999 B"),
            (1_000, "1,000", "1.0 KB"),
            (1_234_567, "1,234,567", "1.2 MB"),
            (12_345_678_901, "12,345,678,901", "12.35 GB"),
        ] {
            assert_eq!((number(value).as_str(), bytes(value).as_str()), (grouped, sized));
        }
    }
}
