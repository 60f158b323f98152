//! 32 characters at a time, by AVX2. The method is that of Muła and Lemire, "Faster Base64 Encoding and Decoding Using AVX2
//! Instructions", 2018: what is no character of base64 shows as a bit that two tables share, and so does the quote.
#![allow(unsafe_code, reason = "loads and stores of 32 bytes, whose bounds are held beside each")]

use std::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_movemask_epi8, _mm256_permutevar8x32_epi32, _mm256_set1_epi8, _mm256_set1_epi32,
    _mm256_setr_epi8, _mm256_setr_epi32, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi32,
    _mm256_storeu_si256,
};

use super::portable;

/// Characters of a step, and bytes that it writes. They become 24.
const STEP: usize = 32;

/// See [`super::Decoder::append_until_quote`], which has made room. To be called where there is AVX2.
#[inline]
pub(super) fn append(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    // SAFETY: `Decoder::Avx2` is made only where the machine has it, and nothing else calls this.
    unsafe { append_within(text, out) }
}

#[target_feature(enable = "avx2")]
fn append_within(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let mut at = 0;
    #[expect(clippy::cast_ptr_alignment, reason = "loads and stores of this kind ask for no alignment")]
    while let Some(step) = text.get(at..at + STEP) {
        let start = out.len();
        if out.capacity() - start < STEP {
            break;
        }
        // SAFETY: `step` has 32 bytes.
        let characters = unsafe { _mm256_loadu_si256(step.as_ptr().cast::<__m256i>()) };
        let (bytes, others) = decode(characters);
        // SAFETY: at least 32 bytes of the capacity lie behind `start`.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().add(start).cast::<__m256i>(), bytes) };
        let fours = if others == 0 { STEP / 4 } else { others.trailing_zeros() as usize / 4 };
        // SAFETY: these were just written: at most 24 of the 32.
        unsafe { out.set_len(start + fours * 3) };
        at += fours * 4;
        if others != 0 {
            return portable::end(text, at, out);
        }
    }
    portable::append(text, at, out)
}

/// 24 bytes, and a bit for each character that is none of base64. The three bytes of four good characters do not depend on the
/// others.
#[inline]
#[target_feature(enable = "avx2")]
fn decode(characters: __m256i) -> (__m256i, u32) {
    let halves = _mm256_set1_epi8(0x2f);
    let of_low = both([0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a]);
    let of_high =
        both([0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10]);
    let rolls = both([0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0]);
    let high = _mm256_and_si256(_mm256_srli_epi32::<4>(characters), halves);
    let low = _mm256_and_si256(characters, halves);
    let shared = _mm256_and_si256(_mm256_shuffle_epi8(of_low, low), _mm256_shuffle_epi8(of_high, high));
    let good = _mm256_cmpeq_epi8(shared, _mm256_setzero_si256());
    let others = !_mm256_movemask_epi8(good).cast_unsigned();
    let is_slash = _mm256_cmpeq_epi8(characters, halves);
    let roll = _mm256_shuffle_epi8(rolls, _mm256_add_epi8(is_slash, high));
    let sixes = _mm256_add_epi8(characters, roll);
    let twelves = _mm256_maddubs_epi16(sixes, _mm256_set1_epi32(0x0140_0140));
    let bits = _mm256_madd_epi16(twelves, _mm256_set1_epi32(0x0001_1000));
    let packed = _mm256_shuffle_epi8(bits, both([2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1]));
    (_mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, -1, -1)), others)
}

/// The same 16 bytes twice.
#[inline]
#[target_feature(enable = "avx2")]
fn both(b: [i8; 16]) -> __m256i {
    _mm256_setr_epi8(
        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15], b[0],
        b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15],
    )
}
