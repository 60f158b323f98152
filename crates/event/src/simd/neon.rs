//! NEON: 64 characters of base64 at a time, which are dealt out by their place in a group of four; 16 at the end.
//!
//! The alphabet is looked up as with AVX2. A quote is none of it, so that the same look finds the end of the string.

use std::arch::aarch64::{
    uint8x16_t, uint8x16x3_t, vaddq_u8, vandq_u8, vandq_u16, vandq_u32, vceqq_u8, vceqzq_u8, vcltq_u8, vdupq_n_u8,
    vdupq_n_u16, vdupq_n_u32, vget_lane_u64, vld1q_u8, vld4q_u8, vmaxvq_u8, vorrq_u8, vorrq_u16, vorrq_u32, vqtbl1q_u8,
    vreinterpret_u64_u8, vreinterpretq_u8_u32, vreinterpretq_u16_u8, vreinterpretq_u32_u16, vshlq_n_u8, vshlq_n_u16,
    vshlq_n_u32, vshrn_n_u16, vshrq_n_u8, vshrq_n_u16, vshrq_n_u32, vst1q_u8, vst3q_u8,
};

use super::portable::Portable;
use super::{Lanes, end_of_base64, text_of};

/// Every processor of 64 bits of this family has the instructions.
#[derive(Clone, Copy)]
pub(super) struct Neon;

/// Characters of a register, and the bytes that they stand for.
const BLOCK: usize = 16;
const DECODED: usize = BLOCK / 4 * 3;

impl Lanes for Neon {
    #[inline]
    fn base64(self, text: &[u8], at: usize, arena: &mut Vec<u8>) -> Option<usize> {
        base64(text, at, arena)
    }

    #[inline]
    fn text(self, text: &[u8], at: usize) -> Option<&str> {
        plain(text, at)
    }
}

