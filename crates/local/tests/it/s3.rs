//! S3 as its clients see it: through the Rust SDK, and through a client that misbehaves.

mod attributes;
mod raw;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials as SdkCredentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart,
    Delete, EncodingType, MetadataDirective, ObjectIdentifier, Part, StorageClass,
};
use penstock_local::events::Events;
use penstock_local::s3::{Credentials, FolderStore, StoreError, serve};
use raw::{ACCESS_KEY, Raw, SECRET_KEY, chunk};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const BUCKET: &str = "bucket";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

struct Server {
    address: String,
    root: PathBuf,
    client: Client,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(root: &Path) -> Self {
        Self::start_with(root, Credentials::new(ACCESS_KEY, SECRET_KEY)).await
    }

    async fn start_with(root: &Path, credentials: Credentials) -> Self {
        let store = FolderStore::open(root, Events::none()).expect("the folder opens");
        store.create_bucket(BUCKET).await.expect("the bucket is created");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve(listener, store, credentials, None, async {
            let _ = stopped.await;
        }));
        let client = client(&address, SECRET_KEY);
        Self { address, root: root.to_owned(), client, stop, task }
    }

    async fn stop(self) {
        drop(self.stop);
        drop(self.client);
        self.task.await.expect("no panic").expect("it served");
    }

    fn raw<'a>(&self, method: &'a str, path: &'a str, content_sha256: &'a str) -> Raw<'a> {
        let host = self.address.clone();
        Raw { method, host, path, content_sha256, headers: Vec::new(), body: Vec::new() }
    }

    async fn put(&self, key: &str, body: &[u8]) {
        self.client
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .body(body.to_vec().into())
            .send()
            .await
            .unwrap_or_else(|error| panic!("put {key:?}: {error:?}"));
    }

    async fn get(&self, key: &str) -> Vec<u8> {
        let object = self.client.get_object().bucket(BUCKET).key(key).send().await;
        let object = object.unwrap_or_else(|error| panic!("get {key:?}: {error:?}"));
        object.body.collect().await.expect("a body").into_bytes().to_vec()
    }

    async fn keys(&self) -> Vec<String> {
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(BUCKET)
            .max_keys(3)
            .encoding_type(EncodingType::Url)
            .into_paginator()
            .send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            for object in page.expect("a page").contents() {
                keys.push(percent_decode(object.key().expect("a key")));
            }
        }
        keys
    }

    /// What lies in the bucket's folder and in that of temporary files.
    fn files(&self) -> (usize, usize) {
        let count = |path: PathBuf| std::fs::read_dir(path).expect("a folder").count();
        (count(self.root.join(BUCKET)), count(self.root.join(".s3/tmp")))
    }

    /// Waits, for a bounded time, until no temporary file is left: a broken connection is noticed soon, not at once.
    async fn no_trace(&self, name: &str) {
        let started = Instant::now();
        while self.files() != (0, 0) {
            assert!(started.elapsed() < Duration::from_secs(10), "{name}: {:?} files are left", self.files());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(self.keys().await, Vec::<String>::new(), "{name}");
    }
}

fn client(address: &str, secret_key: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("http://{address}"))
        .region(Region::new("eu-west-1"))
        .credentials_provider(SdkCredentials::from_keys(ACCESS_KEY, secret_key, None))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

