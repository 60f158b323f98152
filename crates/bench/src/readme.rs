//! The part of the README that a run writes: between two marks, and nothing else.

use anyhow::{Context as _, ensure};

use crate::figure::Figure;
use crate::machine::Machine;
use crate::table;

/// Where it begins and ends.
const MARKS: [&str; 2] =
    ["<!-- begin of what `cargo xtask bench` writes -->\n", "<!-- end of what `cargo xtask bench` writes -->"];

/// The columns of the figures.
pub const HEADER: [&str; 5] = ["figure", "measured, a / b / c", "needed", "aim", "verdict"];

/// What stands between the marks.
pub fn block(figures: &[Figure], machine: &Machine, chart: Option<&str>) -> String {
    let rows: Vec<[String; 5]> = figures.iter().map(Figure::cells).collect();
    let chart =
        chart.map_or_else(String::new, |path| format!("![Time by handler, as multiples of Penstock's]({path})\n\n"));
    format!(
        "{chart}{}\n{}; {}; {}.\n\n",
        table::markdown(HEADER, &rows),
        machine.date,
        machine.words,
        machine.versions_line()
    )
}

/// The README with another block.
pub fn with_block(readme: &str, block: &str) -> anyhow::Result<String> {
    let [begin, end] = MARKS;
    let (before, rest) = readme.split_once(begin).with_context(|| format!("README.md has no line {}", begin.trim()))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("README.md has no line {end}"))?;
    ensure!(!after.contains(begin.trim()), "README.md has two blocks of the bench");
    Ok(format!("{before}{begin}{block}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Row;

    #[test]
    fn only_what_is_between_the_marks_is_written() {
        let readme = format!("before\n{}old\n{}\nafter\n", MARKS[0], MARKS[1]);
        let written = with_block(&readme, "new\n").unwrap();
        assert_eq!(written, readme.replace("old", "new"));
        assert_eq!(with_block(&written, "new\n").unwrap(), written);
        assert!(with_block("no marks", "new\n").is_err());
    }

    #[test]
    fn a_block_has_chart_figures_and_circumstances() {
        let machine = Machine { date: "2026-11-28".to_owned(), words: "A, 2 cores".to_owned(), versions: Vec::new() };
        let figure = Figure { row: Row::ColdStart, values: vec![1.234], breach: None };
        let block = block(&[figure], &machine, Some("crates/bench/chart.svg"));
        assert!(block.starts_with("![Time by handler"), "{block}");
        assert!(block.contains("| 1.23 | 2.2 | 1.5 | aim met |"), "{block}");
        assert!(block.contains("2026-11-28; A, 2 cores"), "{block}");
    }
}
