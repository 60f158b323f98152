//! What reads strings with wide registers: each processor's own way, and one that every processor has.
//!
//! This module and those below it are the only ones of this crate with `unsafe`. What makes them sound is said at each
//! block; what makes them right are tests that hold every way against the portable one, and that one against a library.
//! A way has its instructions wherever its value exists: only [`dispatch`] makes one, having seen that they are there.

#![allow(unsafe_code, reason = "intrinsics, and stores of whole registers into the arena's spare room")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;

/// Room behind the data of the arena that stores of whole registers may touch.
pub(crate) const SLACK_BYTES: usize = 64;

/// Which instructions there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// What every processor has.
    Portable,
    /// AVX2, BMI1 and BMI2, which came together.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// NEON, which every processor of 64 bits of this family has.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Level {
    /// The best that this processor has.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2") {
            return Self::Avx2;
        }
        #[cfg(target_arch = "aarch64")]
        return Self::Neon;
        #[cfg(not(target_arch = "aarch64"))]
        Self::Portable
    }
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) start: usize,
    pub(crate) length: usize,
}

/// A way to read the strings of an event.
pub(crate) trait Lanes: Copy {
    /// Decodes the base64 that stands at `at` up to its quote, and appends it to the arena; returns where the quote is.
    ///
    /// Takes what `base64_simd::STANDARD` takes: padded, nothing but zeros in what the last character has over. Of
    /// anything else, and of a string with escapes, it is `None`, and the arena may have bytes of it at its end.
    fn base64(self, text: &[u8], at: usize, arena: &mut Vec<u8>) -> Option<usize>;

    /// The string that stands at `at`, up to its quote; `None` if it has escapes, holds a control character, is not UTF-8
    /// or does not end.
    fn text(self, text: &[u8], at: usize) -> Option<&str>;

    /// Behind what stands at `at`, if it is what stands at the part, too.
    #[inline]
    fn same(self, text: &[u8], at: usize, part: Part) -> Option<usize> {
        let Part { start, length } = part;
        (text.get(at..at + length)? == text.get(start..start + length)?).then_some(at + length)
    }
}

/// What is to be done with a way to read strings, compiled once for each.
pub(crate) trait Work {
    /// What comes of it.
    type Output;

    /// Does it.
    fn with<L: Lanes>(self, lanes: L) -> Self::Output;
}

/// Does `work` with the instructions of `level`: asked once a run of records and not once a string.
pub(crate) fn dispatch<W: Work>(level: Level, work: W) -> W::Output {
    match level {
        Level::Portable => work.with(portable::Portable),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => {
            assert!(
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("bmi2")
            );
            // SAFETY: the processor was seen to have them.
            unsafe { avx2::with(work) }
        }
        #[cfg(target_arch = "aarch64")]
        Level::Neon => work.with(neon::Neon),
    }
}

/// How base64 ends that has `valid` characters in its last block: where its quote is, if it ends there as it must.
/// `at` is where the first character is that is none of the alphabet.
#[inline]
fn end_of_base64(text: &[u8], at: usize, valid: usize) -> Option<usize> {
    // What must stand there after so many characters of the last four. How many is different in each record, so that a
    // comparison is quicker than a branch; one character is never all, and is compared with what cannot be.
    const ENDS: [([u8; 4], [u8; 4]); 4] = [
        (*b"\"\0\0\0", [0xFF, 0, 0, 0]),
        ([0xFF; 4], [0; 4]),
        (*b"==\"\0", [0xFF, 0xFF, 0xFF, 0]),
        (*b"=\"\0\0", [0xFF, 0xFF, 0, 0]),
    ];
    let (expected, mask) = ENDS[valid % 4];
    let rest = text.get(at..)?;
    let found = rest.first_chunk().copied().unwrap_or_else(|| short(rest));
    let is_end = u32::from_le_bytes(found) & u32::from_le_bytes(mask) == u32::from_le_bytes(expected);
    is_end.then_some(at + (4 - valid % 4) % 4)
}

/// What is left of a text that has fewer than four bytes.
#[cold]
fn short(rest: &[u8]) -> [u8; 4] {
    let mut four = [0; 4];
    four[..rest.len()].copy_from_slice(rest);
    four
}

/// The text between `at` and the quote at `end`, in which there are neither control characters nor escapes.
#[inline]
fn text_of(text: &[u8], at: usize, end: usize, is_ascii: bool) -> Option<&str> {
    let bytes = text.get(at..end)?;
    if is_ascii {
        debug_assert!(bytes.is_ascii());
        // SAFETY: the callers have seen that no byte has its highest bit, and ASCII is UTF-8.
        return Some(unsafe { str::from_utf8_unchecked(bytes) });
    }
    str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
