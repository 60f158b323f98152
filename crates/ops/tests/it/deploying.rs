//! `deploy`: what is told of resources, the cause of a failure first, and what is done with stacks that are not at rest.

use crate::service::{Script, Service, change};
use crate::transcript;

const STACK: &str = "AWS::CloudFormation::Stack";
const ROLE: (&str, &str) = ("Role", "AWS::IAM::Role");

fn first() -> Script {
    let changes = format!(
        "{}{}",
        change("Add", "Role", "AWS::IAM::Role", ""),
        change("Add", "Function", "AWS::Lambda::Function", "")
    );
    Script::new().change_set("CREATE_COMPLETE", "", &changes)
}

fn update(changes: &str) -> Script {
    let template = "<GetTemplateResponse><GetTemplateResult><TemplateBody>another</TemplateBody></GetTemplateResult></GetTemplateResponse>";
    Script::new().change_set("CREATE_COMPLETE", "", changes).answers("GetTemplate", &[template])
}

#[tokio::test]
async fn each_resource_is_told_once_and_in_order() {
    let begun = (&"clicks", &STACK);
    let events = [
        (*begun.0, *begun.1, "CREATE_IN_PROGRESS", ""),
        (ROLE.0, ROLE.1, "CREATE_IN_PROGRESS", ""),
        (ROLE.0, ROLE.1, "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        (ROLE.0, ROLE.1, "CREATE_COMPLETE", ""),
        ("Function", "AWS::Lambda::Function", "CREATE_IN_PROGRESS", ""),
        ("Function", "AWS::Lambda::Function", "CREATE_COMPLETE", ""),
        (*begun.0, *begun.1, "CREATE_COMPLETE", ""),
    ];
    let script = first()
        .stacks(&["none", "none", "CREATE_IN_PROGRESS", "throttled", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"])
        .events(&[&events[..2], &events[..4], &events]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&["deploy", "--yes"]).await;
    assert_eq!(exit, 0, "{said}");
    let steps: Vec<&str> = said.lines().filter(|line| line.starts_with("   ✓") || line.starts_with("   …")).collect();
    let words: Vec<String> =
        steps.iter().map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        words,
        ["… Role AWS::IAM::Role", "✓ Role create", "… Function AWS::Lambda::Function", "✓ Function create"],
        "{said}"
    );
    assert!(service.was_asked("ExecuteChangeSet"));
    transcript::same("deploy-first", &said);
}

#[tokio::test]
async fn a_stack_that_still_looks_as_before_has_not_ended() {
    let events = [("clicks", STACK, "CREATE_IN_PROGRESS", ""), (ROLE.0, ROLE.1, "CREATE_COMPLETE", "")];
    let script = first()
        .stacks(&["none", "none", "REVIEW_IN_PROGRESS", "REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"])
        .events(&[&[], &[], &events]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&["deploy", "--yes"]).await;
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("✓ Role"), "{said}");
}

#[tokio::test]
async fn a_creation_that_failed_is_watched_until_its_rest_is_gone() {
    let events = [
        ("clicks", STACK, "CREATE_IN_PROGRESS", ""),
        (ROLE.0, ROLE.1, "CREATE_FAILED", "no"),
        ("clicks", STACK, "CREATE_FAILED", "failed"),
    ];
    let script = first()
        .stacks(&["none", "none", "CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
        .events(&[&events]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&["deploy", "--yes"]).await;
    assert_eq!(exit, 4, "{said}");
    assert!(
        said.contains("failed: Role (AWS::IAM::Role): no") && said.contains("nothing of the stack is left"),
        "{said}"
    );
}

#[tokio::test]
async fn the_cause_comes_first_and_what_it_drew_with_it_is_counted() {
    let events = [
        ("clicks", STACK, "CREATE_IN_PROGRESS", ""),
        ("Stream", "AWS::Kinesis::Stream", "CREATE_IN_PROGRESS", ""),
        (ROLE.0, ROLE.1, "CREATE_IN_PROGRESS", ""),
        ("Stream", "AWS::Kinesis::Stream", "CREATE_FAILED", "LimitExceededException: Shard limit exceeded"),
        (ROLE.0, ROLE.1, "CREATE_FAILED", "Resource creation cancelled"),
        ("clicks", STACK, "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Stream, Role]."),
        ("clicks", STACK, "DELETE_COMPLETE", ""),
    ];
    let script =
        first().stacks(&["none", "none", "CREATE_IN_PROGRESS", "DELETE_COMPLETE"]).events(&[&events[..2], &events]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&["deploy", "--yes"]).await;
    assert_eq!(exit, 4, "{said}");
    let block: Vec<&str> = said.lines().skip_while(|line| !line.starts_with("failed:")).collect();
    assert_eq!(
        block,
        [
            "failed: Stream (AWS::Kinesis::Stream): LimitExceededException: Shard limit exceeded",
            "  a quota of the account is reached: `cargo xtask doctor` shows which",
            "  1 others were cancelled because of it",
            "the stack is in DELETE_COMPLETE: nothing of the stack is left",
        ],
        "{said}"
    );
    transcript::same("deploy-failed", &said);
}

#[tokio::test]
async fn an_update_that_fails_is_rolled_back() {
    let events = [
        ("clicks", STACK, "UPDATE_IN_PROGRESS", ""),
        ("Function", "AWS::Lambda::Function", "UPDATE_IN_PROGRESS", ""),
        (
            "Function",
            "AWS::Lambda::Function",
            "UPDATE_FAILED",
            "User: x is not authorized to perform: s3:GetObject on resource: y",
        ),
        ("clicks", STACK, "UPDATE_ROLLBACK_COMPLETE", ""),
    ];
    let script = update(&change("Modify", "Function", "AWS::Lambda::Function", "False"))
        .stacks(&["UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"])
        .events(&[&events]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&["deploy", "--yes"]).await;
    assert_eq!(exit, 4, "{said}");
    assert!(said.contains("Code.S3Key  old.zip → new.zip"), "{said}");
    assert!(said.contains("  allow s3:GetObject to whoever deploys"), "{said}");
    transcript::same("deploy-rolled-back", &said);
    assert!(said.contains("the stack is in UPDATE_ROLLBACK_COMPLETE: the stack is as it was before"), "{said}");
}

/// Somebody set the function's memory by hand.
fn drifted() -> Script {
    let change = "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action>\
        <LogicalResourceId>Function</LogicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType>\
        <Replacement>False</Replacement><Details><member><Target><Attribute>Properties</Attribute>\
        <Path>/Properties/MemorySize</Path><BeforeValue>512</BeforeValue><AfterValue>512</AfterValue>\
        <Drift><PreviousValue>512</PreviousValue><ActualValue>3008</ActualValue></Drift></Target></member></Details>\
        </ResourceChange></member>";
    let body = format!(
        "<DescribeChangeSetResponse><DescribeChangeSetResult><Status>CREATE_COMPLETE</Status>\
         <DeploymentMode>REVERT_DRIFT</DeploymentMode><Changes>{change}</Changes></DescribeChangeSetResult>\
         </DescribeChangeSetResponse>"
    );
    update("").answers("DescribeChangeSet", &[&body]).stacks(&["UPDATE_COMPLETE", "UPDATE_COMPLETE"])
}

#[tokio::test]
async fn what_somebody_changed_by_hand_is_a_difference_and_is_put_back_on_request() {
    let service = Service::start(drifted()).await;
    let (exit, said) = service.run(&["plan"]).await;
    assert_eq!(exit, 2, "{said}");
    assert!(said.contains("MemorySize  3008 → 512  (changed by hand)"), "{said}");
    assert!(service.bodies("CreateChangeSet").contains("DeploymentMode=REVERT_DRIFT"));
    let stacks = ["UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"];
    for (flags, reverts) in [(&["deploy", "--yes", "--revert-drift"][..], true), (&["deploy", "--yes"], false)] {
        let events = [("clicks", STACK, "UPDATE_IN_PROGRESS", "")];
        let service = Service::start(drifted().stacks(&stacks).events(&[&events])).await;
        let (exit, said) = service.run(flags).await;
        assert_eq!(exit, 0, "{said}");
        assert_eq!(service.bodies("CreateChangeSet").contains("DeploymentMode"), reverts, "{flags:?}");
    }
}

#[tokio::test]
async fn where_drift_is_not_known_of_it_is_asked_without() {
    let refusal = "<ErrorResponse><Error><Code>ValidationError</Code><Message>Value REVERT_DRIFT at DeploymentMode failed\
        </Message></Error></ErrorResponse>";
    let created = "<CreateChangeSetResponse><CreateChangeSetResult><Id>change</Id><StackId>stack-id</StackId>\
        </CreateChangeSetResult></CreateChangeSetResponse>";
    let script = drifted().says("CreateChangeSet", &[(400, refusal), (200, created)]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&["plan"]).await;
    assert_eq!(exit, 2, "{said}");
    assert_eq!(service.bodies("CreateChangeSet").matches("DeploymentMode").count(), 1);
}

#[tokio::test]
async fn both_texts_of_an_empty_change_set_are_success() {
    for reason in [
        "The submitted information didn't contain changes. Submit different information",
        "No updates are to be performed.",
    ] {
        let script = update("").change_set("FAILED", reason, "").stacks(&["UPDATE_COMPLETE"]);
        let service = Service::start(script).await;
        let (exit, said) = service.run(&["deploy", "--yes"]).await;
        assert_eq!(exit, 0, "{said}");
        assert!(said.contains("nothing changed"), "{said}");
        assert!(service.was_asked("DeleteChangeSet") && !service.was_asked("ExecuteChangeSet"));
    }
}

#[tokio::test]
async fn a_change_set_that_is_refused_says_why_and_is_thrown_away() {
    let events = "<DescribeEventsResponse><DescribeEventsResult><OperationEvents><member><LogicalResourceId>DataBucket\
                  </LogicalResourceId><ValidationStatusReason>the bucket acme-clicks exists</ValidationStatusReason>\
                  </member></OperationEvents></DescribeEventsResult></DescribeEventsResponse>";
    let script = first().change_set("FAILED", "Validation failed", "").answers("DescribeEvents", &[events]).stacks(&[
        "none",
        "none",
        "REVIEW_IN_PROGRESS",
    ]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&["deploy", "--yes"]).await;
    assert_eq!(exit, 1, "{said}");
    assert!(
        said.contains(
            "CloudFormation refuses the change: Validation failed\n  DataBucket: the bucket acme-clicks exists"
        ),
        "{said}"
    );
    assert!(service.was_asked("DeleteChangeSet") && service.was_asked("DeleteStack"), "{:?}", service.asked());
}

#[tokio::test]
async fn a_mapping_that_would_begin_anew_needs_its_own_flag() {
    let changes = change("Modify", "Mapping", "AWS::Lambda::EventSourceMapping", "True");
    let mappings = r#"{"EventSourceMappings":[{"UUID":"old","State":"Enabled","EventSourceArn":"arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"}]}"#;
    let script = || {
        update(&changes)
            .answers("GET /2015-03-31/event-source-mappings", &[mappings])
            .answers("DELETE /2015-03-31/event-source-mappings/old", &["{}"])
            .events(&[&[("clicks", STACK, "UPDATE_IN_PROGRESS", ""), ("clicks", STACK, "UPDATE_COMPLETE", "")]])
    };
    let service = Service::start(script().stacks(&["UPDATE_COMPLETE"])).await;
    let (exit, said) = service.run(&["deploy", "--yes"]).await;
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("LOSS: Mapping: another event source mapping begins anew"), "{said}");
    assert!(said.contains("--accept-checkpoint-loss"), "{said}");
    assert!(service.was_asked("DeleteChangeSet") && !service.was_asked("ExecuteChangeSet"));
    transcript::same("deploy-would-lose-the-checkpoint", &said);
    let (exit, said) = service.run(&["plan"]).await;
    assert_eq!(exit, 2, "{said}");
    transcript::same("plan", &said);
    let service = Service::start(script().stacks(&[
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]))
    .await;
    let (exit, said) = service.run(&["deploy", "--yes", "--accept-checkpoint-loss"]).await;
    assert_eq!(exit, 0, "{said}");
    // CloudFormation makes the new one first, and Lambda refuses a second one.
    let asked = service.asked();
    let place = |call: &str| asked.iter().position(|own| own.starts_with(call));
    assert!(
        place("DELETE /2015-03-31/event-source-mappings/old").unwrap() < place("ExecuteChangeSet").unwrap(),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_stack_that_is_being_changed_is_watched_and_then_deployed_to() {
    let events =
        [("clicks", STACK, "UPDATE_IN_PROGRESS", ""), ("Function", "AWS::Lambda::Function", "UPDATE_COMPLETE", "")];
    let script = update("")
        .change_set("FAILED", "No updates are to be performed.", "")
        .stacks(&["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"])
        .events(&[&events]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&["deploy", "--yes"]).await;
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("the stack is in UPDATE_IN_PROGRESS: watching") && said.contains("✓ Function"), "{said}");
}

#[tokio::test]
async fn the_rest_of_a_creation_that_failed_is_deleted_first() {
    let script = first()
        .stacks(&["ROLLBACK_COMPLETE", "DELETE_COMPLETE", "none", "none", "CREATE_COMPLETE"])
        .events(&[&[("clicks", STACK, "DELETE_IN_PROGRESS", "")]]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&["deploy", "--yes"]).await;
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("of a deployment that failed (ROLLBACK_COMPLETE)"), "{said}");
    let asked = service.asked();
    let place = |call: &str| asked.iter().position(|own| own == call).unwrap();
    assert!(place("DeleteStack") < place("CreateChangeSet"));
}

#[tokio::test]
async fn what_an_earlier_stack_left_is_taken_in() {
    let script = first().answers("HEAD /acme", &[""]).stacks(&["none", "none", "CREATE_COMPLETE"]).events(&[&[(
        "clicks",
        STACK,
        "CREATE_IN_PROGRESS",
        "",
    )]]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&["deploy", "--yes"]).await;
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("adopt    the bucket acme-clicks is there already"), "{said}");
    let asked = service.bodies("CreateChangeSet");
    // A creation that fails must never delete what was there before.
    assert!(asked.contains("ImportExistingResources=true") && !asked.contains("OnStackFailure"), "{asked}");
    assert!(service.bodies("ExecuteChangeSet").contains("RetainExceptOnCreate=false"));
}

#[tokio::test]
async fn a_first_deployment_that_fails_is_to_leave_nothing() {
    let script = first().stacks(&["none", "none", "CREATE_COMPLETE"]).events(&[&[]]);
    let service = Service::start(script).await;
    assert_eq!(service.run(&["deploy", "--yes"]).await.0, 0);
    let asked = service.bodies("CreateChangeSet");
    assert!(asked.contains("OnStackFailure=DELETE"), "{asked}");
    assert!(
        asked.contains("Capabilities.member.1=CAPABILITY_IAM") && asked.contains("ChangeSetType=CREATE"),
        "{asked}"
    );
    assert!(service.bodies("ExecuteChangeSet").contains("RetainExceptOnCreate=true"));
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_lets_go_and_says_how_to_go_on() {
    let events =
        [("clicks", STACK, "UPDATE_IN_PROGRESS", ""), ("Function", "AWS::Lambda::Function", "UPDATE_IN_PROGRESS", "")];
    let script = update(&change("Modify", "Function", "AWS::Lambda::Function", "False"))
        .stacks(&["UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS"])
        .events(&[&events]);
    let service = Service::start(script).await;
    let (exit, said) = service.interrupt(&["deploy", "--yes"], "DescribeStackEvents", 2).await;
    assert_eq!(exit, 130, "{said}");
    assert!(said.contains("detached: the stack clicks goes on; run the same command again to watch"), "{said}");
    assert!(said.contains("aws cloudformation cancel-update-stack --stack-name clicks"), "{said}");
}
