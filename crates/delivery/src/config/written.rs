//! Settings as they are written, looked up one by one.

use penstock_format::excerpt;

use super::ConfigError;
use super::variables::Variable;

/// What is written, not yet what it means.
pub(super) struct Written<L>(pub(super) L);

impl<L: Fn(&'static str) -> Option<String>> Written<L> {
    /// What is set; none where the default holds.
    pub(super) fn set(&self, variable: &Variable) -> Option<String> {
        (self.0)(variable.name).filter(|value| !value.is_empty())
    }

    /// The text of a variable: what is set, else its default.
    pub(super) fn text(&self, variable: &Variable) -> Option<String> {
        self.set(variable).or_else(|| variable.default.map(str::to_owned))
    }

    /// Refuses what is set for something that nobody has switched on: it would change nothing, and look as if it did. A
    /// switch that is written out as off says that the rest waits for it.
    pub(super) fn needs(&self, switch: &Variable, settings: &[&'static Variable]) -> Result<(), ConfigError> {
        let idle = settings.iter().find(|setting| self.set(setting).is_some());
        let Some(idle) = idle.filter(|_| self.set(switch).is_none()) else { return Ok(()) };
        let problem = format!("it is set, but {} is not: expected {} beside it", switch.key, switch.expected);
        Err(ConfigError::invalid(idle, &problem))
    }

    pub(super) fn optional<T, E: ToString>(
        &self,
        variable: &'static Variable,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.text(variable) else { return Ok(None) };
        parse(&text).map(Some).map_err(|error| ConfigError::invalid(variable, &error))
    }

    pub(super) fn parse<T, E: ToString>(
        &self,
        variable: &'static Variable,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        self.optional(variable, parse)?.ok_or(ConfigError::missing(variable))
    }
}

/// The value that `text` names, or what would have been one.
pub(super) fn one_of<T: Copy>(text: &str, all: &[(&'static str, T)]) -> Result<T, String> {
    let found = all.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    found.ok_or_else(|| format!("{} is not one of {}", excerpt(text), names.join(", ")))
}
