//! A server that answers each call of AWS's by a script, and remembers what was asked. It speaks as little HTTP as it
//! must, one request a connection: a library for it would have everything built anew that the commands are built from.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

/// No run takes longer.
const LIMIT: Duration = Duration::from_mins(1);

/// The answers to calls of one name, one after another; the last one stays.
pub struct Script(Vec<(&'static str, VecDeque<(u16, String)>)>);

impl Script {
    /// An account, an artifact bucket, and nothing else.
    pub fn new() -> Self {
        let identity = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                        <Arn>arn:aws:iam::123456789012:user/dev</Arn><Account>123456789012</Account>\
                        </GetCallerIdentityResult></GetCallerIdentityResponse>";
        Self(Vec::new())
            .answers("GetCallerIdentity", &[identity])
            .answers("HEAD", &[""])
            .answers("PUT", &[""])
            .answers("DeleteChangeSet", &["<DeleteChangeSetResponse/>"])
            .answers("ExecuteChangeSet", &["<ExecuteChangeSetResponse/>"])
            .answers("DeleteStack", &["<DeleteStackResponse/>"])
            .answers(
                "CreateChangeSet",
                &["<CreateChangeSetResponse><CreateChangeSetResult><Id>change</Id><StackId>stack-id</StackId>\
              </CreateChangeSetResult></CreateChangeSetResponse>"],
            )
            .fails("HEAD /acme", 404, "")
            .answers("GET /penstock-artifacts", &["<ListBucketResult/>"])
            .fails("DescribeStreamSummary", 400, r#"{"__type":"ResourceNotFoundException","message":"no stream"}"#)
    }

    /// Answers of 200.
    pub fn answers(self, call: &'static str, bodies: &[&str]) -> Self {
        let answers: Vec<_> = bodies.iter().map(|body| (200, *body)).collect();
        self.says(call, &answers)
    }

    /// One answer of another status, always.
    pub fn fails(self, call: &'static str, status: u16, body: &str) -> Self {
        self.says(call, &[(status, body)])
    }

    /// Answers of any status.
    pub fn says(mut self, call: &'static str, answers: &[(u16, &str)]) -> Self {
        self.0.retain(|(known, _)| *known != call);
        self.0.push((call, answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect()));
        self
    }

    /// Answers of `DescribeStacks`: statuses, or `none` where there is no stack.
    pub fn stacks(self, statuses: &[&str]) -> Self {
        let body = |status: &&str| match *status {
            "none" => (
                400,
                "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
                       <Message>Stack with id clicks does not exist</Message></Error></ErrorResponse>"
                    .to_owned(),
            ),
            "throttled" => (
                400,
                "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>\
                       <Message>Rate exceeded</Message></Error></ErrorResponse>"
                    .to_owned(),
            ),
            status => (
                200,
                format!(
                    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>clicks</StackName>\
                 <StackId>stack-id</StackId><CreationTime>2026-11-24T00:00:00Z</CreationTime>\
                 <StackStatus>{status}</StackStatus><Outputs><member><OutputKey>StreamName</OutputKey>\
                 <OutputValue>clicks</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult>\
                 </DescribeStacksResponse>"
                ),
            ),
        };
        let mut own = self;
        own.0.retain(|(known, _)| *known != "DescribeStacks");
        own.0.push(("DescribeStacks", statuses.iter().map(body).collect()));
        own
    }

    /// Answers of `DescribeStackEvents`: each is all events so far, as id, resource, type, status and reason; the
    /// oldest first. The service tells the newest first.
    pub fn events(self, answers: &[&[(&str, &str, &str, &str)]]) -> Self {
        let member = |(place, (name, kind, status, reason)): (usize, &(&str, &str, &str, &str))| {
            format!(
                "<member><StackId>stack-id</StackId><EventId>{place}</EventId><StackName>clicks</StackName>\
                 <LogicalResourceId>{name}</LogicalResourceId><ResourceType>{kind}</ResourceType>\
                 <Timestamp>2026-11-24T00:00:00Z</Timestamp><ResourceStatus>{status}</ResourceStatus>\
                 <ResourceStatusReason>{reason}</ResourceStatusReason></member>"
            )
        };
        let body = |events: &&[(&str, &str, &str, &str)]| {
            let members: Vec<String> = events.iter().enumerate().map(member).rev().collect();
            format!(
                "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>{}</StackEvents>\
                 </DescribeStackEventsResult></DescribeStackEventsResponse>",
                members.concat()
            )
        };
        let bodies: Vec<String> = answers.iter().map(body).collect();
        self.answers("DescribeStackEvents", &bodies.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The next answer to a call.
    fn next(&mut self, call: &str) -> (u16, String) {
        // The longest name that fits: `HEAD /acme` before `HEAD`.
        let fits = |name: &str| call == name || (call.starts_with(name) && call.contains(' '));
        let fitting = self.0.iter_mut().filter(|(name, _)| fits(name)).max_by_key(|(name, _)| name.len());
        let Some((_, answers)) = fitting else { return (501, format!("{call} has no answer")) };
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        next.unwrap_or((500, String::new()))
    }

    /// The answer of `DescribeChangeSet`: a status, a reason, and members of `Changes`.
    pub fn change_set(self, status: &str, reason: &str, changes: &str) -> Self {
        let body = format!(
            "<DescribeChangeSetResponse><DescribeChangeSetResult><ChangeSetId>change</ChangeSetId>\
             <Status>{status}</Status><StatusReason>{reason}</StatusReason><Changes>{changes}</Changes>\
             </DescribeChangeSetResult></DescribeChangeSetResponse>"
        );
        self.answers("DescribeChangeSet", &[&body])
    }
}

/// One change of a change set.
pub fn change(action: &str, name: &str, kind: &str, replacement: &str) -> String {
    format!(
        "<member><Type>Resource</Type><ResourceChange><Action>{action}</Action><LogicalResourceId>{name}</LogicalResourceId>\
         <ResourceType>{kind}</ResourceType><Replacement>{replacement}</Replacement><Details><member><Target>\
         <Attribute>Properties</Attribute><Name>P</Name><Path>/Properties/Code/S3Key</Path><BeforeValue>old.zip</BeforeValue>\
         <AfterValue>new.zip</AfterValue></Target></member></Details></ResourceChange></member>"
    )
}

/// A service that runs, and what was asked of it.
pub struct Service {
    url: String,
    asked: Arc<Mutex<Vec<(String, String)>>>,
    folder: PathBuf,
    task: tokio::task::JoinHandle<()>,
}

type Shared = (Arc<Mutex<Script>>, Arc<Mutex<Vec<(String, String)>>>);

impl Service {
    /// Starts it.
    pub async fn start(script: Script) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared: Shared = (Arc::new(Mutex::new(script)), Arc::clone(&asked));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(answer(connection, shared.clone()));
            }
        });
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(url.replace([':', '/'], ""));
        std::fs::create_dir_all(&folder).unwrap();
        let file = "[stream]\nname = \"clicks\"\n[delivery]\nbucket = \"acme-clicks\"\n";
        std::fs::write(folder.join("dev.toml"), file).unwrap();
        std::fs::write(folder.join("bootstrap.zip"), b"PK code").unwrap();
        Self { url, asked, folder, task }
    }

    /// A place in the folder of this run.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_penstock-ops"));
        command.args(&arguments[..1]).arg("--environment").arg(self.path("dev.toml"));
        command.args(["--endpoint-url", &self.url]).args(&arguments[1..]);
        if matches!(arguments[0], "plan" | "deploy") {
            command.arg("--package").arg(self.path("bootstrap.zip"));
        }
        command.env_clear().env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command.env("AWS_REGION", "eu-west-1").env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", &self.folder);
        // Programs that a test plays are found before those of the machine, of which there is but the shell.
        command.env("PATH", format!("{}:/bin", self.path("bin").display()));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Runs a command of ours to its end.
    pub async fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = tokio::time::timeout(LIMIT, self.command(arguments).output()).await.unwrap().unwrap();
        told(&output)
    }

    /// Starts a command of ours, and presses Ctrl-C when it has made a call so many times.
    #[cfg(unix)]
    pub async fn interrupt(&self, arguments: &[&str], call: &str, times: usize) -> (i32, String) {
        let is_time = || self.asked().iter().filter(|own| own.starts_with(call)).count() >= times;
        self.interrupt_when(arguments, is_time).await
    }

    /// Starts a command of ours, and presses Ctrl-C when it is time.
    #[cfg(unix)]
    pub async fn interrupt_when(&self, arguments: &[&str], is_time: impl Fn() -> bool) -> (i32, String) {
        let child = self.command(arguments).spawn().unwrap();
        for _ in 0..600 {
            if is_time() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let id = child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
        let ended = tokio::time::timeout(LIMIT, child.wait_with_output()).await.unwrap().unwrap();
        told(&ended)
    }

    /// The calls so far, by name.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(call, _)| call.clone()).collect()
    }

    /// What was sent with the calls of a name.
    pub fn bodies(&self, call: &str) -> String {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(own, _)| own == call).map(|(_, body)| body.as_str()).collect()
    }

    /// Whether a call was made.
    pub fn was_asked(&self, call: &str) -> bool {
        self.asked().iter().any(|own| own == call)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Exit code, and what was said, without the address.
fn told(output: &Output) -> (i32, String) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    let line = |line: &str| line.split("  at http://").next().unwrap_or_default().trim_end().to_owned();
    (output.status.code().unwrap(), text.lines().map(line).collect::<Vec<_>>().join("\n"))
}

