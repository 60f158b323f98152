use std::collections::BTreeSet;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::events::Events;
use crate::s3::objects::{Condition, put_for_tests as put};

const BUCKET: &str = "bucket";

fn store_of<'a>(keys: impl IntoIterator<Item = &'a String>) -> (TempDir, FolderStore) {
    let root = TempDir::new().expect("a folder");
    fs::create_dir(root.path().join(BUCKET)).expect("a bucket");
    let store = FolderStore::open(root.path(), Events::none()).expect("the folder opens");
    for key in keys {
        put(&store, key, key, Condition::None).expect("it is put");
    }
    (root, store)
}

/// All pages, as one list of keys and common prefixes in the order they came.
fn pages(store: &FolderStore, prefix: &str, delimiter: &str, entries_max: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let query = Query { prefix: prefix.to_owned(), delimiter: delimiter.to_owned(), after, entries_max };
        let page = store.list(BUCKET, &query).expect("it lists");
        let mut entries: Vec<String> = page.objects.into_iter().map(|object| object.key).collect();
        entries.extend(page.common_prefixes);
        entries.sort_unstable();
        assert!(entries.len() <= entries_max);
        all.extend(entries);
        match page.next {
            Some(next) => after = next,
            None => return all,
        }
    }
}

/// What S3's documentation says, without pages.
fn model(keys: &BTreeSet<String>, prefix: &str, delimiter: &str) -> Vec<String> {
    let entries = keys.iter().filter(|key| key.starts_with(prefix)).map(|key| {
        let cut = key[prefix.len()..].find(delimiter).filter(|_| !delimiter.is_empty());
        cut.map_or(key.clone(), |at| key[..prefix.len() + at + delimiter.len()].to_owned())
    });
    entries.collect::<BTreeSet<_>>().into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn pages_are_the_model(
        keys in proptest::collection::btree_set("[ab/%.-]{1,5}", 0..12),
        prefix in "[ab/]{0,2}",
        delimiter in prop_oneof![Just(""), Just("/"), Just("b"), Just("a/")],
        entries_max in 1_usize..5,
    ) {
        let (_root, store) = store_of(&keys);
        prop_assert_eq!(pages(&store, &prefix, delimiter, entries_max), model(&keys, &prefix, delimiter));
    }
}

#[test]
fn the_order_is_that_of_bytes_not_of_paths() {
    let keys = ["a-", "a/b", "a/b-", "a/b/c", "a0", "a", "é", "z", "\u{1F980}", "\u{FFFD}"].map(str::to_owned);
    let (_root, store) = store_of(&keys);
    let listed = pages(&store, "", "", 3);
    let mut expected = keys.to_vec();
    expected.sort_unstable();
    assert_eq!(listed, expected);
}

#[test]
fn paths_that_are_too_long_are_listed() {
    let keys = ["/".repeat(1024), "x".repeat(1024), "\0".repeat(1024), "a".to_owned()];
    let (_root, store) = store_of(&keys);
    assert_eq!(pages(&store, "", "", 2), ["\0".repeat(1024), "/".repeat(1024), "a".to_owned(), "x".repeat(1024)]);
    assert_eq!(pages(&store, "/", "", 2), ["/".repeat(1024)]);
    assert_eq!(pages(&store, "", "/", 2), ["\0".repeat(1024), "/".to_owned(), "a".to_owned(), "x".repeat(1024)]);
}

#[test]
fn after() {
    let keys = ["a/1", "a/2", "b"].map(str::to_owned);
    let (_root, store) = store_of(&keys);
    for (name, after, expected) in [
        ("a key that is not there", "a/11", vec!["a/", "b"]),
        ("a common prefix that was listed", "a/", vec!["b"]),
        ("the last key", "b", vec![]),
    ] {
        let query = Query { delimiter: "/".to_owned(), after: after.to_owned(), entries_max: 10, ..Query::default() };
        let page = store.list(BUCKET, &query).expect("it lists");
        let mut entries = page.common_prefixes;
        entries.extend(page.objects.into_iter().map(|object| object.key));
        assert_eq!(entries, expected, "{name}");
    }
}

#[test]
fn names_that_are_no_keys_path_are_not_listed() {
    let (root, store) = store_of(&["a".to_owned()]);
    for name in ["%2Ex", "b%obj", "%25"] {
        fs::write(root.path().join(BUCKET).join(name), "by hand").expect("a file");
    }
    fs::create_dir_all(root.path().join(BUCKET).join("%long")).expect("a folder");
    fs::write(root.path().join(BUCKET).join("%long/unknown"), "by hand").expect("a file");
    assert_eq!(pages(&store, "", "", 10), ["a"]);
}
