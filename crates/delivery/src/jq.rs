//! jq, where it is built in; where it is not, the same names for what can then not be: a configuration that asks for a
//! program is refused.

#[cfg(feature = "jq")]
pub use penstock_jq::{Extraction, Output, Program, RunError, steps_spent};

#[cfg(not(feature = "jq"))]
pub use absent::{Extraction, Output, Program, RunError, steps_spent};

#[cfg(not(feature = "jq"))]
#[expect(missing_docs, reason = "what each of them is, penstock-jq says")]
mod absent {
    use std::borrow::Cow;
    use std::fmt;

    /// What is not built in.
    #[derive(Debug)]
    pub struct Absent;

    impl fmt::Display for Absent {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(
                "jq is not built in: expected a function that was packaged for this environment, with the feature jq",
            )
        }
    }

    /// None: nothing runs.
    pub const fn steps_spent() -> u64 {
        0
    }

    /// No program.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Program {}

    /// No query.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Extraction {}

    type Keys<'k> = Vec<(Cow<'k, str>, Option<Cow<'k, str>>)>;

    /// No output.
    #[derive(Debug)]
    pub enum Output {}

    /// No error.
    #[derive(Debug)]
    pub enum RunError {}

    impl Program {
        pub fn compile(_source: &str) -> Result<Self, Absent> {
            Err(Absent)
        }

        pub fn run(&self, _input: &[u8]) -> Result<Vec<Output>, RunError> {
            match *self {}
        }
    }

    impl Extraction {
        pub fn compile(_source: &str) -> Result<Self, Absent> {
            Err(Absent)
        }

        pub fn keys(&self) -> Option<&[String]> {
            match *self {}
        }

        pub fn run<'k>(&'k self, _: &'k [u8]) -> Result<Keys<'k>, RunError> {
            match *self {}
        }
    }

    impl Output {
        pub fn into_json(self) -> String {
            match self {}
        }

        pub fn raw(&self) -> Cow<'_, str> {
            match *self {}
        }
    }

    impl fmt::Display for RunError {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            match *self {}
        }
    }
}
