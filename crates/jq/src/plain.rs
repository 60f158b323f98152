//! Where strings of JSON end, and numbers: found a register at a time, and before it is asked for.
//!
//! The registers are those that every processor of the architecture has: nothing is looked up when the program runs.

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// The places of all bytes that end a string, begin an escape, or may not be in a string, one after the other.
///
/// They are found block by block, whatever is made of them: where a string ends is known before it is asked for, and not only when
/// what stands before it has been understood.
pub(crate) struct Specials<'t> {
    bytes: &'t [u8],
    /// Where the block begins.
    base: usize,
    /// A bit for each special byte of the block that is still to come.
    block: u64,
    /// The same of the block behind it. It is looked at before it is asked for, so that nobody waits for it.
    ahead: u64,
    /// Whether no byte so far is other than ASCII.
    is_ascii: bool,
}

/// What a block has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    /// A bit for each special byte: the lowest is the first byte's.
    specials: u64,
    is_ascii: bool,
}

impl<'t> Specials<'t> {
    pub(crate) fn of(bytes: &'t [u8]) -> Self {
        let (first, second) = (block_at(bytes, 0), block_at(bytes, BLOCK));
        let is_ascii = first.is_ascii && second.is_ascii;
        Self { bytes, base: 0, block: first.specials, ahead: second.specials, is_ascii }
    }

    /// Whether all bytes up to the last place that was given, and some behind it, are ASCII.
    pub(crate) const fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &'t [u8] {
        self.bytes
    }

    /// Those before `at` are over.
    pub(crate) fn skip_to(&mut self, at: usize) {
        while self.peek().is_some_and(|next| next < at) {
            self.block &= self.block.wrapping_sub(1);
        }
    }

    /// The special place after the one at `at`, which must not have been given yet. All up to what is returned are over.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is small, and done for each string")]
    pub(crate) fn behind(&mut self, at: usize) -> Option<usize> {
        let rest = self.block & self.block.wrapping_sub(1);
        if rest != 0 && self.base + self.block.trailing_zeros() as usize == at {
            self.block = rest & (rest - 1);
            return Some(self.base + rest.trailing_zeros() as usize);
        }
        self.far_behind(at)
    }

    /// The same where the two are not in one block, or something else is special before: white space outside of strings may be.
    #[inline(never)]
    fn far_behind(&mut self, at: usize) -> Option<usize> {
        while self.next()? != at {}
        self.next()
    }

    #[inline]
    fn peek(&mut self) -> Option<usize> {
        if self.block == 0 {
            self.go_on()?;
        }
        Some(self.base + self.block.trailing_zeros() as usize)
    }

    /// To the next block that has any. Not where each is asked for: it is in the way of those that are there.
    #[inline(never)]
    fn go_on(&mut self) -> Option<()> {
        while self.block == 0 {
            if self.bytes.len() - self.base <= BLOCK {
                return None;
            }
            self.base += BLOCK;
            self.block = self.ahead;
            let ahead = block_at(self.bytes, self.base + BLOCK);
            self.ahead = ahead.specials;
            self.is_ascii &= ahead.is_ascii;
        }
        Some(())
    }
}

impl Iterator for Specials<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let next = self.peek()?;
        self.block &= self.block - 1;
        Some(next)
    }
}

/// The block that begins at `base`; beyond the end there is nothing special.
#[inline]
fn block_at(bytes: &[u8], base: usize) -> Block {
    match bytes.get(base..).and_then(<[u8]>::first_chunk) {
        Some(block) => lanes::look(block),
        None => last_block(bytes, base),
    }
}

/// The same where it is not whole.
#[cold]
#[inline(never)]
fn last_block(bytes: &[u8], base: usize) -> Block {
    let rest = bytes.get(base..).unwrap_or_default();
    if rest.is_empty() {
        return Block { specials: 0, is_ascii: true };
    }
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    lanes::look(&block)
}

