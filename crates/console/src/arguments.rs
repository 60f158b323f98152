//! The arguments of the commands that talk to AWS, as clap reads them. Names and meanings are a contract.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// The commands that talk to AWS.
#[derive(Debug, Clone, Subcommand)]
pub enum AwsCommand {
    /// Show what `deploy` would change, and what data that would touch
    Plan(PlanArguments),
    /// Bring an environment to an AWS account, or up to date there
    Deploy(DeployArguments),
    /// Show whether an environment is well, on one screen
    Status(StatusArguments),
    /// Show what the function says
    Logs(LogsArguments),
    /// Put records into the stream, and see them arrive
    Send(SendArguments),
    /// Say whether the bucket holds what it should, each record once
    Verify(VerifyArguments),
    /// Deliver what was given up, what no object covers, or what failed, in batches that are stored once
    Replay(ReplayArguments),
    /// Say what an environment costs a month, beside Firehose
    Cost(CostArguments),
    /// Remove an environment, and keep what holds data unless told otherwise
    Destroy(DestroyArguments),
    /// Say what is missing on this machine or in the account, and how to get it
    Doctor(DoctorArguments),
}

/// Which environment, and how AWS is reached.
#[derive(Debug, Clone, Args)]
pub struct Target {
    /// The environment: a name below infra/environments, or a path to a .toml
    #[arg(long, default_value = "dev", value_name = "NAME")]
    pub environment: String,
    /// The profile of the AWS configuration
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// The region; by default the environment's, else the profile's
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Where all of AWS is, for an emulator
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Tell the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// What carries a deployment out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Engine {
    /// CloudFormation: AWS keeps the state
    #[default]
    Cloudformation,
    /// The terraform program, 1.11 or newer: the state lies in the bucket of the code
    Terraform,
}

/// Show what `deploy` would change, and what data that would touch
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit: 0 nothing would change, 1 failed, 2 something would change, 64 usage.")]
pub struct PlanArguments {
    /// Which environment, and how AWS is reached.
    #[command(flatten)]
    pub target: Target,
    /// What carries it out
    #[arg(long, value_enum, default_value_t, value_name = "ENGINE")]
    pub engine: Engine,
    /// The function's zip; by default it is built and packaged
    #[arg(long, value_name = "ZIP")]
    pub package: Option<PathBuf>,
}

/// Bring an environment to an AWS account, or up to date there
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Exit: 0 done or nothing to do, 1 failed, 3 refused or declined, 4 rolled back, 64 usage, 130 detached."
)]
pub struct DeployArguments {
    /// Which environment, and how AWS is reached.
    #[command(flatten)]
    pub target: Target,
    /// What carries it out
    #[arg(long, value_enum, default_value_t, value_name = "ENGINE")]
    pub engine: Engine,
    /// The function's zip; by default it is built and packaged
    #[arg(long, value_name = "ZIP", conflicts_with = "rollback")]
    pub package: Option<PathBuf>,
    /// Deploy the code with this SHA-256 again, which an earlier deployment uploaded; its first 8 digits are enough
    #[arg(long, value_name = "SHA")]
    pub rollback: Option<String>,
    /// Do not ask. It never covers a loss of data
    #[arg(long, short)]
    pub yes: bool,
    /// Let the event source mapping begin anew: records are read twice, or are skipped
    #[arg(long)]
    pub accept_checkpoint_loss: bool,
    /// Put back what somebody changed by hand, as `plan` shows it. Terraform always does
    #[arg(long)]
    pub revert_drift: bool,
}

/// Show whether an environment is well, on one screen
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit: 0 healthy, 1 failed, 5 unhealthy, 64 usage.")]
pub struct StatusArguments {
    /// Which environment, and how AWS is reached.
    #[command(flatten)]
    pub target: Target,
}

/// Show what the function says
#[derive(Debug, Clone, Args)]
pub struct LogsArguments {
    /// Which environment, and how AWS is reached.
    #[command(flatten)]
    pub target: Target,
    /// From how long ago: a number and s, m, h or d
    #[arg(long, default_value = "10m", value_name = "DURATION")]
    pub since: String,
    /// Only lines that contain this
    #[arg(long, value_name = "TEXT")]
    pub grep: Option<String>,
    /// Go on until Ctrl-C
    #[arg(long)]
    pub follow: bool,
}

