//! The identity of a file, whatever its path.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Device and inode of a file or folder. Two paths with equal identities lead to the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// Of what `path` leads to, through symbolic links.
    ///
    /// # Errors
    /// When nothing is there, or the system refuses.
    pub fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|found| Self::from(&found))
    }

    /// Of `path` itself, which may be a symbolic link.
    ///
    /// # Errors
    /// Those of [`Identity::of`].
    pub fn of_link(path: &Path) -> io::Result<Self> {
        fs::symlink_metadata(path).map(|found| Self::from(&found))
    }
}

impl From<&Metadata> for Identity {
    fn from(found: &Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_renamed_file_keeps_its_identity_and_a_replacement_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        fs::write(path("a"), "").unwrap();
        let first = Identity::of(&path("a")).unwrap();
        fs::rename(path("a"), path("b")).unwrap();
        fs::write(path("a"), "").unwrap();
        assert_eq!(Identity::of(&path("b")).unwrap(), first);
        assert_ne!(Identity::of(&path("a")).unwrap(), first);
        std::os::unix::fs::symlink(path("b"), path("link")).unwrap();
        assert_eq!(Identity::of(&path("link")).unwrap(), first);
        assert_ne!(Identity::of_link(&path("link")).unwrap(), first);
        Identity::of(&path("missing")).unwrap_err();
    }
}
