//! Who may do what, on what: the calls that our own commands make, and those that CloudFormation makes for the resources
//! of a stack. Source of the latter: the handlers' permissions of each resource type.

use crate::environment::Environment;
use crate::stack::{BucketId, Stack, StreamSource};

/// What somebody may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) sid: &'static str,
    pub(super) actions: Vec<&'static str>,
    /// Texts for `Sub`; `*` where AWS knows no resource for these actions.
    pub(super) resources: Vec<String>,
    /// A condition: key, and a text for `Sub`.
    pub(super) string_equals: Option<(&'static str, String)>,
}

fn grant(sid: &'static str, actions: &[&'static str], resources: Vec<String>) -> Grant {
    Grant { sid, actions: actions.to_vec(), resources, string_equals: None }
}

/// An ARN in the account and region that the template is deployed to.
fn here(service: &str, resource: &str) -> String {
    format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")
}

fn bucket_arn(name: &str) -> String {
    format!("arn:${{AWS::Partition}}:s3:::{name}")
}

fn role_arn(name: &str) -> String {
    format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{name}")
}

/// The bucket of the functions' code.
const ARTIFACTS: &str = "penstock-artifacts-${AWS::AccountId}-${AWS::Region}";

/// What an environment names.
struct Named {
    stack: String,
    function: String,
    stream: String,
    /// The stack's own buckets.
    buckets: Vec<String>,
    /// Those, and the data's where it is not its own.
    looked_at: Vec<String>,
    has_own_stream: bool,
    /// The table in Glue: its database and its name.
    table: Option<(String, String)>,
}

impl Named {
    fn of(environment: &Environment) -> Self {
        let stack = Stack::of(environment);
        let buckets: Vec<String> = stack.buckets.iter().map(|bucket| bucket_arn(&bucket.name)).collect();
        let mut looked_at = buckets.clone();
        if !stack.buckets.iter().any(|bucket| bucket.id == BucketId::Data) {
            looked_at.push(bucket_arn(environment.delivery.bucket.as_str()));
        }
        let (stream, has_own_stream) = match &stack.stream {
            StreamSource::Own(own) => (here("kinesis", &format!("stream/{}", own.name)), true),
            StreamSource::Existing(arn) => (arn.clone(), false),
        };
        Self {
            stack: environment.options.stack_name.clone(),
            function: environment.function.function_name.clone(),
            stream,
            buckets,
            looked_at,
            has_own_stream,
            table: stack.glue_table.map(|table| (table.database, table.name)),
        }
    }

    fn stacks(&self) -> Vec<String> {
        [self.stack.as_str(), "penstock-artifacts"]
            .map(|name| here("cloudformation", &format!("stack/{name}/*")))
            .into()
    }

    fn function_arn(&self) -> String {
        here("lambda", &format!("function:{}", self.function))
    }

    fn looks(&self) -> Vec<Grant> {
        let mut buckets = self.looked_at.clone();
        buckets.push(bucket_arn(ARTIFACTS));
        vec![
            grant("LookAtBuckets", &["s3:ListBucket"], buckets),
            grant("LookAtStream", &["kinesis:DescribeStreamSummary"], vec![self.stream.clone()]),
        ]
    }
}

/// `plan`: it asks what would change, and throws the question away.
pub(super) fn of_plan(environment: &Environment) -> Vec<Grant> {
    let named = Named::of(environment);
    let actions = [
        "cloudformation:CreateChangeSet",
        "cloudformation:DeleteChangeSet",
        "cloudformation:DescribeChangeSet",
        "cloudformation:DescribeEvents",
        "cloudformation:DescribeStacks",
        "cloudformation:GetTemplate",
    ];
    let mut grants =
        vec![grant("AskWhatWouldChange", &actions, vec![here("cloudformation", &format!("stack/{}/*", named.stack))])];
    grants.push(hand_over(&named));
    grants.extend(named.looks());
    grants
}

/// `deploy` and `destroy` without a loss of data: no bucket and no stream can be deleted with it.
pub(super) fn of_deploy(environment: &Environment) -> Vec<Grant> {
    let named = Named::of(environment);
    let actions = [
        "cloudformation:ContinueUpdateRollback",
        "cloudformation:CreateChangeSet",
        "cloudformation:DeleteChangeSet",
        "cloudformation:DeleteStack",
        "cloudformation:DescribeChangeSet",
        "cloudformation:DescribeEvents",
        "cloudformation:DescribeStackEvents",
        "cloudformation:DescribeStacks",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:GetTemplate",
        "cloudformation:UpdateTerminationProtection",
    ];
    let mut grants = vec![grant("Deploy", &actions, named.stacks()), hand_over(&named)];
    grants.extend(named.looks());
    grants.push(grant("PutCode", &["s3:PutObject"], vec![format!("{}/{}/*", bucket_arn(ARTIFACTS), named.stack)]));
    let count = ["s3:ListBucketMultipartUploads", "s3:ListBucketVersions"];
    grants.push(grant("CountWhatStays", &count, named.looked_at.clone()));
    let on_mapping =
        ["lambda:DeleteEventSourceMapping", "lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping"];
    grants.push(Grant {
        string_equals: Some(("lambda:FunctionArn", named.function_arn())),
        ..grant("StopMapping", &on_mapping, vec![here("lambda", "event-source-mapping:*")])
    });
    if let Some((database, table)) = &named.table {
        let own = [
            here("glue", "catalog"),
            here("glue", &format!("database/{database}")),
            here("glue", &format!("table/{database}/{table}")),
        ];
        let actions = ["glue:CreateTable", "glue:DeleteTable", "glue:GetTable", "glue:GetTables", "glue:UpdateTable"];
        grants.push(grant("Table", &actions, own.into()));
    }
    // AWS knows no resource for these.
    grants.push(grant(
        "Look",
        &["cloudwatch:GetMetricStatistics", "lambda:ListEventSourceMappings"],
        vec!["*".to_owned()],
    ));
    grants
}

