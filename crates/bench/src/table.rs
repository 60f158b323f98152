//! Tables: aligned for a screen, in Markdown for the README.

use std::fmt::Write as _;

/// Cells by rows, aligned, two spaces between columns.
pub fn aligned<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    let mut widths = header.map(|cell| cell.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |cells: &[String; N]| {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(cells) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        line.trim_end().to_owned()
    };
    std::iter::once(line(&header.map(str::to_owned))).chain(rows.iter().map(line)).collect()
}

/// The same in Markdown.
pub fn markdown<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> String {
    let line = |cells: &[String; N]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&header.map(str::to_owned));
    text.push_str(&line(&header.map(|_| "---".to_owned())));
    text.extend(rows.iter().map(line));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [["a".to_owned(), "12".to_owned()], ["längst".to_owned(), "3".to_owned()]];
        assert_eq!(aligned(["row", "n"], &rows), ["row     n", "a       12", "längst  3"]);
        assert_eq!(markdown(["row", "n"], &rows[..1]), "| row | n |\n| --- | --- |\n| a | 12 |\n");
    }
}