/// What several records are wrapped in, and what the environment must say for them to come apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Aggregate {
    /// An aggregate of the Kinesis Producer Library; needs no setting
    Kpl,
    /// JSON objects, one a line; `record_deaggregation = "JSON"`
    Json,
    /// Lines; `record_deaggregation = "DELIMITED"` with the delimiter `\n`
    Delimited,
    /// A gzipped document of CloudWatch Logs; `decompression = "GZIP"` with `data_message_extraction`
    CloudwatchLogs,
}

/// Put records into the stream, and see them arrive
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit: 0 done, 1 failed or records are missing, 64 usage, 130 interrupted.")]
pub struct SendArguments {
    /// Which environment, and how AWS is reached.
    #[command(flatten)]
    pub target: Target,
    /// How many records
    #[arg(long, default_value_t = 100, value_name = "N", conflicts_with = "file",
        value_parser = clap::value_parser!(u64).range(1..))]
    pub count: u64,
    /// Records a second
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: u32,
    /// Bytes of each record
    #[arg(long, default_value_t = 1_024, value_name = "BYTES", conflicts_with = "file",
        value_parser = clap::value_parser!(u32).range(64..=1_048_320))]
    pub size: u32,
    /// Over how many partition keys they are spread
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keys: u32,
    /// Wrap several records into one of the stream, as producers do; `verify` and counts are of the records within
    #[arg(long, value_enum, value_name = "KIND")]
    pub aggregate: Option<Aggregate>,
    /// How many records are wrapped into one, as far as they fit
    #[arg(long, default_value_t = 10, value_name = "N", requires = "aggregate",
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub per_record: u32,
    /// Each line of this file is a record
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Wait until every record lies in the bucket, and tell how long that took
    #[arg(long)]
    pub verify: bool,
    /// Seconds to wait for the last of them; the batching window and two minutes unless given
    #[arg(long, value_name = "SECONDS", requires = "verify")]
    pub timeout: Option<u64>,
}

/// Say whether the bucket holds what it should, each record once
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit: 0 clean, 1 failed, 3 refused or declined, 6 loss or overlap suspected, 64 usage.")]
pub struct VerifyArguments {
    /// Which environment, and how AWS is reached.
    #[command(flatten)]
    pub target: Target,
    /// Only objects that were stored since then: a number and s, m, h or d
    #[arg(long, value_name = "DURATION")]
    pub since: Option<String>,
    /// Only objects whose keys begin so
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<String>,
    /// Look at keys alone, where they hold the range
    #[arg(long)]
    pub list_only: bool,
    /// Read every object, and count its records
    #[arg(long)]
    pub deep: bool,
    /// Copy every object there but those that hold only what others hold as well: PREFIX, or
    /// `s3://BUCKET/PREFIX`
    #[arg(long, value_name = "PREFIX")]
    pub dedupe: Option<String>,
    /// Do not ask before the copy
    #[arg(long, short, requires = "dedupe")]
    pub yes: bool,
}

/// Where a replay delivers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Destination {
    /// The deployed function is invoked with the batch
    #[default]
    Function,
    /// The same code runs here, and puts into the environment's bucket
    Bucket,
    /// The records are put into the stream again: other records to it, which are delivered again
    Stream,
}

