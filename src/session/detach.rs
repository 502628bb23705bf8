//! The host leaves its terminal: from then on it belongs to nobody's session, and nothing that happens to the terminal, to
//! the shell or to the front reaches it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use rustix::process::{Signal, kill_process, setsid};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use super::front;

/// The file in the run directory that takes the output of a host without a terminal.
pub const LOG: &str = "host.log";

/// Why the terminal is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A person asked for it.
    Asked,
    /// The terminal, the link to it or the front is gone.
    HungUp,
}

/// Leaves the terminal, which must have been restored. SIGHUP must be handled already: until this is done it may come at
/// any moment. `last_word` may still print to stdout; stderr goes to the log by then.
///
/// Nothing here can fail in a way that would be worse than going on: what cannot be opened is left out.
pub fn leave(run_dir: &Path, cause: Cause, last_word: impl FnOnce()) {
    // The front is about to go, and that is no reason to stop.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(None);
    // A host leads no process group, so this is refused only to one that has a session of its own already.
    let _ = setsid();
    let nothing = File::options().read(true).write(true).open("/dev/null");
    let log = File::options()
        .create(true)
        .append(true)
        .open(run_dir.join(LOG));
    if let Ok(nothing) = &nothing {
        let _ = dup2_stdin(nothing);
    }
    let sink = log.as_ref().or(nothing.as_ref());
    if let Ok(sink) = sink {
        let _ = dup2_stderr(sink);
    }
    last_word();
    let _ = io::stdout().flush();
    if let Ok(sink) = sink {
        let _ = dup2_stdout(sink);
    }
    // Only now, with no stream of the terminal left here: when the front goes, an SSH session may close.
    if let Some(front) = front::parent() {
        let signal = match cause {
            Cause::Asked => Signal::USR1,
            Cause::HungUp => Signal::USR2,
        };
        let _ = kill_process(front, signal);
    }
}