#[inline]
fn load(bytes: &[u8; BLOCK]) -> uint8x16_t {
    // SAFETY: a register is as long.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

/// Nonzero where a character is none of the alphabet; and what each is worth, of others anything.
#[inline]
fn look(characters: uint8x16_t) -> (uint8x16_t, uint8x16_t) {
    const LOW_CLASSES: [u8; BLOCK] =
        [0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A];
    const HIGH_CLASSES: [u8; BLOCK] =
        [0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10];
    // 64 less for capitals and 71 less for small letters, modulo 256; the first is for the slash, which comes out as 0 - 1.
    const DISTANCES: [u8; BLOCK] = [0, 16, 19, 4, 191, 191, 185, 185, 0, 0, 0, 0, 0, 0, 0, 0];
    // SAFETY: the instructions are always there, and none of these touches memory.
    unsafe {
        let high = vshrq_n_u8::<4>(characters);
        let low = vandq_u8(characters, vdupq_n_u8(0x0F));
        let others = vandq_u8(vqtbl1q_u8(load(&HIGH_CLASSES), high), vqtbl1q_u8(load(&LOW_CLASSES), low));
        let is_slash = vceqq_u8(characters, vdupq_n_u8(b'/'));
        let distance = vqtbl1q_u8(load(&DISTANCES), vaddq_u8(is_slash, high));
        (others, vaddq_u8(characters, distance))
    }
}

/// How many bytes are zero before the first that is not; 16 if all are.
#[inline]
fn zeros(bytes: uint8x16_t) -> usize {
    // SAFETY: the instructions are always there, and none of these touches memory.
    let nibbles =
        unsafe { vget_lane_u64::<0>(vreinterpret_u64_u8(vshrn_n_u16::<4>(vreinterpretq_u16_u8(vceqzq_u8(bytes))))) };
    (!nibbles).trailing_zeros() as usize / 4
}

/// 16 values of six bits to 12 bytes, and four zeros behind them.
#[inline]
fn joined(values: uint8x16_t) -> uint8x16_t {
    const ORDER: [u8; BLOCK] = [2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 255, 255, 255, 255];
    // SAFETY: the instructions are always there, and none of these touches memory.
    unsafe {
        let values = vreinterpretq_u16_u8(values);
        let pairs = vorrq_u16(vshlq_n_u16::<6>(vandq_u16(values, vdupq_n_u16(0xFF))), vshrq_n_u16::<8>(values));
        let pairs = vreinterpretq_u32_u16(pairs);
        let fours = vorrq_u32(vshlq_n_u32::<12>(vandq_u32(pairs, vdupq_n_u32(0xFFFF))), vshrq_n_u32::<16>(pairs));
        vqtbl1q_u8(vreinterpretq_u8_u32(fours), load(&ORDER))
    }
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
fn base64(text: &[u8], at: usize, arena: &mut Vec<u8>) -> Option<usize> {
    let mut from = at;
    while let Some(block) = text.get(from..).and_then(|rest| rest.first_chunk::<{ 4 * BLOCK }>()) {
        let length = arena.len();
        if arena.capacity() - length < 4 * DECODED {
            break;
        }
        // SAFETY: 64 bytes are read of a block of as many, and 48 are written into as much room or more.
        unsafe {
            let places = vld4q_u8(block.as_ptr());
            let ((o0, a), (o1, b), (o2, c), (o3, d)) = (look(places.0), look(places.1), look(places.2), look(places.3));
            if vmaxvq_u8(vorrq_u8(vorrq_u8(o0, o1), vorrq_u8(o2, o3))) != 0 {
                break;
            }
            let one = vorrq_u8(vshlq_n_u8::<2>(a), vshrq_n_u8::<4>(b));
            let two = vorrq_u8(vshlq_n_u8::<4>(b), vshrq_n_u8::<2>(c));
            let three = vorrq_u8(vshlq_n_u8::<6>(c), d);
            vst3q_u8(arena.as_mut_ptr().add(length), uint8x16x3_t(one, two, three));
            arena.set_len(length + 4 * DECODED);
        }
        from += 4 * BLOCK;
    }
    while let Some(block) = text.get(from..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
        let length = arena.len();
        if arena.capacity() - length < BLOCK {
            break;
        }
        let (others, values) = look(load(block));
        let valid = zeros(others);
        // SAFETY: `valid` is 16 at most, so that the mask is read within its 32 bytes; 16 bytes are written into as much
        // room or more, and 12 of them are kept at most.
        let (bytes, over) = unsafe {
            let mask = vld1q_u8(FIRST.as_ptr().add(BLOCK - valid));
            let to = arena.as_mut_ptr().add(length);
            vst1q_u8(to, joined(vandq_u8(values, mask)));
            let bytes = valid * 3 / 4;
            (bytes, *to.add(bytes))
        };
        if valid < BLOCK {
            let quote = end_of_base64(text, from + valid, valid)?;
            // What the last character has over stands in the next byte; where it has nothing, so does nothing.
            if over != 0 {
                return None;
            }
            // SAFETY: they were written.
            unsafe { arena.set_len(length + bytes) };
            return Some(quote);
        }
        // SAFETY: they were written.
        unsafe { arena.set_len(length + DECODED) };
        from += BLOCK;
    }
    Portable.base64(text, from, arena)
}

#[inline]
fn plain(text: &[u8], at: usize) -> Option<&str> {
    let (mut from, mut is_ascii) = (at, true);
    while let Some(block) = text.get(from..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
        let bytes = load(block);
        // SAFETY: the instructions are always there; the mask is read within its 32 bytes.
        let (ends, high) = unsafe {
            let is_quote = vceqq_u8(bytes, vdupq_n_u8(b'"'));
            let is_escape = vceqq_u8(bytes, vdupq_n_u8(b'\\'));
            let is_control = vcltq_u8(bytes, vdupq_n_u8(0x20));
            let ends = zeros(vorrq_u8(vorrq_u8(is_quote, is_escape), is_control));
            (ends, vmaxvq_u8(vandq_u8(bytes, vld1q_u8(FIRST.as_ptr().add(BLOCK - ends)))))
        };
        // Only what stands before the end counts.
        is_ascii &= high < 0x80;
        if ends < BLOCK {
            let end = from + ends;
            return if text[end] == b'"' { text_of(text, at, end, is_ascii) } else { None };
        }
        from += BLOCK;
    }
    Portable.text(text, at)
}
