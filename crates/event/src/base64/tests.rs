use proptest::prelude::*;

use super::*;

/// Every way that this machine has.
fn ways() -> Vec<Decoder> {
    let mut ways = vec![Decoder::Portable, Decoder::best()];
    ways.dedup();
    ways
}

/// What a library makes of the text before the first quote.
fn expected(text: &[u8]) -> Option<(usize, Vec<u8>)> {
    let end = text.iter().position(|&byte| byte == b'"')?;
    base64_simd::STANDARD.decode_to_vec(&text[..end]).ok().map(|bytes| (end, bytes))
}

#[track_caller]
fn agree(text: &[u8]) {
    for way in ways() {
        let mut out = b"before".to_vec();
        let told = way.append_until_quote(text, &mut out).map(|end| (end, out.split_off(6)));
        assert_eq!(told, expected(text), "{way:?}: {:?}", String::from_utf8_lossy(text));
        assert!(told.is_none() || out == b"before", "{way:?}");
    }
}

fn quoted(data: &[u8], behind: usize) -> Vec<u8> {
    let mut text = base64_simd::STANDARD.encode_to_string(data).into_bytes();
    text.push(b'"');
    text.extend((0..behind).map(|place| b",A=}\""[place % 5]));
    text
}

#[test]
fn every_length_is_decoded_with_much_behind_it_and_with_little() {
    let data: Vec<u8> = (0..=255).cycle().take(400).map(|byte: u8| byte.wrapping_mul(167)).collect();
    for length in 0..=data.len() {
        for behind in [0, 1, 31, 32, 64, 200] {
            agree(&quoted(&data[..length], behind));
        }
    }
}

#[test]
fn every_byte_at_every_place_is_what_a_library_says_of_it() {
    for length in [1, 2, 3, 23, 24, 47, 48, 49, 96, 131] {
        let good = quoted(&vec![0xA5; length], 70);
        for place in 0..length.div_ceil(3) * 4 {
            for byte in 0..=255 {
                let mut text = good.clone();
                text[place] = byte;
                agree(&text);
            }
        }
    }
}

#[test]
fn what_has_no_end_is_not_decoded() {
    for text in
        ["", "QUJD", "QUJDRA==", "QUJ", "QUJDRA=", "QUJDRB==\"", "QUJDREV=\"", "=\"", "====\"", "QUJDRA==QUJD\""]
    {
        agree(text.as_bytes());
        agree(format!("{}{text}", "QUJD".repeat(40)).as_bytes());
    }
}

proptest! {
    #[test]
    fn all_ways_agree(mut text in prop::collection::vec(any::<u8>(), 0..200), data in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut whole = quoted(&data, 0);
        whole.pop();
        whole.append(&mut text);
        agree(&whole);
        whole.push(b'"');
        agree(&whole);
        agree(&quoted(&data, 100));
    }
}
