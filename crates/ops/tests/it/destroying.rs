//! `destroy`: its order, what it waits for, and how it ends where it cannot go on.

use serde_json::Value;

use crate::service::{Script, Service};
use crate::transcript;

const STACK: &str = "AWS::CloudFormation::Stack";
const DESTROY: [&str; 4] = ["destroy", "--yes", "--drain", "0"];

const MAPPINGS: &str = "GET /2015-03-31/event-source-mappings";
const MAPPING: &str = "GET /2015-03-31/event-source-mappings/m-1";
const DISABLE: &str = "PUT /2015-03-31/event-source-mappings/m-1";
const BUSY: (u16, &str) = (400, r#"{"__type":"ResourceInUseException","message":"it is being updated"}"#);

const NO_BUCKET: (u16, &str) = (404, "<Error><Code>NoSuchBucket</Code><Message>no bucket</Message></Error>");

/// An account without buckets and without mappings.
fn account() -> Script {
    Script::new()
        .says("GET /acme", &[NO_BUCKET])
        .answers("GET /penstock-artifacts", &["<ListBucketResult/>"])
        .answers(MAPPINGS, &[r#"{"EventSourceMappings":[]}"#])
        .events(&[&[]])
}

/// With a mapping in a state, and what its disabling is answered with.
fn mapped(state: &str, disabling: &[(u16, &str)]) -> Script {
    let list = format!(
        r#"{{"EventSourceMappings":[{{"UUID":"m-1","State":"{state}",
            "EventSourceArn":"arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"}}]}}"#
    );
    account()
        .answers(MAPPINGS, &[&list])
        .answers(MAPPING, &[r#"{"UUID":"m-1","State":"Disabling"}"#, r#"{"UUID":"m-1","State":"Disabled"}"#])
        .says(DISABLE, disabling)
}

fn place(asked: &[String], call: &str) -> usize {
    asked.iter().position(|own| own == call).unwrap_or_else(|| panic!("{call} is none of {asked:?}"))
}

#[tokio::test]
async fn the_mapping_is_disabled_before_the_stack_is_deleted() {
    let script =
        mapped("Enabled", &[(202, "{}")]).stacks(&["CREATE_COMPLETE", "CREATE_COMPLETE", "DELETE_IN_PROGRESS", "none"]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&DESTROY).await;
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("removed  the stack clicks") && said.ends_with("nothing is left"), "{said}");
    let asked = service.asked();
    let looked = asked.iter().rposition(|call| call == MAPPING).unwrap();
    assert!(place(&asked, DISABLE) < looked && looked < place(&asked, "DeleteStack"), "{asked:?}");
    assert_eq!(asked.iter().filter(|call| *call == MAPPING).count(), 2, "{asked:?}");
    transcript::same("destroy", &said);
}

#[tokio::test]
async fn a_mapping_that_is_being_changed_is_asked_again() {
    let script = mapped("Disabling", &[BUSY, BUSY, (202, "{}")]).stacks(&[
        "CREATE_COMPLETE",
        "CREATE_COMPLETE",
        "DELETE_IN_PROGRESS",
        "none",
    ]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&DESTROY).await;
    assert_eq!(exit, 0, "{said}");
    assert_eq!(service.asked().iter().filter(|call| *call == DISABLE).count(), 3, "{said}");
}

#[tokio::test]
async fn a_stack_that_is_being_updated_is_waited_for() {
    let script = account().stacks(&[
        "UPDATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE",
        "DELETE_IN_PROGRESS",
        "none",
    ]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&DESTROY).await;
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("the stack is in UPDATE_IN_PROGRESS: watching"), "{said}");
    let asked = service.asked();
    let looks = asked[..place(&asked, "DeleteStack")].iter().filter(|call| *call == "DescribeStacks").count();
    assert_eq!(looks, 4, "{asked:?}");
}

#[tokio::test]
async fn a_stack_that_is_being_deleted_is_only_watched() {
    let script = account().stacks(&["DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&DESTROY).await;
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("removed  the stack clicks"), "{said}");
    assert!(!service.was_asked("DeleteStack") && !service.was_asked(MAPPINGS), "{:?}", service.asked());
}

#[tokio::test]
async fn what_could_not_be_deleted_is_told_to_programs() {
    let events = [
        ("clicks", STACK, "DELETE_IN_PROGRESS", ""),
        ("Role", "AWS::IAM::Role", "DELETE_FAILED", "it has policies of somebody else's"),
        ("clicks", STACK, "DELETE_FAILED", ""),
    ];
    let script = account()
        .stacks(&["CREATE_COMPLETE", "CREATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_FAILED"])
        .events(&[&events[..1], &events]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&[&DESTROY[..], &["--json"]].concat()).await;
    assert_eq!(exit, 1, "{said}");
    let told: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!((&told["result"], &told["cause"]["resource"]), (&"failed".into(), &"Role".into()), "{said}");
    assert!(said.contains("the stack is in DELETE_FAILED: mend what it names, and destroy again"), "{said}");
}

#[tokio::test]
async fn an_upload_that_ended_meanwhile_does_not_stop_a_purge() {
    let uploads = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>part</Key>\
                   <UploadId>u-1</UploadId></Upload></ListMultipartUploadsResult>";
    let versions = "<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>";
    // Counted twice, before the question and before the purge; then purged; then looked at again.
    let lists = [versions, uploads, versions, uploads, uploads, versions].map(|body| (200, body));
    let script = account()
        .stacks(&["none"])
        .says("GET /acme-clicks", &[&lists[..], &[NO_BUCKET]].concat())
        .says("GET /acme-clicks-failures", &[NO_BUCKET])
        .says("DELETE /acme-clicks/part", &[(404, "<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>")])
        .says("DELETE /acme-clicks", &[(204, "")]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&[&DESTROY[..], &["--purge=acme-clicks"]].concat()).await;
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("removed  the bucket acme-clicks, with 0 versions of objects"), "{said}");
    assert!(service.was_asked("DELETE /acme-clicks/part"), "{:?}", service.asked());
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_it_where_it_is() {
    let script = mapped("Disabling", &[BUSY]).stacks(&["CREATE_COMPLETE"]);
    let service = Service::start(script).await;
    let (exit, said) = service.interrupt(&DESTROY, DISABLE, 2).await;
    assert_eq!(exit, 130, "{said}");
    assert!(said.ends_with("interrupted: run the same command again for the rest"), "{said}");
    assert!(!service.was_asked("DeleteStack"));
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_while_a_stack_is_deleted_lets_go_of_it() {
    let script = account().stacks(&["CREATE_COMPLETE", "CREATE_COMPLETE", "DELETE_IN_PROGRESS"]);
    let service = Service::start(script).await;
    let (exit, said) = service.interrupt(&DESTROY, "DescribeStackEvents", 2).await;
    assert_eq!(exit, 130, "{said}");
    assert!(said.ends_with("detached: the stack goes on; run the same command again for the rest"), "{said}");
}
