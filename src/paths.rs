//! Paths as users write them: `~` is expanded to the home directory, and other shell syntax is an error instead of a folder
//! name.

use std::env;
use std::path::{Component, Path, PathBuf};

/// Why a path is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// `~` without a known home directory.
    #[error(
        "`~` stands for your home directory, and neither HOME nor the system tells where that is: write the path in full"
    )]
    NoHome,
    /// The home directory of another user.
    #[error(
        "`{name}` stands for a user's home directory, which only a shell looks up: write the path in full (`echo {name}` \
         in a shell shows it), or `./{name}` for a folder of that name"
    )]
    User {
        /// `~ada`.
        name: String,
    },
    /// A variable that no shell has expanded.
    #[error(
        "`{name}` is a variable, which only a shell replaces, and not inside single quotes or files: write the path in \
         full, or with `~` for your home directory"
    )]
    Variable {
        /// `$HOME`.
        name: String,
    },
}

/// Expands a leading `~` to the home directory.
///
/// # Errors
/// For a leading `~user` or `$VARIABLE`, unless a file of that name exists.
pub fn expand(path: &Path) -> Result<PathBuf, PathProblem> {
    expand_from(path, || {
        env::home_dir().filter(|h| !h.as_os_str().is_empty())
    })
}

fn expand_from(
    path: &Path,
    home: impl FnOnce() -> Option<PathBuf>,
) -> Result<PathBuf, PathProblem> {
    let mut components = path.components();
    let Some(Component::Normal(first)) = components.next() else {
        return Ok(path.to_owned());
    };
    let name = first.to_string_lossy();
    if name == "~" {
        let home = home().ok_or(PathProblem::NoHome)?;
        let rest = components.as_path();
        // `~` alone gets no trailing slash.
        if rest.as_os_str().is_empty() {
            return Ok(home);
        }
        return Ok(home.join(rest));
    }
    let is_there = || Path::new(first).symlink_metadata().is_ok();
    let is_variable =
        |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "_{".contains(c));
    if name.starts_with('~') && !is_there() {
        return Err(PathProblem::User {
            name: name.into_owned(),
        });
    }
    if name.strip_prefix('$').is_some_and(is_variable) && !is_there() {
        return Err(PathProblem::Variable {
            name: name.into_owned(),
        });
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(path: &str) -> Result<String, PathProblem> {
        let path = expand_from(Path::new(path), || Some(PathBuf::from("/home/ada")))?;
        Ok(path.display().to_string())
    }

    #[test]
    fn a_tilde_at_the_beginning_is_the_home_directory() {
        for (path, expected) in [
            ("~", "/home/ada"),
            ("~/", "/home/ada"),
            ("~/r", "/home/ada/r"),
            ("~//a/../b", "/home/ada/a/../b"),
            ("./~/r", "./~/r"),
            ("a/~/r", "a/~/r"),
            ("/~", "/~"),
            ("$", "$"),
            ("$5 bill", "$5 bill"),
            ("", ""),
        ] {
            assert_eq!(expanded(path).as_deref(), Ok(expected), "{path}");
        }
    }

    #[test]
    fn shell_only_notation_is_refused_with_advice() {
        for (path, name) in [
            ("~ada/r", "~ada"),
            ("~+", "~+"),
            ("$HOME/r", "$HOME"),
            ("${X}", "${X}"),
        ] {
            let error = expanded(path).map_or_else(|e| e.to_string(), |_| String::new());
            assert!(error.contains(&format!("`{name}`")), "{error}");
        }
        let error = expand_from(Path::new("~/r"), || None);
        assert_eq!(error, Err(PathProblem::NoHome));
    }
}
