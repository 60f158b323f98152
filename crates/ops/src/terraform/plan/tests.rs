use serde_json::json;

use super::*;
use crate::risk;

fn plan(changes: &Value, resources: &Value) -> Plan {
    let text = json!({
        "format_version": "1.2",
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": resources}},
    });
    Plan::read(&format!("Warning: something else\n{text}\n")).unwrap()
}

fn resource(address: &str, change: &Value) -> Value {
    json!({"address": address, "mode": "managed", "type": words::type_of(address), "change": change})
}

#[test]
fn actions_are_told_in_the_words_of_a_plan() {
    for (actions, importing, told) in [
        (json!(["create"]), Value::Null, Some(Action::Add)),
        (json!(["update"]), Value::Null, Some(Action::Modify)),
        (json!(["update"]), json!({"id": "acme"}), Some(Action::Import)),
        (json!(["no-op"]), json!({"id": "acme"}), Some(Action::Import)),
        (json!(["no-op"]), Value::Null, None),
        (json!(["read"]), Value::Null, None),
        (json!(["delete", "create"]), Value::Null, Some(Action::Replace)),
        (json!(["create", "delete"]), Value::Null, Some(Action::Replace)),
        (json!(["delete"]), Value::Null, Some(Action::Remove)),
        (json!(["forget"]), Value::Null, Some(Action::Keep)),
    ] {
        let mut change = json!({"actions": actions, "before": {}, "after": {}});
        if !importing.is_null() {
            change["importing"] = importing;
        }
        let plan = plan(&json!([resource("aws_s3_bucket.data_bucket", &change)]), &json!([]));
        let found: Vec<Action> = plan.changes().0.iter().map(|change| change.action).collect();
        assert_eq!(found, told.into_iter().collect::<Vec<_>>(), "{actions}");
    }
}

#[test]
fn only_what_is_configured_is_told_and_with_both_values() {
    let change = json!({
        "actions": ["update"],
        "before": {
            "s3_key": "clicks/a.zip", "last_modified": "then", "memory_size": 512,
            "environment": [{"variables": {"PENSTOCK_PREFIX": "a/", "PENSTOCK_BUCKET": "acme"}}],
        },
        "after": {
            "s3_key": "clicks/b.zip", "memory_size": 512,
            "environment": [{"variables": {"PENSTOCK_PREFIX": "b/", "PENSTOCK_BUCKET": "acme"}}],
        },
        "after_unknown": {"last_modified": true, "environment": [{"variables": {}}]},
        "before_sensitive": {"environment": [{"variables": true}]},
        "after_sensitive": {"environment": [{"variables": true}]},
    });
    let configured = json!([{
        "address": "aws_lambda_function.function",
        "expressions": {"s3_key": {}, "memory_size": {}, "environment": [{}]},
    }]);
    let plan = plan(&json!([resource("aws_lambda_function.function", &change)]), &configured);
    let changes = plan.changes();
    let told: Vec<_> = changes.0[0]
        .properties
        .iter()
        .map(|own| (own.path.as_str(), own.before.as_deref(), own.after.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("Environment.Variables.PENSTOCK_PREFIX", Some("a/"), Some("b/")),
            ("Code.S3Key", Some("clicks/a.zip"), Some("clicks/b.zip")),
        ]
    );
    assert_eq!(changes.0[0].kind, "AWS::Lambda::Function");
    assert!(risk::of(&changes)[0].text.contains("delivered anew"));
}

#[test]
fn what_is_secret_or_not_known_yet_is_not_told() {
    let change = json!({
        "actions": ["update"],
        "before": {"policy": "a", "role": "old"},
        "after": {"policy": "b"},
        "after_unknown": {"role": true},
        "before_sensitive": {"policy": true},
        "after_sensitive": {},
    });
    let configured = json!([{"address": "aws_iam_role_policy.role", "expressions": {"policy": {}, "role": {}}}]);
    let changes = plan(&json!([resource("aws_iam_role_policy.role", &change)]), &configured).changes();
    let told: Vec<_> =
        changes.0[0].properties.iter().map(|own| (own.before.as_deref(), own.after.as_deref())).collect();
    assert_eq!(told, [(Some("(sensitive)"), Some("(sensitive)")), (Some("old"), Some("known after apply"))]);
}

#[test]
fn a_mapping_that_is_replaced_loses_its_place() {
    let change = json!({
        "actions": ["delete", "create"],
        "before": {"starting_position": "TRIM_HORIZON"},
        "after": {"starting_position": "LATEST"},
        "replace_paths": [["starting_position"]],
    });
    let configured = json!([{
        "address": "aws_lambda_event_source_mapping.mapping",
        "expressions": {"starting_position": {"constant_value": "LATEST"}},
    }]);
    let changes = plan(&json!([resource("aws_lambda_event_source_mapping.mapping", &change)]), &configured).changes();
    assert!(risk::loses_checkpoint(&risk::of(&changes)));
    assert_eq!(changes.0[0].properties[0].path, "StartingPosition");
}

#[test]
fn a_plan_that_destroys_data_is_seen() {
    let changes = json!([
        resource("aws_s3_bucket.data_bucket", &json!({"actions": ["forget"]})),
        resource("aws_s3_bucket_policy.data_bucket", &json!({"actions": ["delete"]})),
        resource("aws_kinesis_stream.stream", &json!({"actions": ["delete", "create"]})),
        resource("aws_lambda_function.function", &json!({"actions": ["delete"]})),
    ]);
    assert_eq!(
        plan(&changes, &json!([])).destroyed_data(),
        ["aws_s3_bucket_policy.data_bucket", "aws_kinesis_stream.stream"]
    );
}
