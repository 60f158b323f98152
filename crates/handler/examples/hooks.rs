//! A bootstrap with a transform of its own: the smallest program that is a whole Penstock function.
//!
//! Most of the time it is enough to edit `decode` and `process` in `penstock_delivery::hooks`. Where you would rather
//! leave Penstock's crates as they are, write a [`Transform`] in a crate of yours and start it as `main` does here.
//! Run this one at the desk:
//!
//! ```text
//! cargo build -p penstock-handler --example hooks
//! printf 'kept\n\none;two;three\nbad apple\npanic\n' | cargo xtask local --input - --handler target/debug/examples/hooks
//! ```
//!
//! The first line is stored as it is, the second is left out, the third becomes three records. The last two are
//! stored whole, each with its reason, under the error output prefix, and stop nothing. What another handler makes of
//! records cannot be foretold, so that `local` compares nothing.

use std::borrow::Cow;
use std::process::ExitCode;

use penstock_delivery::{Failure, Processed, Transform, UserRecord};
use penstock_handler::runtime;

fn main() -> ExitCode {
    runtime::main(Lines)
}

/// Says what becomes of a line of text.
///
/// It looks at the record and at nothing else, no clock and no random number: a batch that comes again must become the
/// same objects.
struct Lines;

impl Transform for Lines {
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        let line = record.data;
        if line.is_empty() {
            return Ok(Processed::Drop);
        }
        if line.starts_with(b"bad") {
            // The reason goes into the error document and nowhere else, so it may quote the record.
            let quoted = String::from_utf8_lossy(line);
            return Err(Failure::with_code("Lines.Bad", format!("the line begins with bad: {quoted}")));
        }
        // A panic is a bug; it fails the record that found it and spares the batch.
        assert!(!line.starts_with(b"panic"), "the line is {:?}", String::from_utf8_lossy(line));
        if line.contains(&b';') {
            // Borrowed, so that splitting copies nothing.
            return Ok(Processed::Split(line.split(|&byte| byte == b';').map(Cow::Borrowed).collect()));
        }
        Ok(Processed::Keep(Cow::Borrowed(line)))
    }
}
