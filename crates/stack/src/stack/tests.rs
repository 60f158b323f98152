use super::*;

fn stack(more: &str) -> Stack {
    let file = format!("[stream]\nname = 'clicks'\n[delivery]\nbucket = 'acme-clicks'\n{more}");
    Stack::of(&Environment::parse(&file).unwrap())
}

#[test]
fn what_makes_the_mapping_begin_anew_is_told() {
    let before = stack("");
    let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks";
    let existing = format!("[stream]\narn = '{arn}'\n[delivery]\nbucket = 'acme-clicks'\n");
    let existing = Stack::of(&Environment::parse(&existing).unwrap());
    for (name, after, told) in [
        ("nothing", stack(""), &[][..]),
        ("batch size", stack("[event_source_mapping]\nbatch_size = 5\n[function]\ntimeout = 60"), &[]),
        ("position", stack("[event_source_mapping]\nstarting_position = 'LATEST'"), &["StartingPosition changes"]),
        ("function", stack("[function]\nfunction_name = 'other'"), &["FunctionName changes from clicks to other: "]),
        ("stream", existing, &["the stream changes from clicks to arn:aws:kinesis:"]),
        (
            "time",
            stack(
                "[event_source_mapping]\nstarting_position = 'AT_TIMESTAMP'\nstarting_position_timestamp = \
                 2026-11-23T20:00:00Z",
            ),
            &["StartingPosition changes", "StartingPositionTimestamp changes from none to 1795464000: "],
        ),
    ] {
        let losses = after.checkpoint_losses(&before);
        assert_eq!(losses.len(), told.len(), "{name}: {losses:?}");
        assert!(losses.iter().zip(told).all(|(loss, told)| loss.starts_with(told)), "{name}: {losses:?}");
    }
}

#[test]
fn alarms_and_the_dashboard_name_metrics_that_the_function_has() {
    let fields = include_str!("../../../handler/src/telemetry/fields.rs");
    let stack = stack("");
    let mut own: Vec<&str> = Vec::new();
    for alarm in &stack.alarms {
        if let Measure::Metric(Metric { namespace: "Penstock", name, .. }) = &alarm.measure {
            own.push(name);
        }
    }
    let dashboard = format!("{:?}", stack.dashboard.body);
    own.extend(dashboard.split('"').filter(|text| text.starts_with("DeliveryToS3.") || *text == "AlreadyStored"));
    assert!(own.len() > 3, "{own:?}");
    for name in own {
        assert!(
            fields.contains(&format!("metric(\"{name}\"")) || fields.contains(&format!("\n    metric(\"{name}\"")),
            "{name}"
        );
    }
    assert!(fields.contains("\"Penstock\"") && fields.contains("\"DeliveryStreamName\""));
}

#[test]
fn alarms_follow_the_environment() {
    let ids = |stack: &Stack| stack.alarms.iter().map(|alarm| alarm.id).collect::<Vec<_>>();
    let (all, none) = (stack(""), stack("[event_source_mapping]\non_failure = 'none'"));
    assert!(ids(&all).contains(&"given_up") && ids(&all).contains(&"failures_lost"));
    assert!(!ids(&none).contains(&"given_up") && !ids(&none).contains(&"failures_lost"));
    let threshold = |stack: &Stack, id| stack.alarms.iter().find(|alarm| alarm.id == id).map(|alarm| alarm.threshold);
    let slow = stack("[event_source_mapping]\nmaximum_batching_window_in_seconds = 300");
    for (name, stack, id, expected) in [
        ("five minutes", &all, "behind", 300_000.0),
        ("five windows", &slow, "behind", 1_500_000.0),
        ("half of a week", &all, "close_to_loss", 302_400_000.0),
    ] {
        assert_eq!(threshold(stack, id), Some(expected), "{name}");
    }
}
