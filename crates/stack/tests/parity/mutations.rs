//! That the comparison finds what it is there to find: each leaf of either rendering is taken away, and is changed, one
//! at a time, and each time a difference is told.

use serde_json::{Value, json};

use crate::compare::differences;
use crate::differences::DIFFERENCES;
use crate::environments::stacks;

/// The pointers of all leaves; what is empty is one.
fn leaves(at: &Value, pointer: &str, out: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match at {
        Value::Object(entries) if !entries.is_empty() => {
            entries.iter().for_each(|(key, value)| leaves(value, &format!("{pointer}/{}", escaped(key)), out));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(place, item)| leaves(item, &format!("{pointer}/{place}"), out));
        }
        _ => out.push(pointer.to_owned()),
    }
}

fn without(tree: &Value, pointer: &str) -> Value {
    let mut tree = tree.clone();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match tree.pointer_mut(parent).unwrap() {
        Value::Object(entries) => drop(entries.remove(&last.replace("~1", "/").replace("~0", "~")).unwrap()),
        Value::Array(items) => drop(items.remove(last.parse().unwrap())),
        other => panic!("{other} holds nothing"),
    }
    tree
}

fn changed(tree: &Value, pointer: &str) -> Value {
    let mut tree = tree.clone();
    let leaf = tree.pointer_mut(pointer).unwrap();
    *leaf = match leaf.take() {
        Value::String(text) => json!(text + "x"),
        Value::Number(number) => json!(number.as_f64().unwrap() + 1.0),
        Value::Bool(yes) => json!(!yes),
        Value::Array(_) | Value::Object(_) | Value::Null => json!("x"),
    };
    tree
}

#[test]
fn s1_no_property_is_lost_or_changed_unseen() {
    let mut tried = 0;
    for (name, stack) in stacks() {
        // The first and the one with everything have all kinds of properties; the others are their mixtures.
        if !["dev", "everything", "existing bucket", "queue", "all attributes"].contains(&name) {
            continue;
        }
        let (template, module) = crate::read(&stack);
        let (mut of_template, mut of_module) = (Vec::new(), Vec::new());
        leaves(&template, "", &mut of_template);
        leaves(&module, "", &mut of_module);
        let unseen = |template: &Value, module: &Value| differences(template, module).is_empty();
        for pointer in &of_template {
            for (what, mutant) in [("without", without(&template, pointer)), ("changed", changed(&template, pointer))] {
                assert!(!unseen(&mutant, &module), "{name}: CloudFormation {what} {pointer}");
                tried += 1;
            }
        }
        for pointer in &of_module {
            for (what, mutant) in [("without", without(&module, pointer)), ("changed", changed(&module, pointer))] {
                assert!(!unseen(&template, &mutant), "{name}: Terraform {what} {pointer}");
                tried += 1;
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
}

#[test]
fn s1_the_table_of_differences_stands_in_the_map() {
    let map = include_str!("../../../../ARCHITECTURE.md");
    for entry in DIFFERENCES {
        assert!(map.contains(entry.reason), "ARCHITECTURE.md does not say: {}", entry.reason);
    }
}
