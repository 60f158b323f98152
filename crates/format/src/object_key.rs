//! Object keys: text that S3 takes as a key and that was made, or read, by an [`crate::ObjectName`].
//!
//! A key is a durable contract: replay and compaction read keys written years ago. How one is made and read back
//! stands in `object_name`.

use std::fmt;

use crate::excerpt::excerpt;
use crate::file_extension::FileExtensionError;
use crate::limits::OBJECT_KEY_BYTES_MAX;

/// The key of an object: at most 1,024 bytes, and it parses back into its parts (K1).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ObjectKey(String);

/// Why a key could not be made or read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// More bytes than S3 takes.
    #[error("object key {key} has {bytes} bytes, more than {OBJECT_KEY_BYTES_MAX}")]
    Length {
        /// The key, quoted and bounded.
        key: String,
        /// Its length in bytes.
        bytes: usize,
    },
    /// The extension is none.
    #[error(transparent)]
    Extension(#[from] FileExtensionError),
    /// The key was not made by this kind of name.
    #[error("object key {key} is not of the shape {shape}: expected {expected}")]
    Shape {
        /// The key, quoted and bounded.
        key: String,
        /// The template of the name.
        shape: String,
        /// What was looked for, from the end of the key.
        expected: &'static str,
    },
}

impl ObjectKey {
    pub(crate) fn new(key: String) -> Result<Self, KeyError> {
        if key.len() <= OBJECT_KEY_BYTES_MAX {
            Ok(Self(key))
        } else {
            Err(KeyError::Length { bytes: key.len(), key: excerpt(&key) })
        }
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for ObjectKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<ObjectKey> for String {
    fn from(key: ObjectKey) -> Self {
        key.0
    }
}
