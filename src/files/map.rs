//! Files as memory: read by the system when they are looked at, and not held twice.

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// The bytes of a file, for as long as this lives. The file may be renamed, replaced or removed meanwhile.
#[derive(Debug)]
pub struct Mapped(Mmap);

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Maps a whole file for reading.
///
/// The content of the file must not change as long as it is mapped, in this process or in another: bytes would change under
/// those who look at them, and those beyond a new end would be a bus error. So it is for files of this program alone, which
/// are written once, before they get their name, and replaced by a rename ([`replace`](super::replace)), never written to again.
///
/// # Errors
/// When the system refuses.
#[expect(
    unsafe_code,
    reason = "a map is only sound as long as nobody writes to the file"
)]
pub fn map(file: &File) -> io::Result<Mapped> {
    // SAFETY: callers map only files that nobody writes to any more, as the documentation above demands.
    unsafe { Mmap::map(file) }.map(Mapped)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::files::write;

    #[test]
    fn a_mapped_file_stays_as_it_was_when_another_takes_its_name_or_it_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write(&path, b"first").unwrap();
        let first = map(&File::open(&path).unwrap()).unwrap();
        write(&path, b"2nd").unwrap();
        let second = map(&File::open(&path).unwrap()).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            (first.as_ref(), second.as_ref()),
            (&b"first"[..], &b"2nd"[..])
        );
    }

    #[test]
    fn an_empty_file_has_no_bytes() {
        let file = tempfile::tempfile().unwrap();
        assert!(map(&file).unwrap().as_ref().is_empty());
    }
}
