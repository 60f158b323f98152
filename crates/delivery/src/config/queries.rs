//! How jq is set: the transform without code, and the query of partition keys.

use std::sync::Arc;

use super::ConfigError;
use super::variables as v;
use super::written::{Written, one_of};
use crate::jq::{Extraction, Program};
use crate::query::TransformQuery;

/// How a filter's outputs are written: whether texts are without their quotes.
const OUTPUTS: [(&str, bool); 2] = [("json", false), ("raw", true)];

impl<L: Fn(&'static str) -> Option<String>> Written<L> {
    /// The transform without code, if any.
    pub(super) fn transform_query(&self) -> Result<Option<TransformQuery>, ConfigError> {
        let program = self.optional(&v::TRANSFORM_QUERY, |text| Program::compile(text).map(Arc::new))?;
        let is_raw = self.parse(&v::TRANSFORM_QUERY_OUTPUT, |text| one_of(text, &OUTPUTS))?;
        if program.is_none() && self.set(&v::TRANSFORM_QUERY_OUTPUT).is_some() {
            let problem = "it is set, but there is no transform_query whose outputs it could write";
            return Err(ConfigError::invalid(&v::TRANSFORM_QUERY_OUTPUT, &problem));
        }
        Ok(program.map(|program| TransformQuery { program, is_raw }))
    }

    /// The query of partition keys, if any.
    pub(super) fn metadata_extraction_query(&self) -> Result<Option<Arc<Extraction>>, ConfigError> {
        self.optional(&v::METADATA_EXTRACTION_QUERY, |text| Extraction::compile(text).map(Arc::new))
    }
}

#[cfg(all(test, feature = "jq"))]
mod tests {
    use std::collections::BTreeMap;

    use crate::DeliveryConfig;
    use crate::config::files_of;

    const KEYED: &[(&str, &str)] = &[
        ("PENSTOCK_DYNAMIC_PARTITIONING", "Enabled"),
        ("PENSTOCK_PREFIX", "c=!{partitionKeyFromQuery:c}/"),
        ("PENSTOCK_ERROR_OUTPUT_PREFIX", "e/!{firehose:error-output-type}/"),
    ];

    fn parse(set: &[(&'static str, &str)], file: &str) -> Result<DeliveryConfig, String> {
        let mut map = BTreeMap::from([("PENSTOCK_BUCKET", "a-bucket"), ("PENSTOCK_DELIVERY_NAME", "clicks")]);
        map.extend(set.iter().copied());
        let lookup = |name: &str| map.get(name).map(|&value| value.to_owned());
        let read = |path: &str| if path == "q.jq" { Ok(file.to_owned()) } else { Err("no such file".to_owned()) };
        DeliveryConfig::parse_with(lookup, read).map_err(|error| error.to_string())
    }

    #[test]
    fn a_query_is_compiled_where_it_is_set() {
        let query = |text| ("PENSTOCK_METADATA_EXTRACTION_QUERY", text);
        let filter = |text| ("PENSTOCK_TRANSFORM_QUERY", text);
        let by_hooks = ("PENSTOCK_PREFIX", "c=!{partitionKeyFromLambda:c}/");
        for (name, set, words) in [
            ("a filter", vec![filter("select(.a) | .b")], None),
            ("a filter in a file", vec![filter("file://q.jq")], None),
            ("a filter that is none", vec![filter(".a |")], Some("PENSTOCK_TRANSFORM_QUERY: jq program, line 1")),
            ("a filter that reads the clock", vec![filter("now")], Some("it reads the clock")),
            ("a file that is not there", vec![filter("file://r.jq")], Some("file://r.jq cannot be read: no such file")),
            ("a file above", vec![filter("file://../q.jq")], Some("names no file that can be packaged")),
            (
                "an output of nothing",
                vec![("PENSTOCK_TRANSFORM_QUERY_OUTPUT", "raw")],
                Some("there is no transform_query"),
            ),
            (
                "an output of another kind",
                vec![filter("."), ("PENSTOCK_TRANSFORM_QUERY_OUTPUT", "csv")],
                Some("json, raw"),
            ),
            ("a query", [KEYED, &[query("{c: .a}")]].concat(), None),
            ("a query whose keys are not known", [KEYED, &[query(".metadata")]].concat(), None),
            (
                "a query without the key",
                [KEYED, &[query("{d: .a, e}")]].concat(),
                Some(
                    "PENSTOCK_PREFIX: !{partitionKeyFromQuery:c} asks for what metadata_extraction_query does not make",
                ),
            ),
            (
                "a query that nobody takes",
                [KEYED, &[by_hooks, query("{c: .a}")]].concat(),
                Some("expected one for each"),
            ),
            (
                "a query without partitions",
                vec![query("{c: .a}")],
                Some("MetadataExtraction processor can only be present when Dynamic Partitioning is enabled"),
            ),
        ] {
            let parsed = parse(&set, "select(.a)");
            match (parsed, words) {
                (Ok(config), None) => assert_eq!(config.features().collect::<Vec<_>>(), ["jq"], "{name}"),
                (Err(error), Some(words)) => assert!(error.contains(words), "{name}: {error}"),
                (other, _) => panic!("{name}: {other:?}"),
            }
        }
        for (name, value, text, words) in [
            ("an error in a file", "file://q.jq", ".a |", "PENSTOCK_TRANSFORM_QUERY: in q.jq: jq program, line 1"),
            (
                "a forgotten scheme",
                "queries/q.jq",
                "",
                "\"queries/q.jq\" looks like the name of a file: expected file://queries/q.jq",
            ),
        ] {
            let error = parse(&[filter(value)], text).expect_err(name);
            assert!(error.contains(words), "{name}: {error}");
        }
        assert!(parse(&[filter(".json")], "").is_ok(), "a path of jq's");
        let empty = parse(&[filter("file://q.jq")], " \n").unwrap_err();
        assert!(empty.contains("file://q.jq is empty, expected a jq filter"), "{empty}");
    }

    #[test]
    fn files_are_told_once() {
        let set = [("PENSTOCK_TRANSFORM_QUERY", "file://q.jq"), ("PENSTOCK_SCHEMA", "file://s/a.json")];
        let lookup = |name: &str| set.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(files_of(lookup).unwrap(), ["q.jq", "s/a.json"]);
        for path in ["", "/etc/passwd", "a/../b", "./a", "a//b", "a b", "bootstrap", "a\\b", &"a".repeat(201)] {
            let lookup = |name: &str| (name == "PENSTOCK_SCHEMA").then(|| format!("file://{path}"));
            assert!(files_of(lookup).is_err(), "{path}");
        }
    }
}
