//! How the bytes of a data object are set: framing, compression and envelope.

use penstock_format::{Codec, Compression, Delimiter, Envelope, Framing, Lines, excerpt};

use super::ConfigError;
use super::variables as v;
use super::written::{Written, one_of};

/// What stands between records, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FramingKind {
    After,
    Between,
    None,
    JsonArray,
}

impl FramingKind {
    const ALL: [(&'static str, Self); 4] =
        [("after", Self::After), ("between", Self::Between), ("none", Self::None), ("json_array", Self::JsonArray)];
}

/// What an envelope is called.
const ENVELOPES: [(&str, Option<Envelope>); 4] = [
    ("none", None),
    ("text", Some(Envelope::Text)),
    ("json", Some(Envelope::Json)),
    ("base64", Some(Envelope::Base64)),
];

impl<L: Fn(&'static str) -> Option<String>> Written<L> {
    /// What lies in a data object.
    pub(super) fn lines(&self) -> Result<Lines, ConfigError> {
        Ok(Lines { framing: self.framing()?, compression: self.codec()? })
    }

    /// What stands around each record, if anything.
    pub(super) fn envelope(&self) -> Result<Option<Envelope>, ConfigError> {
        self.parse(&v::ENVELOPE, |text| one_of(text, &ENVELOPES))
    }

    /// Compression is two variables: the format, and its level where it has one.
    fn codec(&self) -> Result<Codec, ConfigError> {
        let compression = self.parse(&v::COMPRESSION_FORMAT, Compression::parse)?;
        let level = self.optional(&v::COMPRESSION_LEVEL, |text| {
            text.parse::<u8>().map_err(|_| {
                let expected = v::COMPRESSION_LEVEL.expected;
                format!("{} is not a level of compression, expected {expected}", excerpt(text))
            })
        })?;
        Codec::new(compression, level).map_err(|error| ConfigError::invalid(&v::COMPRESSION_LEVEL, &error))
    }

    /// Framing is two variables: where the delimiter stands, and the delimiter.
    ///
    /// A delimiter beside `json_array` is refused: it would not stand anywhere, and whoever wrote it thinks it does. Beside
    /// `none` it is passed over, so that one word switches the delimiter off and on.
    fn framing(&self) -> Result<Framing, ConfigError> {
        let kind = self.parse(&v::FRAMING, |text| one_of(text, &FramingKind::ALL))?;
        let delimiter = self.parse(&v::DELIMITER, Delimiter::parse)?;
        Ok(match kind {
            FramingKind::After => Framing::After(delimiter),
            FramingKind::Between => Framing::Between(delimiter),
            FramingKind::None => Framing::None,
            FramingKind::JsonArray => match self.set(&v::DELIMITER) {
                None => Framing::JsonArray,
                Some(text) => {
                    let problem = format!(
                        "{} is set, but framing json_array has a comma between records: expected no delimiter beside it",
                        excerpt(&text)
                    );
                    return Err(ConfigError::invalid(&v::DELIMITER, &problem));
                }
            },
        })
    }
}
