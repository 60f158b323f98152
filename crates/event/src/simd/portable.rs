//! With what every processor has, in safe Rust: the twin that the others are held against.

use super::{Lanes, end_of_base64};

/// By tables, four characters at a time.
#[derive(Clone, Copy)]
pub(super) struct Portable;

/// What a character is worth at each of four places; [`OTHER`] is in what is none of the alphabet.
static TABLES: [[u32; 256]; 4] = [table(18), table(12), table(6), table(0)];

/// A bit beyond the 24 that four characters make.
const OTHER: u32 = 1 << 31;

/// Characters that are decoded before the arena is told.
const BLOCK: usize = 32;

const fn table(shift: u32) -> [u32; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [OTHER; 256];
    let (mut at, mut value) = (0, 0);
    while at < alphabet.len() {
        table[alphabet[at] as usize] = value << shift;
        (at, value) = (at + 1, value + 1);
    }
    table
}

/// Four characters: 24 bits, or more where one is none of the alphabet.
#[inline]
fn four(text: [u8; 4]) -> u32 {
    let [a, b, c, d] = text.map(usize::from);
    TABLES[0][a] | TABLES[1][b] | TABLES[2][c] | TABLES[3][d]
}

impl Lanes for Portable {
    #[inline]
    fn base64(self, text: &[u8], at: usize, arena: &mut Vec<u8>) -> Option<usize> {
        let mut from = at;
        while let Some(block) = text.get(from..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
            let mut bytes = [0; BLOCK / 4 * 3];
            let mut all = 0;
            for (four_bytes, three) in block.as_chunks::<4>().0.iter().zip(bytes.as_chunks_mut::<3>().0) {
                let bits = four(*four_bytes);
                all |= bits;
                let [_, one, two, last] = bits.to_be_bytes();
                *three = [one, two, last];
            }
            if all & OTHER != 0 {
                break;
            }
            arena.extend_from_slice(&bytes);
            from += BLOCK;
        }
        while let Some(chunk) = text.get(from..).and_then(|rest| rest.first_chunk::<4>()) {
            let bits = four(*chunk);
            if bits & OTHER != 0 {
                break;
            }
            arena.extend_from_slice(&bits.to_be_bytes()[1..]);
            from += 4;
        }
        let is_of_alphabet = |byte: &&u8| TABLES[0][usize::from(**byte)] & OTHER == 0;
        let rest = text.get(from..)?;
        let valid = rest.iter().take(3).take_while(is_of_alphabet).count();
        let end = end_of_base64(text, from + valid, valid)?;
        if valid > 0 {
            let mut last = [b'A'; 4];
            last[..valid].copy_from_slice(&rest[..valid]);
            let [_, bytes @ ..] = four(last).to_be_bytes();
            if bytes[valid - 1] != 0 {
                return None;
            }
            arena.extend_from_slice(&bytes[..valid - 1]);
        }
        Some(end)
    }

    #[inline]
    fn text(self, text: &[u8], at: usize) -> Option<&str> {
        let rest = text.get(at..)?;
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20))?;
        str::from_utf8(&rest[..length]).ok().filter(|_| rest[length] == b'"')
    }
}
