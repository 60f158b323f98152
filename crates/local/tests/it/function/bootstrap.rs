//! The bootstrap of these tests: what its process does is said by a variable and by each event.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bootstrap's log is its standard output")]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

/// The test that is the bootstrap.
pub(super) const ENTRY: &str = "function::bootstrap::entry";

/// The bootstrap of these tests: they start this binary with this test alone, and `FIXTURE` says how it comes up.
/// Each invocation's payload then says what it does. Without the variable there is nothing to do, and it passes.
#[test]
fn entry() {
    let Ok(init) = std::env::var("FIXTURE") else { return };
    let runtime = FixtureRuntime { api: std::env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda sets it") };
    match init.split_once(' ') {
        Some(("allocate", megabytes)) => {
            let _held = allocate(megabytes);
            hang()
        }
        Some(("exit", code)) => std::process::exit(code.parse().expect("a code")),
        _ if init == "report" => {
            let report = r#"{"errorMessage":"cannot come up","errorType":"Fixture.Init"}"#;
            assert_eq!(runtime.send("POST", "init/error", &[], report.as_bytes()).status, 202);
            std::process::exit(1);
        }
        _ if init == "silent" => std::thread::sleep(Duration::from_mins(1)),
        _ => runtime.run(),
    }
}

struct FixtureRuntime {
    api: String,
}

struct FixtureReply {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl FixtureReply {
    fn error(&self) -> String {
        let document: serde_json::Value = serde_json::from_slice(&self.body).expect("an error document");
        format!("{} {}", self.status, document["errorType"].as_str().expect("a type"))
    }
}

impl FixtureRuntime {
    fn run(&self) -> ! {
        loop {
            let event = self.send("GET", "invocation/next", &[], b"");
            assert_eq!(event.status, 200);
            let request_id = event.headers["lambda-runtime-aws-request-id"].clone();
            let payload = String::from_utf8(event.body.clone()).expect("text");
            println!("invoked {payload:.20}");
            let (word, rest) = payload.split_once(' ').unwrap_or((&payload, ""));
            let answer = match word {
                "echo" => payload.clone().into_bytes(),
                "headers" => serde_json::to_vec(&event.headers).expect("a document"),
                "variables" => serde_json::to_vec(&std::env::vars().collect::<BTreeMap<_, _>>()).expect("a document"),
                "bytes" => vec![b'x'; rest.parse().expect("a number")],
                "wait" => {
                    std::thread::sleep(Duration::from_millis(rest.parse().expect("milliseconds")));
                    b"waited".to_vec()
                }
                "allocate" => {
                    drop(allocate(rest));
                    b"allocated".to_vec()
                }
                "allocate-and-hang" => {
                    let _held = allocate(rest);
                    hang()
                }
                "allocate-in-a-child" => allocate_in_a_child(rest),
                "meet" => meet(rest),
                "log" => log(),
                "zombie" => self.reply_as_a_zombie(&request_id),
                "answer-and-exit" => {
                    self.answer(&event, b"done");
                    std::process::exit(0);
                }
                "error" => {
                    let report = br#"{"errorMessage":"as asked","errorType":"Fixture.Error"}"#;
                    let reply = self.send("POST", &format!("invocation/{request_id}/error"), &[], report);
                    assert_eq!(reply.status, 202);
                    continue;
                }
                "exit" => {
                    println!("last words");
                    std::process::exit(rest.parse().expect("a code"));
                }
                "abort" => {
                    println!("last words");
                    std::process::abort();
                }
                "outlive" => outlive(rest),
                "hang" => hang(),
                _ => panic!("unknown command {payload}"),
            };
            self.answer(&event, &answer);
        }
    }

    fn answer(&self, event: &FixtureReply, body: &[u8]) {
        let path = format!("invocation/{}/response", event.headers["lambda-runtime-aws-request-id"]);
        let invocation_id = event.headers["lambda-runtime-invocation-id"].as_str();
        let reply = self.send("POST", &path, &[("Lambda-Runtime-Invocation-Id", invocation_id)], body);
        assert!([202, 413].contains(&reply.status), "{}", reply.status);
    }

    fn reply_as_a_zombie(&self, request_id: &str) -> Vec<u8> {
        let other = [("Lambda-Runtime-Invocation-Id", "of-another-attempt")];
        let attempt = self.send("POST", &format!("invocation/{request_id}/response"), &other, b"late");
        let request = self.send("POST", "invocation/of-another-request/response", &[], b"late");
        format!("{}, {}", attempt.error(), request.error()).into_bytes()
    }

    /// One connection a request; the API's replies all have a length, and it closes when asked to.
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> FixtureReply {
        let mut stream = TcpStream::connect(&self.api).expect("the Runtime API");
        let mut head = format!("{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {}\r\n", self.api);
        let length = body.len().to_string();
        for (name, value) in headers.iter().chain(&[("Content-Length", length.as_str()), ("Connection", "close")]) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).expect("sent");
        stream.write_all(body).expect("sent");
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).expect("a reply");
        let end = reply.windows(4).position(|window| window == b"\r\n\r\n").expect("the end of the head");
        let head = std::str::from_utf8(&reply[..end]).expect("text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
        let headers = lines.filter_map(|line| line.split_once(": "));
        FixtureReply {
            status: status.parse().expect("a number"),
            headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
            body: reply[end + 4..].to_vec(),
        }
    }
}

/// Memory that is not only promised, but there.
fn allocate(megabytes: &str) -> Vec<u8> {
    let megabytes: usize = megabytes.parse().expect("a number");
    std::hint::black_box(vec![1; megabytes * 1024 * 1024])
}

/// Starts this bootstrap once more, as one that allocates and hangs.
fn allocate_in_a_child(megabytes: &str) -> ! {
    let binary = std::env::current_exe().expect("this binary");
    let mut child = std::process::Command::new(binary)
        .args(["--exact", ENTRY, "--nocapture"])
        .env("FIXTURE", format!("allocate {megabytes}"))
        .spawn()
        .expect("a child");
    child.wait().expect("its end");
    hang()
}

fn hang() -> ! {
    // Longer than any test, and not for ever.
    std::thread::sleep(Duration::from_mins(1));
    std::process::exit(99);
}

/// Starts a process that would write a file after a while, and hangs.
fn outlive(marker: &str) -> ! {
    let script = format!("sleep 1.5; : > '{marker}'");
    let mut shell = std::process::Command::new("/bin/sh").args(["-c", &script]).spawn().expect("a shell");
    // Longer than the timeout of the test that asks for it.
    shell.wait().expect("its end");
    hang()
}

fn meet(files: &str) -> Vec<u8> {
    let (mine, other) = files.split_once(' ').expect("two files");
    std::fs::write(mine, "").expect("written");
    for _ in 0..1000 {
        if Path::new(other).exists() {
            return b"met".to_vec();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    b"nobody came".to_vec()
}

fn log() -> Vec<u8> {
    println!("to stdout");
    eprintln!("to stderr");
    eprint!("without an end");
    b"logged".to_vec()
}
