//! The output of a command, as named by the user.
//!
//! A file is replaced atomically; through a symbolic link, the target is replaced and the link kept. A pipe or a device is
//! written to directly. A file without write permission is an error, as for `cp`, even if its folder would allow replacing
//! it.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::PathPersistError;

use super::whole::{draft, fill, replace, take_after};
use super::{Stdout, folder_of, sync, sync_folder};

/// Maximum number of links to follow, as on Linux.
const LINKS: usize = 40;

/// Where output goes; checked before the output is computed.
#[derive(Debug, Clone)]
pub struct Output {
    named: PathBuf,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Stdout,
    /// A pipe or a device: written as it is.
    Stream,
    /// A file, existing or not, with all links resolved.
    File(PathBuf),
}

/// Why an output cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It is a folder.
    #[error("`{}`: this is a folder; expected the name of a file", path.display())]
    IsFolder {
        /// The path.
        path: PathBuf,
    },
    /// The folder does not exist, or is not a folder.
    #[error("`{}`: there is no folder `{}` to write it into", path.display(), folder.display())]
    NoFolder {
        /// The path.
        path: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// Too many symbolic links.
    #[error("`{}`: more than {LINKS} symbolic links, one behind the other: they lead in a circle", path.display())]
    Circle {
        /// The path.
        path: PathBuf,
    },
    /// The system refuses to write it.
    #[error("`{}`: cannot be written", path.display())]
    Refused {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Output {
    /// The output `named`; `-` is stdout.
    ///
    /// # Errors
    /// When it clearly cannot be written.
    pub fn named(named: &Path) -> Result<Self, OutputError> {
        let output = |place| Self {
            named: named.to_owned(),
            place,
        };
        if named.as_os_str() == "-" {
            return Ok(output(Place::Stdout));
        }
        let refused = |source| OutputError::Refused {
            path: named.to_owned(),
            source,
        };
        let is_folder = || OutputError::IsFolder {
            path: named.to_owned(),
        };
        if named.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Err(is_folder());
        }
        let Some(path) = behind_links(named).map_err(|error| match error {
            Some(error) => refused(error),
            None => OutputError::Circle {
                path: named.to_owned(),
            },
        })?
        else {
            return Ok(output(Place::Stream));
        };
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => return Err(is_folder()),
            Ok(found) if found.is_file() => {
                OpenOptions::new()
                    .write(true)
                    .open(&path)
                    .map_err(refused)?;
            }
            Ok(_) => return Ok(output(Place::Stream)),
            Err(_) => {}
        }
        let folder = folder_of(&path);
        if !folder.is_dir() {
            return Err(OutputError::NoFolder {
                path: named.to_owned(),
                folder: folder.to_owned(),
            });
        }
        Ok(output(Place::File(path)))
    }

    /// The path as given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.named
    }

    /// Returns whether it is a pipe or a device, whose name implies no format.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self.place, Place::Stdout | Place::Stream)
    }

    /// Whether it is stdout.
    #[must_use]
    pub fn is_stdout(&self) -> bool {
        matches!(self.place, Place::Stdout)
    }

    /// Writes what `content` writes. A file is replaced atomically and is unchanged on failure; if its folder cannot take
    /// another file, or the file is a mount point, it is written in place.
    ///
    /// # Errors
    /// When the system refuses, and those of `content`.
    pub fn write(&self, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match &self.place {
            Place::Stdout => {
                let mut out = BufWriter::new(Stdout);
                content(&mut out)?;
                out.flush()
            }
            Place::Stream => {
                let mut out = BufWriter::new(OpenOptions::new().write(true).open(&self.named)?);
                content(&mut out)?;
                out.flush()
            }
            Place::File(path) => write_file(path, content),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Stdout => f.write_str("standard output"),
            _ => self.named.display().fmt(f),
        }
    }
}

/// The path behind all symbolic links, which need not exist; `None` for a link in /proc to an open stream. An error
/// without a reason means a cycle.
fn behind_links(named: &Path) -> Result<Option<PathBuf>, Option<io::Error>> {
    let mut path = named.to_owned();
    for _ in 0..=LINKS {
        if path.starts_with("/proc") || path.starts_with("/dev/fd") {
            return Ok(None);
        }
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => {
                let target = fs::read_link(&path).map_err(Some)?;
                path = folder_of(&path).join(target);
            }
            _ => return Ok(Some(path)),
        }
    }
    Err(None)
}

fn write_file(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut draft = match draft(folder_of(path), ".") {
        Ok(draft) => draft,
        Err(error) if may_be_written_in_place(&error) && path.exists() => {
            let mut out = BufWriter::new(truncated(path)?);
            content(&mut out)?;
            out.flush()?;
            return sync(out.get_ref());
        }
        Err(error) => return Err(error),
    };
    fill(&mut draft, |out| content(out))?;
    take_after(draft.as_file(), path);
    match replace(draft.into_temp_path(), path) {
        Ok(()) => sync_folder(folder_of(path)),
        Err(PathPersistError { error, path: draft }) => {
            if !(may_be_written_in_place(&error) && path.exists()) {
                return Err(error);
            }
            let mut out = truncated(path)?;
            io::copy(&mut File::open(&draft)?, &mut out)?;
            sync(&out)
        }
    }
}

fn truncated(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).truncate(true).open(path)
}

/// Returns whether the folder refuses, not the file: no permission, or the file is a mount point (as in containers).
fn may_be_written_in_place(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::ResourceBusy
            | ErrorKind::CrossesDevices
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn write(path: &Path, text: &str) -> io::Result<()> {
        let output = Output::named(path).map_err(io::Error::other)?;
        output.write(|out| out.write_all(text.as_bytes()))
    }

    #[test]
    fn the_target_of_a_link_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir(path("shared")).unwrap();
        // Relative to the folder of each link.
        symlink("shared/second", path("first")).unwrap();
        symlink("../shared/file", path("shared/second")).unwrap();
        // Both dangling and not.
        for text in ["one", "two"] {
            write(&path("first"), text).unwrap();
            assert!(fs::symlink_metadata(path("first")).unwrap().is_symlink());
            assert!(fs::symlink_metadata(path("shared/file")).unwrap().is_file());
            assert_eq!(fs::read_to_string(path("shared/file")).unwrap(), text);
        }
        assert_eq!(fs::read_dir(path("shared")).unwrap().count(), 2);
    }

    #[test]
    fn an_unwritable_output_is_reported_before_any_work() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        symlink("b", path("a")).unwrap();
        symlink("a", path("b")).unwrap();
        symlink("gone/x", path("dangling")).unwrap();
        let message = |name: &str| Output::named(&path(name)).unwrap_err().to_string();
        assert!(message("a").contains("in a circle"), "{}", message("a"));
        for name in ["no/x", "dangling"] {
            assert!(message(name).contains("there is no folder"), "{name}");
        }
        for name in ["", "new/"] {
            assert!(message(name).contains("this is a folder"), "{name}");
        }
    }

    #[test]
    fn protected_files_are_not_overwritten() {
        if rustix::process::geteuid().is_root() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        write(&path, "new").unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }

    #[test]
    fn a_device_stays_a_device() {
        write(Path::new("/dev/null"), "x").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        let full = write(Path::new("/dev/full"), "x").unwrap_err();
        assert_eq!(full.kind(), ErrorKind::StorageFull);
    }
}
