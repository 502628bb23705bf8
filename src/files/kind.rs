//! What is at a path.

use std::fmt;
use std::fs::{self, FileType};
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A pipe, named or from a shell's `<(…)`.
    Pipe,
    /// A socket.
    Socket,
    /// A device.
    Device,
}

impl Kind {
    /// Of what `path` leads to, through symbolic links.
    ///
    /// # Errors
    /// When nothing is there, or the system refuses.
    pub fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|found| Self::from(found.file_type()))
    }
}

impl From<FileType> for Kind {
    fn from(found: FileType) -> Self {
        match found {
            found if found.is_file() => Self::File,
            found if found.is_dir() => Self::Folder,
            found if found.is_fifo() => Self::Pipe,
            found if found.is_socket() => Self::Socket,
            _ => Self::Device,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Pipe => "a pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn kinds_of_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, "").unwrap();
        let socket = folder.path().join("s");
        let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let word = |path: &Path| Kind::of(path).unwrap().to_string();
        assert_eq!(word(folder.path()), "a folder");
        assert_eq!(word(&file), "a file");
        assert_eq!(word(&socket), "a socket");
        assert_eq!(word(Path::new("/dev/null")), "a device");
        Kind::of(&folder.path().join("missing")).unwrap_err();
    }
}
