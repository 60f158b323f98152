//! Runs the programs that it is given, a line of JSON `{"filter", "input"}` each; answers with `{"outputs"}` or `{"error"}`.
#![expect(clippy::print_stdout, reason = "a program that answers on its standard output")]

use std::io::{BufRead as _, Error, stdin};

use penstock_jq::Program;
use serde_json::{Value, json};

fn main() -> Result<(), Error> {
    for line in stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let filter = asked["filter"].as_str().unwrap_or_default();
        let input = asked["input"].as_str().unwrap_or_default();
        println!("{}", answer(filter, input));
    }
    Ok(())
}

fn answer(filter: &str, input: &str) -> Value {
    let program = match Program::compile(filter) {
        Ok(program) => program,
        Err(error) => return json!({ "error": error.to_string() }),
    };
    match program.run(input.as_bytes()) {
        Ok(outputs) => json!({ "outputs": outputs.iter().map(penstock_jq::Output::json).collect::<Vec<_>>() }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}
