//! The data directory: the one given, the one in the environment, or the platform's cache.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::error::DataError;
use crate::paths;

/// The environment variable that names the data directory.
pub const DATA_DIR_VARIABLE: &str = "GENAI_TUI_DATA_DIR";

/// The data directory, and where its path comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir {
    /// The folder; it need not exist.
    pub path: PathBuf,
    /// Where its path comes from.
    pub source: DirSource,
}

/// Where the path of the data directory comes from; displays as users would write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirSource {
    /// `--data-dir`, or the key `data_dir`.
    Given,
    /// The environment.
    Environment,
    /// The platform's cache directory, by default.
    Cache,
}

impl fmt::Display for DirSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given => "--data-dir",
            Self::Environment => DATA_DIR_VARIABLE,
            Self::Cache => "cache directory",
        })
    }
}

/// The data directory: the one given, otherwise the environment's, otherwise the platform's cache directory.
///
/// # Errors
/// When nothing names one and the platform has no cache directory (for instance, without a home), or a variable uses a
/// shell's notation.
pub fn data_dir(given: Option<&Path>) -> Result<DataDir, DataError> {
    let cache = || ProjectDirs::from("", "", "genai-tui").map(|dirs| dirs.cache_dir().join("data"));
    resolve(given, std::env::var_os(DATA_DIR_VARIABLE), cache)
}

fn resolve(
    given: Option<&Path>,
    environment: Option<OsString>,
    cache: impl FnOnce() -> Option<PathBuf>,
) -> Result<DataDir, DataError> {
    let named = |path: PathBuf, source| DataDir { path, source };
    if let Some(path) = given {
        return Ok(named(path.to_owned(), DirSource::Given));
    }
    // As everywhere in the environment, empty means unset.
    if let Some(path) = environment.filter(|path| !path.is_empty()) {
        let path = paths::expand(Path::new(&path))?;
        return Ok(named(path, DirSource::Environment));
    }
    cache()
        .map(|path| named(path, DirSource::Cache))
        .ok_or(DataError::NoDataDir)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn an_argument_overrides_the_environment_which_overrides_the_cache() {
        let given = Path::new("/given");
        let environment = || Some(OsString::from("/environment"));
        let cache = || Some(PathBuf::from("/cache"));
        let found = |dir: Result<DataDir, DataError>| {
            let dir = dir.unwrap();
            (dir.path.display().to_string(), dir.source.to_string())
        };
        let pair = |path: &str, source: &str| (path.to_owned(), source.to_owned());
        assert_eq!(
            found(resolve(Some(given), environment(), cache)),
            pair("/given", "--data-dir")
        );
        assert_eq!(
            found(resolve(None, environment(), cache)),
            pair("/environment", "GENAI_TUI_DATA_DIR")
        );
        assert_eq!(
            found(resolve(None, Some(OsString::new()), cache)),
            pair("/cache", "cache directory")
        );
        assert!(matches!(
            resolve(None, None, || None),
            Err(DataError::NoDataDir)
        ));
    }
}
