use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use super::*;
use crate::events::Events;
use crate::s3::checksum::{Algorithm, Digests};
use crate::s3::spool::Spool;

const BUCKET: &str = "bucket";

fn open(root: &Path) -> FolderStore {
    FolderStore::open(root, Events::none()).expect("the folder opens")
}

fn with_bucket() -> (TempDir, FolderStore) {
    let root = TempDir::new().expect("a folder");
    fs::create_dir(root.path().join(BUCKET)).expect("a bucket");
    let store = open(root.path());
    (root, store)
}

fn key(text: &str) -> Key {
    Key::new(text).expect("a key")
}

/// Commits a body whose content type says which one it is.
pub(in crate::s3) fn put(
    store: &FolderStore,
    text: &str,
    body: &str,
    condition: Condition,
) -> Result<Description, StoreError> {
    let mut spool = Spool::create(&store.temporary(), Digests::new(&[Algorithm::Crc32].into()))?;
    spool.write(body.as_bytes())?;
    let spooled = spool.finish()?;
    store.commit(Commit {
        bucket: BUCKET.to_owned(),
        key: key(text),
        etag: crate::s3::checksum::hex(&spooled.digested.md5),
        checksums: spooled.digested.checksums.clone(),
        checksum_type: ChecksumType::FullObject,
        part_bytes: Vec::new(),
        attributes: Attributes { content_type: Some(format!("type/{body}")), ..Attributes::default() },
        condition,
        spooled,
    })
}

/// Body and content type, which belong together.
fn get(store: &FolderStore, text: &str) -> Option<(String, String)> {
    match store.open_object(BUCKET, &key(text)) {
        Ok(mut opened) => {
            let mut body = String::new();
            io::Read::read_to_string(&mut opened.file, &mut body).expect("it reads");
            Some((body, opened.description.attributes.content_type.unwrap_or_default()))
        }
        Err(StoreError::NoSuchKey(_)) => None,
        Err(error) => panic!("{text}: {error}"),
    }
}

fn object(body: &str) -> (String, String) {
    (body.to_owned(), format!("type/{body}"))
}

fn temporary_files(root: &Path) -> usize {
    fs::read_dir(root.join(".s3/tmp")).expect("the folder of temporary files").count()
}

#[test]
fn a_key_and_keys_below_it() {
    for order in [["a", "a/b", "a/b/c"], ["a/b/c", "a/b", "a"], ["a/b", "a", "a/b/c"]] {
        let (root, store) = with_bucket();
        for text in order {
            put(&store, text, text, Condition::None).expect("it is put");
        }
        drop(store);
        let store = open(root.path());
        for text in order {
            assert_eq!(get(&store, text), Some(object(text)), "{text} of {order:?}");
            put(&store, text, "new", Condition::None).expect("it is replaced");
            assert_eq!(get(&store, text), Some(object("new")), "{text} of {order:?}");
        }
        for (at, text) in order.iter().enumerate() {
            store.delete_object(BUCKET, &key(text), &Condition::None).expect("it is removed");
            assert_eq!(get(&store, text), None, "{text} of {order:?}");
            for left in &order[at + 1..] {
                assert_eq!(get(&store, left), Some(object("new")), "{left} after {text} of {order:?}");
            }
        }
        assert_eq!(fs::read_dir(root.path().join(BUCKET)).expect("the bucket").count(), 0, "no empty folder stays");
    }
}

#[test]
fn the_first_to_come_has_the_plain_name() {
    let (root, store) = with_bucket();
    put(&store, "a", "1", Condition::None).expect("it is put");
    put(&store, "a/b", "2", Condition::None).expect("it is put");
    put(&store, "c/d", "3", Condition::None).expect("it is put");
    put(&store, "c", "4", Condition::None).expect("it is put");
    for (path, body) in [("a", "1"), ("a%dir/b", "2"), ("c/d", "3"), ("c%obj", "4")] {
        assert_eq!(fs::read_to_string(root.path().join(BUCKET).join(path)).expect(path), body);
    }
}

/// A process that dies between the two renames of a commit leaves the new document and the old body.
#[test]
fn a_commit_that_was_cut_short_leaves_the_old_object() {
    let (root, store) = with_bucket();
    let file = root.path().join(BUCKET).join("k");
    let aside = root.path().join("aside");
    put(&store, "k", "old", Condition::None).expect("it is put");
    fs::hard_link(&file, &aside).expect("the old file");
    put(&store, "k", "new", Condition::None).expect("it is replaced");
    assert_eq!(get(&store, "k"), Some(object("new")));
    fs::rename(&aside, &file).expect("as if the last rename had not been");
    drop(store);

    let store = open(root.path());
    assert_eq!(get(&store, "k"), Some(object("old")));
    put(&store, "k", "newer", Condition::None).expect("it is replaced");
    assert_eq!(get(&store, "k"), Some(object("newer")));
}

#[test]
fn a_first_commit_that_was_cut_short_leaves_no_object() {
    let (root, store) = with_bucket();
    put(&store, "k", "new", Condition::None).expect("it is put");
    fs::remove_file(root.path().join(BUCKET).join("k")).expect("as if the last rename had not been");
    drop(store);
    let store = open(root.path());
    assert_eq!(get(&store, "k"), None);
    put(&store, "k", "again", Condition::Absent).expect("nothing is there");
    assert_eq!(get(&store, "k"), Some(object("again")));
}

