//! The alarms: what a person must know of, and when. Few, and none that fires while all is well.

use super::text::{Reference, Text};
use crate::environment::Environment;

/// A CloudWatch alarm: it goes off when `measure` is greater than `threshold` in `datapoints_to_alarm` of
/// `evaluation_periods` periods.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// Its id, in words joined by `_`.
    pub id: &'static str,
    /// What it means and what it asks for.
    pub description: String,
    /// What is measured.
    pub measure: Measure,
    /// What it must not exceed, in the metric's unit.
    pub threshold: f64,
    /// Of how many periods.
    pub evaluation_periods: u32,
    /// How many.
    pub datapoints_to_alarm: u32,
    /// What a period without a value is.
    pub missing: MissingData,
}

/// `TreatMissingData`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingData {
    /// All is well: nothing happened, so nothing was measured.
    NotBreaching,
    /// It is the trouble itself.
    Breaching,
}

/// What an alarm measures.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// One metric.
    Metric(Metric),
    /// An expression over metrics.
    Expression {
        /// Metric math.
        expression: &'static str,
        /// What a graph calls it.
        label: &'static str,
        /// The metrics by the ids that the expression has.
        metrics: Vec<(&'static str, Metric)>,
    },
}

/// A metric, with its dimension, statistic and period.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// `Namespace`.
    pub namespace: &'static str,
    /// `MetricName`.
    pub name: &'static str,
    /// The one dimension: its name and its value.
    pub dimension: (&'static str, Text),
    /// `Statistic`.
    pub statistic: &'static str,
    /// In seconds.
    pub period_seconds: u32,
}

/// The age at which the function is behind: five minutes, or five batching windows where these are long.
const BEHIND_SECONDS: u32 = 300;
const BEHIND_WINDOWS: u32 = 5;

const MINUTE: u32 = 60;
const FIVE_MINUTES: u32 = 300;

/// Where the metrics of an environment lie.
struct Metrics<'e>(&'e Environment);

fn of_function(name: &'static str, statistic: &'static str, period_seconds: u32) -> Metric {
    let dimension = ("FunctionName", Reference::FunctionName.into());
    Metric { namespace: "AWS/Lambda", name, dimension, statistic, period_seconds }
}

fn of_mapping(name: &'static str, period_seconds: u32) -> Metric {
    let dimension = ("EventSourceMappingUUID", Reference::MappingUuid.into());
    Metric { namespace: "AWS/Lambda", name, dimension, statistic: "Sum", period_seconds }
}

impl Metrics<'_> {
    fn stream(&self, name: &'static str, statistic: &'static str, period_seconds: u32) -> Metric {
        let dimension = ("StreamName", self.0.stream.name.as_str().into());
        Metric { namespace: "AWS/Kinesis", name, dimension, statistic, period_seconds }
    }

    /// The function's own, in the embedded metric format.
    fn own(&self, name: &'static str, period_seconds: u32) -> Metric {
        let dimension = ("DeliveryStreamName", self.0.delivery.delivery_name.as_str().into());
        Metric { namespace: "Penstock", name, dimension, statistic: "Sum", period_seconds }
    }
}

/// All alarms of an environment.
pub(super) fn all_of(environment: &Environment) -> Vec<Alarm> {
    of_age(environment).into_iter().chain(of_loss(environment)).chain(of_failing(environment)).collect()
}

/// Records that wait.
fn of_age(environment: &Environment) -> [Alarm; 2] {
    let metrics = Metrics(environment);
    let window = environment.event_source_mapping.maximum_batching_window_in_seconds;
    let behind = BEHIND_SECONDS.max(BEHIND_WINDOWS * window);
    let hours = environment.stream.retention_period_hours;
    [
        Alarm {
            threshold: f64::from(behind) * 1_000.0,
            ..alarm(
                "behind",
                format!("Records wait for more than {behind} s before the function has them"),
                of_function("IteratorAge", "Maximum", MINUTE),
                (8, 10),
            )
        },
        Alarm {
            threshold: f64::from(hours) * 3_600.0 * 1_000.0 / 2.0,
            ..alarm(
                "close_to_loss",
                format!(
                    "Records are older than half of the {hours} h that the stream keeps them: what expires is lost"
                ),
                metrics.stream("GetRecords.IteratorAgeMilliseconds", "Maximum", FIVE_MINUTES),
                (1, 1),
            )
        },
    ]
}

