//! The same invocations, recorded once and fed twice into empty folders: the folders are the same.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::world::{BUCKET, Bucket, Lambda, Pipe, bootstrap, files, hooks_example, lines, within};

/// What a client can read of a folder's objects: their files, and beside them what S3 knows of each.
///
/// Left out is what belongs to the moment and the machine and not to the function: of each document the time it was
/// stored (`last_modified_s`) and the file's time and inode (of `fingerprint`); of the side tree the lock and the
/// folder for temporary files. Nothing is left out of the objects' own files.
fn readable(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut readable = BTreeMap::new();
    for (path, body) in files(&root.join(BUCKET)) {
        readable.insert(format!("{BUCKET}/{path}"), body);
    }
    for (path, document) in files(&root.join(".s3/objects")) {
        let mut document: Value = serde_json::from_slice(&document).expect("a document");
        let current = document["current"].as_object_mut().expect("a description");
        let fingerprint = current["fingerprint"].as_object_mut().expect("a fingerprint");
        assert!(fingerprint.remove("modified_ns").is_some() && fingerprint.remove("inode").is_some());
        assert!(current.remove("last_modified_s").is_some());
        readable.insert(format!(".s3/objects/{path}"), document.to_string().into_bytes());
    }
    readable
}

/// What `diff -r` would say.
fn differences(left: &BTreeMap<String, Vec<u8>>, right: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut names: Vec<_> = left.keys().chain(right.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let differ = |name: &&String| left.get(*name) != right.get(*name);
    names.into_iter().filter(differ).cloned().collect()
}

async fn feed(bucket: &Bucket, hooks: &Path, invocations: &[(String, Vec<u8>)]) {
    let lambda = Lambda::start(hooks.to_owned(), &bucket.endpoint, &[("PENSTOCK_COMPRESSION_FORMAT", "GZIP")]).await;
    for (_, event) in invocations {
        let outcome = lambda.function.invoke(event.clone().into()).await.outcome;
        let expected = penstock_local::function::Outcome::Response(r#"{"batchItemFailures":[]}"#.into());
        assert_eq!(outcome, expected);
    }
    lambda.end().await;
}

#[tokio::test]
async fn d3_recorded_invocations_fed_twice_make_the_same_folders() {
    within(async {
        let mut lines = lines(200);
        for (number, line) in lines.iter_mut().enumerate() {
            match number % 10 {
                3 => line.insert_str(0, "bad "),
                5 => line.clear(),
                7 => line.insert_str(0, "panic "),
                _ => {}
            }
        }
        for hooks in [bootstrap(), hooks_example()] {
            let name = hooks.display();
            let pipe = Pipe::new(&hooks, &[("PENSTOCK_COMPRESSION_FORMAT", "GZIP")], &lines);
            assert_eq!(pipe.run().await.records_delivered, 200);
            let invocations = pipe.invocations();
            assert!(invocations.len() >= 4, "{name}: 200 records in batches of 50");

            let (first, second) = (Bucket::serve().await, Bucket::serve().await);
            feed(&first, &hooks, &invocations).await;
            feed(&second, &hooks, &invocations).await;
            let [left, right] = [&first, &second].map(|bucket| readable(bucket.folder.path()));
            assert_eq!(differences(&left, &right), [""; 0], "{name}");
            assert!(left.len() >= 2 * invocations.len(), "{name}: an object and a document a batch: {}", left.len());

            // What was delivered when they were recorded is no other.
            assert_eq!(differences(&left, &readable(&pipe.data())), [""; 0], "{name}");
            // Fed again into a folder that has all of it they change nothing, not even a file's time.
            let before = files(first.folder.path());
            feed(&first, &hooks, &invocations).await;
            assert_eq!(differences(&before, &files(first.folder.path())), [""; 0], "{name}");
        }
    })
    .await;
}
