//! What the body of a data object is: the whole choice in one type.

use crate::{Codec, Framing};

/// How records become the body of an object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OutputFormat {
    /// Records as they are, framed, and the whole compressed.
    Lines {
        /// What stands between the records.
        framing: Framing,
        /// How the whole is compressed, and how hard that tries.
        compression: Codec,
    },
}

impl OutputFormat {
    /// The default file extension, with its dot; empty for none.
    pub const fn extension(&self) -> &'static str {
        match self {
            Self::Lines { compression, framing: _ } => compression.extension(),
        }
    }

    /// The `Content-Encoding` header of the object; see [`Compression::content_encoding`](crate::Compression::content_encoding).
    pub const fn content_encoding(&self) -> Option<&'static str> {
        match self {
            Self::Lines { compression, framing: _ } => compression.content_encoding(),
        }
    }
}

impl Default for OutputFormat {
    /// A newline after every record, uncompressed.
    fn default() -> Self {
        Self::Lines { framing: Framing::default(), compression: Codec::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Compression;

    #[test]
    fn tells_what_s3_shows() {
        for (name, compression, extension) in [
            ("none", Compression::Uncompressed, ""),
            ("gzip", Compression::Gzip, ".gz"),
            ("zstd", Compression::Zstd, ".zst"),
        ] {
            let format = OutputFormat::Lines { framing: Framing::None, compression: compression.into() };
            assert_eq!((format.extension(), format.content_encoding()), (extension, None), "{name}");
        }
    }
}
