use proptest::prelude::*;

use super::*;

/// What a way makes of base64 and of a string.
struct Both<'t> {
    text: &'t [u8],
    at: usize,
    capacity: usize,
}

type Decoded = Option<(usize, Vec<u8>)>;

impl Work for Both<'_> {
    type Output = (Decoded, Option<String>);

    fn with<L: Lanes>(self, lanes: L) -> Self::Output {
        let mut arena = Vec::with_capacity(self.capacity);
        arena.extend_from_slice(b"before");
        let quote = lanes.base64(self.text, self.at, &mut arena);
        let string = lanes.text(self.text, self.at).map(str::to_owned);
        (quote.map(|quote| (quote, arena.split_off(6))), string)
    }
}

fn levels() -> Vec<Level> {
    let mut levels = vec![Level::Portable];
    levels.extend(Some(Level::detect()).filter(|level| *level != Level::Portable));
    levels
}

/// What must come of the string at the beginning of `text`.
fn expected(text: &[u8]) -> (Decoded, Option<String>) {
    let end = text.iter().position(|byte| matches!(byte, b'"' | b'\\'));
    let Some(end) = end.filter(|end| text[*end] == b'"') else { return (None, None) };
    let decoded = base64_simd::STANDARD.decode_to_vec(&text[..end]).ok().map(|bytes| (end, bytes));
    let string = str::from_utf8(&text[..end]).ok().filter(|text| !text.bytes().any(|byte| byte < 0x20));
    (decoded, string.map(str::to_owned))
}

/// Every way, at several places and with and without room, against the library.
fn check(text: &[u8]) {
    let expected = expected(text);
    let mut padded = b"{\"key".to_vec();
    padded.extend_from_slice(text);
    for level in levels() {
        for capacity in [0, 6, 40, 64 + text.len()] {
            let found = dispatch(level, Both { text: &padded, at: 5, capacity });
            let found = (found.0.map(|(quote, bytes)| (quote - 5, bytes)), found.1);
            assert_eq!(found, expected, "{level:?}, capacity {capacity}, {text:?}");
        }
    }
}

/// Whether a way sees that two places are alike.
struct Same<'t> {
    text: &'t [u8],
    at: usize,
    part: Part,
}

impl Work for Same<'_> {
    type Output = Option<usize>;

    fn with<L: Lanes>(self, lanes: L) -> Self::Output {
        lanes.same(self.text, self.at, self.part)
    }
}

#[test]
fn a_difference_is_seen_at_every_place_and_none_behind() {
    let longest = if cfg!(miri) { 34 } else { 100 };
    for length in (0..longest).step_by(if cfg!(miri) { 11 } else { 1 }) {
        for behind in [0, 1, 31, 32, 40] {
            let literal: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            let mut text = [b"{", &literal[..], b"|", &literal, &vec![b'.'; behind]].concat();
            let (at, part) = (2 + length, Part { start: 1, length });
            for level in levels() {
                let same = |text: &[u8]| dispatch(level, Same { text, at, part });
                assert_eq!(same(&text), Some(at + length), "{level:?}, {length}, {behind} behind");
                for place in at..text.len() {
                    text[place] ^= 0x80;
                    let expected = (place >= at + length).then_some(at + length);
                    assert_eq!(same(&text), expected, "{level:?}, {place} of {length}, {behind} behind");
                    text[place] ^= 0x80;
                }
                assert_eq!(dispatch(level, Same { text: &text, at: text.len() + 1, part }), None);
            }
        }
    }
}

/// A string with little or much behind it.
fn quoted(text: &[u8], behind: usize) -> Vec<u8> {
    [text, b"\"", &b",\"approximateArrivalTimestamp\":1545084650.987}"[..behind]].concat()
}

#[test]
fn every_length_is_decoded() {
    let longest = if cfg!(miri) { 70 } else { 200 };
    for length in 0..longest {
        let data: Vec<u8> = (0..=u8::MAX).cycle().skip(length * 11).step_by(37).take(length).collect();
        let text = base64_simd::STANDARD.encode_to_string(&data);
        for behind in [0, 1, 31, 40] {
            check(&quoted(text.as_bytes(), behind));
        }
    }
}

#[test]
fn every_byte_at_every_place_is_taken_or_refused_as_the_library_does() {
    let lengths: &[usize] = if cfg!(miri) { &[4] } else { &[4, 8, 32, 36, 68] };
    for &length in lengths {
        for at in 0..length {
            for byte in 0..=u8::MAX {
                let mut text = vec![b'A'; length];
                text[at] = byte;
                check(&quoted(&text, 40));
                if at + 1 < length {
                    text[at + 1] = b'=';
                    check(&quoted(&text, 40));
                }
            }
        }
    }
}

#[test]
fn what_the_last_character_has_over_must_be_zero() {
    for last in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
        for before in ["", "QUJD", "QUJDQUJDQUJDQUJDQUJDQUJDQUJD", "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD"] {
            for end in ["==", "=", "", "==="] {
                for middle in ["A", "AA", "AAA"] {
                    let text = format!("{before}{middle}{}{end}", char::from(*last));
                    check(&quoted(text.as_bytes(), 40));
                }
            }
        }
    }
}

#[test]
fn a_string_that_does_not_end_is_none() {
    for length in 0..70 {
        check(&vec![b'A'; length]);
        check(&[vec![b'A'; length], b"=".to_vec()].concat());
        check(&[vec![b'A'; length], "é".into()].concat());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 2_000 }))]

    #[test]
    fn all_ways_are_alike(text in proptest::collection::vec(prop_oneof![
        20 => proptest::sample::select(b"ABCDEFabcdef0123456789+/".to_vec()),
        1 => any::<u8>(),
    ], 0..150), padding in 0_usize..4, behind in 0_usize..40) {
        check(&quoted(&[&text[..], &b"==="[..padding]].concat(), behind));
        check(&text);
    }

    #[test]
    fn text_of_any_language_is_taken(text in "\\PC{0,80}", behind in 0_usize..40) {
        check(&quoted(text.as_bytes(), behind));
    }

    #[test]
    fn what_was_encoded_is_decoded(data in proptest::collection::vec(any::<u8>(), 0..500), behind in 0_usize..40) {
        check(&quoted(base64_simd::STANDARD.encode_to_string(&data).as_bytes(), behind));
    }
}
