//! base64 as it stands in a string of JSON, decoded until its quote: where it ends shows while it is decoded.
//!
//! The alphabet of RFC 4648, section 4, with its padding; bits behind the end must be zero. What is not so is not decoded, and
//! the caller asks a library why. Three ways with one result: [`portable`] for any machine and for what is left over,
//! AVX2 where the machine has it, NEON on arm64.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(test)]
mod tests;

/// Bytes that a way may write behind what it has decoded.
pub(crate) const SLACK: usize = 64;

/// A way to decode, chosen once a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decoder {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Decoder {
    /// The best that this machine has.
    pub(crate) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") {
            return Self::Avx2;
        }
        #[cfg(target_arch = "aarch64")]
        return Self::Neon;
        #[cfg(not(target_arch = "aarch64"))]
        Self::Portable
    }

    /// Appends what stands at the beginning of `text`, up to a quote, and says how many characters of base64 there were. None
    /// where it is not base64 up to a quote; `out` may then hold some of it.
    #[inline]
    pub(crate) fn append_until_quote(self, text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        out.reserve(text.len() / 4 * 3 + SLACK);
        match self {
            Self::Portable => portable::append(text, 0, out),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::append(text, out),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => neon::append(text, out),
        }
    }
}
