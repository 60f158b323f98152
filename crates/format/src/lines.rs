//! What the body of an object of records as they are is: the whole choice in one type.

use crate::{Codec, Framing};

/// How records become the body of an object: as they are, framed, and the whole compressed. By default a newline after each,
/// uncompressed.
#[derive(Default, Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Lines {
    /// What stands between the records.
    pub framing: Framing,
    /// How the whole is compressed, and how hard that tries.
    pub compression: Codec,
}