/// Deliver what was given up, what no object covers, or what failed, in batches that are stored once
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Without --execute it only says what it would do. Exit: 0 done or nothing to do, 1 a batch was not \
                  delivered, 3 refused, 6 the stream has forgotten records that no object covers, 64 usage, 130 \
                  interrupted."
)]
pub struct ReplayArguments {
    /// Which environment, and how AWS is reached.
    #[command(flatten)]
    pub target: Target,
    /// What: `failures`, the environment's failure bucket; `errors`, its error objects; `stream`, the records of the stream
    /// that no object covers; `s3://BUCKET/PREFIX`, documents and error objects there, also Firehose's; a file of documents
    /// from a queue or a topic, or `-` for standard input: what they name is read from the stream
    #[arg(long, default_value = "failures", value_name = "SOURCE")]
    pub from: String,
    /// Where to
    #[arg(long, value_enum, default_value_t, value_name = "DESTINATION")]
    pub to: Destination,
    /// Only this shard: its number
    #[arg(long, value_name = "NUMBER")]
    pub shard: Option<u64>,
    /// Only what was given up, failed or arrived since then: a number and s, m, h or d
    #[arg(long, value_name = "DURATION")]
    pub since: Option<String>,
    /// Do it
    #[arg(long)]
    pub execute: bool,
    /// Batches a second at most
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub rate: u32,
    /// Delete each document when its batch is delivered, and each error object when none of its records failed again; an
    /// error object of a delivery of ours stays, because it accounts for its batch
    #[arg(long)]
    pub delete: bool,
    /// With `--to stream`: records that were stored all the same will lie in the bucket twice
    #[arg(long)]
    pub accept_duplicates: bool,
}

/// Which of KMS's keys the bucket encrypts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Kms {
    /// S3's own keys: KMS is not asked
    #[default]
    None,
    /// A KMS key with a bucket key: asked for a put in a hundred
    BucketKey,
    /// A KMS key: asked for each put
    EveryPut,
}

/// Say what an environment costs a month, beside Firehose
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Without --from-cloudwatch nothing is asked of AWS. Free tiers, storage and what a transform costs beside \
                  Firehose are left out. Exit: 0 done, 1 failed, 64 usage."
)]
pub struct CostArguments {
    /// Which environment, and how AWS is reached.
    #[command(flatten)]
    pub target: Target,
    /// Records a second, of all shards together
    #[arg(long, value_name = "N", required_unless_present = "from_cloudwatch", value_parser = above_zero)]
    pub rate: Option<f64>,
    /// Bytes of a record
    #[arg(long, default_value = "1024", value_name = "BYTES", value_parser = above_zero)]
    pub record_size: f64,
    /// Take both, and the shards, from the stream: what it took in the last 14 days
    #[arg(long, conflicts_with_all = ["rate", "record_size"])]
    pub from_cloudwatch: bool,
    /// Open shards; by default the environment's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub shards: Option<u32>,
    /// Partitions that each batch falls into
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub partitions: u32,
    /// Have Firehose convert the format
    #[arg(long)]
    pub conversion: bool,
    /// Which of KMS's keys the bucket encrypts with
    #[arg(long, value_enum, default_value_t, value_name = "KEY")]
    pub kms: Kms,
    /// A TOML file of prices, laid over those of this build
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Say how each figure comes about
    #[arg(long)]
    pub explain: bool,
}

/// A number above zero, and no infinity.
fn above_zero(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    if number.is_finite() && number > 0.0 { Ok(number) } else { Err(format!("{text:?}: expected a number above 0")) }
}

/// Remove an environment, and keep what holds data unless told otherwise
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit: 0 done or nothing to do, 1 failed, 3 refused or declined, 64 usage, 130 detached.")]
pub struct DestroyArguments {
    /// Which environment, and how AWS is reached.
    #[command(flatten)]
    pub target: Target,
    /// What carried the deployment out; by default it is looked for
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub engine: Option<Engine>,
    /// Do not ask. It never covers a loss of data
    #[arg(long, short)]
    pub yes: bool,
    /// Delete this bucket and every version of every object in it; once for each bucket
    #[arg(long, value_name = "BUCKET")]
    pub purge: Vec<String>,
    /// Delete the stream, with the records in it
    #[arg(long)]
    pub delete_stream: bool,
    /// Seconds to wait for records that are on their way, before the event source mapping is disabled
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    pub drain: u64,
}

/// Say what is missing on this machine or in the account, and how to get it
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit: 0 all is there, 1 something is missing, 64 usage.")]
pub struct DoctorArguments {
    /// Which environment, and how AWS is reached.
    #[command(flatten)]
    pub target: Target,
}
