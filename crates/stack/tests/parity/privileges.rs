//! S2: what the role may do is what the pipe needs.

use serde_json::Value;

use crate::environments::{all, stacks};

/// All that the role is ever allowed.
const ACTIONS: [&str; 15] = [
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "s3:ListBucket",
    "s3:PutObject",
    "s3:PutObjectTagging",
    "sns:Publish",
    "sqs:SendMessage",
    "sts:AssumeRole",
];

/// Every statement that allows anything, of every environment.
fn allowed() -> Vec<(&'static str, Value)> {
    let mut found = Vec::new();
    for (name, stack) in stacks() {
        let (template, _) = crate::read(&stack);
        let resources = template["Resources"].as_object().unwrap();
        for resource in resources.values() {
            let properties = &resource["Properties"];
            let own = [&properties["PolicyDocument"], &properties["AssumeRolePolicyDocument"]];
            let inline =
                properties["Policies"].as_array().into_iter().flatten().map(|policy| &policy["PolicyDocument"]);
            for document in own.into_iter().chain(inline) {
                let statements = document["Statement"].as_array().into_iter().flatten();
                found.extend(statements.filter(|own| own["Effect"] == "Allow").map(|own| (name, own.clone())));
            }
        }
    }
    assert!(found.len() > 40, "{}", found.len());
    found
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn s2_nothing_is_allowed_beyond_the_list() {
    for (name, statement) in allowed() {
        let actions = texts(&statement["Action"]);
        assert!(!actions.is_empty(), "{name}: {statement}");
        for action in actions {
            assert!(ACTIONS.contains(&action), "{name}: {action}");
        }
    }
}

#[test]
fn s2_no_resource_is_everything() {
    for (name, statement) in allowed() {
        if statement["Action"][0] == "sts:AssumeRole" {
            assert_eq!(statement["Principal"]["Service"], "lambda.amazonaws.com", "{name}");
            continue;
        }
        let resources = texts(&statement["Resource"]);
        assert!(!resources.is_empty(), "{name}: {statement}");
        for resource in resources {
            let named = resource.starts_with("${") || resource.starts_with("arn:");
            assert!(named && resource != "*" && !resource.starts_with("arn:*"), "{name}: {resource}");
        }
    }
}

#[test]
fn s2_objects_are_put_below_the_prefixs_literal_head() {
    let environments = all();
    for (name, statement) in allowed() {
        if statement["Sid"] != "PutObjects" {
            continue;
        }
        let text = &environments.iter().find(|(other, _)| *other == name).unwrap().1;
        let environment = penstock_stack::Environment::parse(text).unwrap();
        let delivery = &environment.delivery;
        let mut heads = vec![delivery.prefix.literal_head(), delivery.error_output_prefix.literal_head()];
        heads.extend(delivery.backup.as_ref().map(|backup| backup.prefix.literal_head()));
        let resources = texts(&statement["Resource"]);
        for head in &heads {
            let head = head.replace('*', "$${*}").replace("a$b", "a$${$}b").replace("/${c", "/$${$}{c");
            let covers = |resource: &&str| {
                let (_, below) = resource.split_once('/').unwrap();
                head.starts_with(below.strip_suffix('*').unwrap())
            };
            assert!(resources.iter().any(covers), "{name}: {head} is below none of {resources:?}");
        }
        let whole = resources.iter().filter(|resource| resource.ends_with(".Arn}/*"));
        assert!(whole.count() == 0 || heads.iter().any(|head| head.is_empty()), "{name}: {resources:?}");
        let actions: &[&str] = match environment.delivery.attributes.tags {
            Some(_) => &["s3:PutObject", "s3:PutObjectTagging"],
            None => &["s3:PutObject"],
        };
        assert_eq!(texts(&statement["Action"]), actions, "{name}");
    }
}

#[test]
fn s2_a_bucket_of_failures_must_be_the_accounts_own() {
    let mut seen = 0;
    for (name, statement) in allowed() {
        if ["PutFailures", "ListFailures"].contains(&statement["Sid"].as_str().unwrap()) {
            assert_eq!(statement["Condition"]["StringEquals"]["s3:ResourceAccount"], "${AWS::AccountId}", "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen}");
}

#[test]
fn s2_keys_are_those_that_are_named_and_serve_the_bucket_alone() {
    let key = |id: &str| format!("arn:aws:kms:eu-west-1:123456789012:key/{id}");
    let expected = [
        ("backup's own key", vec![key("k"), key("k3")]),
        ("backup's own key elsewhere", vec![key("k3")]),
        ("all attributes", vec![key("o")]),
        ("one key twice", vec![key("k")]),
        ("two keys", vec![key("k2"), key("k")]),
        ("everything", vec![key("b")]),
    ];
    let mut found = Vec::new();
    for (name, statement) in allowed() {
        if statement["Sid"] != "EncryptObjects" && statement["Sid"] != "EncryptBackup" {
            continue;
        }
        assert_eq!(texts(&statement["Action"]), ["kms:GenerateDataKey", "kms:Decrypt"], "{name}");
        let bucket = match name {
            "two keys" => "arn:${AWS::Partition}:s3:::acme-clicks",
            "backup's own key elsewhere" => "arn:${AWS::Partition}:s3:::acme-backup",
            _ => "${DataBucket.Arn}",
        };
        let conditions = &statement["Condition"]["StringEquals"];
        assert_eq!(conditions["kms:EncryptionContext:aws:s3:arn"], bucket, "{name}");
        assert_eq!(conditions["kms:ViaService"], "s3.${AWS::Region}.${AWS::URLSuffix}", "{name}");
        found.push((name, texts(&statement["Resource"]).into_iter().map(str::to_owned).collect::<Vec<_>>()));
    }
    assert_eq!(found, expected);
}
