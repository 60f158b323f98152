//! What differs between the two, leaf by leaf, without what the table allows.

use serde_json::{Map, Value, json};

use crate::differences::{DIFFERENCES, Sides, Times};
use crate::words;

/// A leaf that differs: where, what CloudFormation says and what Terraform says.
pub type Difference = (String, Option<Value>, Option<Value>);

/// All differences that the table does not allow, and all entries of the table that must be used and were not.
pub fn differences(template: &Value, module: &Value) -> Vec<Difference> {
    let mut said = words::of(module);
    let mut left = template.as_object().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for section in ["Parameters", "Conditions", "Resources", "Outputs"] {
        let mut of_template = left.remove(section).unwrap_or(Value::Null);
        if section == "Resources" {
            of_template = kept(of_template);
        }
        let of_module = said.template.remove(section).unwrap_or(Value::Null);
        walk(section, Some(&of_template), Some(&of_module), &mut found);
    }
    // What the template says and a module has no word for, and the other way round.
    walk("template", Some(&Value::Object(left)), Some(&Value::Object(Map::new())), &mut found);
    found.extend(said.alone.into_iter().map(|(path, value)| (path, None, Some(value))));
    let mut used = [0; DIFFERENCES.len()];
    found.retain(|(path, own, other)| {
        let sides = Sides { cloudformation: own, terraform: other, template };
        let entry = DIFFERENCES.iter().position(|entry| entry.fits(path, &sides));
        if let Some(entry) = entry {
            used[entry] += 1;
        }
        entry.is_none()
    });
    let is_bucket = |resource: &&Value| resource["Type"] == "AWS::S3::Bucket";
    let buckets = template["Resources"].as_object().into_iter().flat_map(Map::values).filter(is_bucket).count();
    for (entry, used) in DIFFERENCES.iter().zip(used) {
        let times = match entry.times {
            Times::Once => 1,
            Times::EachBucket => buckets,
        };
        if used != times {
            found.push((entry.path.to_owned(), Some(json!(used)), Some(json!(times))));
        }
    }
    found
}

/// Whether both policies of a resource keep it, or neither.
fn kept(resources: Value) -> Value {
    let Value::Object(resources) = resources else { return resources };
    let of_one = |(name, mut resource): (String, Value)| {
        if let Some(resource) = resource.as_object_mut() {
            let policy = |name: &str, own: &mut Map<String, Value>| own.remove(name);
            let policies = (policy("DeletionPolicy", resource), policy("UpdateReplacePolicy", resource));
            let kept = match (policies.0.as_ref().and_then(Value::as_str), policies.1.as_ref().and_then(Value::as_str))
            {
                (Some("Retain"), Some("Retain")) => json!(true),
                (Some("Delete"), Some("Delete")) => json!(false),
                _ => json!([policies.0, policies.1]),
            };
            resource.insert("kept".into(), kept);
        }
        (name, resource)
    };
    Value::Object(resources.into_iter().map(of_one).collect())
}

fn walk(path: &str, own: Option<&Value>, other: Option<&Value>, found: &mut Vec<Difference>) {
    match (own, other) {
        (Some(Value::Object(own)), Some(Value::Object(other))) => {
            let mut keys: Vec<&String> = own.keys().chain(other.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                walk(&format!("{path}.{key}"), own.get(key), other.get(key), found);
            }
        }
        (Some(Value::Array(own)), Some(Value::Array(other))) => {
            for place in 0..own.len().max(other.len()) {
                walk(&format!("{path}[{place}]"), own.get(place), other.get(place), found);
            }
        }
        (own, other) if own == other => {}
        (own, other) => found.push((path.to_owned(), own.cloned(), other.cloned())),
    }
}

#[test]
fn s1_both_renderings_say_the_same() {
    for (name, stack) in crate::environments::stacks() {
        let (template, module) = crate::read(&stack);
        assert_eq!(differences(&template, &module), [], "{name}");
    }
}