/// Records that are gone, or lie where a person must look.
fn of_loss(environment: &Environment) -> Vec<Alarm> {
    let metrics = Metrics(environment);
    let once = (1, 1);
    let dropped = alarm(
        "dropped",
        "The event source mapping gave records up and they are nowhere".to_owned(),
        of_mapping("DroppedEventCount", FIVE_MINUTES),
        once,
    );
    let given_up = alarm(
        "given_up",
        "The event source mapping gave batches up: they lie at its failure destination".to_owned(),
        of_mapping("OnFailureDestinationDeliveredEventCount", FIVE_MINUTES),
        once,
    );
    let failures_lost = alarm(
        "failures_lost",
        "Batches that were given up could not be sent to the failure destination".to_owned(),
        of_function("DestinationDeliveryFailures", "Sum", FIVE_MINUTES),
        once,
    );
    let failed_records = alarm(
        "failed_records",
        "Records failed in the transform: they lie under the error output prefix".to_owned(),
        metrics.own("FailedRecords", FIVE_MINUTES),
        once,
    );
    let destination = environment.event_source_mapping.on_failure.destination().is_some();
    let of_destination = if destination { vec![given_up, failures_lost] } else { Vec::new() };
    [dropped].into_iter().chain(of_destination).chain([failed_records]).collect()
}

/// Batches that do not come through.
fn of_failing(environment: &Environment) -> [Alarm; 5] {
    let metrics = Metrics(environment);
    let often = (3, 5);
    let not_polled = Measure::Expression {
        expression: "IF(FILL(incoming, 0) > 0 AND FILL(polled, 0) < 1, 1, 0)",
        label: "records come in and none is polled",
        metrics: vec![
            ("incoming", metrics.stream("IncomingRecords", "Sum", FIVE_MINUTES)),
            ("polled", of_mapping("PolledEventCount", FIVE_MINUTES)),
        ],
    };
    [
        // Partial answers do not show among the errors of the function, but here.
        alarm(
            "failing",
            "Invocations fail: records wait and are tried again".to_owned(),
            of_mapping("FailedInvokeEventCount", MINUTE),
            often,
        ),
        alarm("errors", "The function ends in errors".to_owned(), of_function("Errors", "Sum", MINUTE), often),
        alarm(
            "throttles",
            "Lambda throttles the function: the account or the reserved concurrency has too few".to_owned(),
            of_function("Throttles", "Sum", MINUTE),
            often,
        ),
        Alarm {
            measure: not_polled,
            // A mapping that is off or gone measures nothing at all.
            missing: MissingData::Breaching,
            ..alarm(
                "not_polled",
                "Records come in and none is polled for 15 minutes: is the event source mapping enabled?".to_owned(),
                of_mapping("PolledEventCount", FIVE_MINUTES),
                (3, 3),
            )
        },
        alarm(
            "reads_throttled",
            "Kinesis throttles reads for 10 minutes: too many read this stream".to_owned(),
            metrics.stream("ReadProvisionedThroughputExceeded", "Sum", FIVE_MINUTES),
            (2, 2),
        ),
    ]
}

/// An alarm that goes off above 0, with `datapoints` of so many periods; no value is well.
fn alarm(id: &'static str, description: String, metric: Metric, datapoints: (u32, u32)) -> Alarm {
    Alarm {
        id,
        description,
        measure: Measure::Metric(metric),
        threshold: 0.0,
        evaluation_periods: datapoints.1,
        datapoints_to_alarm: datapoints.0,
        missing: MissingData::NotBreaching,
    }
}
