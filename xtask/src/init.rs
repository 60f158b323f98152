//! `cargo xtask init`: a first environment file, in a few questions, or in none.

use std::fmt::Write as _;

use anyhow::Context as _;
use penstock_console::environment_file::FOLDER;
use penstock_console::question;
use penstock_stack::Environment;

use crate::exit::{self, Exit};
use crate::{paths, screen};

/// Write an environment file, in a few questions
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment's name, which becomes the file's
    #[arg(default_value = "dev")]
    name: String,
    /// Ask nothing: what is not said is its default
    #[arg(long, short)]
    yes: bool,
    /// Name of a stream of the environment's own
    #[arg(long, value_name = "NAME", conflicts_with = "stream_arn")]
    stream_name: Option<String>,
    /// ARN of a stream that is there already
    #[arg(long, value_name = "ARN")]
    stream_arn: Option<String>,
    /// The bucket that takes the objects
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<String>,
    /// What keys begin with
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,
    /// UNCOMPRESSED, GZIP, ZSTD or another that `compression_format` takes
    #[arg(long, value_name = "FORMAT")]
    compression_format: Option<String>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let name = &arguments.name;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_name {
        screen::progress(format_args!("the name is {name:?}: expected lower-case letters, digits and hyphens"));
        return Ok(exit::USAGE);
    }
    let path = paths::root().join(format!("{FOLDER}/{name}.toml"));
    if path.exists() && !arguments.force {
        screen::progress(format_args!("{} is there already: pass --force to write over it", paths::shown(&path)));
        return Ok(exit::REFUSED);
    }
    if !arguments.yes && !question::can_ask() {
        screen::progress("nobody can be asked here: pass --yes to take the defaults");
        return Ok(exit::REFUSED);
    }
    let text = text(arguments)?;
    Environment::parse(&text).context("these answers make no environment")?;
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    screen::result(paths::shown(&path));
    screen::progress(format_args!("next: cargo xtask local --environment {name}"));
    screen::progress(format_args!("then: cargo xtask render, cargo xtask deploy --environment {name}"));
    Ok(exit::DONE)
}

/// The file, with what was said, and asked where it was not.
fn text(arguments: &Arguments) -> anyhow::Result<String> {
    let ask = |said: &Option<String>, words: &str, default: String| match said {
        Some(said) => anyhow::Ok(said.clone()),
        None if arguments.yes => Ok(default),
        None => Ok(question::text(words, &default)?.unwrap_or(default)),
    };
    let own = format!("penstock-{}", arguments.name);
    let mut text = format!(
        "# The environment {}. Every key and its default stands in README.md, \"Configuration\".\n\n[stream]\n",
        arguments.name
    );
    let stream = if let Some(arn) = &arguments.stream_arn {
        let _ = writeln!(text, "arn = {}", quoted(arn));
        arn.rsplit('/').next().unwrap_or(&own).to_owned()
    } else {
        let stream = ask(&arguments.stream_name, "Stream, by name (or --stream-arn for one there is)", own.clone())?;
        let _ = writeln!(text, "name = {}", quoted(&stream));
        stream
    };
    // Names of buckets are the whole world's: the default has something in it that nobody else has.
    let bucket = format!("{}-{:08x}", stream.to_ascii_lowercase().replace(['_', '.'], "-"), unlikely());
    let bucket = ask(&arguments.bucket, "Bucket for the objects", bucket)?;
    let prefix = ask(&arguments.prefix, "Prefix of keys (empty for none)", String::new())?;
    let format = ask(
        &arguments.compression_format,
        "Compression: UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY or ZSTD",
        "GZIP".to_owned(),
    )?;
    let _ = writeln!(text, "\n[delivery]\nbucket = {}", quoted(&bucket));
    if !prefix.is_empty() {
        let _ = writeln!(text, "prefix = {}", quoted(&prefix));
    }
    let _ = writeln!(text, "compression_format = {}", quoted(&format));
    Ok(text)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A number that somebody else hardly has.
fn unlikely() -> u32 {
    use std::hash::{BuildHasher as _, RandomState};
    #[expect(clippy::cast_possible_truncation, reason = "some of the bits are enough")]
    let number = RandomState::new().hash_one(std::process::id()) as u32;
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments() -> Arguments {
        Arguments {
            name: "test".into(),
            yes: true,
            stream_name: None,
            stream_arn: None,
            bucket: None,
            prefix: None,
            compression_format: None,
            force: false,
        }
    }

    #[test]
    fn the_defaults_and_what_is_said_make_an_environment() {
        let environment = Environment::parse(&text(&arguments()).unwrap()).unwrap();
        assert_eq!(environment.stream.name, "penstock-test");
        assert!(environment.delivery.bucket.as_str().starts_with("penstock-test-"));
        let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/My_Clicks.eu";
        let said = Arguments {
            stream_arn: Some(arn.into()),
            bucket: Some("acme-clicks".into()),
            prefix: Some("a \"b\"/".into()),
            compression_format: Some("ZSTD".into()),
            ..arguments()
        };
        let environment = Environment::parse(&text(&said).unwrap()).unwrap();
        assert_eq!(environment.stream.arn.as_deref(), Some(arn));
        assert_eq!(environment.delivery.bucket.as_str(), "acme-clicks");
        assert_eq!(environment.delivery.prefix.literal_head(), "a \"b\"/");
    }
}
