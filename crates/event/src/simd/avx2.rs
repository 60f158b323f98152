//! AVX2: 32 bytes at a time.
//!
//! Base64 after Wojciech Muła and Daniel Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions" (2018):
//! a character's two halves look up which classes it may be of, and it is of the alphabet where they have none in common.
//! A quote is none of the alphabet, so that the same look finds the end of the string.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_add_epi8, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_min_epu8, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_permutevar8x32_epi32, _mm256_set1_epi8, _mm256_set1_epi32, _mm256_setr_epi32,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi32, _mm256_storeu_si256, _mm256_testz_si256,
    _mm256_xor_si256,
};

use super::portable::Portable;
use super::{Lanes, Part, Work, end_of_base64, text_of};

/// Its value exists only where the instructions do.
#[derive(Clone, Copy)]
pub(super) struct Avx2(());

/// Characters of a block, and the bytes that they stand for.
const BLOCK: usize = 32;
const DECODED: usize = BLOCK / 4 * 3;

/// Does `work` with AVX2.
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn with<W: Work>(work: W) -> W::Output {
    work.with(Avx2(()))
}

impl Lanes for Avx2 {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only within `with` can the instructions be inlined")]
    fn base64(self, text: &[u8], at: usize, arena: &mut Vec<u8>) -> Option<usize> {
        // SAFETY: a value of this type exists only within `with`.
        unsafe { base64_apart(text, at, arena) }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only within `with` can the instructions be inlined")]
    fn text(self, text: &[u8], at: usize) -> Option<&str> {
        // SAFETY: a value of this type exists only within `with`.
        unsafe { plain(text, at) }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only within `with` can the instructions be inlined")]
    fn same(self, text: &[u8], at: usize, part: Part) -> Option<usize> {
        let Part { start, length } = part;
        // Whole registers are read, and at the end of the text there is not enough for one; long ones are a library's.
        if length > 2 * BLOCK || start > at || at + 2 * BLOCK > text.len() {
            return Portable.same(text, at, part);
        }
        // SAFETY: the instructions are there, as a value of this type exists only within `with`. Both places have two
        // registers of text behind them, and the part is no longer, so that each read is of a whole register of the text, or of the
        // mask, whose 64 bytes are read from the middle at most.
        let is_same = unsafe {
            let (here, there) = (text.as_ptr().add(at), text.as_ptr().add(start));
            let first = _mm256_xor_si256(_mm256_loadu_si256(here.cast()), _mm256_loadu_si256(there.cast()));
            if length <= BLOCK {
                let mask = _mm256_loadu_si256(FIRST.as_ptr().add(BLOCK - length).cast());
                _mm256_testz_si256(first, mask)
            } else {
                let (here, there) = (here.add(length - BLOCK), there.add(length - BLOCK));
                let last = _mm256_xor_si256(_mm256_loadu_si256(here.cast()), _mm256_loadu_si256(there.cast()));
                let differences = _mm256_or_si256(first, last);
                _mm256_testz_si256(differences, differences)
            }
        };
        (is_same == 1).then_some(at + length)
    }
}

/// The tables of [`base64`] do not stay in registers beside what else is done for a record. Without the instructions here, it is not
/// inlined into this; and this is not where it is called.
///
/// # Safety
///
/// The processor has AVX2, BMI1 and BMI2.
#[inline(never)]
unsafe fn base64_apart(text: &[u8], at: usize, arena: &mut Vec<u8>) -> Option<usize> {
    // SAFETY: the caller says so.
    unsafe { base64(text, at, arena) }
}

/// The same sixteen bytes in both halves, which are looked up apart.
#[inline]
#[target_feature(enable = "avx2")]
fn twice(table: &[i8; 16]) -> __m256i {
    // SAFETY: a register of half the width is as long as the table.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
}

/// A block of characters: what it is as values of six bits, and which of it is of the alphabet.
struct Looked {
    /// Nonzero where a character is none of the alphabet.
    others: __m256i,
    /// What each character is worth; of others, anything.
    values: __m256i,
}

#[inline]
#[target_feature(enable = "avx2")]
fn look(characters: __m256i) -> Looked {
    let low_classes =
        twice(&[0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A]);
    let high_classes =
        twice(&[0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10]);
    let distances = twice(&[0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0]);
    // A half of a byte, and a bit that a lookup ignores; the slash is the one that is worth another distance.
    let slash = _mm256_set1_epi8(0x2F);
    let high = _mm256_and_si256(_mm256_srli_epi32::<4>(characters), slash);
    let low = _mm256_and_si256(characters, slash);
    let others = _mm256_and_si256(_mm256_shuffle_epi8(high_classes, high), _mm256_shuffle_epi8(low_classes, low));
    let distance = _mm256_shuffle_epi8(distances, _mm256_add_epi8(_mm256_cmpeq_epi8(characters, slash), high));
    Looked { others, values: _mm256_add_epi8(characters, distance) }
}

/// 32 values of six bits to 24 bytes, and eight behind them that are none.
#[inline]
#[target_feature(enable = "avx2")]
fn joined(values: __m256i) -> __m256i {
    let pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x0140_0140));
    let fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x0001_1000));
    let threes = _mm256_shuffle_epi8(fours, twice(&[2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 2, 1, 0, 6]));
    _mm256_permutevar8x32_epi32(threes, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7))
}

