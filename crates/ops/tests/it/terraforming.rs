//! The `terraform` program as it behaves on a bad day, played by a script: too old, interrupted, or about to destroy data.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;

use crate::service::{Script, Service};

const STATE: &str = "<ListBucketResult><Contents><Key>clicks/terraform.tfstate</Key></Contents></ListBucketResult>";
const DESTROY: [&str; 5] = ["destroy", "--yes", "--drain", "0", "--engine"];

/// An account whose environment is Terraform's.
fn account() -> Script {
    Script::new()
        .stacks(&["none"])
        .answers("GET /penstock-artifacts", &[STATE])
        .says("GET /acme", &[(404, "<Error><Code>NoSuchBucket</Code><Message>no bucket</Message></Error>")])
        .answers("GET /2015-03-31/event-source-mappings", &[r#"{"EventSourceMappings":[]}"#])
        .says("DELETE", &[(204, "")])
}

/// A program that tells this version, plans this, and applies like that.
fn play(service: &Service, version: &str, plan: &str, apply: &str) {
    let folder = service.path("bin");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("terraform");
    let text = format!(
        "#!/bin/sh\necho \"$@\" >> '{0}'\ncase $1 in\nversion) echo '{{\"terraform_version\":\"{version}\"}}' ;;\n\
         state) printf 'aws_s3_bucket.data_bucket\\naws_iam_role.role\\n' ;;\nplan) exit 2 ;;\n\
         show) echo '{plan}' ;;\napply)\n{apply}\n;;\nesac\n",
        service.path("asked").display()
    );
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn asked(service: &Service) -> Vec<String> {
    let text = std::fs::read_to_string(service.path("asked")).unwrap_or_default();
    text.lines().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
}

fn change(address: &str, action: &str) -> String {
    let resource_type = address.split('.').next().unwrap();
    format!(
        r#"{{"resource_changes":[{{"address":"{address}","mode":"managed","type":"{resource_type}","change":{{"actions":["{action}"]}}}}]}}"#
    )
}

fn message(kind: &str) -> String {
    format!(
        r#"echo '{{"type":"{kind}","hook":{{"resource":{{"addr":"aws_iam_role.role","resource_type":"aws_iam_role"}},"action":"delete"}}}}'"#
    )
}

#[tokio::test]
async fn an_interrupt_is_handed_on_once_and_what_was_begun_is_finished() {
    let service = Service::start(account()).await;
    let apply = format!(
        "heard() {{\necho INT >> '{}'\n{}\nexit 1\n}}\ntrap heard INT\n{}\ncount=0\nwhile [ $count -lt 300 ]; do sleep 0.1; count=$((count+1)); done",
        service.path("heard").display(),
        message("apply_complete"),
        message("apply_start"),
    );
    play(&service, "1.11.4", &change("aws_iam_role.role", "delete"), &apply);
    let (exit, said) = service
        .interrupt_when(&[&DESTROY[..], &["terraform"]].concat(), || {
            asked(&service).last().is_some_and(|own| own == "apply")
        })
        .await;
    assert_eq!(exit, 130, "{said}");
    assert!(said.contains("interrupted: terraform finishes what is under way"), "{said}");
    assert!(said.contains("✓ aws_iam_role.role"), "{said}");
    assert!(said.ends_with("interrupted: run the same command again for the rest"), "{said}");
    assert_eq!(std::fs::read_to_string(service.path("heard")).unwrap(), "INT\n");
    assert!(!service.asked().iter().any(|call| call.starts_with("DELETE")), "the state stays");
}

#[tokio::test]
async fn what_holds_data_is_let_go_of_and_never_destroyed() {
    let service = Service::start(account()).await;
    play(&service, "1.11.4", &change("aws_s3_bucket.data_bucket", "delete"), "exit 0");
    let (exit, said) = service.run(&[&DESTROY[..], &["terraform"]].concat()).await;
    assert_eq!(exit, 1, "{said}");
    assert!(said.contains("terraform would destroy aws_s3_bucket.data_bucket"), "{said}");
    assert_eq!(asked(&service), ["version", "init", "state", "plan", "show"], "nothing is applied");
}

#[tokio::test]
async fn a_program_that_is_too_old_is_refused_and_one_that_is_missing_too() {
    let service = Service::start(account()).await;
    play(&service, "1.9.8", "", "");
    let (exit, said) = service.run(&[&DESTROY[..], &["terraform"]].concat()).await;
    assert_eq!(exit, 1, "{said}");
    assert!(said.contains("terraform is 1.9.8: expected 1.11 or newer"), "{said}");
    std::fs::remove_dir_all(service.path("bin")).unwrap();
    let (exit, said) = service.run(&[&DESTROY[..], &["terraform"]].concat()).await;
    assert_eq!(exit, 1, "{said}");
    assert!(said.contains("terraform is missing: see https://"), "{said}");
}