/// Where, from `at` on, the first byte stands that is no digit; the end where there is none. None are passed where `at` is beyond.
#[inline]
pub(crate) fn after_digits(bytes: &[u8], mut at: usize) -> usize {
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let eight = u64::from_le_bytes(*chunk);
        // A digit has 3 for its high half, and has it still when 6 are added. What a byte carries over comes to those behind it,
        // and the first one is right.
        let (high, added) = (eight & HIGH, eight.wrapping_add(0x0606_0606_0606_0606) & HIGH);
        let others = (high | (added >> 4)) ^ 0x3333_3333_3333_3333;
        if others != 0 {
            return at + others.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "registers are the compiler's to allow, not the language's")]
mod lanes {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
        _mm_setzero_si128,
    };

    use super::{BLOCK, Block};

    #[inline]
    pub(super) fn look(block: &[u8; BLOCK]) -> Block {
        // SAFETY: every processor of the architecture has SSE2.
        unsafe { sse2(block) }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn sse2(block: &[u8; BLOCK]) -> Block {
        let (chunks, _) = block.as_chunks::<16>();
        let (mut specials, mut all) = (0, _mm_setzero_si128());
        for (place, chunk) in chunks.iter().enumerate() {
            let bytes = register(chunk);
            let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"'.cast_signed()));
            let escape = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\'.cast_signed()));
            let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
            let special = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, escape), control));
            specials |= u64::from(special.cast_unsigned()) << (16 * place);
            all = _mm_or_si128(all, bytes);
        }
        // The highest bit of each byte.
        Block { specials, is_ascii: _mm_movemask_epi8(all) == 0 }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn register(chunk: &[u8; 16]) -> __m128i {
        let whole = u128::from_le_bytes(*chunk);
        #[expect(clippy::cast_possible_truncation, reason = "each half as it lies")]
        _mm_set_epi64x((whole >> 64) as i64, whole as i64)
    }
}

#[cfg(target_arch = "aarch64")]
#[allow(unsafe_code, reason = "registers are the compiler's to allow, not the language's")]
mod lanes {
    use std::arch::aarch64::{
        uint8x16_t, vandq_u8, vceqq_u8, vcltq_u8, vcombine_u8, vcreate_u8, vdupq_n_u8, vgetq_lane_u64, vmaxvq_u8,
        vorrq_u8, vpaddq_u8, vreinterpretq_u64_u8,
    };

    use super::{BLOCK, Block};

