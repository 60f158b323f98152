//! How rejected text is quoted in an error message: escaped, and never more of it than a bound.

use crate::limits::EXCERPT_CHARACTERS_MAX;

/// The text in double quotes with control characters escaped, cut after [`EXCERPT_CHARACTERS_MAX`] characters.
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARACTERS_MAX) {
        None => format!("{text:?}"),
        Some((cut, _)) => format!("{:?}... ({} bytes)", &text[..cut], text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l1_a_message_never_repeats_more_than_the_bound() {
        for (name, text, expected) in [
            ("empty", String::new(), "\"\"".to_owned()),
            ("short", "a\nb".to_owned(), "\"a\\nb\"".to_owned()),
            ("at the bound", "x".repeat(100), format!("\"{}\"", "x".repeat(100))),
            ("over the bound", "é".repeat(101), format!("\"{}\"... (202 bytes)", "é".repeat(100))),
        ] {
            assert_eq!(excerpt(&text), expected, "{name}");
        }
    }
}
