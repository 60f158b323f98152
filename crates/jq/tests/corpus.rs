//! Every pair of the corpus gives what is recorded: filters over the whole language, and how they differ from jq 1.6.
//!
//! `tests/peers/test_jq.py` holds the same pairs against jq itself.

use penstock_jq::Program;
use serde_json::Value;

const PAIRS: &str = include_str!("corpus/pairs.jsonl");

fn pairs() -> Vec<Value> {
    PAIRS.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn outcome(filter: &str, input: &str) -> Result<Vec<String>, String> {
    let program = Program::compile(filter).map_err(|error| error.to_string())?;
    let outputs = program.run(input.as_bytes()).map_err(|error| error.to_string())?;
    Ok(outputs.into_iter().map(penstock_jq::Output::into_json).collect())
}

#[test]
fn each_pair_gives_what_is_recorded() {
    let pairs = pairs();
    assert!(pairs.len() >= 150, "the corpus has only {} pairs", pairs.len());
    for pair in pairs {
        let (filter, input) = (pair["filter"].as_str().unwrap(), pair["input"].as_str().unwrap());
        let outputs = pair["outputs"].as_array();
        let outputs = outputs.map(|outputs| outputs.iter().map(|output| output.as_str().unwrap().to_owned()).collect());
        let expected = outputs.ok_or_else(|| pair["error"].as_str().unwrap().to_owned());
        assert_eq!(outcome(filter, input), expected, "{filter} on {input}");
    }
}

#[test]
fn each_output_is_one_line_of_json() {
    for pair in pairs() {
        for output in pair["outputs"].as_array().into_iter().flatten() {
            let output = output.as_str().unwrap();
            assert!(
                serde_json::from_str::<serde::de::IgnoredAny>(output).is_ok() && !output.contains('\n'),
                "{output}"
            );
        }
    }
}

#[test]
fn each_difference_has_a_reason_and_is_one() {
    for pair in pairs() {
        let is_different = pair.get("jq").is_some();
        assert_eq!(is_different, pair.get("reason").is_some(), "{pair}");
        if is_different {
            assert!(pair["reason"].as_str().unwrap().len() > 5, "{pair}");
            // What jq prints of its surroundings varies; ours has none of it.
            let varies = pair["jq"].get("varies").is_some();
            assert!(
                pair["jq"].get("outputs") != pair.get("outputs") || varies && pair.get("error").is_some(),
                "{pair}"
            );
        }
    }
}