    #[inline]
    pub(super) fn look(block: &[u8; BLOCK]) -> Block {
        // SAFETY: every processor of the architecture that runs Linux or macOS has NEON.
        unsafe { neon(block) }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn neon(block: &[u8; BLOCK]) -> Block {
        let (chunks, _) = block.as_chunks::<16>();
        let registers = [0, 1, 2, 3].map(|place| register(&chunks[place]));
        let [a, b, c, d] = registers.map(|bytes| bits(bytes));
        // Neighbours are added up until each byte has the bits of eight.
        let all = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
        let specials = vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(all, all)));
        let [a, b, c, d] = registers;
        let highest = vmaxvq_u8(vorrq_u8(vorrq_u8(a, b), vorrq_u8(c, d)));
        Block { specials, is_ascii: highest < 0x80 }
    }

    /// The bit of its place among eight in each byte that is special.
    #[inline]
    #[target_feature(enable = "neon")]
    fn bits(bytes: uint8x16_t) -> uint8x16_t {
        let quote = vceqq_u8(bytes, vdupq_n_u8(b'"'));
        let escape = vceqq_u8(bytes, vdupq_n_u8(b'\\'));
        let control = vcltq_u8(bytes, vdupq_n_u8(0x20));
        let places = vcreate_u8(0x8040_2010_0804_0201);
        vandq_u8(vorrq_u8(vorrq_u8(quote, escape), control), vcombine_u8(places, places))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn register(chunk: &[u8; 16]) -> uint8x16_t {
        let whole = u128::from_le_bytes(*chunk);
        #[expect(clippy::cast_possible_truncation, reason = "each half as it lies")]
        vcombine_u8(vcreate_u8(whole as u64), vcreate_u8((whole >> 64) as u64))
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod lanes {
    use super::{BLOCK, Block};

    #[inline]
    pub(super) fn look(block: &[u8; BLOCK]) -> Block {
        let is_special = |byte: u8| byte == b'"' || byte == b'\\' || byte < 0x20;
        let specials = block.iter().rev().fold(0, |specials, &byte| specials << 1 | u64::from(is_special(byte)));
        Block { specials, is_ascii: block.is_ascii() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is special, said plainly.
    fn places(bytes: &[u8]) -> Vec<usize> {
        let is_special = |byte: u8| byte == b'"' || byte == b'\\' || byte < 0x20;
        (0..bytes.len()).filter(|&at| is_special(bytes[at])).collect()
    }

    #[test]
    fn every_byte_is_seen_at_every_place() {
        for len in [0, 1, 15, 16, 63, 64, 65, 127, 128, 130] {
            let mut text = vec![b'x'; len];
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    text[at] = byte;
                    assert_eq!(Specials::of(&text).collect::<Vec<_>>(), places(&text), "{byte} at {at} of {len}");
                }
                text[at] = b'x';
            }
        }
    }

    #[test]
    fn what_is_not_ascii_is_seen_before_the_quote_behind_it() {
        for len in [0, 1, 15, 16, 63, 64, 65, 127, 128, 130] {
            let mut text = vec![b'x'; len + 1];
            text[len] = b'"';
            for at in 0..len {
                for byte in [0, 0x7F, 0x80, 0xFF] {
                    text[at] = byte;
                    let mut specials = Specials::of(&text);
                    assert_eq!(specials.by_ref().last(), Some(len));
                    assert_eq!(specials.is_ascii(), byte < 0x80, "{byte} at {at} of {len}");
                }
                text[at] = b'x';
            }
        }
    }

    #[test]
    fn what_is_behind_a_place_is_the_next_one_whatever_is_before() {
        for distance in [1, 2, 30, 63, 64, 65, 130] {
            for start in [0, 1, 62, 63, 64, 65, 127] {
                let mut text = vec![b'\t'; start];
                text.push(b'"');
                text.resize(start + distance, b'x');
                text.push(b'"');
                let mut specials = Specials::of(&text);
                assert_eq!(specials.behind(start), Some(start + distance), "{start} {distance}");
                assert_eq!(specials.next(), None);
                let mut specials = Specials::of(&text);
                assert_eq!(specials.behind(start + distance), None, "there is none behind the last");
            }
        }
    }

    #[test]
    fn digits_end_where_they_end() {
        for len in 0..20 {
            let mut text = vec![b'7'; len];
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    text[at] = byte;
                    let expected = if byte.is_ascii_digit() { len } else { at };
                    assert_eq!(after_digits(&text, 0), expected, "{byte} at {at} of {len}");
                }
                text[at] = b'7';
            }
        }
    }

    proptest! {
        #[test]
        fn all_are_found_in_order(bytes in prop::collection::vec(any::<u8>(), 0..300), to in 0_usize..300) {
            let mut specials = Specials::of(&bytes);
            prop_assert_eq!(Specials::of(&bytes).collect::<Vec<_>>(), places(&bytes));
            specials.skip_to(to);
            prop_assert!(specials.eq(places(&bytes).into_iter().filter(|&at| at >= to)));
        }

        #[test]
        fn digits_are_passed(bytes in prop::collection::vec(any::<u8>(), 0..80), from in 0_usize..80) {
            let at = from.min(bytes.len());
            let digits = bytes[at..].iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len() - at);
            prop_assert_eq!(after_digits(&bytes, at), at + digits);
        }
    }
}
