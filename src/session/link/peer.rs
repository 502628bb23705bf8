//! Who is at the other end.

use std::os::unix::net::UnixStream;

/// What the system says of the process at the other end.
pub struct Peer {
    /// Whether it runs as this user.
    pub is_ours: bool,
    /// Its process id.
    pub pid: Option<u32>,
}

/// Asks the system.
#[cfg(target_os = "linux")]
pub fn of(stream: &UnixStream) -> Peer {
    match rustix::net::sockopt::socket_peercred(stream) {
        Ok(found) => Peer {
            is_ours: found.uid == rustix::process::geteuid(),
            pid: u32::try_from(found.pid.as_raw_nonzero().get()).ok(),
        },
        Err(_) => Peer {
            is_ours: false,
            pid: None,
        },
    }
}

/// Elsewhere there is no common way to ask; the modes of the socket (0600) and of its directory (0700) keep others out.
#[cfg(not(target_os = "linux"))]
pub fn of(_stream: &UnixStream) -> Peer {
    Peer {
        is_ours: true,
        pid: None,
    }
}
