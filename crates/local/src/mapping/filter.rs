//! Which records reach the function.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FilterCriteria;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct FilterError;
impl FilterCriteria {
    pub fn parse(_: &[String]) -> Result<Self, FilterError> { Ok(Self) }
    pub fn is_empty(&self) -> bool { true }
    pub fn matches(&self, _: &[u8]) -> bool { true }
}
