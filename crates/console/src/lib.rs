//! What `cargo xtask` and what it starts share: exit codes, what a person sees, questions, and the arguments of the
//! commands that talk to AWS.
//!
//! The arguments are here, apart from what carries them out, so that `cargo xtask` knows them, and says what is wrong
//! with them, before anything that is slow to compile is needed.
//!
//! Left out: everything that a command does.

pub mod arguments;
pub mod environment_file;
pub mod exit;
pub mod paths;
pub mod question;
pub mod screen;
