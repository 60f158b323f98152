//! What the import writes: the environment file, table by table, and a note for each field.

use std::fmt::Write as _;

/// What became of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It is set in the file, and means the same.
    Set,
    /// It is set otherwise, and the note says what differs.
    Adjusted,
    /// Nothing has to be set, and the note says why.
    NotNeeded,
    /// Penstock has nothing that does it yet. What it asked for is not in the file.
    NoCounterpart,
    /// No field that is known.
    Unknown,
}

impl Outcome {
    /// In a word or two.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Adjusted => "adjusted",
            Self::NotNeeded => "not needed",
            Self::NoCounterpart => "no counterpart",
            Self::Unknown => "unknown",
        }
    }

    /// Whether something was asked for that is not done.
    pub const fn is_difference(self) -> bool {
        match self {
            Self::NoCounterpart | Self::Unknown => true,
            Self::Set | Self::Adjusted | Self::NotNeeded => false,
        }
    }
}

/// What became of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The field, from the delivery stream's or the destination's top on.
    pub field: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The key and its value, or the reason.
    pub text: String,
}

/// A table of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Stream,
    Function,
    Mapping,
    Delivery,
    Stack,
}

impl Table {
    const ALL: [Self; 5] = [Self::Stream, Self::Function, Self::Mapping, Self::Delivery, Self::Stack];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Function => "function",
            Self::Mapping => "event_source_mapping",
            Self::Delivery => "delivery",
            Self::Stack => "stack",
        }
    }
}

/// The file and the notes, as they grow.
#[derive(Debug, Default)]
pub(super) struct Draft {
    lines: Vec<(Table, String)>,
    files: Vec<(String, String)>,
    notes: Vec<Note>,
}

impl Draft {
    /// Sets a key to a text, for a field that means the same.
    pub(super) fn set(&mut self, field: &str, table: Table, key: &str, text: &str) {
        self.set_value(field, table, key, &quoted(text));
    }

    /// The same for a value as TOML writes it.
    pub(super) fn set_value(&mut self, field: &str, table: Table, key: &str, value: &str) {
        self.line(table, key, value);
        self.note(field, Outcome::Set, &format!("{}.{key} = {value}", table.as_str()));
    }

    /// Sets a key of which no note has to be made, or another one.
    pub(super) fn line(&mut self, table: Table, key: &str, value: &str) {
        self.lines.push((table, format!("{key} = {value}")));
    }

    /// A file beside the environment file, which a setting names.
    pub(super) fn file(&mut self, path: String, text: String) {
        self.files.push((path, text));
    }

    /// The files so far.
    pub(super) fn take_files(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.files)
    }

    /// A line for people.
    pub(super) fn comment(&mut self, table: Table, text: &str) {
        self.lines.push((table, format!("# {text}")));
    }

    /// What became of a field.
    pub(super) fn note(&mut self, field: &str, outcome: Outcome, text: &str) {
        self.notes.push(Note { field: field.to_owned(), outcome, text: text.to_owned() });
    }

    /// The file, and the notes in the order of their outcome.
    pub(super) fn finish(mut self, from: &str) -> (String, Vec<Note>) {
        self.notes.sort_by_key(|note| note.outcome);
        let mut file = format!(
            "# Imported from Firehose: {from}. Every key and its default stands in README.md, \"Configuration\".\n"
        );
        let differing: Vec<&Note> = self.notes.iter().filter(|note| note.outcome.is_difference()).collect();
        if !differing.is_empty() {
            file.push_str("#\n# What has no counterpart:\n");
        }
        for note in differing {
            let _ = writeln!(file, "# - {}: {}", note.field, note.text);
        }
        for table in Table::ALL {
            let mut lines = self.lines.iter().filter(|(of, _)| *of == table).peekable();
            if lines.peek().is_some() {
                let _ = writeln!(file, "\n[{}]", table.as_str());
            }
            for (_, line) in lines {
                let _ = writeln!(file, "{line}");
            }
        }
        (file, self.notes)
    }
}

/// A text as TOML writes it: as JSON does, and with the one control character escaped that JSON leaves as it is.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}
