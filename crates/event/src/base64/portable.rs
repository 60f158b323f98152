//! Four characters at a time, by tables.

/// What is no character of base64. No sum of four that are has this bit.
const NONE: u32 = 1 << 24;

/// The bits of each character, shifted to the place that it has among four.
static TABLES: [[u32; 256]; 4] = [table(18), table(12), table(6), table(0)];

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const fn table(shift: u32) -> [u32; 256] {
    let mut table = [NONE; 256];
    let mut value = 0;
    while value < 64 {
        table[ALPHABET[value as usize] as usize] = value << shift;
        value += 1;
    }
    table
}

/// The 24 bits of four characters, or more where one of them is none.
#[inline]
fn quad(four: [u8; 4]) -> u32 {
    let [a, b, c, d] = four.map(usize::from);
    TABLES[0][a] | TABLES[1][b] | TABLES[2][c] | TABLES[3][d]
}

/// Goes on at `at`, a multiple of four; see [`super::Decoder::append_until_quote`].
pub(super) fn append(text: &[u8], at: usize, out: &mut Vec<u8>) -> Option<usize> {
    let mut at = at;
    let (eights, _) = text.get(at..)?.as_chunks::<32>();
    for eight in eights {
        let (quads, _) = eight.as_chunks::<4>();
        let mut bytes = [0; 24];
        let mut all = 0;
        for (four, three) in quads.iter().zip(bytes.as_chunks_mut::<3>().0) {
            let bits = quad(*four);
            all |= bits;
            let [_, a, b, c] = bits.to_be_bytes();
            *three = [a, b, c];
        }
        if all >= NONE {
            break;
        }
        out.extend_from_slice(&bytes);
        at += 32;
    }
    let (quads, _) = text.get(at..)?.as_chunks::<4>();
    for four in quads {
        let bits = quad(*four);
        if bits >= NONE {
            break;
        }
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
        at += 4;
    }
    end(text, at, out)
}

/// The end: a quote, or two or three characters with their padding before it.
#[inline]
pub(super) fn end(text: &[u8], at: usize, out: &mut Vec<u8>) -> Option<usize> {
    match *text.get(at..)? {
        [b'"', ..] => Some(at),
        [a, b, b'=', b'=', b'"', ..] => {
            let bits = quad([a, b, b'A', b'A']);
            (bits < NONE && bits.trailing_zeros() >= 16).then_some(())?;
            out.push(bits.to_be_bytes()[1]);
            Some(at + 4)
        }
        [a, b, c, b'=', b'"', ..] => {
            let bits = quad([a, b, c, b'A']);
            (bits < NONE && bits.trailing_zeros() >= 8).then_some(())?;
            out.extend_from_slice(&bits.to_be_bytes()[1..3]);
            Some(at + 4)
        }
        _ => None,
    }
}
