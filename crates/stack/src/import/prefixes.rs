//! `Prefix` and `ErrorOutputPrefix`, held against Firehose's rules by the code that reads a delivery's own.

use penstock_format::{
    ArrivalTime, ErrorOutputPrefix, ErrorOutputType, Prefix, PrefixError, RandomStrings, TimeZone, check_partitioning,
    check_prefixes,
};

use super::ImportError;
use super::fields::Fields;

/// Both prefixes.
#[derive(Debug, Clone)]
pub(super) struct Prefixes {
    /// `Prefix`; empty where none is set.
    pub(super) prefix: Prefix,
    /// `ErrorOutputPrefix`; empty is none.
    pub(super) error_output_prefix: Option<ErrorOutputPrefix>,
}

impl Prefixes {
    /// Both prefixes of a destination or of its backup.
    pub(super) fn read(fields: &mut Fields<'_>, is_partitioned: bool) -> Result<Self, ImportError> {
        const PREFIX: &str = "Prefix";
        const ERROR: &str = "ErrorOutputPrefix";
        let (at_prefix, at_error) = (fields.path_of(PREFIX), fields.path_of(ERROR));
        let wrong = |field: &str| {
            let field = field.to_owned();
            move |problem| ImportError::Prefix { field, problem }
        };
        let prefix = Prefix::parse(fields.text(PREFIX)?.unwrap_or_default()).map_err(wrong(&at_prefix))?;
        check_partitioning(&prefix, is_partitioned).map_err(wrong(&at_prefix))?;
        let written = fields.filled(ERROR)?.map(ErrorOutputPrefix::parse).transpose().map_err(wrong(&at_error))?;
        check_prefixes(&prefix, written.as_ref()).map_err(wrong(&at_error))?;
        check_lengths(&prefix, written.as_ref()).map_err(wrong(&at_prefix))?;
        Ok(Self { prefix, error_output_prefix: written })
    }
}

/// Both evaluated at a time whose names are long: a Wednesday in September, before midnight.
fn check_lengths(prefix: &Prefix, error: Option<&ErrorOutputPrefix>) -> Result<(), PrefixError> {
    let at = ArrivalTime::from_millis(1_727_305_199_999).expect("2024 is a year that keys can hold");
    let random = RandomStrings::new([0; 16]);
    prefix.evaluate(at, &TimeZone::UTC, &random)?;
    for kind in error.map(|_| ErrorOutputType::ALL).into_iter().flatten() {
        error.map(|error| error.evaluate(kind, at, &TimeZone::UTC, &random)).transpose()?;
    }
    Ok(())
}
