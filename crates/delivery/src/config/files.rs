//! Settings that may be too long for a line: `file://clicks.jq` names a file beside the environment file, which is packaged
//! beside the function. The variables of a function have 4 KB in all, and a schema alone may have more.

use std::collections::BTreeMap;

use penstock_format::excerpt;

use super::ConfigError;
use super::variables::{self, Variable};
use crate::limits::FILE_BYTES_MAX;

/// What such a value begins with; the AWS CLI's own word.
pub const SCHEME: &str = "file://";

/// Characters of a path at most.
const PATH_CHARS_MAX: usize = 200;

/// The files that the settings name, each once, in the order of the settings: paths below the folder of the environment file.
///
/// A path has parts of `a-z A-Z 0-9 _ . -` between single `/`, and none of them is `.` or `..`: the same below any folder, on
/// any machine, and in a zip.
pub fn files_of(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Vec<String>, ConfigError> {
    let mut files: Vec<String> = Vec::new();
    for variable in variables::that_may_be_files() {
        if let Some(path) = path_of(variable, lookup(variable.name).as_deref())?
            && !files.iter().any(|file| file == path)
        {
            files.push(path.to_owned());
        }
    }
    Ok(files)
}

/// What the files hold, by the variable that names them.
pub(super) fn read(
    lookup: impl Fn(&'static str) -> Option<String>,
    read: impl Fn(&str) -> Result<String, String>,
) -> Result<BTreeMap<&'static str, String>, ConfigError> {
    let mut texts = BTreeMap::new();
    for variable in variables::that_may_be_files() {
        let Some(path) = path_set(&lookup, variable)? else { continue };
        let path = path.as_str();
        let invalid = |why: String| ConfigError::invalid(variable, &format!("{SCHEME}{path} {why}"));
        let text = read(path).map_err(|error| invalid(format!("cannot be read: {error}")))?;
        if text.len() > FILE_BYTES_MAX {
            return Err(invalid(format!("has {} bytes, expected at most {FILE_BYTES_MAX}", text.len())));
        }
        if text.trim().is_empty() {
            return Err(invalid(format!("is empty, expected {}", variable.expected)));
        }
        texts.insert(variable.name, text);
    }
    Ok(texts)
}

/// The path that is set for `variable`; none where it is not set, or is the text itself.
pub(super) fn path_set(
    lookup: impl Fn(&'static str) -> Option<String>,
    variable: &'static Variable,
) -> Result<Option<String>, ConfigError> {
    path_of(variable, lookup(variable.name).as_deref()).map(|path| path.map(str::to_owned))
}

/// The path that a value names; none where the value is the text itself.
fn path_of<'v>(variable: &'static Variable, value: Option<&'v str>) -> Result<Option<&'v str>, ConfigError> {
    let Some(value) = value else { return Ok(None) };
    let is_part = |part: &str| {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
        !part.is_empty() && part != "." && part != ".." && part.bytes().all(is_plain)
    };
    let Some(path) = value.strip_prefix(SCHEME) else {
        // No schema and no query looks like this, but for a path that begins with its dot: `.json` is one of jq's.
        let is_named = [".jq", ".json"].iter().any(|end| value.ends_with(end)) && !value.starts_with('.');
        if is_named && value.split('/').all(is_part) {
            let problem = format!("{} looks like the name of a file: expected {SCHEME}{value}", excerpt(value));
            return Err(ConfigError::invalid(variable, &problem));
        }
        return Ok(None);
    };
    if path.len() > PATH_CHARS_MAX || !path.split('/').all(is_part) || path == "bootstrap" {
        let problem = format!(
            "{} names no file that can be packaged: expected {SCHEME} and a path below the folder of the environment file, of \
             letters, digits, _ . - and /",
            excerpt(path)
        );
        return Err(ConfigError::invalid(variable, &problem));
    }
    Ok(Some(path))
}
