//! What a file system supports, found by trying in one of its folders.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::draft;

/// The result of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abilities {
    /// What it does not support.
    pub lacks: Vec<Lack>,
    /// Free bytes, if known.
    pub free: Option<u64>,
    /// Free inodes, if counted.
    pub free_files: Option<u64>,
}

/// What some file systems do not support.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Syncing a folder, so that new names survive a power failure.
    FolderSync,
    /// Hard links, with which a lock file appears atomically.
    Links,
    /// Setting the mode of a file.
    Modes,
    /// Sockets, through which other processes reach a run.
    Sockets,
}

/// Probes `folder`; leaves nothing behind.
///
/// # Errors
/// When no file can be created there.
pub fn probe(folder: &Path) -> io::Result<Abilities> {
    let file = draft(folder, ".probe-")?;
    let sibling = |end: &str| {
        let mut name = file.path().file_name().unwrap_or_default().to_owned();
        name.push(end);
        file.path().with_file_name(name)
    };
    let link = sibling(".link");
    let links = fs::hard_link(file.path(), &link).is_ok();
    let _ = fs::remove_file(&link);
    let syncs = File::open(folder).and_then(|f| f.sync_all()).is_ok();
    let tried = [
        (syncs, Lack::FolderSync),
        (links, Lack::Links),
        (takes_modes(file.path()), Lack::Modes),
        (takes_sockets(&sibling(".s")), Lack::Sockets),
    ];
    let (free, free_files) = room(folder);
    Ok(Abilities {
        lacks: tried
            .into_iter()
            .filter_map(|(can, lack)| (!can).then_some(lack))
            .collect(),
        free,
        free_files,
    })
}

fn takes_modes(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let mode = || Some(fs::metadata(file).ok()?.permissions().mode() & 0o777);
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).is_ok() && mode() == Some(0o600)
}

fn takes_sockets(path: &Path) -> bool {
    let bound = std::os::unix::net::UnixListener::bind(path);
    let _ = fs::remove_file(path);
    match bound {
        Ok(_) => true,
        // A path that is too long for a socket is not the file system's fault.
        Err(error) => error.kind() == io::ErrorKind::InvalidInput,
    }
}

fn room(folder: &Path) -> (Option<u64>, Option<u64>) {
    let Ok(found) = rustix::fs::statvfs(folder) else {
        return (None, None);
    };
    // File systems that do not count inodes report a total of 0.
    let files = (found.f_files > 0).then_some(found.f_favail);
    (Some(found.f_bavail.saturating_mul(found.f_frsize)), files)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn probing_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let found = probe(folder.path()).unwrap();
        assert!(found.free.is_none_or(|free| free > 0));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        probe(&folder.path().join("missing")).unwrap_err();
    }
}
