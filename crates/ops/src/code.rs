//! The function's code: a zip, known by its hash.

use std::path::Path;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

/// A zip, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Its hash.
    pub sha256: CodeHash,
}

/// SHA-256 of a zip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeHash([u8; 32]);

impl Code {
    /// Reads a zip. That it is one Lambda can start was checked when it was packaged.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read the package {}", path.display()))?;
        anyhow::ensure!(bytes.starts_with(b"PK"), "{} is no zip", path.display());
        let sha256 = CodeHash(Sha256::digest(&bytes).into());
        Ok(Self { bytes, sha256 })
    }
}

impl CodeHash {
    /// From 64 hexadecimal digits.
    pub fn of_hex(digits: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if digits.len() != 64 || !digits.is_ascii() {
            return None;
        }
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// As hexadecimal digits: names keys, and is what people see.
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |digits, byte| digits + &format!("{byte:02x}"))
    }

    /// The first digits, which are enough to tell one from another.
    pub fn short(&self) -> String {
        self.hex()[..8].to_owned()
    }

    /// In base64, as Lambda tells it.
    pub fn base64(&self) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::with_capacity(44);
        for group in self.0.chunks(3) {
            let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
            for place in 0..4 {
                let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
                text.push(if place <= group.len() { char::from(digit) } else { '=' });
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_same_in_every_form() {
        // Of nothing; the digits are those of FIPS 180-2's test of an empty message.
        let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let hash = CodeHash(Sha256::digest(b"").into());
        assert_eq!((hash.hex().as_str(), hash.short().as_str()), (digits, "e3b0c442"));
        assert_eq!(hash.base64(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(CodeHash::of_hex(digits), Some(hash));
        for wrong in ["", "e3", &digits[1..], &digits.replace('e', "g")] {
            assert_eq!(CodeHash::of_hex(wrong), None, "{wrong}");
        }
    }
}
