//! `cargo xtask import`: an environment file from what Firehose tells of a delivery stream. What becomes of what is the
//! stack's; here are files and the screen.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use penstock_console::environment_file::FOLDER;
use penstock_delivery::config::Schema;
use penstock_format::limits::DELIVERY_NAME_CHARACTERS_MAX;
use penstock_stack::import::{Beside, DOCUMENT_BYTES_MAX, Imported, Note};
use serde::Serialize;

use crate::exit::{self, Exit};
use crate::{paths, screen};

/// Make an environment file of what Firehose tells of a delivery stream
#[derive(Debug, clap::Args)]
#[command(after_help = "  aws firehose describe-delivery-stream --delivery-stream-name clicks | cargo xtask import -

Exit: 0 done, 1 refused by Firehose's rules or unreadable, 2 written, but something has no counterpart, 3 the file is \
                        there already, 64 usage.")]
pub struct Arguments {
    /// What `aws firehose describe-delivery-stream` prints, the input of create-delivery-stream, or the
    /// configuration of an S3 destination, as JSON; - for the standard input
    file: String,
    /// The environment's name, which becomes the file's; by default the delivery stream's
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// The table whose columns a conversion takes: a file of what `aws glue get-table` prints
    #[arg(long, value_name = "PATH")]
    schema: Option<PathBuf>,
    /// Where the environment file goes; - prints it
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Print the environment file, and write none
    #[arg(long, conflicts_with = "output")]
    stdout: bool,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    /// Tell the result as JSON
    #[arg(long)]
    json: bool,
}

/// What the file has where the columns are taken over, and what asks for them.
const SCHEMA_KEY: &str = "\nschema = ";
const FIELD: &str = "DataFormatConversionConfiguration";

/// The result for programs.
#[derive(Debug, Serialize)]
struct Told<'i> {
    version: u32,
    command: &'static str,
    environment: &'i str,
    /// Where the file lies; null where it was printed.
    path: Option<String>,
    /// Whether something was asked for that is not done.
    differences: bool,
    notes: Vec<ToldNote<'i>>,
    /// The file.
    file: &'i str,
    /// Files beside it, by their path from there.
    files: BTreeMap<&'i str, &'i str>,
}

