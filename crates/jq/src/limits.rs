//! Every limit of a program and of its run, and why it is what it is.
//!
//! None of them is a time: a record that is too much for a program is too much for it in every retry.

/// The longest source, in bytes: three times what Firehose takes as a `MetadataExtractionQuery`.
pub const SOURCE_BYTES_MAX: usize = 16 * 1024;
/// The deepest nesting of brackets, strings within strings, and chains of operators in a source. Reading and compiling it
/// goes down the stack once a level, some kilobytes each.
pub const SOURCE_DEPTH_MAX: usize = 128;
/// The arguments of a definition, and the entries of an object's pattern. jaq keeps what they are bound to in a list that is
/// dropped by recursion.
pub const NAMES_MAX: usize = 64;
/// The deepest nesting of arrays and objects, in the input and in every value that a program makes: what `serde_json` reads.
pub const VALUE_DEPTH_MAX: usize = 128;
/// The largest value, in bytes of memory as [`SCALAR_BYTES`] counts them: an input of Kinesis's 10 MiB fits unless it is
/// little but punctuation.
pub const VALUE_BYTES_MAX: usize = 48 * 1024 * 1024;
/// What a number, a boolean or null counts; a string counts its bytes more, an array and an object what they hold.
pub const SCALAR_BYTES: usize = 24;
/// The bytes that a run may build in all, in [`SCALAR_BYTES`]'s measure; what is dropped on the way counts too. So memory
/// stays at some tens of megabytes whatever the program does.
pub const BUILT_BYTES_MAX: usize = 48 * 1024 * 1024;
/// The longest integer that goes through as it is written, in characters; longer ones are doubles, as all are in jq 1.6. Each
/// comparison reads it.
pub const INTEGER_DIGITS_MAX: usize = 400;
/// The steps of a run: terms evaluated, values compared, bytes searched. A fraction of a second at worst.
pub const STEPS_MAX: u64 = 1_000_000;
/// The outputs of a run: as many as a record may become in a delivery.
pub const OUTPUTS_MAX: usize = 10_000;
/// The bytes of all outputs of a run, as JSON: room for the largest record, escaped anew.
pub const OUTPUT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How often a value may be taken out of a value taken out of a value, by index or slice. jaq keeps the way as a list that
/// is dropped by recursion, and nothing is at the end of the way of `repeat(.a)`.
pub const TRAIL_MAX: u16 = 2_000;
/// How much of the stack a run may use, in bytes; the smallest stack that it meets is a thread's of 2 MiB.
pub const STACK_BYTES_MAX: usize = 768 * 1024;
/// The longest message of a failed run, in characters.
pub const MESSAGE_CHARS_MAX: usize = 100;
/// The largest compiled regular expression, in bytes: thousands of characters, not a million repetitions.
pub const REGEX_BYTES_MAX: usize = 256 * 1024;
/// Regular expressions that a run keeps compiled. More of them are compiled again each time.
pub const REGEXES_KEPT: usize = 16;
