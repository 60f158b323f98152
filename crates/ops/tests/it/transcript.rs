//! Screens, kept word by word in `transcripts/`: they show what a command says, and a change of it is seen in a review.
//! `PENSTOCK_WRITE_TRANSCRIPTS=1` writes them anew.

use std::path::Path;

/// Compares what was said with the transcript of this name. Seconds differ from run to run, and are told as 0.
pub fn same(name: &str, said: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/transcripts/{name}.txt"));
    let said = format!("{}\n", without_seconds(said).trim_end());
    if std::env::var_os("PENSTOCK_WRITE_TRANSCRIPTS").is_some() {
        std::fs::write(&path, &said).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(said, kept, "{} is another; PENSTOCK_WRITE_TRANSCRIPTS=1 writes it anew", path.display());
}

fn without_seconds(text: &str) -> String {
    let word = |word: &str| match word.strip_suffix('s') {
        Some(number) if number.parse::<f64>().is_ok() => "0.0s".to_owned(),
        _ => word.to_owned(),
    };
    let line = |line: &str| line.trim_end().split(' ').map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn seconds_are_none() {
    assert_eq!(without_seconds("   ✓ Role  create  1.5s\n1 files, 24s"), "   ✓ Role  create  0.0s\n1 files, 0.0s");
}

/// The arguments of every command that talks to AWS: others script against them.
#[test]
fn the_help_of_each_command_is_as_it_is_kept() {
    for command in ["plan", "deploy", "status", "logs", "destroy", "doctor", "verify", "replay", "send", "cost"] {
        let help = std::process::Command::new(env!("CARGO_BIN_EXE_penstock-ops")).args([command, "--help"]).output();
        let help = help.unwrap();
        assert!(help.status.success());
        same(&format!("help-{command}"), &String::from_utf8_lossy(&help.stdout));
    }
}
