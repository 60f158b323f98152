use super::*;

fn environment(more: &str) -> Environment {
    let file = format!("[stream]\nname = 'clicks'\n[delivery]\nbucket = 'acme-clicks'\n{more}");
    Environment::parse(&file).unwrap()
}

fn read(text: &str) -> serde_norway::Value {
    serde_norway::from_str(text).unwrap()
}

fn rendered(ids: Option<(u64, u64)>, has_provider: bool) -> serde_norway::Value {
    let repository = Repository::new("acme/pipes", ids).unwrap();
    read(&render(&environment(""), "prod", &repository, has_provider))
}

fn subjects(template: &serde_norway::Value, role: &str) -> Vec<String> {
    let trust = &template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0];
    let equals = &trust["Condition"]["StringEquals"];
    assert_eq!(equals["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com", "{role}");
    let subjects = equals["token.actions.githubusercontent.com:sub"].as_sequence().unwrap();
    subjects.iter().map(|subject| subject.as_str().unwrap().to_owned()).collect()
}

#[test]
fn subjects_are_exact_and_in_both_forms() {
    let without = rendered(None, false);
    assert_eq!(subjects(&without, "PlanRole"), ["repo:acme/pipes:pull_request", "repo:acme/pipes:ref:refs/heads/main"]);
    assert_eq!(subjects(&without, "DeployRole"), ["repo:acme/pipes:environment:prod"]);
    let with = rendered(Some((7, 42)), false);
    assert_eq!(
        subjects(&with, "DeployRole"),
        ["repo:acme/pipes:environment:prod", "repo:acme@7/pipes@42:environment:prod"]
    );
    assert_eq!(subjects(&with, "PlanRole").len(), 4);
    for role in ["PlanRole", "DeployRole"] {
        assert!(subjects(&with, role).iter().all(|subject| !subject.contains('*')), "{role}");
    }
}

#[test]
fn there_is_one_provider_in_an_account() {
    assert!(rendered(None, false)["Resources"].get("Provider").is_some());
    assert!(rendered(None, true)["Resources"].get("Provider").is_none());
}

#[test]
fn a_repository_is_organization_and_name() {
    for name in ["acme", "acme/", "/pipes", "acme/pipes/x", "acme/*", "acme/pi pes"] {
        let error = Repository::new(name, None).unwrap_err().to_string();
        assert!(error.starts_with(&format!("the repository is {name:?}: expected organization/name")), "{error}");
    }
}

/// Every statement of a role: its Sid, actions and resources.
fn statements(environment: &Environment, role: &str) -> Vec<(String, Vec<String>, Vec<String>)> {
    let repository = Repository::new("acme/pipes", None).unwrap();
    let template = read(&render(environment, "prod", &repository, false));
    let policy = &template["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"];
    let texts = |value: &serde_norway::Value| -> Vec<String> {
        let text = |value: &serde_norway::Value| match value {
            serde_norway::Value::Tagged(tagged) => tagged.value.as_str().unwrap().to_owned(),
            other => other.as_str().unwrap().to_owned(),
        };
        value.as_sequence().unwrap().iter().map(text).collect()
    };
    let one = |own: &serde_norway::Value| {
        (own["Sid"].as_str().unwrap().to_owned(), texts(&own["Action"]), texts(&own["Resource"]))
    };
    policy.as_sequence().unwrap().iter().map(one).collect()
}

#[test]
fn who_plans_carries_nothing_out() {
    let allowed = ["Get", "List", "Describe", "CreateChangeSet", "DeleteChangeSet", "PassRole"];
    for (sid, actions, _) in statements(&environment(""), "PlanRole") {
        for action in actions {
            let verb = action.split_once(':').unwrap().1;
            assert!(allowed.iter().any(|prefix| verb.starts_with(prefix)), "{sid}: {action}");
        }
    }
}

#[test]
fn nobody_deletes_what_holds_data() {
    for role in ["PlanRole", "DeployRole", "ServiceRole"] {
        for (sid, actions, _) in statements(&environment(""), role) {
            for action in actions {
                let deletes = ["s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion", "kinesis:DeleteStream"];
                assert!(!deletes.contains(&action.as_str()) && !action.contains('*'), "{role} {sid}: {action}");
            }
        }
    }
}

#[test]
fn everything_is_named_but_what_aws_cannot_name() {
    let existing = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks";
    let other =
        format!("[stream]\narn = '{existing}'\n[delivery]\nbucket = 'acme-clicks'\n[stack]\nexisting_bucket = true");
    for environment in [environment(""), Environment::parse(&other).unwrap()] {
        for role in ["PlanRole", "DeployRole", "ServiceRole"] {
            for (sid, _, resources) in statements(&environment, role) {
                assert!(!resources.is_empty(), "{role} {sid}");
                for resource in resources {
                    assert!(resource.starts_with("arn:") || sid == "Look", "{role} {sid}: {resource}");
                }
            }
        }
    }
    let touched = statements(&Environment::parse(&other).unwrap(), "ServiceRole");
    assert!(!touched.iter().any(|(sid, ..)| sid == "Stream"), "a stream of somebody else's is left alone");
}
