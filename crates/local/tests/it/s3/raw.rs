//! A client that says exactly what a test tells it to: SDKs are too well behaved to send half a body.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const ACCESS_KEY: &str = "AKIDLOCAL";
pub(crate) const SECRET_KEY: &str = "local-secret";
const REGION: &str = "eu-west-1";
const LIMIT: Duration = Duration::from_secs(20);

/// A request that is signed in its headers (Signature Version 4), with a body that need not be what they say.
pub(crate) struct Raw<'a> {
    pub(crate) method: &'a str,
    pub(crate) host: String,
    pub(crate) path: &'a str,
    pub(crate) content_sha256: &'a str,
    pub(crate) headers: Vec<(&'a str, String)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Raw<'_> {
    /// Sends all of it and reads the answer to its end.
    pub(crate) async fn send(self, address: &str) -> Answer {
        let mut stream = self.begin(address).await;
        let mut answer = Vec::new();
        tokio::time::timeout(LIMIT, stream.read_to_end(&mut answer)).await.expect("in time").expect("an answer");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP: {answer:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Sends all of it and leaves the connection open.
    pub(crate) async fn begin(self, address: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.expect("it connects");
        let mut head = format!("{} {} HTTP/1.1\r\nconnection: close\r\n", self.method, self.path);
        for (name, value) in self.signed_headers() {
            write!(head, "{name}: {value}\r\n").expect("a String takes every write");
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.expect("it takes the head");
        stream.write_all(&self.body).await.expect("it takes the body");
        stream
    }

    fn signed_headers(&self) -> Vec<(&str, String)> {
        let (date, time) = now();
        let mut headers = self.headers.clone();
        headers.push(("host", self.host.clone()));
        headers.push(("x-amz-content-sha256", self.content_sha256.to_owned()));
        headers.push(("x-amz-date", time.clone()));
        headers.sort();
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let canonical_headers: String =
            headers.iter().fold(String::new(), |all, (name, value)| all + name + ":" + value + "\n");
        let canonical =
            format!("{}\n{}\n\n{canonical_headers}\n{names}\n{}", self.method, self.path, self.content_sha256);
        let scope = format!("{date}/{REGION}/s3/aws4_request");
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let key = [date.as_str(), REGION, "s3", "aws4_request"]
            .iter()
            .fold(format!("AWS4{SECRET_KEY}").into_bytes(), |key, part| hmac(&key, part.as_bytes()));
        let signature = hex(&hmac(&key, to_sign.as_bytes()));
        let credential = format!("AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}");
        headers.push(("authorization", format!("{credential}, SignedHeaders={names}, Signature={signature}")));
        headers
    }
}

/// One chunk of an unsigned `aws-chunked` body.
pub(crate) fn chunk(data: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every write");
        text
    })
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    assert!(key.len() <= 64, "longer keys are digested first");
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::digest([&block.map(|byte| byte ^ 0x36)[..], message].concat());
    Sha256::digest([&block.map(|byte| byte ^ 0x5C)[..], &inner[..]].concat()).to_vec()
}

/// `yyyyMMdd` and `yyyyMMddTHHmmssZ`.
fn now() -> (String, String) {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let time = chrono::DateTime::from_timestamp(i64::try_from(seconds).expect("before the year 292 billion"), 0);
    let time = time.expect("a time").format("%Y%m%dT%H%M%SZ").to_string();
    (time[..8].to_owned(), time)
}
