//! Settings of the transform that needs no code.

use super::Variable;

/// In the order of the README.
pub(super) static TRANSFORM: [&Variable; 2] = [&TRANSFORM_QUERY, &TRANSFORM_QUERY_OUTPUT];

/// A jq filter over every record.
pub static TRANSFORM_QUERY: Variable = Variable {
    name: "PENSTOCK_TRANSFORM_QUERY",
    key: "transform_query",
    default: None,
    expected: "a jq filter, or file:// and a path beside the environment file",
    example: "select(.level != \"debug\") | {id, level, at: .time}",
    beside: &[],
    doc: "A jq filter over every record, after the hooks: no output drops the record, several split it, an error sends it to the \
          error output. What reads clock, zone, environment or other records is refused, and all it does is bounded.",
};

/// How outputs of the filter are written.
pub static TRANSFORM_QUERY_OUTPUT: Variable = Variable {
    name: "PENSTOCK_TRANSFORM_QUERY_OUTPUT",
    key: "transform_query_output",
    default: Some("json"),
    expected: "json or raw",
    example: "raw",
    beside: &[("transform_query", ".message")],
    doc: "`json`: outputs of `transform_query` are written as `jq -c` writes them; `raw`: texts without quotes, as `jq -r`.",
};