/// Handing CloudFormation its role, and nobody else.
fn hand_over(named: &Named) -> Grant {
    Grant {
        string_equals: Some(("iam:PassedToService", "cloudformation.amazonaws.com".to_owned())),
        ..grant("HandOver", &["iam:PassRole"], vec![role_arn(&format!("{}-cloudformation", named.stack))])
    }
}

/// CloudFormation, for the resources of the stack and of the bucket for code.
pub(super) fn of_service(environment: &Environment) -> Vec<Grant> {
    let named = Named::of(environment);
    let mut grants = Vec::new();
    if named.has_own_stream {
        grants.push(grant("Stream", &STREAM, vec![named.stream.clone()]));
    }
    let mut buckets = named.buckets.clone();
    buckets.push(bucket_arn(ARTIFACTS));
    grants.push(grant("Buckets", &BUCKET, buckets));
    grants.push(grant("Code", &["s3:GetObject"], vec![format!("{}/{}/*", bucket_arn(ARTIFACTS), named.stack)]));
    let role = role_arn(&format!("{}-Role-*", named.stack));
    grants.push(grant("Role", &ROLE, vec![role.clone()]));
    grants.push(Grant {
        string_equals: Some(("iam:PassedToService", "lambda.amazonaws.com".to_owned())),
        ..grant("PassRole", &["iam:PassRole"], vec![role])
    });
    grants.push(grant("Function", &FUNCTION, vec![named.function_arn()]));
    grants.push(Grant {
        string_equals: Some(("lambda:FunctionArn", named.function_arn())),
        ..grant("Mapping", &MAPPING, vec![here("lambda", "event-source-mapping:*")])
    });
    let tags = ["lambda:GetEventSourceMapping", "lambda:ListTags", "lambda:TagResource", "lambda:UntagResource"];
    grants.push(grant("MappingTags", &tags, vec![here("lambda", "event-source-mapping:*")]));
    let group = here("logs", &format!("log-group:/aws/lambda/{}", named.function));
    grants.push(grant("LogGroup", &LOG_GROUP, vec![group.clone(), format!("{group}:*")]));
    grants.push(grant("Alarms", &ALARM, vec![here("cloudwatch", &format!("alarm:{}-*", named.function))]));
    let dashboard = format!("arn:${{AWS::Partition}}:cloudwatch::${{AWS::AccountId}}:dashboard/{}", named.function);
    let dashboards = ["cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"];
    grants.push(grant("Dashboard", &dashboards, vec![dashboard]));
    // AWS knows no resource for these.
    grants.push(grant(
        "Look",
        &["cloudwatch:DescribeAlarms", "kinesis:DescribeLimits", "logs:DescribeLogGroups"],
        vec!["*".to_owned()],
    ));
    grants
}

const STREAM: [&str; 15] = [
    "kinesis:AddTagsToStream",
    "kinesis:CreateStream",
    "kinesis:DecreaseStreamRetentionPeriod",
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:IncreaseStreamRetentionPeriod",
    "kinesis:ListTagsForResource",
    "kinesis:ListTagsForStream",
    "kinesis:RemoveTagsFromStream",
    "kinesis:StartStreamEncryption",
    "kinesis:StopStreamEncryption",
    "kinesis:TagResource",
    "kinesis:UntagResource",
    "kinesis:UpdateShardCount",
    "kinesis:UpdateStreamMode",
];

/// No `DeleteBucket`: buckets are kept, and only a person removes them.
const BUCKET: [&str; 23] = [
    "s3:CreateBucket",
    "s3:DeleteBucketPolicy",
    "s3:GetBucketAcl",
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketNotification",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucket",
    "s3:PutBucketLogging",
    "s3:PutBucketNotification",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
];

/// It names the role itself, after the stack.
const ROLE: [&str; 16] = [
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:ListRoleTags",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
];

const FUNCTION: [&str; 14] = [
    "lambda:CreateFunction",
    "lambda:DeleteFunction",
    "lambda:DeleteFunctionConcurrency",
    "lambda:GetFunction",
    "lambda:GetFunctionCodeSigningConfig",
    "lambda:GetFunctionConfiguration",
    "lambda:GetFunctionRecursionConfig",
    "lambda:GetRuntimeManagementConfig",
    "lambda:ListTags",
    "lambda:PutFunctionConcurrency",
    "lambda:TagResource",
    "lambda:UntagResource",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
];

const MAPPING: [&str; 3] =
    ["lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"];

const LOG_GROUP: [&str; 7] = [
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:DeleteRetentionPolicy",
    "logs:ListTagsForResource",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "logs:UntagResource",
];

const ALARM: [&str; 5] = [
    "cloudwatch:DeleteAlarms",
    "cloudwatch:ListTagsForResource",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:TagResource",
    "cloudwatch:UntagResource",
];
