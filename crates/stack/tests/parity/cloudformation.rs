//! A template, read by a reader of YAML. Functions of the template language become texts: `${Stream.Arn}`; what is a
//! literal `${` becomes `$${`.

use serde_json::{Map, Value, json};
use serde_norway::Value as Yaml;

/// The template as a tree.
pub fn read(text: &str) -> Value {
    tree(&serde_norway::from_str(text).expect("the template is YAML"), "")
}

fn tree(yaml: &Yaml, key: &str) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(yes) => (*yes).into(),
        Yaml::Number(number) => json!(number.as_f64().expect("a number")),
        Yaml::String(text) => text.replace("${", "$${").into(),
        Yaml::Sequence(items) => items.iter().map(|item| tree(item, "")).collect(),
        Yaml::Mapping(entries) => {
            let name = |key: &Yaml| key.as_str().expect("names are texts").to_owned();
            let entries = entries.iter().map(|(key, value)| (name(key), tree(value, &name(key))));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let inner = || tagged.value.as_str().expect("a text").to_owned();
            match tag.as_str() {
                "!Ref" | "!GetAtt" => format!("${{{}}}", inner()).into(),
                // AWS takes a document as one text; here it is compared as what it says.
                "!Sub" if key == "DashboardBody" => numbers(serde_json::from_str(&inner()).expect("a body is JSON")),
                "!Sub" => inner().replace("${!", "$${").into(),
                "!If" | "!Not" | "!Equals" => json!({ tag.trim_start_matches('!'): tree(&tagged.value, "") }),
                other => panic!("{other} is not known"),
            }
        }
    }
}

/// All numbers as the same kind of number.
pub fn numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().expect("a number")),
        Value::Array(items) => items.into_iter().map(numbers).collect(),
        Value::Object(entries) => entries.into_iter().map(|(key, value)| (key, numbers(value))).collect(),
        other => other,
    }
}
