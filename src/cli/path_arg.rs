//! Paths on the command line and in settings: `~` is expanded everywhere, and recorded paths are absolute, so that they are
//! valid from any working directory.

use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, StringValueParser, TypedValueParser};

use crate::data;
use crate::paths::{self, PathProblem};

/// Reads a path.
pub(super) fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| paths::expand(&path))
}

/// Reads RUN, or RUN|FILE: a name, or a path.
pub(super) fn run() -> impl TypedValueParser<Value = String> {
    StringValueParser::new().try_map(|text| expanded(&text))
}

fn expanded(text: &str) -> Result<String, PathProblem> {
    let path = paths::expand(Path::new(text))?;
    // As written, if nothing was replaced.
    Ok(path
        .into_os_string()
        .into_string()
        .unwrap_or_else(|_| text.to_owned()))
}

/// The value of a key that holds a path: an absolute path, or the name of a dataset.
pub(super) fn of_key(key: &str, text: &str) -> Result<String, String> {
    let is_name = key == "dataset" && (text == data::AUTO || data::find(text).is_some());
    if is_name {
        return Ok(text.to_owned());
    }
    let text = expanded(text).map_err(|problem| problem.to_string())?;
    // A dataset that does not exist may be a misspelt name.
    if key == "dataset" && data::file_of(&text).is_none() {
        return Ok(text);
    }
    let whole = std::path::absolute(&text)
        .ok()
        .and_then(|p| p.into_os_string().into_string().ok());
    Ok(whole.unwrap_or(text))
}
