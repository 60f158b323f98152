//! What the two renderings may say differently, and why. ARCHITECTURE.md shows this table.

use serde_json::{Value, json};

use self::Times::{EachBucket, Once};

/// One allowed difference.
pub struct Entry {
    /// Where: a path in the template, or an address in the module; `*` stands for one word.
    pub path: &'static str,
    /// How often it is there: once, or once for each bucket.
    pub times: Times,
    /// What both must say there.
    says: fn(&Sides<'_>) -> bool,
    /// Why.
    pub reason: &'static str,
}

/// How often.
#[derive(Clone, Copy)]
pub enum Times {
    Once,
    EachBucket,
}

/// What both say, and all of the template.
pub struct Sides<'s> {
    pub cloudformation: &'s Option<Value>,
    pub terraform: &'s Option<Value>,
    pub template: &'s Value,
}

impl Sides<'_> {
    fn are(&self, cloudformation: impl Into<Option<Value>>, terraform: impl Into<Option<Value>>) -> bool {
        *self.cloudformation == cloudformation.into() && *self.terraform == terraform.into()
    }

    fn property(&self, resource: &str, name: &str) -> Option<Value> {
        self.template["Resources"][resource]["Properties"].get(name).cloned()
    }
}

/// All of them.
pub const DIFFERENCES: [Entry; 13] = [
    Entry {
        path: "template.AWSTemplateFormatVersion",
        times: Once,
        says: |own| own.are(Some(json!("2010-09-09")), None),
        reason: "a template's own version",
    },
    Entry {
        path: "template.Description",
        times: Once,
        says: |own| own.terraform.is_none() && *own.cloudformation == own.property("Function", "Description"),
        reason: "a root module has no description; the function's says the same",
    },
    Entry {
        path: "terraform.required_version",
        times: Once,
        says: |own| own.are(None, Some(json!(">= 1.6"))),
        reason: "Terraform's own version",
    },
    Entry {
        path: "terraform.required_providers[0].aws.source",
        times: Once,
        says: |own| own.are(None, Some(json!("hashicorp/aws"))),
        reason: "the provider is Terraform's",
    },
    Entry {
        path: "terraform.required_providers[0].aws.version",
        times: Once,
        says: |own| own.are(None, Some(json!(">= 5.100, < 7"))),
        reason: "the provider's versions that the attributes were checked with",
    },
    Entry {
        path: "aws_iam_role.role.name_prefix",
        times: Once,
        says: |own| {
            let name = own.property("Function", "FunctionName");
            let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
            own.are(None, Some(json!(format!("{}-", name.chars().take(37).collect::<String>()))))
        },
        reason: "CloudFormation names the role itself, after the stack",
    },
    Entry {
        path: "aws_iam_role_policy.role.role",
        times: Once,
        says: |own| own.are(None, Some(json!("${Role}"))),
        reason: "the policy is part of the role there, and beside it here",
    },
    Entry {
        path: "aws_lambda_function.function.source_code_hash",
        times: Once,
        says: |own| own.are(None, Some(json!("${CodeSha256}"))),
        reason: "Terraform sees by it that the code changed; CloudFormation by the key, which is the hash",
    },
    Entry {
        path: "aws_lambda_event_source_mapping.mapping.depends_on",
        times: Once,
        says: |own| own.are(None, Some(json!(["aws_iam_role_policy.role"]))),
        reason: "the policy is beside the role, so the mapping must wait for it by name",
    },
    Entry {
        path: "aws_s3_bucket_lifecycle_configuration.*.depends_on",
        times: EachBucket,
        says: |own| {
            ["data", "failure"]
                .iter()
                .any(|name| own.are(None, Some(json!([format!("aws_s3_bucket_versioning.{name}_bucket")]))))
        },
        reason: "one bucket is several resources here, and S3 wants versions before rules about them",
    },
    Entry {
        path: "aws_s3_bucket_policy.*.depends_on",
        times: EachBucket,
        says: |own| {
            ["data", "failure"]
                .iter()
                .any(|name| own.are(None, Some(json!([format!("aws_s3_bucket_public_access_block.{name}_bucket")]))))
        },
        reason: "S3 refuses two changes of a bucket's access at once; there it is one resource",
    },
    Entry {
        path: "Resources.Role.Properties.Policies[0].PolicyDocument.Statement[*].Resource[0]",
        times: Once,
        says: |own| own.are(Some(json!("${LogGroup.Arn}")), Some(json!("${LogGroup.Arn}:*"))),
        reason: "the ARN of a log group ends in `:*` there and not here",
    },
    Entry {
        path: "Resources.*.Properties.Bucket",
        times: EachBucket,
        says: |own| BUCKETS.iter().any(|bucket| is_name_of(own, bucket)),
        reason: "CloudFormation adopts only what is named literally; Terraform refers to the bucket",
    },
];

const BUCKETS: [&str; 2] = ["DataBucket", "FailureBucket"];

fn is_name_of(own: &Sides<'_>, bucket: &str) -> bool {
    let name = own.property(bucket, "BucketName");
    name.is_some() && own.are(name, Some(json!(format!("${{{bucket}}}"))))
}

impl Entry {
    /// Whether a difference is this one.
    pub fn fits(&self, path: &str, sides: &Sides<'_>) -> bool {
        let (mut own, mut other) = (self.path.split('.'), path.split('.'));
        loop {
            match (own.next(), other.next()) {
                (None, None) => return (self.says)(sides),
                (Some("*"), Some(_)) => {}
                (Some(own), Some(other)) if own == other => {}
                (Some(own), Some(other)) if own.strip_suffix("*]").is_some_and(|head| other.starts_with(head)) => {}
                _ => return false,
            }
        }
    }
}
