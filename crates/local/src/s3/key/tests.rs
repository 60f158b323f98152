use proptest::prelude::*;

use super::*;

fn path(key: &str) -> String {
    Key::new(key).expect("a key").pieces().join("/")
}

#[test]
fn ordinary_keys_are_ordinary_paths() {
    for key in [
        "a",
        "a/b.txt",
        "logs/2015/07/31/12/stream-0-2015-07-31-12-00-00-00-2f1c.gz",
        "dt=2024-01-01/hour=%2F/x",
        "50% of it/100%",
        "grüße/日本.json",
        ".hidden/..two/...",
        "a b+c&d=e~f",
        "%41%zz%2e",
    ] {
        assert_eq!(path(key), key);
    }
}

#[test]
fn escapes() {
    for (name, key, expected) in [
        ("leading slash", "/a", "%empty/a"),
        ("trailing slash", "a/", "a/%empty"),
        ("doubled slash", "a//b", "a/%empty/b"),
        ("only a slash", "/", "%empty/%empty"),
        ("dot", "./a", "%2E/a"),
        ("dot dot", "../../etc/passwd", "%2E./%2E./etc/passwd"),
        ("last component dot dot", "a/..", "a/%2E."),
        ("nul", "a\0b", "a%00b"),
        ("newline and delete", "a\n\x7F", "a%0A%7F"),
        ("looks like an escaped byte", "a%00", "a%2500"),
        ("looks like an escaped percent", "%25", "%2525"),
        ("looks like an escaped dot", "%2E", "%252E"),
        ("looks like an empty component", "%empty", "%25empty"),
        ("looks like a marked folder", "a%dir/b", "a%25dir/b"),
        ("looks like a marked file", "a%obj", "a%25obj"),
        ("looks like the folder of long paths", "%long/a", "%25long/a"),
        ("looks like a cut name", "a%more/b", "a%25more/b"),
    ] {
        assert_eq!(path(key), expected, "{name}");
    }
}

#[test]
fn long_components_are_cut() {
    let component = "x".repeat(241);
    assert_eq!(path(&component), format!("{}%more/x", "x".repeat(240)));
    assert_eq!(path(&"x".repeat(240)), "x".repeat(240), "the longest that is not cut");
    let dots = format!("{}..", "x".repeat(240));
    assert_eq!(path(&dots), format!("{}%more/%2E.", "x".repeat(240)), "a rest must not climb");
    let deepest = Key::new("\0".repeat(KEY_BYTES_MAX)).expect("a key");
    assert!(deepest.pieces().join("/").len() < 3200);
}

#[test]
fn paths_that_are_too_long_are_named_by_digest() {
    let slashes = Key::new("/".repeat(1024)).expect("a key");
    let path = slashes.long_path(&slashes.pieces()).expect("7 KB of %empty");
    assert_eq!(path, format!("%long/{}", slashes.digest()));
    assert_eq!(path.len(), LONG_FOLDER.len() + 1 + 64);
    let ordinary = Key::new("a/".repeat(100) + "b").expect("a key");
    assert_eq!(ordinary.long_path(&ordinary.pieces()), None);
}

#[test]
fn lengths() {
    assert_eq!(Key::new(""), Err(KeyError::Empty));
    assert!(Key::new("k".repeat(1024)).is_ok());
    assert_eq!(Key::new("k".repeat(1025)), Err(KeyError::TooLong(1025)));
}

/// Keys made of what is awkward, so that escapes meet each other and the cuts.
fn any_key() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        Just("/".to_owned()),
        Just("%".to_owned()),
        Just(".".to_owned()),
        Just("2".to_owned()),
        Just("5".to_owned()),
        Just("E".to_owned()),
        Just("0".to_owned()),
        Just("%empty".to_owned()),
        Just("%dir".to_owned()),
        Just("%obj".to_owned()),
        Just("%more".to_owned()),
        Just("%long".to_owned()),
        Just("é".to_owned()),
        Just("\u{1F980}".to_owned()),
        Just("x".repeat(239)),
        "[\\x00-\\x1F\\x7F]",
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(atom, 1..40).prop_map(|atoms| {
        let mut key = atoms.concat();
        let mut end = key.len().min(KEY_BYTES_MAX);
        while !key.is_char_boundary(end) {
            end -= 1;
        }
        key.truncate(end);
        key
    })
}

proptest! {
    #[test]
    fn decode_inverts_pieces(text in any_key()) {
        let pieces = Key::new(text.clone()).expect("a key").pieces();
        prop_assert_eq!(decode(&pieces), text);
    }

    #[test]
    fn decode_inverts_marked_pieces(text in any_key(), marks in any::<u64>()) {
        let mut pieces = Key::new(text.clone()).expect("a key").pieces();
        let last = pieces.len() - 1;
        for (at, piece) in pieces.iter_mut().enumerate() {
            if marks >> (at % 64) & 1 == 1 {
                piece.push_str(if at == last { FILE_MARK } else { FOLDER_MARK });
            }
        }
        prop_assert_eq!(decode(&pieces), text);
    }

    #[test]
    fn pieces_stay_inside_and_fit(text in any_key()) {
        for piece in Key::new(text).expect("a key").pieces() {
            prop_assert!(!piece.is_empty() && piece != "." && piece != "..");
            prop_assert!(piece.len() + FOLDER_MARK.len() <= 255);
            prop_assert!(!piece.chars().any(|c| c == '/' || c < ' ' || c == '\x7F'));
            prop_assert!(!piece.ends_with(FOLDER_MARK) && !piece.ends_with(FILE_MARK));
        }
    }

    #[test]
    fn decoding_any_name_is_safe(name in ".{0,80}") {
        decode_file(&name);
        decode_folder(&name);
    }
}
