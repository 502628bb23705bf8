//! Where a socket of a run lies: in a folder of the run directory, or, where that path is too long for a socket or its file system
//! has none, in a directory of the user's that the run points to.

use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::files::{self, Identity};

/// The folder in the run directory for the socket of viewers.
pub const CONTROL: &str = "control";
/// The socket in it.
const SOCKET: &str = "socket";
/// The file that says where the socket is instead.
const ADDRESS: &str = "address";
/// The longest path of a socket that every system takes.
const LONGEST: usize = 100;

/// The place of this process's socket; dropped, it is cleared.
#[derive(Debug)]
pub struct Place {
    control: PathBuf,
    socket: PathBuf,
    /// Device and file number: after a take-over of the run another's socket may lie there.
    identity: Option<Identity>,
}

/// Opens a socket in this folder of `run_dir`, a run that this process has locked: what lies there is of a dead process.
///
/// # Errors
/// When there is no place where a socket can be made.
pub fn open(run_dir: &Path, folder: &str) -> io::Result<(UnixListener, Place)> {
    let control = fs::canonicalize(run_dir)?.join(folder);
    // A folder whose modes or owner cannot be changed is not safe for a socket, but may hold a file that says where it is.
    let private = private_dir(&control);
    clear(&control);
    let near = control.join(SOCKET);
    let mut place = Place {
        control,
        socket: near,
        identity: None,
    };
    let first = match private.and_then(|()| bind(&place.socket)) {
        Ok(listener) => {
            place.identity = Identity::of_link(&place.socket).ok();
            return Ok((listener, place));
        }
        Err(error) => error,
    };
    for folder in far_folders() {
        let Ok(()) = private_dir(&folder) else {
            continue;
        };
        let socket = folder.join(far_name());
        if let Ok(listener) = bind(&socket) {
            place.identity = Identity::of_link(&socket).ok();
            place.socket = socket;
            let address = place.socket.as_os_str().as_bytes();
            files::write(&place.control.join(ADDRESS), address)?;
            return Ok((listener, place));
        }
    }
    Err(first)
}

impl Place {
    /// The socket.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.socket
    }

    /// Returns whether nothing is where the socket was: someone cleaned up, or the user's runtime directory went with a
    /// login.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        fs::symlink_metadata(&self.socket).is_err_and(|e| e.kind() == ErrorKind::NotFound)
    }
}

/// Where the socket in this folder of `run_dir` would be.
#[must_use]
pub fn find(run_dir: &Path, folder: &str) -> PathBuf {
    let whole = fs::canonicalize(run_dir).unwrap_or_else(|_| run_dir.to_owned());
    let control = whole.join(folder);
    address(&control).unwrap_or_else(|| control.join(SOCKET))
}

fn address(control: &Path) -> Option<PathBuf> {
    let bytes = fs::read(control.join(ADDRESS)).ok()?;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(&bytes)))
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    if path.as_os_str().len() > LONGEST {
        return Err(ErrorKind::InvalidFilename.into());
    }
    let listener = UnixListener::bind(path)?;
    // Until here the directory kept others out.
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Makes a directory for this user alone, or makes sure that it is one.
fn private_dir(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // Not through a link that another put there.
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(ErrorKind::PermissionDenied.into());
    }
    if found.mode() & 0o777 != 0o700 {
        fs::set_permissions(path, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn runtime_dir() -> Option<PathBuf> {
    env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join("genai-tui"))
}

/// Where a socket lies that cannot lie in the run directory, best first.
fn far_folders() -> Vec<PathBuf> {
    let name = format!("genai-tui-{}", rustix::process::geteuid().as_raw());
    let temporary = [PathBuf::from("/tmp"), env::temp_dir()].map(|folder| folder.join(&name));
    runtime_dir().into_iter().chain(temporary).collect()
}

/// A name that no other socket has: processes of other containers may have the same number, so the time is in it too.
fn far_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = jiff::Timestamp::now().as_millisecond();
    format!("{}-{now:x}-{count}", std::process::id())
}

/// Removes what a dead process left.
fn clear(control: &Path) {
    let elsewhere = address(control).filter(|path| {
        // Only what can have been put there by this program.
        far_folders()
            .iter()
            .any(|folder| path.parent() == Some(folder))
    });
    for socket in elsewhere.iter().chain([&control.join(SOCKET)]) {
        if fs::symlink_metadata(socket).is_ok_and(|found| found.file_type().is_socket()) {
            let _ = fs::remove_file(socket);
        }
    }
    let _ = fs::remove_file(control.join(ADDRESS));
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.identity.is_none() || Identity::of_link(&self.socket).ok() != self.identity {
            return;
        }
        let _ = fs::remove_file(&self.socket);
        if address(&self.control).as_ref() == Some(&self.socket) {
            let _ = fs::remove_file(self.control.join(ADDRESS));
        }
        // Whatever else lies there stays.
        let _ = fs::remove_dir(&self.control);
    }
}
