//! The environment: one TOML file that says what a Penstock is, at the desk and in an account.
//!
//! [`Environment`] is the file as typed values, complete and valid. It holds a
//! [`DeliveryConfig`](penstock_delivery::DeliveryConfig), checked by the code that checks the function's variables.
//!
//! **Invariant:** nothing here knows a file system, a clock or the process environment: text in, values out.

mod environment;
mod function;
mod known;
mod mapping;
mod section;
mod settings;
mod stream;
mod warnings;

pub use environment::Environment;
pub use function::Function;
pub use mapping::{EventSourceMapping, OnFailure, StartingPosition};
pub use section::EnvironmentError;
pub use settings::{SETTINGS, Setting};
pub use stream::Stream;
