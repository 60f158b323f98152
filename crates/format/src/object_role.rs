//! What an object is for. Two objects of one record set and different roles have different ids.

use std::fmt;
use std::str::FromStr;

use crate::{ErrorOutputType, ErrorOutputTypeError};

/// What an object holds: the delivered data, records that failed, or records from before the transform.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ObjectRole {
    /// `data`: outputs of the transform.
    Data,
    /// `error:<type>`: error records.
    Error(ErrorOutputType),
    /// `backup`: records as they came, Firehose's source backup.
    Backup,
}

impl fmt::Display for ObjectRole {
    /// The text that goes into an object's identity: part of the key scheme, never to be changed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data => f.write_str("data"),
            Self::Error(kind) => write!(f, "error:{kind}"),
            Self::Backup => f.write_str("backup"),
        }
    }
}

impl FromStr for ObjectRole {
    type Err = ErrorOutputTypeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("error:") {
            None if text == "data" => Ok(Self::Data),
            None if text == "backup" => Ok(Self::Backup),
            // Never a type: the prefix belongs to it.
            None => format!("error:{text}").parse().map(Self::Error),
            Some(kind) => kind.parse().map(Self::Error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d3_the_texts_of_the_key_scheme_stand() {
        assert_eq!(ObjectRole::Data.to_string(), "data");
        assert_eq!(ObjectRole::Error(ErrorOutputType::ProcessingFailed).to_string(), "error:processing-failed");
        assert_eq!(ObjectRole::Backup.to_string(), "backup");
        for kind in ErrorOutputType::ALL {
            assert_eq!(ObjectRole::Error(kind).to_string().parse(), Ok(ObjectRole::Error(kind)));
        }
        assert_eq!("backup".parse(), Ok(ObjectRole::Backup));
        assert!("error:backup".parse::<ObjectRole>().is_err());
    }
}
