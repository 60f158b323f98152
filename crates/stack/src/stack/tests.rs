use super::*;

fn stack(more: &str) -> Stack {
    let file = format!("[stream]\nname = 'clicks'\n[delivery]\nbucket = 'acme-clicks'\n{more}");
    Stack::of(&Environment::parse(&file).unwrap())
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