/// What CloudWatch speaks: Smithy's RPC v2.
mod cbor {
    use ciborium::Value;
    use serde_json::Value as Json;

    /// The CBOR of a JSON text, whose `Timestamp`s are times.
    pub fn of(text: &str) -> Vec<u8> {
        let json: Json = serde_json::from_str(text).unwrap();
        let mut bytes = Vec::new();
        ciborium::into_writer(&value(&json, false), &mut bytes).unwrap();
        bytes
    }

    /// What was asked, in words.
    pub fn told(bytes: &[u8]) -> String {
        format!("{:?}", ciborium::from_reader::<Value, _>(bytes).unwrap())
    }

    fn value(json: &Json, is_time: bool) -> Value {
        match json {
            Json::Object(fields) => {
                let field =
                    |(name, own): (&String, &Json)| (Value::from(name.as_str()), value(own, name == "Timestamp"));
                Value::Map(fields.iter().map(field).collect())
            }
            Json::Array(items) => Value::Array(items.iter().map(|item| value(item, false)).collect()),
            Json::Number(number) if is_time => Value::Tag(1, Box::new(number.as_i64().unwrap().into())),
            Json::Number(number) => number.as_f64().unwrap().into(),
            other => Value::serialized(other).unwrap(),
        }
    }
}

