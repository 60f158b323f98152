//! What others fell into, once each.

use serde_json::{Value, json};

use crate::environments::stacks;

fn resources(template: &Value) -> impl Iterator<Item = (&String, &Value)> {
    template["Resources"].as_object().unwrap().iter()
}

#[test]
fn a_bucket_that_is_kept_keeps_what_protects_it() {
    for (name, stack) in stacks() {
        let (template, module) = crate::read(&stack);
        for (id, resource) in resources(&template) {
            let kind = resource["Type"].as_str().unwrap();
            let holds_data = ["AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::Kinesis::Stream"].contains(&kind);
            let policy = if holds_data { "Retain" } else { "Delete" };
            assert_eq!(
                (&resource["DeletionPolicy"], &resource["UpdateReplacePolicy"]),
                (&json!(policy), &json!(policy)),
                "{name}: {id}"
            );
        }
        for (kind, named) in module["resource"].as_object().unwrap() {
            let holds_data = kind.starts_with("aws_s3_bucket") || kind == "aws_kinesis_stream";
            for (address, resource) in named.as_object().unwrap() {
                let kept = resource["lifecycle"][0]["prevent_destroy"] == json!(true);
                assert_eq!(kept, holds_data, "{name}: {kind}.{address}");
            }
        }
    }
}

#[test]
fn what_can_be_adopted_has_a_literal_name() {
    for (name, stack) in stacks() {
        let (template, _) = crate::read(&stack);
        for (id, resource) in resources(&template) {
            let properties = &resource["Properties"];
            let key = match resource["Type"].as_str().unwrap() {
                "AWS::S3::Bucket" => "BucketName",
                "AWS::S3::BucketPolicy" => "Bucket",
                "AWS::Kinesis::Stream" => "Name",
                _ => continue,
            };
            let literal = properties[key].as_str().unwrap_or_default();
            assert!(!literal.is_empty() && !literal.contains('$'), "{name}: {id}");
        }
    }
}

#[test]
fn the_mapping_waits_for_what_the_role_may_do() {
    for (name, stack) in stacks() {
        let (template, module) = crate::read(&stack);
        // In the role there; so whatever waits for the role waits for its policy.
        assert!(template["Resources"]["Role"]["Properties"]["Policies"][0].is_object(), "{name}");
        let mapping = &module["resource"]["aws_lambda_event_source_mapping"]["mapping"];
        assert_eq!(mapping["depends_on"], json!(["aws_iam_role_policy.role"]), "{name}");
    }
}

#[test]
fn policies_are_encoded_and_not_looked_up() {
    for (name, stack) in stacks() {
        let (_, module) = crate::read(&stack);
        assert!(module["data"].get("aws_iam_policy_document").is_none(), "{name}");
        let roles = &module["resource"];
        assert!(roles["aws_iam_role"]["role"]["assume_role_policy"]["jsonencode"].is_object(), "{name}");
        assert!(roles["aws_iam_role_policy"]["role"]["policy"]["jsonencode"].is_object(), "{name}");
    }
}

#[test]
fn one_function_response_type_or_none() {
    for (name, stack) in stacks() {
        let (template, _) = crate::read(&stack);
        let types = &template["Resources"]["Mapping"]["Properties"]["FunctionResponseTypes"];
        assert!(types.is_null() || *types == json!(["ReportBatchItemFailures"]), "{name}");
        assert_eq!(types.is_null(), name == "everything", "{name}");
    }
}

#[test]
fn a_template_needs_no_bucket_to_be_handed_over_and_names_no_code() {
    for (name, stack) in stacks() {
        let template = penstock_stack::cloudformation::render(&stack);
        assert!(template.len() <= 51_200, "{name}: {}", template.len());
        let (template, _) = crate::read(&stack);
        let code = &template["Resources"]["Function"]["Properties"]["Code"];
        assert_eq!(*code, json!({ "S3Bucket": "${CodeBucket}", "S3Key": "${CodeKey}" }), "{name}");
        for parameter in ["CodeBucket", "CodeKey", "CodeSha256"] {
            assert!(template["Parameters"][parameter].get("Default").is_none(), "{name}: {parameter}");
        }
    }
}

#[test]
fn an_on_demand_stream_says_no_count() {
    for (name, stack) in stacks() {
        let (template, _) = crate::read(&stack);
        let properties = &template["Resources"]["Stream"]["Properties"];
        let is_on_demand = properties["StreamModeDetails"]["StreamMode"] == "ON_DEMAND";
        assert_eq!(is_on_demand, name == "on demand", "{name}");
        assert!(!(is_on_demand && properties.get("ShardCount").is_some()), "{name}");
    }
}