/// So many bytes of ones, from its middle backwards, then zeros.
static FIRST: [u8; 2 * BLOCK] = {
    let mut mask = [0; 2 * BLOCK];
    let mut at = 0;
    while at < BLOCK {
        mask[at] = 0xFF;
        at += 1;
    }
    mask
};

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn base64(text: &[u8], at: usize, arena: &mut Vec<u8>) -> Option<usize> {
    let length = arena.len();
    let readable = text.len().checked_sub(at)? / BLOCK;
    // A block writes eight bytes more than it is of.
    let writable = (arena.capacity() - length).saturating_sub(BLOCK - DECODED) / DECODED;
    let blocks = readable.min(writable);
    // SAFETY: `at` is within the text, and the length of the arena within its capacity.
    let (first, mut to) = unsafe { (text.as_ptr().add(at), arena.as_mut_ptr().add(length)) };
    // SAFETY: so many blocks can be read.
    let end = unsafe { first.add(blocks * BLOCK) };
    let mut from = first;
    while from < end {
        // SAFETY: before `end`, a whole block can be read.
        let characters = unsafe { _mm256_loadu_si256(from.cast()) };
        let Looked { others, values } = look(characters);
        if _mm256_testz_si256(others, others) == 0 {
            let valid = !_mm256_movemask_epi8(_mm256_cmpeq_epi8(others, _mm256_setzero_si256()));
            let valid = valid.trailing_zeros() as usize;
            // SAFETY: both point into the text.
            let quote = end_of_base64(text, at + unsafe { from.offset_from_unsigned(first) } + valid, valid)?;
            // SAFETY: `valid` is 31 at most, so that the mask is read within its 64 bytes.
            let mask = unsafe { _mm256_loadu_si256(FIRST.as_ptr().add(BLOCK - valid).cast()) };
            let bytes = valid * 3 / 4;
            // SAFETY: before `end`, a whole register can be written; what is read back lies in it.
            let over = unsafe {
                _mm256_storeu_si256(to.cast(), joined(_mm256_and_si256(values, mask)));
                *to.add(bytes)
            };
            // What the last character has over stands in the next byte; where it has nothing, so does nothing.
            if over != 0 {
                return None;
            }
            // SAFETY: all bytes up to here were written, within the capacity.
            unsafe { arena.set_len(to.offset_from_unsigned(arena.as_ptr()) + bytes) };
            return Some(quote);
        }
        // SAFETY: before `end`, a whole register can be written; the next block is at `end` at most.
        unsafe {
            _mm256_storeu_si256(to.cast(), joined(values));
            (from, to) = (from.add(BLOCK), to.add(DECODED));
        }
    }
    // SAFETY: all bytes up to here were written, within the capacity.
    unsafe { arena.set_len(length + blocks * DECODED) };
    Portable.base64(text, at + blocks * BLOCK, arena)
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn plain(text: &[u8], at: usize) -> Option<&str> {
    let (mut from, mut is_ascii) = (at, true);
    while let Some(block) = text.get(from..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
        // SAFETY: a block is as long as a register.
        let bytes = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
        let is = |byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed()));
        let control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes);
        let ends = _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(is(b'"'), is(b'\\')), control)).cast_unsigned();
        let high = _mm256_movemask_epi8(bytes).cast_unsigned();
        if ends != 0 {
            // Only what stands before the end counts.
            is_ascii &= high & ((ends - 1) & !ends) == 0;
            let end = from + ends.trailing_zeros() as usize;
            return if text[end] == b'"' { text_of(text, at, end, is_ascii) } else { None };
        }
        is_ascii &= high == 0;
        from += BLOCK;
    }
    Portable.text(text, at)
}