/// Status and code of an error.
fn refused<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    answer: Result<T, SdkError<E>>,
) -> (u16, String) {
    let error = answer.expect_err("it is refused");
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    (status, error.code().unwrap_or_default().to_owned())
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            let digits = std::str::from_utf8(&tail[..2]).expect("two digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("two hex digits"));
            rest = &tail[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_100_conditional_puts_one_wins() {
    let root = folder();
    let server = Server::start(root.path()).await;
    let puts = (0..100).map(|number| {
        let body = format!("body {number}").into_bytes();
        server.client.put_object().bucket(BUCKET).key("a/b").if_none_match("*").body(body.into()).send()
    });
    let answers = futures::future::join_all(puts).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().enumerate().partition(|(_, answer)| answer.is_ok());
    assert_eq!((won.len(), lost.len()), (1, 99));
    for (_, answer) in lost {
        assert_eq!(refused(answer), (412, "PreconditionFailed".to_owned()));
    }
    assert_eq!(server.get("a/b").await, format!("body {}", won[0].0).into_bytes());
    assert_eq!(server.files(), (1, 0));
    server.stop().await;
}

#[tokio::test]
async fn a_wrong_checksum_leaves_nothing() {
    let root = folder();
    let server = Server::start(root.path()).await;
    let put = || server.client.put_object().bucket(BUCKET).key("k").body(b"body".to_vec().into());
    let (zero4, zero8) = ("AAAAAA==", "AAAAAAAAAAA=");
    let (zero16, zero20) = ("AAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let zero32 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (name, request) in [
        ("md5", put().content_md5(zero16)),
        ("crc32", put().checksum_crc32(zero4)),
        ("crc32c", put().checksum_crc32_c(zero4)),
        ("crc64nvme", put().checksum_crc64_nvme(zero8)),
        ("sha1", put().checksum_sha1(zero20)),
        ("sha256", put().checksum_sha256(zero32)),
    ] {
        assert_eq!(refused(request.send().await), (400, "BadDigest".to_owned()), "{name}");
        server.no_trace(name).await;
    }
    assert_eq!(refused(put().content_md5("?").send().await), (400, "InvalidDigest".to_owned()));
    assert_eq!(refused(put().checksum_crc32(zero8).send().await), (400, "InvalidRequest".to_owned()));
    server.no_trace("a checksum that is none").await;
    server.stop().await;
}

#[tokio::test]
async fn a_wrong_body_leaves_nothing() {
    let root = folder();
    let server = Server::start(root.path()).await;
    let body = |trailer: &str| [chunk(b"123456789"), format!("0\r\n{trailer}\r\n\r\n").into_bytes()].concat();
    let right = body("x-amz-checksum-crc32:y/Q5Jg==");
    for (name, body, decoded, status, code) in [
        ("wrong trailer", body("x-amz-checksum-crc32:AAAAAA=="), 9, 400, "BadDigest"),
        ("no trailer", [chunk(b"123456789"), b"0\r\n\r\n".to_vec()].concat(), 9, 400, "MalformedTrailerError"),
        ("longer than declared", right.clone(), 8, 400, "IncompleteBody"),
        ("shorter than declared", right.clone(), 10, 400, "IncompleteBody"),
        ("cut behind a chunk", chunk(b"123456789"), 20, 400, "IncompleteBody"),
        ("cut within a chunk", b"9\r\n1234".to_vec(), 9, 400, "IncompleteBody"),
    ] {
        let mut request = server.raw("PUT", "/bucket/k", TRAILER);
        request.headers = vec![
            ("content-encoding", "aws-chunked".to_owned()),
            ("content-length", body.len().to_string()),
            ("x-amz-decoded-content-length", decoded.to_string()),
            ("x-amz-trailer", "x-amz-checksum-crc32".to_owned()),
        ];
        request.body = body;
        let answer = request.send(&server.address).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
        assert!(answer.body.contains(&format!("<Code>{code}</Code>")), "{name}: {}", answer.body);
        server.no_trace(name).await;
    }
    let mut request =
        server.raw("PUT", "/bucket/k", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    request.headers = vec![("content-length", "4".to_owned())];
    request.body = b"body".to_vec();
    let answer = request.send(&server.address).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.body.contains("<Code>XAmzContentSHA256Mismatch</Code>"), "{}", answer.body);
    server.no_trace("signed with another body").await;

    let mut request = server.raw("PUT", "/bucket/k", TRAILER);
    request.headers = vec![
        ("content-encoding", "gzip,aws-chunked".to_owned()),
        ("content-length", right.len().to_string()),
        ("x-amz-decoded-content-length", "9".to_owned()),
        ("x-amz-trailer", "x-amz-checksum-crc32".to_owned()),
    ];
    request.body = right;
    assert_eq!(request.send(&server.address).await.status, 200);
    let head = server.client.head_object().bucket(BUCKET).key("k").checksum_mode(ChecksumMode::Enabled).send().await;
    let head = head.expect("it is there");
    assert_eq!((head.content_encoding(), head.checksum_crc32()), (Some("gzip"), Some("y/Q5Jg==")));
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_nothing() {
    let root = folder();
    let server = Server::start(root.path()).await;
    for (name, sent) in [("at once", 0), ("in memory", 1000), ("in a temporary file", 3_000_000)] {
        let mut request = server.raw("PUT", "/bucket/k", UNSIGNED);
        request.headers = vec![("content-length", "4000000".to_owned())];
        request.body = vec![b'x'; sent];
        let stream = request.begin(&server.address).await;
        let started = Instant::now();
        while server.files().1 == 0 && started.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(server.files(), (0, 1), "{name}: a body on its way is no object");
        drop(stream);
        server.no_trace(name).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn every_key_is_kept() {
    let root = folder();
    let server = Server::start(root.path()).await;
    let long =
        ["x".repeat(256), "x".repeat(1024), "é".repeat(512), "/".repeat(1024), format!("q/{}/z", "y".repeat(300))];
    let keys = [
        "a",
        "a/b",
        "a/b/c",
        "a/b/",
        "a//b",
        "/lead",
        "trail/",
        ".",
        "..",
        "../x",
        "./y",
        "a/../../b",
        "%00",
        "%2E",
        "%empty",
        "a%dir/b",
        "a%obj",
        "%long/x",
        "n\u{1}ul",
        "tab\tx",
        "new\nline",
        "\u{7F}",
        "a\u{85}",
        "ü",
        "日本",
        "\u{1F980}",
        "a b",
        " a ",
        "a+b",
        "a&b=c",
        "a\\b",
        "a:b",
        "\"q\"",
        "'q'",
        "a*b?",
        "#frag",
        "a;b",
        "a-",
        "a.",
        "a0",
        "<x>",
        "con",
        "~",
    ];
    let keys: BTreeSet<String> = keys.into_iter().map(str::to_owned).chain(long).collect();
    for key in &keys {
        server.put(key, key.as_bytes()).await;
    }
    for key in &keys {
        assert_eq!(server.get(key).await, key.as_bytes(), "{key:?}");
    }
    let expected: Vec<String> = keys.iter().cloned().collect();
    assert_eq!(server.keys().await, expected, "in the order of UTF-8 bytes");
    server.stop().await;

    let server = Server::start(root.path()).await;
    assert_eq!(server.keys().await, expected, "after a restart");
    for key in &keys {
        assert_eq!(server.get(key).await, key.as_bytes(), "{key:?}");
        server.client.delete_object().bucket(BUCKET).key(key).send().await.expect("it is removed");
    }
    server.no_trace("all keys removed").await;
    assert!(!root.path().join("x").exists() && !root.path().parent().expect("a parent").join("b").exists());
    let long = "k".repeat(1025);
    let answer = server.client.put_object().bucket(BUCKET).key(long).body(b"".to_vec().into()).send().await;
    assert_eq!(refused(answer), (400, "KeyTooLongError".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn what_came_with_an_object_goes_with_it() {
    let root = folder();
    let server = Server::start(root.path()).await;
    server
        .client
        .put_object()
        .bucket(BUCKET)
        .key("logs/1.gz")
        .body(b"123456789".to_vec().into())
        .content_type("application/x-ndjson")
        .content_encoding("gzip")
        .content_disposition("attachment")
        .cache_control("no-cache")
        .storage_class(StorageClass::StandardIa)
        .metadata("first", "1")
        .metadata("greeting", "grüße")
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
        .send()
        .await
        .expect("it is put");
    let mut request = server.raw("PUT", "/bucket/plain", UNSIGNED);
    request.headers = vec![("content-length", "0".to_owned())];
    assert_eq!(request.send(&server.address).await.status, 200);
    server.stop().await;
    assert_eq!(std::fs::read(root.path().join("bucket/logs/1.gz")).expect("a plain file"), b"123456789");

    let server = Server::start(root.path()).await;
    let object = server.client.get_object().bucket(BUCKET).key("logs/1.gz").checksum_mode(ChecksumMode::Enabled);
    let object = object.send().await.expect("it outlives the server");
    assert_eq!(object.content_type(), Some("application/x-ndjson"));
    assert_eq!(object.content_encoding(), Some("gzip"));
    assert_eq!(object.content_disposition(), Some("attachment"));
    assert_eq!(object.cache_control(), Some("no-cache"));
    assert_eq!(object.storage_class(), Some(&StorageClass::StandardIa));
    assert_eq!(object.e_tag(), Some("\"25f9e794323b453885f5181f1b624d0b\""));
    assert_eq!(object.checksum_crc64_nvme(), Some("rosUhgp5mIg="));
    assert_eq!(object.checksum_type(), Some(&ChecksumType::FullObject));
    assert_eq!(object.content_length(), Some(9));
    let metadata = object.metadata().expect("metadata");
    assert_eq!(metadata.get("first").map(String::as_str), Some("1"));
    assert!(metadata.contains_key("greeting"));
    let head = server.client.head_object().bucket(BUCKET).key("plain").send().await.expect("it is there");
    assert_eq!(head.content_type(), Some("binary/octet-stream"));
    assert_eq!((head.content_length(), head.checksum_crc32()), (Some(0), None));
    let large = server.client.put_object().bucket(BUCKET).key("m").metadata("a", "x".repeat(2048)).send().await;
    assert_eq!(refused(large), (400, "MetadataTooLarge".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn a_streamed_body_keeps_its_encoding() {
    let root = folder();
    let server = Server::start(root.path()).await;
    let file = root.path().join("source");
    let body: Vec<u8> = (0..3_000_000_u32).map(|number| u8::try_from(number % 251).expect("below 251")).collect();
    std::fs::write(&file, &body).expect("a file");
    let stream = ByteStream::from_path(&file).await.expect("a stream");
    let put = server.client.put_object().bucket(BUCKET).key("k").body(stream).content_encoding("gzip");
    put.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.expect("it is put");
    assert_eq!(server.get("k").await, body);
    let head = server.client.head_object().bucket(BUCKET).key("k").send().await.expect("it is there");
    assert_eq!(head.content_encoding(), Some("gzip"));
    server.stop().await;
}

#[tokio::test]
async fn reads_with_ranges_and_conditions() {
    let root = folder();
    let server = Server::start(root.path()).await;
    server.put("k", b"0123456789").await;
    let get = || server.client.get_object().bucket(BUCKET).key("k");
    for (range, expected, header) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
    ] {
        let object = get().range(range).send().await.expect(range);
        assert_eq!(object.content_range(), Some(header), "{range}");
        assert_eq!(object.body.collect().await.expect(range).into_bytes(), expected, "{range}");
    }
    assert_eq!(refused(get().range("bytes=10-").send().await), (416, "InvalidRange".to_owned()));
    let etag = get().send().await.expect("it is there").e_tag().expect("a tag").to_owned();
    get().if_match(&etag).send().await.expect("it matches");
    assert_eq!(refused(get().if_match("\"0\"").send().await).0, 412);
    assert_eq!(refused(get().if_none_match(&etag).send().await).0, 304);
    assert_eq!(refused(server.client.get_object().bucket(BUCKET).key("none").send().await).1, "NoSuchKey");
    assert_eq!(refused(server.client.get_object().bucket("no-such").key("k").send().await).1, "NoSuchBucket");
    assert_eq!(refused(server.client.head_object().bucket(BUCKET).key("none").send().await).0, 404);

    let mut request = server.raw("GET", "/bucket/k", UNSIGNED);
    request.headers = vec![("if-none-match", etag)];
    let answer = request.send(&server.address).await;
    assert_eq!((answer.status, answer.body.as_str()), (304, ""), "{}", answer.head);
    server.stop().await;
}

#[tokio::test]
async fn conditional_writes() {
    let root = folder();
    let server = Server::start(root.path()).await;
    let put = |key: &str| server.client.put_object().bucket(BUCKET).key(key).body(b"2".to_vec().into());
    server.put("k", b"1").await;
    let head = server.client.head_object().bucket(BUCKET).key("k").send().await.expect("it is there");
    let etag = head.e_tag().expect("a tag");
    for (name, request, expected) in [
        ("there already", put("k").if_none_match("*"), (412, "PreconditionFailed")),
        ("another", put("k").if_match("\"0\""), (412, "PreconditionFailed")),
        ("nothing there", put("none").if_match(etag), (404, "NoSuchKey")),
        ("a tag to miss", put("k").if_none_match(etag), (501, "NotImplemented")),
    ] {
        assert_eq!(refused(request.send().await), (expected.0, expected.1.to_owned()), "{name}");
    }
    assert_eq!(server.get("k").await, b"1");
    put("k").if_match(etag).send().await.expect("it matches");
    assert_eq!(server.get("k").await, b"2");
    put("new").if_none_match("*").send().await.expect("nothing is there");
    let delete = server.client.delete_object().bucket(BUCKET).key("k").if_match("\"0\"").send().await;
    assert_eq!(refused(delete).0, 412);
    server.stop().await;
}

async fn upload(server: &Server, key: &str, parts: &[&[u8]]) -> (String, CompletedMultipartUpload) {
    let create = server.client.create_multipart_upload().bucket(BUCKET).key(key).metadata("by", "parts");
    let created = create.checksum_algorithm(ChecksumAlgorithm::Crc32).send().await.expect("it begins");
    let id = created.upload_id().expect("an id").to_owned();
    let mut completed = CompletedMultipartUpload::builder();
    for (number, part) in (1..).zip(parts) {
        let request = server.client.upload_part().bucket(BUCKET).key(key).upload_id(&id).part_number(number);
        let part = request.checksum_algorithm(ChecksumAlgorithm::Crc32).body(part.to_vec().into()).send().await;
        let part = part.expect("a part");
        completed = completed.parts(
            CompletedPart::builder()
                .part_number(number)
                .set_e_tag(part.e_tag().map(str::to_owned))
                .set_checksum_crc32(part.checksum_crc32().map(str::to_owned))
                .build(),
        );
    }
    (id, completed.build())
}

#[tokio::test]
async fn multipart_uploads() {
    let root = folder();
    let server = Server::start(root.path()).await;
    let (large, small) = (vec![b'x'; 5 * 1024 * 1024], vec![b'y'; 1000]);
    let (id, parts) = upload(&server, "k", &[&large, &small]).await;
    assert_eq!(server.keys().await, Vec::<String>::new(), "an upload is no object");
    server.stop().await;

    let server = Server::start(root.path()).await;
    let listed = server.client.list_parts().bucket(BUCKET).key("k").upload_id(&id).send().await.expect("its parts");
    assert_eq!(listed.parts().iter().filter_map(Part::size).sum::<i64>(), 5 * 1024 * 1024 + 1000);
    let uploads = server.client.list_multipart_uploads().bucket(BUCKET).send().await.expect("the uploads");
    assert_eq!(uploads.uploads().iter().filter_map(|upload| upload.key()).collect::<Vec<_>>(), ["k"]);
    let complete = |id: &str, parts: &CompletedMultipartUpload| {
        let request = server.client.complete_multipart_upload().bucket(BUCKET).key("k").upload_id(id);
        request.multipart_upload(parts.clone()).if_none_match("*")
    };
    let mut reversed = parts.parts().to_vec();
    reversed.reverse();
    let reversed = CompletedMultipartUpload::builder().set_parts(Some(reversed)).build();
    assert_eq!(refused(complete(&id, &reversed).send().await).1, "InvalidPartOrder");
    let unknown = CompletedPart::builder().part_number(3).e_tag("\"0\"").build();
    let unknown = CompletedMultipartUpload::builder().parts(unknown).build();
    assert_eq!(refused(complete(&id, &unknown).send().await).1, "InvalidPart");
    assert_eq!(refused(complete("../../bucket", &parts).send().await), (404, "NoSuchUpload".to_owned()));

    let completed = complete(&id, &parts).send().await.expect("it is joined");
    assert!(completed.e_tag().is_some_and(|etag| etag.ends_with("-2\"")), "{completed:?}");
    assert!(completed.checksum_crc32().is_some_and(|checksum| checksum.ends_with("-2")), "{completed:?}");
    let object = server.client.get_object().bucket(BUCKET).key("k").checksum_mode(ChecksumMode::Enabled);
    let object = object.send().await.expect("it is there");
    assert_eq!(object.metadata().and_then(|all| all.get("by")).map(String::as_str), Some("parts"));
    assert_eq!(object.body.collect().await.expect("a body").into_bytes(), [large.clone(), small.clone()].concat());
    let second = server.client.get_object().bucket(BUCKET).key("k").part_number(2).send().await.expect("its part");
    assert_eq!((second.parts_count(), second.content_length()), (Some(2), Some(1000)));

    let (id, parts) = upload(&server, "k", &[&small]).await;
    assert_eq!(refused(complete(&id, &parts).send().await), (412, "PreconditionFailed".to_owned()));
    server.client.abort_multipart_upload().bucket(BUCKET).key("k").upload_id(&id).send().await.expect("it ends");
    assert_eq!(refused(complete(&id, &parts).send().await).1, "NoSuchUpload");
    let (id, parts) = upload(&server, "k", &[&small, &small]).await;
    assert_eq!(refused(complete(&id, &parts).send().await).1, "EntityTooSmall");
    assert_eq!(server.files(), (1, 0));
    server.stop().await;
}

#[tokio::test]
async fn copies() {
    let root = folder();
    let server = Server::start(root.path()).await;
    let put = server.client.put_object().bucket(BUCKET).key("from ü+").body(b"body".to_vec().into());
    put.metadata("a", "1").content_type("text/plain").send().await.expect("it is put");
    let copy = |to: &str| server.client.copy_object().bucket(BUCKET).key(to).copy_source("bucket/from%20%C3%BC%2B");
    copy("same").send().await.expect("it is copied");
    copy("new").metadata_directive(MetadataDirective::Replace).metadata("b", "2").send().await.expect("it is copied");
    for (key, kind, name) in [("same", "text/plain", "a"), ("new", "binary/octet-stream", "b")] {
        let head = server.client.head_object().bucket(BUCKET).key(key).send().await.expect(key);
        assert_eq!(head.content_type(), Some(kind), "{key}");
        assert_eq!(head.metadata().map(|all| all.keys().cloned().collect()), Some(vec![name.to_owned()]), "{key}");
        assert_eq!(server.get(key).await, b"body", "{key}");
    }
    assert_eq!(refused(copy("from ü+").send().await).1, "InvalidRequest");
    assert_eq!(refused(copy("x").copy_source_if_match("\"0\"").send().await).0, 412);
    let missing = server.client.copy_object().bucket(BUCKET).key("x").copy_source("bucket/none").send().await;
    assert_eq!(refused(missing).1, "NoSuchKey");
    server.stop().await;
}

#[tokio::test]
async fn removals_and_lists() {
    let root = folder();
    let server = Server::start(root.path()).await;
    for key in ["a/1", "a/2", "b/1", "c"] {
        server.put(key, b"x").await;
    }
    let page = server.client.list_objects_v2().bucket(BUCKET).delimiter("/").max_keys(2).send().await.expect("a page");
    assert_eq!(page.common_prefixes().iter().filter_map(|prefix| prefix.prefix()).collect::<Vec<_>>(), ["a/", "b/"]);
    assert_eq!((page.is_truncated(), page.key_count()), (Some(true), Some(2)));
    let token = page.next_continuation_token().expect("a token");
    let rest = server.client.list_objects_v2().bucket(BUCKET).delimiter("/").continuation_token(token).send().await;
    let rest = rest.expect("a page");
    assert_eq!(rest.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["c"]);
    let first = server.client.list_objects().bucket(BUCKET).prefix("a/").marker("a/1").send().await.expect("a page");
    assert_eq!(first.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["a/2"]);
    assert_eq!(first.contents()[0].size(), Some(1));

    let object = |key: &str| ObjectIdentifier::builder().key(key).build().expect("a key");
    let delete = Delete::builder().objects(object("a/1")).objects(object("never")).build().expect("a list");
    let deleted = server.client.delete_objects().bucket(BUCKET).delete(delete).send().await.expect("they are removed");
    assert_eq!((deleted.deleted().len(), deleted.errors().len()), (2, 0));
    assert_eq!(server.keys().await, ["a/2", "b/1", "c"]);
    assert_eq!(refused(server.client.delete_bucket().bucket(BUCKET).send().await).1, "BucketNotEmpty");
    for key in ["a/2", "b/1", "c", "c"] {
        server.client.delete_object().bucket(BUCKET).key(key).send().await.expect("it is removed, or was");
    }
    server.client.delete_bucket().bucket(BUCKET).send().await.expect("it is removed");
    assert_eq!(refused(server.client.head_bucket().bucket(BUCKET).send().await).0, 404);
    server.stop().await;
}

#[tokio::test]
async fn buckets() {
    let root = folder();
    let server = Server::start(root.path()).await;
    server.client.create_bucket().bucket("another-bucket").send().await.expect("it is created");
    let again = server.client.create_bucket().bucket("another-bucket").send().await;
    assert_eq!(refused(again), (409, "BucketAlreadyOwnedByYou".to_owned()));
    for name in ["ab", "Upper", "under_score", "192.168.0.1", "xn--a", "a-s3alias", "two..dots", "-a-b"] {
        let answer = server.client.create_bucket().bucket(name).send().await;
        assert_eq!(refused(answer), (400, "InvalidBucketName".to_owned()), "{name}");
    }
    let listed = server.client.list_buckets().send().await.expect("the buckets");
    let names: Vec<_> = listed.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(names, ["another-bucket", "bucket"]);
    let location = server.client.get_bucket_location().bucket(BUCKET).send().await.expect("a location");
    assert_eq!(location.location_constraint().map(BucketLocationConstraint::as_str), Some("eu-west-1"));
    server.stop().await;

    let store = FolderStore::open(root.path(), Events::none()).expect("the folder opens");
    assert!(!store.create_bucket(BUCKET).await.expect("it is there"));
    assert!(matches!(store.create_bucket(".s3").await, Err(StoreError::InvalidBucketName(_))));
}

#[tokio::test]
async fn only_signed_requests() {
    let root = folder();
    let server = Server::start(root.path()).await;
    let wrong = client(&server.address, "another secret");
    assert_eq!(refused(wrong.list_buckets().send().await), (403, "SignatureDoesNotMatch".to_owned()));
    let unknown = SdkCredentials::from_keys("AKIDOTHER", SECRET_KEY, None);
    let unknown = server.client.config().to_builder().credentials_provider(unknown).build();
    let answer = Client::from_conf(unknown).list_buckets().send().await;
    assert_eq!(refused(answer), (403, "InvalidAccessKeyId".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn buckets_as_host_names() {
    let root = folder();
    let server = Server::start(root.path()).await;
    server.put("k", b"body").await;
    let port = server.address.rsplit_once(':').expect("a port").1;
    for (host, path) in [
        (format!("bucket.localhost:{port}"), "/k"),
        (format!("bucket.s3.localhost:{port}"), "/k"),
        (format!("localhost:{port}"), "/bucket/k"),
        (format!("somewhere.test:{port}"), "/bucket/k"),
    ] {
        let mut request = server.raw("GET", path, UNSIGNED);
        request.host.clone_from(&host);
        let answer = request.send(&server.address).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "body"), "{host}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_server_stops_in_time() {
    let root = folder();
    let server = Server::start(root.path()).await;
    let mut request = server.raw("PUT", "/bucket/k", UNSIGNED);
    request.headers = vec![("content-length", "4".to_owned())];
    let stream = request.begin(&server.address).await;
    server.put("other", b"x").await;
    let started = Instant::now();
    server.stop().await;
    assert!(started.elapsed() < Duration::from_secs(5), "a client that sends nothing must not hold it");
    drop(stream);
    let server = Server::start(root.path()).await;
    assert_eq!(server.keys().await, ["other"]);
    server.stop().await;
}
