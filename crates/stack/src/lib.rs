//! The environment, one TOML file that says what a Penstock is, at the desk and in an account; and what it becomes
//! there.
//!
//! [`Environment`] is the file as typed values, complete and valid. It holds a
//! [`DeliveryConfig`](penstock_delivery::DeliveryConfig), checked by the code that checks the function's variables.
//! [`Stack`] is the infrastructure as one typed value, with its two renderings: [`cloudformation`] and [`terraform`].
//!
//! **Invariant:** nothing here knows a file system, a clock or the process environment: text in, values out.

mod arn;
pub mod cloudformation;
pub mod cost;
mod environment;
mod function;
pub mod github_oidc;
pub mod import;
mod known;
mod mapping;
mod options;
mod section;
mod settings;
pub mod stack;
mod stream;
pub mod terraform;
mod warnings;

pub use environment::Environment;
pub use function::Function;
pub use mapping::{EventSourceMapping, OnFailure, StartingPosition};
pub use options::{OWN_TAGS, Options};
pub use section::EnvironmentError;
pub use settings::{SETTINGS, Setting};
pub use stack::Stack;
pub use stream::{Stream, StreamMode};
