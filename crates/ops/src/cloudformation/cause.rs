//! Why a deployment failed: the first failure, not the cancelled ones that it drew after it, and what to do about it.

use serde::Serialize;

/// The first failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The resource that failed.
    pub resource: String,
    /// Its type.
    pub kind: String,
    /// What the service said, word by word.
    pub reason: String,
    /// What to do, where it is known.
    pub advice: Option<String>,
    /// How many others were cancelled because of it.
    pub cancelled: usize,
}

/// An event of a resource that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Logical id.
    pub resource: String,
    /// Type.
    pub kind: String,
    /// `ResourceStatusReason`.
    pub reason: String,
}

impl Failure {
    /// Whether it failed only because another one did.
    fn is_cancelled(&self) -> bool {
        let reason = self.reason.to_ascii_lowercase();
        reason.contains("resource creation cancelled")
            || reason.contains("resource update cancelled")
            || reason.contains("resource deletion cancelled")
            || reason.contains("resource import cancelled")
    }

    /// Whether it is the stack itself, which fails when something in it did.
    fn is_of_stack(&self) -> bool {
        self.kind == "AWS::CloudFormation::Stack"
    }
}

impl Cause {
    /// The cause of these failures, the oldest first.
    pub fn of(failures: &[Failure]) -> Option<Self> {
        let is_own = |failure: &&Failure| !failure.is_cancelled();
        let first = failures.iter().filter(is_own).find(|failure| !failure.is_of_stack());
        let first = first.or_else(|| failures.iter().find(is_own))?;
        Some(Self {
            resource: first.resource.clone(),
            kind: first.kind.clone(),
            reason: first.reason.clone(),
            advice: advice(&first.reason),
            cancelled: failures.iter().filter(|failure| failure.is_cancelled()).count(),
        })
    }
}

/// What to do about what a service said. The words are AWS's; who asks reads only parts of them.
pub fn advice(reason: &str) -> Option<String> {
    let has = |words: &str| reason.to_ascii_lowercase().contains(&words.to_ascii_lowercase());
    let advice = if has("not authorized to perform") || has("AccessDenied") {
        match denied_action(reason) {
            Some(action) => return Some(format!("allow {action} to whoever deploys, and deploy again")),
            None => "allow that action to whoever deploys, and deploy again",
        }
    } else if has("The role defined for the function cannot be assumed") || has("cannot be assumed by Lambda") {
        "the role was not known everywhere yet: deploy again"
    } else if has("UnreservedConcurrentExecution") || has("ReservedConcurrentExecutions for function") {
        "the account's concurrency is too small for function.reserved_concurrent_executions: ask AWS for more, or leave it out"
    } else if has("event source mapping with") || has("ResourceConflictException") {
        "a function has one mapping for a stream: remove the other one, which `aws lambda list-event-source-mappings` shows"
    } else if has("BucketAlreadyExists") {
        "somebody else has a bucket of this name: choose another"
    } else if has("already exists") || has("AlreadyOwnedByYou") {
        "it is there already and belongs to no stack that this one may adopt from: remove it from where it belongs"
    } else if has("KMS") && (has("denied") || has("disabled") || has("not found") || has("NotFound")) {
        "the KMS key must be enabled, in this region, and its policy must let the account use it"
    } else if has("LimitExceeded") || has("limit exceeded") || has("quota") {
        "a quota of the account is reached: `cargo xtask doctor` shows which"
    } else {
        return None;
    };
    Some(advice.to_owned())
}

/// The action in "... is not authorized to perform: s3:CreateBucket on resource ...".
fn denied_action(reason: &str) -> Option<&str> {
    let (_, rest) = reason.split_once("not authorized to perform: ")?;
    let action = rest.split([' ', ',', ';', ')']).next()?;
    action.contains(':').then_some(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(resource: &str, kind: &str, reason: &str) -> Failure {
        Failure { resource: resource.into(), kind: kind.into(), reason: reason.into() }
    }

    #[test]
    fn the_oldest_that_was_not_cancelled_is_the_cause() {
        let failures = [
            failure("Role", "AWS::IAM::Role", "Resource creation cancelled"),
            failure("Mapping", "AWS::Lambda::EventSourceMapping", "Invalid request (Status Code: 400)"),
            failure("Alarm", "AWS::CloudWatch::Alarm", "Resource creation cancelled"),
            failure("Function", "AWS::Lambda::Function", "another, later"),
            failure("clicks", "AWS::CloudFormation::Stack", "The following resource(s) failed to create: [Mapping]."),
        ];
        let cause = Cause::of(&failures).unwrap();
        assert_eq!((cause.resource.as_str(), cause.cancelled), ("Mapping", 2));
        assert_eq!(cause.advice, None);
        assert_eq!(Cause::of(&failures[4..]).unwrap().resource, "clicks");
        assert_eq!(Cause::of(&failures[..1]), None);
        assert_eq!(Cause::of(&[]), None);
    }

    #[test]
    fn what_is_known_has_advice() {
        for (reason, told) in [
            (
                "User: arn:aws:iam::1:user/a is not authorized to perform: s3:CreateBucket on resource: b",
                "allow s3:CreateBucket to",
            ),
            ("AccessDenied", "allow that action"),
            ("The role defined for the function cannot be assumed by Lambda.", "the role was not known everywhere"),
            (
                "decreases account's UnreservedConcurrentExecution below its minimum value of [10].",
                "the account's concurrency",
            ),
            ("An event source mapping with Kinesis arn (\" x \") already exists", "a function has one mapping"),
            ("clicks already exists", "it is there already"),
            ("The requested bucket name is not available. BucketAlreadyExists", "somebody else has a bucket"),
            ("KMS key x is disabled", "the KMS key must be enabled"),
            ("LimitExceededException: shards", "a quota of the account"),
        ] {
            assert!(advice(reason).is_some_and(|advice| advice.starts_with(told)), "{reason}: {:?}", advice(reason));
        }
        assert_eq!(advice("something else"), None);
    }
}
