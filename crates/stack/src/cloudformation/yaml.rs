//! YAML as CloudFormation reads it: texts quoted where a reader could take them for something else, and the functions
//! of its language as tags.

use std::fmt::Write as _;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// A text.
    Text(String),
    /// A number or a truth, as it is written.
    Plain(String),
    /// A list.
    List(Vec<Self>),
    /// Names and values.
    Map(Vec<(String, Self)>),
    /// A function of the language, such as `Ref`, and what it is given.
    Function(&'static str, Box<Self>),
    /// A text of several lines, which a function is given.
    Block(&'static str, String),
}

impl Node {
    /// A function of a text.
    pub(crate) fn function(name: &'static str, text: impl Into<String>) -> Self {
        Self::Function(name, Box::new(Self::Text(text.into())))
    }

    /// The text of a document.
    pub(crate) fn document(&self) -> String {
        let mut out = String::new();
        write_block(self, 0, &mut out);
        out
    }
}

/// Writes what follows a key's colon or a list's dash, to the end of its last line.
fn write_value(node: &Node, indent: usize, out: &mut String) {
    match node {
        Node::Text(_) | Node::Plain(_) => {
            let _ = writeln!(out, " {}", scalar(node));
        }
        Node::Function(name, argument) => match argument.as_ref() {
            scalar_node @ (Node::Text(_) | Node::Plain(_)) => {
                let _ = writeln!(out, " !{name} {}", scalar(scalar_node));
            }
            nested => {
                let _ = write!(out, " !{name}");
                write_value(nested, indent, out);
            }
        },
        Node::Block(name, text) => {
            let _ = writeln!(out, " !{name} |-");
            for line in text.lines() {
                let _ = writeln!(out, "{:indent$}{line}", "");
            }
        }
        Node::List(nodes) if nodes.is_empty() => out.push_str(" []\n"),
        Node::Map(entries) if entries.is_empty() => out.push_str(" {}\n"),
        Node::List(_) | Node::Map(_) => {
            out.push('\n');
            write_block(node, indent, out);
        }
    }
}

/// Writes a list or a map, each entry on a line of its own.
fn write_block(node: &Node, indent: usize, out: &mut String) {
    match node {
        Node::List(nodes) => {
            for item in nodes {
                let mut nested = String::new();
                match item {
                    Node::Map(entries) if !entries.is_empty() => write_block(item, indent + 2, &mut nested),
                    Node::List(items) if !items.is_empty() => write_block(item, indent + 2, &mut nested),
                    other => write_value(other, indent + 2, &mut nested),
                }
                let _ = write!(out, "{:indent$}- {}", "", nested.trim_start());
            }
        }
        Node::Map(entries) => {
            for (key, value) in entries {
                let _ = write!(out, "{:indent$}{}:", "", text(key));
                write_value(value, indent + 2, out);
            }
        }
        Node::Text(_) | Node::Plain(_) | Node::Function(..) | Node::Block(..) => write_value(node, indent, out),
    }
}

fn scalar(node: &Node) -> String {
    match node {
        Node::Text(value) => text(value),
        Node::Plain(value) => value.clone(),
        Node::List(_) | Node::Map(_) | Node::Function(..) | Node::Block(..) => {
            unreachable!("only scalars are asked for")
        }
    }
}

/// A text: bare where no reader of YAML 1.1 or 1.2 can take it for anything else, else in quotes.
fn text(value: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-/.:".contains(c);
    let is_word = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && value.chars().all(bare)
        && !value.ends_with(':')
        && !RESERVED.contains(&value.to_ascii_lowercase().as_str());
    if is_word {
        value.to_owned()
    } else if value.chars().all(|c| (' '..='~').contains(&c)) {
        format!("'{}'", value.replace('\'', "''"))
    } else {
        // JSON's quotes are YAML's double ones.
        serde_json::Value::from(value).to_string()
    }
}

/// Words that a reader of YAML 1.1 takes for a truth or for nothing.
const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "true", "false", "on", "off", "null"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_where_they_could_be_something_else() {
        for (value, written) in [
            ("TRIM_HORIZON", "TRIM_HORIZON"),
            ("AWS::S3::Bucket", "AWS::S3::Bucket"),
            ("/aws/lambda/a", "/aws/lambda/a"),
            ("s3:*", "'s3:*'"),
            ("*", "'*'"),
            ("", "''"),
            ("10", "'10'"),
            ("2012-10-17", "'2012-10-17'"),
            ("1e3", "'1e3'"),
            ("No", "'No'"),
            ("on", "'on'"),
            ("~", "'~'"),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            ("it's", "'it''s'"),
            ("!{x}", "'!{x}'"),
            ("\\n", "'\\n'"),
            ("a\nb", "\"a\\nb\""),
            ("zu\u{df}", "\"zu\u{df}\""),
            ("end:", "'end:'"),
        ] {
            assert_eq!(text(value), written, "{value:?}");
        }
    }

    #[test]
    fn lists_and_maps_are_blocks() {
        let map = |entries: Vec<(&str, Node)>| {
            Node::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
        };
        let one = || Node::Plain("1".into());
        let node = map(vec![
            ("A", Node::List(vec![map(vec![("B", one()), ("C", map(vec![("D", one())]))]), Node::List(vec![one()])])),
            ("E", Node::function("Ref", "AWS::Region")),
            ("F", Node::Function("If", Box::new(Node::List(vec![one(), Node::function("Ref", "G")])))),
            ("H", Node::Block("Sub", "{\n  }".into())),
            ("I", Node::List(vec![])),
        ]);
        let expected = "A:\n  - B: 1\n    C:\n      D: 1\n  - - 1\nE: !Ref AWS::Region\nF: !If\n  - 1\n  - !Ref G\n\
                        H: !Sub |-\n  {\n    }\nI: []\n";
        assert_eq!(node.document(), expected);
    }
}
