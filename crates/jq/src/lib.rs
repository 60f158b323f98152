//! jq programs that run inside a delivery: deterministic, and bounded by depth, steps, outputs and bytes.
//!
//! The language is [jaq](https://docs.rs/jaq-core)'s, which is jq's. What is here is the fence around it:
//!
//! - **Nothing but the record.** A program cannot read a clock, a zone of the machine, the environment or more input, and
//!   cannot write or halt: a retry makes the same outputs. What it may call is a list; the rest is refused when the program
//!   is compiled, with the reason.
//! - **Bounded.** [`limits`] has every bound, none of which is a time. Definitions that call themselves are refused. A run
//!   that takes more fails its record with [`RunError::Exhausted`], which `try` does not catch.
//! - **JSON.** The input is one value of the standard's JSON; outputs are as `jq -c` prints them, keys in their order.
//!
//! ```
//! use penstock_jq::{Extraction, Program};
//!
//! let filter = Program::compile("select(.level == \"error\") | .message | ascii_downcase")?;
//! let outputs = filter.run(br#"{"level": "error", "message": "Disk FULL"}"#)?;
//! assert_eq!(outputs[0].json(), "\"disk full\"");
//! assert_eq!(outputs[0].raw(), "disk full");
//! assert_eq!(filter.run(br#"{"level": "info"}"#)?, []);
//!
//! let query = Extraction::compile("{region: .region, tier}")?;
//! let keys = query.run(br#"{"region": "eu", "tier": 2}"#)?;
//! assert_eq!(keys, [("region".into(), Some("eu".into())), ("tier".into(), Some("2".into()))]);
//!
//! let refused = Program::compile("{at: now}").unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "jq program, line 1, column 6: now is refused: it reads the clock, so a retry would not make the same object"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Beside jq 1.6
//!
//! | | jq 1.6 | here |
//! | --- | --- | --- |
//! | integers | doubles: `9007199254740993` becomes `...992` | exact as long as they fit 64 bits, and untouched ones of up to 400 digits |
//! | regular expressions | Oniguruma | linear time, so no look-around and no back-references |
//! | `strftime(format; zone)` | none: the zone of the machine | any name of the IANA database |
//! | halves of surrogate pairs | refused, or replaced | replaced by U+FFFD |
//! | JSON that is not standard | `nan` and more | refused |
//! | recursion in definitions | until memory ends | refused |
//! | `input`, `now`, `env`, `debug`, `halt`, `import`... | there | refused |
//! | `?//`, `$__loc__`, `$name` called as `name` | there | not known |

mod budget;
mod error;
mod extraction;
mod fence;
mod library;
pub mod limits;
mod number;
mod paths;
mod plain;
mod program;
mod sight;
mod value;

pub use budget::{Limit, steps_spent};
pub use error::{CompileError, RunError};
pub use extraction::{Extraction, Keys};
pub use program::{Output, Program};