async fn answer(connection: TcpStream, (script, asked): Shared) {
    let mut connection = BufReader::new(connection);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await.unwrap();
        if line.trim_end().is_empty() {
            break;
        }
        head.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        let named = |line: &String| {
            line.split_once(": ").filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        head.iter().find_map(named)
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.unwrap();
    let text = String::from_utf8_lossy(&body);
    let is_cbor = header("smithy-protocol").is_some_and(|protocol| protocol == "rpc-v2-cbor");
    let action = text.split('&').find_map(|part| part.strip_prefix("Action=")).map(str::to_owned);
    let target = header("x-amz-target").and_then(|target| target.rsplit('.').next().map(str::to_owned));
    let request: Vec<&str> = head.first().map(|line| line.split([' ', '?']).collect()).unwrap_or_default();
    let [method, path, ..] = request[..] else { return };
    let operation = path.split_once("/operation/").map(|(_, operation)| operation.to_owned());
    let call = action.or(target).or(operation).unwrap_or_else(|| format!("{method} {path}"));
    let told = if is_cbor { cbor::told(&body) } else { text.clone().into_owned() };
    asked.lock().unwrap().push((call.clone(), told));
    let (status, body) = script.lock().unwrap().next(&call);
    // A HEAD has no body: what its script says are headers, each ended by CR LF.
    let (headers, body) = match method {
        "HEAD" => (body, Vec::new()),
        _ if is_cbor => ("smithy-protocol: rpc-v2-cbor\r\n".to_owned(), cbor::of(&body)),
        _ => (String::new(), body.into_bytes()),
    };
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} -\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n");
    let _ = connection.write_all(&[answer.as_bytes(), &body].concat()).await;
    let _ = connection.shutdown().await;
}
