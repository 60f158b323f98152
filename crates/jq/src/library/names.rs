//! Which functions a program may call, and why not the others.

/// What is to be said of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Allowed,
    Refused(&'static str),
    Unknown,
}

/// What may be called: names, each with the numbers of arguments that it takes.
const ALLOWED: &[(&str, &[usize])] = &[
    ("@base32", &[0]),
    ("@base32d", &[0]),
    ("@base64", &[0]),
    ("@base64d", &[0]),
    ("@csv", &[0]),
    ("@html", &[0]),
    ("@json", &[0]),
    ("@sh", &[0]),
    ("@text", &[0]),
    ("@tsv", &[0]),
    ("@uri", &[0]),
    ("IN", &[1, 2]),
    ("INDEX", &[1, 2]),
    ("JOIN", &[2, 3, 4]),
    ("abs", &[0]),
    ("acos", &[0]),
    ("acosh", &[0]),
    ("add", &[0, 1]),
    ("all", &[0, 1, 2]),
    ("any", &[0, 1, 2]),
    ("arrays", &[0]),
    ("ascii", &[0]),
    ("ascii_downcase", &[0]),
    ("ascii_upcase", &[0]),
    ("asin", &[0]),
    ("asinh", &[0]),
    ("atan", &[0]),
    ("atan2", &[2]),
    ("atanh", &[0]),
    ("booleans", &[0]),
    ("bsearch", &[1]),
    ("capture", &[1, 2]),
    ("cbrt", &[0]),
    ("ceil", &[0]),
    ("combinations", &[0, 1]),
    ("contains", &[1]),
    ("copysign", &[2]),
    ("cos", &[0]),
    ("cosh", &[0]),
    ("date", &[0]),
    ("dateadd", &[2]),
    ("datesub", &[2]),
    ("del", &[1]),
    ("delpaths", &[1]),
    ("drem", &[2]),
    ("empty", &[0]),
    ("endswith", &[1]),
    ("erf", &[0]),
    ("erfc", &[0]),
    ("error", &[0, 1]),
    ("exp", &[0]),
    ("exp10", &[0]),
    ("exp2", &[0]),
    ("explode", &[0]),
    ("expm1", &[0]),
    ("fabs", &[0]),
    ("false", &[0]),
    ("fdim", &[2]),
    ("finites", &[0]),
    ("first", &[0, 1]),
    ("flatten", &[0, 1]),
    ("floor", &[0]),
    ("fma", &[3]),
    ("fmax", &[2]),
    ("fmin", &[2]),
    ("fmod", &[2]),
    ("format", &[1]),
    ("frexp", &[0]),
    ("from_entries", &[0]),
    ("fromdate", &[0]),
    ("fromdateiso8601", &[0]),
    ("fromjson", &[0]),
    ("fromstream", &[1]),
    ("gamma", &[0]),
    ("getpath", &[1]),
    ("gmtime", &[0]),
    ("group_by", &[1]),
    ("gsub", &[2, 3]),
    ("has", &[1]),
    ("hypot", &[2]),
    ("implode", &[0]),
    ("in", &[1]),
    ("index", &[1]),
    ("indices", &[1]),
    ("infinite", &[0]),
    ("inside", &[1]),
    ("isarray", &[0]),
    ("isboolean", &[0]),
    ("isempty", &[1]),
    ("isfinite", &[0]),
    ("isinfinite", &[0]),
    ("isnan", &[0]),
    ("isnormal", &[0]),
    ("isnumber", &[0]),
    ("isobject", &[0]),
    ("isstring", &[0]),
    ("isvalid", &[1]),
    ("iterables", &[0]),
    ("j0", &[0]),
    ("j1", &[0]),
    ("jn", &[2]),
    ("join", &[1]),
    ("keys", &[0]),
    ("keys_unsorted", &[0]),
    ("last", &[0, 1]),
    ("ldexp", &[2]),
    ("leaf_paths", &[0]),
    ("length", &[0]),
    ("lgamma", &[0]),
    ("lgamma_r", &[0]),
    ("limit", &[2]),
    ("log", &[0]),
    ("log10", &[0]),
    ("log1p", &[0]),
    ("log2", &[0]),
    ("logb", &[0]),
    ("ltrim", &[0]),
    ("ltrimstr", &[1]),
    ("map", &[1]),
    ("map_values", &[1]),
    ("match", &[1, 2]),
    ("max", &[0]),
    ("max_by", &[1]),
    ("min", &[0]),
    ("min_by", &[1]),
    ("mktime", &[0]),
    ("modf", &[0]),
    ("nan", &[0]),
    ("nearbyint", &[0]),
    ("nextafter", &[2]),
    ("nexttoward", &[2]),
    ("normals", &[0]),
    ("not", &[0]),
    ("nth", &[1, 2]),
    ("null", &[0]),
    ("nulls", &[0]),
    ("numbers", &[0]),
    ("objects", &[0]),
    ("path", &[1]),
    ("paths", &[0, 1]),
    ("pick", &[1]),
    ("pow", &[2]),
    ("pow10", &[0]),
    ("range", &[1, 2, 3]),
    ("recurse", &[0, 1, 2]),
    ("recurse_down", &[0]),
    ("remainder", &[2]),
    ("repeat", &[1]),
    ("reverse", &[0]),
    ("rindex", &[1]),
    ("rint", &[0]),
    ("round", &[0]),
    ("rtrim", &[0]),
    ("rtrimstr", &[1]),
    ("scalars", &[0]),
    ("scalars_or_empty", &[0]),
    ("scalb", &[2]),
    ("scalbln", &[2]),
    ("scan", &[1, 2]),
    ("select", &[1]),
    ("setpath", &[2]),
    ("significand", &[0]),
    ("sin", &[0]),
    ("sinh", &[0]),
    ("skip", &[2]),
    ("sort", &[0]),
    ("sort_by", &[1]),
    ("split", &[1, 2]),
    ("splits", &[1, 2]),
    ("sqrt", &[0]),
    ("startswith", &[1]),
    ("strftime", &[1, 2]),
    ("strings", &[0]),
    ("strptime", &[1]),
    ("sub", &[2, 3]),
    ("tan", &[0]),
    ("tanh", &[0]),
    ("test", &[1, 2]),
    ("tgamma", &[0]),
    ("to_entries", &[0]),
    ("toarray", &[0]),
    ("todate", &[0]),
    ("todateiso8601", &[0]),
    ("tojson", &[0]),
    ("tonumber", &[0]),
    ("tostream", &[0]),
    ("tostring", &[0]),
    ("transpose", &[0]),
    ("trim", &[0]),
    ("true", &[0]),
    ("trunc", &[0]),
    ("truncate_stream", &[1]),
    ("type", &[0]),
    ("unique", &[0]),
    ("unique_by", &[1]),
    ("until", &[2]),
    ("utf8bytelength", &[0]),
    ("values", &[0]),
    ("walk", &[1]),
    ("while", &[2]),
    ("with_entries", &[1]),
    ("y0", &[0]),
    ("y1", &[0]),
    ("yn", &[2]),
];

