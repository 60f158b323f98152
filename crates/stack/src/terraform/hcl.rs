//! HCL as `terraform fmt` leaves it: equal signs of neighbouring lines stand under each other.

use std::fmt::Write as _;

/// A block: its kind, its labels and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    kind: &'static str,
    labels: Vec<String>,
    comments: Vec<String>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq)]
enum Entry {
    /// A name and an expression, which may have several lines.
    Attribute(String, String),
    Block(Block),
}

impl Block {
    /// An empty one.
    pub(super) fn new<'l>(kind: &'static str, labels: impl IntoIterator<Item = &'l str>) -> Self {
        let labels = labels.into_iter().map(str::to_owned).collect();
        Self { kind, labels, comments: Vec::new(), entries: Vec::new() }
    }

    /// With a comment at its beginning.
    pub(super) fn comment(mut self, comment: String) -> Self {
        self.comments.push(comment);
        self
    }

    /// With an attribute, whose expression is HCL.
    pub(super) fn expression(mut self, name: impl Into<String>, expression: impl Into<String>) -> Self {
        self.entries.push(Entry::Attribute(name.into(), expression.into()));
        self
    }

    /// With a block in it.
    pub(super) fn block(mut self, block: Self) -> Self {
        self.entries.push(Entry::Block(block));
        self
    }

    /// With a block in it, where there is one.
    pub(super) fn block_some(self, block: Option<Self>) -> Self {
        match block {
            Some(block) => self.block(block),
            None => self,
        }
    }

    /// Its text.
    pub(super) fn text(&self) -> String {
        let mut head = self.kind.to_owned();
        for label in &self.labels {
            let _ = write!(head, " {}", quoted(label));
        }
        if self.entries.is_empty() {
            return format!("{head} {{}}\n");
        }
        let mut sections: Vec<String> = Vec::new();
        if !self.comments.is_empty() {
            sections.push(lines(self.comments.iter().map(|comment| format!("# {comment}"))));
        }
        let mut run: Vec<(&str, &str)> = Vec::new();
        for entry in &self.entries {
            match entry {
                Entry::Attribute(name, expression) if !expression.contains('\n') => run.push((name, expression)),
                Entry::Attribute(name, expression) => {
                    flush(&mut run, &mut sections);
                    sections.push(format!("{name} = {expression}\n"));
                }
                Entry::Block(block) => {
                    flush(&mut run, &mut sections);
                    sections.push(block.text());
                }
            }
        }
        flush(&mut run, &mut sections);
        format!("{head} {{\n{}}}\n", indented(&sections.join("\n")))
    }
}

fn flush(run: &mut Vec<(&str, &str)>, sections: &mut Vec<String>) {
    if !run.is_empty() {
        sections.push(aligned(run));
        run.clear();
    }
}

/// Names and one-line expressions, a line each, their equal signs under each other.
fn aligned(run: &[(&str, &str)]) -> String {
    let width = run.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    lines(run.iter().map(|(name, expression)| format!("{name:width$} = {expression}")))
}

/// An object: names that are HCL already, and expressions.
pub(super) fn object(entries: &[(String, String)]) -> String {
    if entries.is_empty() {
        return "{}".to_owned();
    }
    let mut lines = String::new();
    let mut run: Vec<(&str, &str)> = Vec::new();
    for (name, expression) in entries {
        if expression.contains('\n') {
            lines.push_str(&aligned(&run));
            run.clear();
            let _ = writeln!(lines, "{name} = {expression}");
        } else {
            run.push((name, expression));
        }
    }
    lines.push_str(&aligned(&run));
    format!("{{\n{}}}", indented(&lines))
}

/// A list: on one line where everything in it is.
pub(super) fn list(items: &[String]) -> String {
    let is_short = items.iter().map(String::len).sum::<usize>() <= LINE_BYTES_MAX;
    if is_short && items.iter().all(|item| !item.contains('\n')) {
        return format!("[{}]", items.join(", "));
    }
    format!("[\n{}]", indented(&lines(items.iter().map(|item| format!("{item},")))))
}

/// Each text on a line of its own.
fn lines(texts: impl Iterator<Item = String>) -> String {
    texts.fold(String::new(), |all, text| all + &text + "\n")
}

/// Bytes of a list's items that still make one line.
const LINE_BYTES_MAX: usize = 100;

fn indented(text: &str) -> String {
    lines(text.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }))
}

/// A text in quotes, without anything that is evaluated.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// What stands between quotes. `${` and `%{` begin what is evaluated, unless doubled.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let _ = match c {
            '"' => write!(out, "\\\""),
            '\\' => write!(out, "\\\\"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            c if c.is_control() => write!(out, "\\u{:04x}", u32::from(c)),
            c => write!(out, "{c}"),
        };
    }
    out.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_evaluated() {
        for (text, written) in [
            ("plain", "plain"),
            ("!{timestamp:yyyy}", "!{timestamp:yyyy}"),
            ("a${*}b", "a$${*}b"),
            ("100%{x}", "100%%{x}"),
            ("\"\\n\"", "\\\"\\\\n\\\""),
            ("a\r\n\0", "a\\r\\n\\u0000"),
        ] {
            assert_eq!(escaped(text), written, "{text:?}");
        }
    }

    #[test]
    fn equal_signs_of_neighbours_stand_under_each_other() {
        let block = Block::new("resource", ["a", "b"])
            .comment("why".into())
            .expression("x", "1")
            .expression("long", "2")
            .expression("o", object(&[("k".into(), "1".into()), ("long".into(), "[]".into())]))
            .block(Block::new("rule", []))
            .expression("last", list(&["1".into(), "2".into()]));
        let expected = "resource \"a\" \"b\" {\n  # why\n\n  x    = 1\n  long = 2\n\n  o = {\n    k    = 1\n    long = []\n  \
                        }\n\n  rule {}\n\n  last = [1, 2]\n}\n";
        assert_eq!(block.text(), expected);
    }
}
