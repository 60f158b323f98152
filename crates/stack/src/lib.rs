//! The environment: one TOML file that says what a Penstock is, at the desk and in an account.
//!
//! [`Environment`] is the file as typed values, complete and valid. It holds a
//! [`DeliveryConfig`](penstock_delivery::DeliveryConfig), checked by the code that checks the function's variables.
//!
//! **Invariant:** nothing here knows a file system, a clock or the process environment: text in, values out.

mod environment;
mod mapping;
mod section;
mod settings;

pub use environment::{Environment, Function, Stream};
pub use mapping::{EventSourceMapping, StartingPosition};
pub use section::EnvironmentError;
pub use settings::{SETTINGS, Setting};
