//! Texts of JSON that are what is written: no escape, no control character.
#![allow(unsafe_code, reason = "text that was just seen to be ASCII is not looked at once more")]

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES << 7;

/// The text before the quote that ends a string; none where there is an escape, a control character, or what is not UTF-8. None
/// as well where the quote is among the last bytes of `text`, for which there are other ways.
#[inline]
pub(crate) fn plain_text(text: &[u8]) -> Option<&str> {
    let (eights, _) = text.as_chunks::<8>();
    let (mut at, mut seen) = (0, 0);
    for eight in eights {
        let word = u64::from_le_bytes(*eight);
        // The high bit of each byte that is less than another, as long as none before it was: the first one is right.
        let less = |word: u64, than: u64| word.wrapping_sub(ONES * than) & !word;
        let quote = less(word ^ (ONES * u64::from(b'"')), 1);
        let escape = less(word ^ (ONES * u64::from(b'\\')), 1);
        let special = (quote | escape | less(word, 0x20)) & HIGHS;
        if special != 0 {
            let before = special.trailing_zeros() as usize / 8;
            at += before;
            // Of this word, what stands before the quote.
            seen |= word & !(u64::MAX << (8 * before));
            return (text[at] == b'"').then(|| checked(&text[..at], seen & HIGHS == 0)).flatten();
        }
        seen |= word;
        at += 8;
    }
    None
}

#[inline]
fn checked(text: &[u8], is_ascii: bool) -> Option<&str> {
    if is_ascii {
        // SAFETY: no byte of it has the high bit, as the caller saw word by word, and ASCII is UTF-8.
        return Some(unsafe { std::str::from_utf8_unchecked(text) });
    }
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, a byte at a time.
    fn slowly(text: &[u8]) -> Option<&str> {
        let end = text.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)?;
        if text[end] == b'"' { std::str::from_utf8(&text[..end]).ok() } else { None }
    }

    #[test]
    fn every_byte_at_every_place_is_seen() {
        for length in 0..20 {
            for place in 0..length {
                for byte in 0..=255 {
                    let mut text = vec![b'k'; length];
                    text[place] = byte;
                    text.extend_from_slice(b"\"\\\x00\xff behind it");
                    assert_eq!(plain_text(&text), slowly(&text), "{text:?}");
                }
            }
        }
        assert_eq!(plain_text("\u{e9}t\u{e9}\" and more".as_bytes()), Some("\u{e9}t\u{e9}"));
        assert_eq!(plain_text(b"1234567"), None, "it has no end");
    }
}