#[test]
fn what_dead_writers_left_is_cleared() {
    let (root, store) = with_bucket();
    drop(store);
    fs::write(root.path().join(".s3/tmp/.tmpdead"), "half a body").expect("a temporary file");
    fs::create_dir(root.path().join(".s3/uploads/0123")).expect("half an upload");
    let store = open(root.path());
    assert_eq!(temporary_files(root.path()), 0);
    assert_eq!(fs::read_dir(store.uploads()).expect("the uploads").count(), 0);
}

#[test]
fn a_folder_has_one_owner() {
    let (root, store) = with_bucket();
    let error = FolderStore::open(root.path(), Events::none()).expect_err("the folder is taken");
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    drop(store);
    open(root.path());
}

#[test]
fn files_that_people_put_there_are_objects() {
    let (root, store) = with_bucket();
    let file = root.path().join(BUCKET).join("by/hand.txt");
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    fs::write(&file, "hand").expect("a file");
    let plain = |body: &str| Some((body.to_owned(), "binary/octet-stream".to_owned()));
    assert_eq!(get(&store, "by/hand.txt"), plain("hand"));
    let etag = store.open_object(BUCKET, &key("by/hand.txt")).expect("it opens").description.etag;
    assert_eq!(etag, "573ce5969e9884d49d4fab77b09a306a", "the MD5 of its body");
    assert!(put(&store, "by/hand.txt", "x", Condition::Absent).is_err(), "it counts as there");

    put(&store, "k", "body", Condition::None).expect("it is put");
    let stored = root.path().join(BUCKET).join("k");
    File::options().append(true).open(&stored).expect("it opens").set_modified(std::time::UNIX_EPOCH).expect("touched");
    assert_eq!(get(&store, "k"), Some(object("body")), "touched, not changed: the metadata still holds");
    fs::write(&stored, "edited").expect("it is edited");
    assert_eq!(get(&store, "k"), plain("edited"), "the metadata of another body must not be shown");
}

#[test]
fn links_do_not_lead_out() {
    let (root, store) = with_bucket();
    let outside = root.path().join("outside");
    fs::create_dir(&outside).expect("a folder");
    fs::write(outside.join("secret"), "secret").expect("a file");
    std::os::unix::fs::symlink(&outside, root.path().join(BUCKET).join("link")).expect("a link");
    std::os::unix::fs::symlink(outside.join("secret"), root.path().join(BUCKET).join("file")).expect("a link");
    assert_eq!(get(&store, "link/secret"), None);
    assert_eq!(get(&store, "file"), None);
    put(&store, "link/secret", "mine", Condition::None).expect("it is put");
    put(&store, "file", "mine", Condition::None).expect("it is put");
    assert_eq!(fs::read_to_string(outside.join("secret")).expect("it is there"), "secret");
    assert!(store.require_bucket("..").is_err() && store.require_bucket(".s3").is_err());
}

#[test]
fn conditions() {
    let (_root, store) = with_bucket();
    let etag = put(&store, "k", "1", Condition::Absent).expect("nothing is there").etag;
    let matches = |etag: &str| Condition::Matches(ETagCondition::ETag(ETag::Strong(etag.to_owned())));
    for (name, text, condition, refused) in [
        ("absent and there", "k", Condition::Absent, true),
        ("any and there", "k", Condition::Matches(ETagCondition::Any), false),
        ("any and not there", "none", Condition::Matches(ETagCondition::Any), true),
        ("another", "k", matches("00"), true),
        ("matches no more", "k", matches(&etag), true),
    ] {
        assert_eq!(put(&store, text, "2", condition).is_err(), refused, "{name}");
    }
    let etag = put(&store, "k", "3", Condition::None).expect("no condition").etag;
    put(&store, "k", "4", matches(&etag)).expect("it matches");
    assert_eq!(get(&store, "k"), Some(object("4")));
}

#[test]
fn events_tell_what_was_stored_and_what_was_present() {
    let (root, store) = with_bucket();
    drop(store);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observer = Arc::clone(&seen);
    let events = Events::to(move |event| observer.lock().expect("no panic").push(event));
    let store = FolderStore::open(root.path(), events).expect("the folder opens");
    put(&store, "a/b", "body", Condition::Absent).expect("it is put");
    put(&store, "a/b", "body", Condition::Absent).expect_err("it is there");
    put(&store, "a/b", "body", Condition::Matches(ETagCondition::ETag(ETag::Strong("0".to_owned()))))
        .expect_err("another");
    let seen = seen.lock().expect("no panic");
    let [Event::ObjectStored { object }, Event::ObjectPresent { bucket, key }] = seen.as_slice() else {
        panic!("{seen:?}");
    };
    assert_eq!((object.key.as_str(), object.bytes, bucket.as_str(), key.as_str()), ("a/b", 4, BUCKET, "a/b"));
    assert_eq!(fs::read_to_string(&object.path).expect("the plain file"), "body");
}
