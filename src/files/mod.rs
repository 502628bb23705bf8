//! Files as every room writes and reads them.
//!
//! A whole file is written beside its place, flushed and renamed, so that a reader sees the old one or the new one and never
//! half of one ([`write()`]). Only regular files are read ([`open`]): to open a pipe would be to wait for one who writes. What a
//! person named as the output of a command is written as other tools would write it: through links, into pipes and devices
//! ([`Output`]).
//!
//! Data often lies where half of POSIX is missing: CIFS, sshfs and FUSE have folders that cannot be synced, FAT has no hard
//! links, SFTP may not rename over a file that is there. What a file system cannot do is no error here as long as the content
//! is safe; what it refuses for lack of room, of a right, or because it is broken, is one.

mod identity;
mod kind;
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
pub use output::{Output, OutputError};
pub use place::Place;
pub use probe::{Abilities, Lack, probe};
pub use read::{open, read};
pub use stdout::Stdout;
pub use sum::{Sum, md5, md5_hex, md5_of_file};
pub use sync::{sync, sync_data, sync_folder};
pub use whole::{draft, replace, write, write_with};

use std::path::Path;

/// The folder that a file lies in, as a path that can be opened.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
