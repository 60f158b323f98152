//! How far a string of JSON goes without anything special, and a number with nothing but digits: a register at a time. Most
//! strings of a record are shorter than one, so that none of them is a loop, whose end a processor would have to guess.
//!
//! The registers are those that every processor of the architecture has: nothing is looked up when the program runs.

/// Bytes of a register.
const LANES: usize = 16;

/// Where, from `at` on, the first byte stands that ends a string, begins an escape, or may not be in one; the end where there is
/// none. `at` is no further than that.
#[inline]
pub(crate) fn before_special(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes[at..].first_chunk::<LANES>() {
        if let Some(first) = lanes::first_special(chunk) {
            return at + first;
        }
        at += LANES;
    }
    bytes[at..].iter().position(|&byte| is_special(byte)).map_or(bytes.len(), |first| at + first)
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

#[inline]
const fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "registers are the compiler's to allow, not the language's")]
mod lanes {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };

    /// The place of the first special byte, if there is one.
    #[inline]
    pub(super) fn first_special(chunk: &[u8; super::LANES]) -> Option<usize> {
        // SAFETY: every processor of the architecture has SSE2.
        unsafe { sse2(chunk) }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn sse2(chunk: &[u8; super::LANES]) -> Option<usize> {
        let whole = u128::from_le_bytes(*chunk);
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "each half as it lies")]
        let (low, high) = (whole as u64 as i64, (whole >> 64) as u64 as i64);
        let bytes = _mm_set_epi64x(high, low);
        let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"'.cast_signed()));
        let escape = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\'.cast_signed()));
        let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
        let special = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, escape), control));
        (special != 0).then_some(special.trailing_zeros() as usize)
    }
}

#[cfg(target_arch = "aarch64")]
#[allow(unsafe_code, reason = "registers are the compiler's to allow, not the language's")]
mod lanes {
    use std::arch::aarch64::{
        vceqq_u8, vcltq_u8, vcombine_u8, vcreate_u8, vdupq_n_u8, vget_lane_u64, vorrq_u8, vreinterpret_u64_u8,
        vreinterpretq_u16_u8, vshrn_n_u16,
    };

    /// The place of the first special byte, if there is one.
    #[inline]
    pub(super) fn first_special(chunk: &[u8; super::LANES]) -> Option<usize> {
        // SAFETY: every processor of the architecture that runs Linux or macOS has NEON.
        unsafe { neon(chunk) }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn neon(chunk: &[u8; super::LANES]) -> Option<usize> {
        let whole = u128::from_le_bytes(*chunk);
        #[expect(clippy::cast_possible_truncation, reason = "each half as it lies")]
        let (low, high) = (whole as u64, (whole >> 64) as u64);
        let bytes = vcombine_u8(vcreate_u8(low), vcreate_u8(high));
        let quote = vceqq_u8(bytes, vdupq_n_u8(b'"'));
        let escape = vceqq_u8(bytes, vdupq_n_u8(b'\\'));
        let control = vcltq_u8(bytes, vdupq_n_u8(0x20));
        let special = vorrq_u8(vorrq_u8(quote, escape), control);
        // Four bits a byte, as there is no instruction that gathers one of each.
        let nibbles = vget_lane_u64::<0>(vreinterpret_u64_u8(vshrn_n_u16::<4>(vreinterpretq_u16_u8(special))));
        (nibbles != 0).then_some(nibbles.trailing_zeros() as usize / 4)
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod lanes {
    /// The place of the first special byte, if there is one.
    #[inline]
    pub(super) fn first_special(chunk: &[u8; super::LANES]) -> Option<usize> {
        chunk.iter().position(|&byte| super::is_special(byte))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_is_seen_at_every_place() {
        for len in 0..40 {
            let mut text = vec![b'x'; len];
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    text[at] = byte;
                    let expected = if is_special(byte) { at } else { len };
                    assert_eq!(before_special(&text, 0), expected, "{byte} at {at} of {len}");
                }
                text[at] = b'x';
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
        fn the_first_is_the_first(bytes in prop::collection::vec(any::<u8>(), 0..80), from in 0_usize..80) {
            let at = from.min(bytes.len());
            let rest = &bytes[at..];
            let special = rest.iter().position(|&byte| is_special(byte)).unwrap_or(rest.len());
            prop_assert_eq!(before_special(&bytes, at), at + special);
            let other = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
            prop_assert_eq!(after_digits(&bytes, at), at + other);
        }
    }
}
