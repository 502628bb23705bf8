//! Reading and writing files, for all rooms.
//!
//! Files are written atomically ([`write()`]): a temporary file is written, synced and renamed, so that a reader sees the old
//! file or the new one, never a part. Only regular files are read ([`open`]): opening a pipe would wait for a writer. The
//! output of a command is written as other tools would: through links, into pipes and devices ([`Output`]). Files that are larger
//! than memory are mapped ([`map()`]).
//!
//! Many file systems lack parts of POSIX: CIFS, sshfs and FUSE cannot sync folders, FAT has no hard links, SFTP may not rename
//! over an existing file. An unsupported operation is not an error as long as the content is safe; a full disk, a missing
//! permission or a broken disk is.

mod identity;
mod kind;
mod map;
mod output;
mod place;
mod probe;
mod read;
mod stdout;
mod sum;
mod sync;
mod whole;

pub use identity::Identity;
pub use kind::Kind;
pub use map::{Mapped, map};
pub use output::{Output, OutputError};
pub use place::Place;
pub use probe::{Abilities, Lack, probe};
pub use read::{open, read};
pub use stdout::Stdout;
pub use sum::{Sum, md5, md5_hex, md5_of_file};
pub use sync::{sync, sync_data, sync_folder};
pub use whole::{draft, replace, write, write_by, write_with};

use std::path::Path;

/// The folder of a file, as a path that can be opened.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
