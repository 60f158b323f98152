//! What stands for record format conversion where it is not built in: a configuration that asks for it is refused.

use penstock_format::{Envelope, Lines};

use super::ConfigError;
use super::partitioning::SWITCH;
use super::variables as v;
use super::written::{Written, one_of};

/// No conversion.
#[derive(Debug, Clone, Copy)]
pub enum Conversion {}

/// No schema.
#[derive(Debug, Clone, Copy)]
pub enum Schema {}

impl<L: Fn(&'static str) -> Option<String>> Written<L> {
    /// None is looked at: it is a schema of columns that are not written here.
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "the same is fallible where columns are built in"
    )]
    pub(super) fn schema(&self) -> Result<Option<std::sync::Arc<Schema>>, ConfigError> {
        Ok(None)
    }

    /// None, or an error.
    pub(super) fn conversion(
        &self,
        _: Option<&std::sync::Arc<Schema>>,
        _: &Lines,
        _: Option<Envelope>,
    ) -> Result<Option<Conversion>, ConfigError> {
        if !self.parse(&v::DATA_FORMAT_CONVERSION, |text| one_of(text, &SWITCH))? {
            return Ok(None);
        }
        let problem = "Parquet is not built in: expected a function that was packaged for this environment, with the feature parquet";
        Err(ConfigError::invalid(&v::DATA_FORMAT_CONVERSION, &problem))
    }
}