const CLOCK: &str = "it reads the clock, so a retry would not make the same object";
const ZONE: &str = "it depends on the zone of the machine; strftime(format; zone) names one";
const INPUT: &str = "a record is all the input that there is";
const OUTPUT: &str = "a program writes nothing but its outputs";
const HALT: &str = "a program cannot end more than its record; error(message) fails that";
const FILES: &str = "a program is one text, without modules";
const BINARY: &str = "values are JSON, which has no bytes";

/// What jq or jaq has and a program may not call, whatever it is given.
const REFUSED: &[(&str, &str)] = &[
    ("now", CLOCK),
    ("localtime", ZONE),
    ("strflocaltime", ZONE),
    ("env", "it reads the environment, which is not the same everywhere"),
    ("input", INPUT),
    ("inputs", INPUT),
    ("input_filename", INPUT),
    ("input_line_number", INPUT),
    ("debug", OUTPUT),
    ("debug_empty", OUTPUT),
    ("stderr", OUTPUT),
    ("stderr_empty", OUTPUT),
    ("halt", HALT),
    ("halt_error", HALT),
    ("modulemeta", FILES),
    ("get_search_list", FILES),
    ("get_jq_origin", FILES),
    ("get_prog_origin", FILES),
    ("import", FILES),
    ("include", FILES),
    ("builtins", "it tells of the library, which another version has otherwise"),
    ("tobytes", BINARY),
    ("toboolean", "jq 1.6 has it not; fromjson reads a boolean"),
    ("totype", "it is a part of jaq's own definitions"),
    ("error_empty", "it is a part of jaq's own definitions; error is what it serves"),
    ("path_value", "it is a part of jaq's own definitions; paths is what it serves"),
    ("key_values", "it is a part of jaq's own definitions; to_entries is what it serves"),
    ("min_by_or_empty", "it is a part of jaq's own definitions; min_by is what it serves"),
    ("max_by_or_empty", "it is a part of jaq's own definitions; max_by is what it serves"),
    ("escape_sh", "it is a part of jaq's own definitions; @sh is what it serves"),
    ("capture_of_match", "it is a part of jaq's own definitions; capture is what it serves"),
    ("scan_", "it is a part of jaq's own definitions; scan is what it serves"),
    ("@htmld", "jq has it not"),
    ("@urid", "jq 1.6 has it not"),
];

