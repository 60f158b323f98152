//! 64 characters at a time, by NEON: four registers of every fourth character, looked up in tables of 128.
#![allow(unsafe_code, reason = "loads of 64 bytes and stores of 48, whose bounds are held beside each")]

use std::arch::aarch64::{
    uint8x16_t, uint8x16x3_t, uint8x16x4_t, vandq_u8, vdupq_n_u8, veorq_u8, vld1q_u8_x4, vld4q_u8, vminvq_u8, vorrq_u8,
    vqtbl4q_u8, vshlq_n_u8, vshrq_n_u8, vst3q_u8,
};

use super::portable;

/// Characters of a step; they become 48 bytes.
const STEP: usize = 64;

/// That a character is one of base64.
const GOOD: u8 = 0x80;

/// The value of each character, with [`GOOD`]; 0 for others.
static VALUES: [u8; 128] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [0; 128];
    let mut value = 0;
    while value < 64 {
        values[alphabet[value as usize] as usize] = GOOD | value;
        value += 1;
    }
    values
};

/// See [`super::Decoder::append_until_quote`], which has made room.
#[inline]
pub(super) fn append(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    // SAFETY: each load is of 64 bytes of the table's 128; every arm64 has NEON.
    let tables = unsafe { (vld1q_u8_x4(VALUES.as_ptr()), vld1q_u8_x4(VALUES[64..].as_ptr())) };
    let mut at = 0;
    while let Some(step) = text.get(at..at + STEP) {
        let start = out.len();
        if out.capacity() - start < STEP / 4 * 3 {
            break;
        }
        // SAFETY: `step` has 64 bytes.
        let characters = unsafe { vld4q_u8(step.as_ptr()) };
        let Some(bytes) = decode(characters, tables) else { break };
        // SAFETY: at least 48 bytes of the capacity lie behind `start`, and all of them are written.
        unsafe {
            vst3q_u8(out.as_mut_ptr().add(start), bytes);
            out.set_len(start + STEP / 4 * 3);
        }
        at += STEP;
    }
    portable::append(text, at, out)
}

/// The bytes of 64 characters; none where one of them is none of base64.
#[inline]
fn decode(characters: uint8x16x4_t, tables: (uint8x16x4_t, uint8x16x4_t)) -> Option<uint8x16x3_t> {
    // SAFETY: every arm64 has NEON, and none of these touches memory.
    unsafe {
        let look = |characters: uint8x16_t| {
            // Beyond a table there is nothing: one of the two knows each character, or neither.
            let beyond = veorq_u8(characters, vdupq_n_u8(64));
            vorrq_u8(vqtbl4q_u8(tables.0, characters), vqtbl4q_u8(tables.1, beyond))
        };
        let [a, b, c, d] = [look(characters.0), look(characters.1), look(characters.2), look(characters.3)];
        if vminvq_u8(vandq_u8(vandq_u8(a, b), vandq_u8(c, d))) < GOOD {
            return None;
        }
        let six = |value: uint8x16_t| vandq_u8(value, vdupq_n_u8(0x3f));
        let (a, b, c, d) = (six(a), six(b), six(c), six(d));
        Some(uint8x16x3_t(
            vorrq_u8(vshlq_n_u8::<2>(a), vshrq_n_u8::<4>(b)),
            vorrq_u8(vshlq_n_u8::<4>(b), vshrq_n_u8::<2>(c)),
            vorrq_u8(vshlq_n_u8::<6>(c), d),
        ))
    }
}
