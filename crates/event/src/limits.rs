//! Every limit of this crate, in one place (promise L1).

/// How deep a value of the event that is passed over may be nested.
pub const JSON_DEPTH_MAX: usize = 64;

/// Digits of an arrival time; with more it is no time that a key can hold.
pub const TIMESTAMP_DIGITS_MAX: usize = 40;

/// The exponent of an arrival time, either way: beyond it nothing is left of the digits.
pub const TIMESTAMP_EXPONENT_MAX: u32 = 64;

/// Records in a row that do not fit the template of the one before. Behind so many the template is left as it is until a record
/// fits it: of records that are written in turns one of two then does, and none where it is always learnt from the last.
pub const TEMPLATE_MISSES_MAX: u32 = 8;