/// What `defs.jq` is made of and nobody else calls.
#[cfg(test)]
const PARTS: &[&str] = &[
    "array_for",
    "ascii_text",
    "captured",
    "explode_text",
    "flatten_to",
    "grouped_by",
    "implode_codes",
    "key_values_of",
    "keys_of",
    "limit_to",
    "matches",
    "pieces",
    "not_a_number",
    "range_by",
    "reversed",
    "sorted",
    "sorted_by",
    "text_bytes",
    "text_downcase",
    "text_endswith",
    "text_ltrim",
    "text_rtrim",
    "text_startswith",
    "text_upcase",
    "two",
];

/// What is to be said of a function of so many arguments.
pub(crate) fn standing(name: &str, arity: usize) -> Standing {
    if ALLOWED.iter().any(|(known, arities)| *known == name && arities.contains(&arity)) {
        return Standing::Allowed;
    }
    // An allowed name with another number of arguments is a slip, not a danger.
    let refused = REFUSED.iter().find(|(known, _)| *known == name);
    refused.map_or(Standing::Unknown, |(_, why)| Standing::Refused(why))
}

/// The function that was meant, perhaps, with its arguments.
pub(crate) fn near(name: &str, arity: usize) -> Option<String> {
    let distance = |known: &str| {
        let common = known.chars().zip(name.chars()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
        (known.len().max(name.len())) - common
    };
    let (known, arities) =
        ALLOWED.iter().min_by_key(|(known, arities)| (distance(known), !arities.contains(&arity)))?;
    let arguments = arities.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    (distance(known) < known.len()).then(|| format!("{known} of {arguments}"))
}

#[cfg(test)]
mod tests {
    use super::super::known;
    use super::*;

    fn of_jaq() -> Vec<(String, usize)> {
        use crate::program::Fenced;
        let defs = jaq_core::defs().chain(jaq_std::defs()).map(|def| (def.name.to_owned(), def.args.len()));
        let natives = jaq_core::funs::<Fenced>().chain(jaq_std::base_funs::<Fenced>());
        defs.chain(natives.map(|(name, arguments, _)| (name.to_owned(), arguments.len()))).collect()
    }

    #[test]
    fn every_function_that_jaq_defines_is_allowed_or_refused_by_name() {
        for (name, arity) in of_jaq() {
            assert_ne!(standing(&name, arity), Standing::Unknown, "{name}/{arity}");
        }
    }

    #[test]
    fn every_function_that_the_compiler_knows_is_allowed_or_a_part() {
        for (name, arity) in known() {
            let is_part = PARTS.contains(&name.as_str()) || REFUSED.iter().any(|(refused, _)| *refused == name);
            assert_eq!(standing(&name, arity) == Standing::Allowed, !is_part, "{name}/{arity}");
        }
    }

    #[test]
    fn every_function_that_is_allowed_is_known() {
        let known = known();
        for (name, arities) in ALLOWED {
            for arity in *arities {
                assert!(known.iter().any(|(k, a)| k == name && a == arity), "{name}/{arity}");
            }
        }
    }
}
