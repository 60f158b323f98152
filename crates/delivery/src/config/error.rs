//! What is wrong with a configuration, so that the one who wrote it can mend it.

use super::variables::Variable;

/// A configuration that cannot be used: which setting, which value, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    variable: &'static Variable,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    Missing,
    Invalid(String),
}

impl ConfigError {
    pub(super) fn missing(variable: &'static Variable) -> Self {
        Self { variable, problem: Problem::Missing }
    }

    /// `problem` names the value and what was expected.
    pub(super) fn invalid(variable: &'static Variable, problem: &impl ToString) -> Self {
        Self { variable, problem: Problem::Invalid(problem.to_string()) }
    }

    /// The same about a value that is what a file holds.
    pub(super) fn in_file(self, path: &str) -> Self {
        let problem = match self.problem {
            Problem::Missing => Problem::Missing,
            Problem::Invalid(problem) => Problem::Invalid(format!("in {path}: {problem}")),
        };
        Self { problem, ..self }
    }

    /// The setting that is wrong.
    pub fn variable(&self) -> &'static Variable {
        self.variable
    }

    /// The message with the setting called `name`: the variable's own name in the function, the key in a file.
    pub fn message_for(&self, name: &str) -> String {
        match &self.problem {
            Problem::Missing => format!("{name} is not set: expected {}", self.variable.expected),
            Problem::Invalid(problem) => format!("{name}: {problem}"),
        }
    }
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message_for(self.variable.name))
    }
}

impl std::error::Error for ConfigError {}
