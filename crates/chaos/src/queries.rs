//! What a world's hooks do, said in jq: the same drops, splits, failures and places, of records that are JSON.

/// The transform: what a record says becomes of it. The field `v` is what the records of other worlds are.
pub const TRANSFORM: &str = r#".v as $v | ($v | split(":")) as $parts | $parts[1] as $kind
| if $kind == "drop" then empty
  elif $kind == "fail" or $kind == "panic" then error("it says that it fails")
  elif ($kind | startswith("split")) then range($kind[5:] | tonumber) | {v: "\($parts[0])#\(.)"}
  else . end"#;

/// The place of an output among so many, as [`Told`](crate::expected::Told) has it: neighbours share one, and the next
/// deployment has another for each.
pub fn places(partitions: u64, deployment: u64) -> String {
    format!(
        r##"{{p: (.v | (split(".")[0] | tonumber) as $number | (split("#")[1] // "0" | tonumber) as $index
| ((($number / 2 | floor) * 7 + $index + {deployment}) % {partitions}) | tostring)}}"##
    )
}