#[derive(Debug, Serialize)]
struct ToldNote<'i> {
    field: &'i str,
    outcome: &'static str,
    text: &'i str,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    if let Some(name) = arguments.environment.as_deref().filter(|name| !is_name(name)) {
        screen::progress(format_args!("the name is {name:?}: expected 1 to 64 lower-case letters, digits and hyphens"));
        return Ok(exit::USAGE);
    }
    let shown = if arguments.file == "-" { "the standard input" } else { &arguments.file };
    let document = read(&arguments.file).with_context(|| format!("cannot read {shown}"))?;
    let fallback = arguments.environment.clone().unwrap_or_else(|| name_of(&arguments.file));
    let schema = arguments
        .schema
        .as_deref()
        .map(|path| std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display())));
    let schema = schema.transpose()?;
    if let (Some(path), Some(schema)) = (&arguments.schema, &schema) {
        // It was given by name: what it says is not passed over.
        Schema::parse(schema).with_context(|| path.display().to_string())?;
    }
    let beside = Beside { environment: arguments.environment.as_deref(), schema: schema.as_deref() };
    let imported = Imported::read_beside(&document, &fallback, &beside).with_context(|| shown.to_owned())?;
    // What is written always renders.
    imported.environment().with_context(|| format!("{shown} makes no environment"))?;
    if let Some(schema) = arguments.schema.as_deref().filter(|_| !imported.file.contains(SCHEMA_KEY)) {
        let shown = schema.display();
        screen::progress(format_args!("note: {shown} is not looked at: nothing in {FIELD} asks for Parquet"));
    }
    let name = &imported.name;
    let path = path(arguments, name);
    if let Some(path) = &path {
        let folder = path.parent().unwrap_or(Path::new(""));
        let beside = imported.files.iter().map(|(beside, text)| (folder.join(beside), text));
        let files: Vec<(PathBuf, &String)> = std::iter::once((path.clone(), &imported.file)).chain(beside).collect();
        if let Some((there, _)) = files.iter().find(|(path, _)| path.exists() && !arguments.force) {
            screen::progress(format_args!("{} is there already: pass --force to write over it", paths::shown(there)));
            return Ok(exit::REFUSED);
        }
        for (path, text) in files {
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    tell(arguments, name, path.as_deref(), &imported)?;
    Ok(if imported.is_different() { exit::DIFFERENCES } else { exit::DONE })
}

/// Where the file goes; none where it is printed.
fn path(arguments: &Arguments, name: &str) -> Option<PathBuf> {
    match &arguments.output {
        _ if arguments.stdout => None,
        Some(path) if path.as_os_str() == "-" => None,
        Some(path) => Some(path.clone()),
        None => Some(paths::root().join(format!("{FOLDER}/{name}.toml"))),
    }
}

fn tell(arguments: &Arguments, name: &str, path: Option<&Path>, imported: &Imported) -> anyhow::Result<()> {
    if arguments.json {
        let notes = imported.notes.iter().map(|Note { field, outcome, text }| ToldNote {
            field,
            outcome: outcome.as_str(),
            text,
        });
        let told = Told {
            version: 1,
            command: "import",
            environment: name,
            path: path.map(paths::shown),
            differences: imported.is_different(),
            notes: notes.collect(),
            file: &imported.file,
            files: imported.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect(),
        };
        screen::result(serde_json::to_string_pretty(&told).context("cannot tell the result")?);
        return Ok(());
    }
    let width = imported.notes.iter().map(|note| note.field.chars().count()).max().unwrap_or(0).min(FIELD_WIDTH_MAX);
    for Note { field, outcome, text } in &imported.notes {
        screen::progress(format_args!("{:<14}  {field:<width$}  {text}", outcome.as_str()));
    }
    match path {
        None => {
            screen::result(imported.file.trim_end());
            // Commented out, so that what is printed is an environment file all the same.
            for (path, text) in &imported.files {
                screen::result(format_args!("\n# Beside it, {path}:"));
                text.trim_end().lines().for_each(|line| screen::result(format_args!("# {line}")));
            }
        }
        Some(path) => {
            screen::result(paths::shown(path));
            // Only what lies among the environments has a name.
            let environment = if arguments.output.is_some() { paths::shown(path) } else { name.to_owned() };
            screen::progress(format_args!("next: read it, then cargo xtask local --environment {environment}"));
            let render = if arguments.output.is_some() { "" } else { "cargo xtask render, " };
            screen::progress(format_args!("then: {render}cargo xtask deploy --environment {environment}"));
        }
    }
    Ok(())
}

/// Columns of a field's name, so that one long name does not move all texts.
const FIELD_WIDTH_MAX: usize = 60;

/// The text of a file, or of the standard input; no more of it than is looked at.
fn read(file: &str) -> anyhow::Result<String> {
    let limit = u64::try_from(DOCUMENT_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = String::new();
    if file == "-" {
        std::io::stdin().lock().take(limit).read_to_string(&mut text)?;
    } else {
        std::fs::File::open(file)?.take(limit).read_to_string(&mut text)?;
    }
    Ok(text)
}

/// The name of a delivery that is told none: the file's.
fn name_of(file: &str) -> String {
    let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let allowed = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
    let name: String = stem.chars().map(allowed).take(DELIVERY_NAME_CHARACTERS_MAX).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "imported".to_owned() } else { name.to_owned() }
}

fn is_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=DELIVERY_NAME_CHARACTERS_MAX).contains(&name.len()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_that_is_told_no_name_is_called_like_its_file() {
        for (file, name) in [
            ("-", "imported"),
            ("clicks.json", "clicks"),
            ("a/b/My Clicks_v2.json", "my-clicks-v2"),
            ("日本.json", "imported"),
            ("..", "imported"),
        ] {
            assert_eq!(name_of(file), name, "{file}");
            assert!(is_name(name), "{name}");
        }
        assert_eq!(name_of(&"x".repeat(100)).len(), 64);
    }
}
