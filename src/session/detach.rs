//! The host leaves its terminal: from then on it has its own session, and nothing that happens to the terminal, the shell or
//! the front reaches it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use rustix::process::setsid;
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use super::descriptors;
use super::front::{self, Word};
use crate::record::HOST_LOG;

/// The file in the run directory that takes the output of a host without a terminal.
pub const LOG: &str = HOST_LOG;

/// Why the terminal is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A person asked for it.
    Asked,
    /// The terminal, the link to it or the front is gone.
    HungUp,
    /// It was started to do without one: the front sees the end of its stdout.
    Launched,
}

/// Leaves the terminal, which must have been restored, and releases everything else that belongs to the process's
/// parent. SIGHUP must be handled already: until this is done it may come at any moment. `last_word` may still print to
/// stdout; stderr goes to the log by then.
///
/// What stays is what a user wants to hold for the run as well: umask, priority, limits, cores, cgroup, and which signals
/// are ignored. The environment cannot be changed while there are threads; [`front::is_host`] is not misled by it.
///
/// No failure here is worse than continuing: what cannot be opened is left out.
pub fn leave(run_dir: &Path, cause: Cause, last_word: impl FnOnce()) {
    // The front is about to end; the run must not stop.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(None);
    // A host leads no process group, so this fails only for one that already has its own session.
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
    descriptors::let_go();
    last_word();
    let _ = io::stdout().flush();
    if let Ok(sink) = sink {
        let _ = dup2_stdout(sink);
    }
    // Only now, with no stream of the terminal left here: when the front goes, an SSH session may close.
    match cause {
        Cause::Asked => front::tell(Word::Detached),
        Cause::HungUp => front::tell(Word::HungUp),
        Cause::Launched => {}
    }
}

/// Leaves the working directory, so that its file system can be unmounted. From here on no path may be relative.
pub fn leave_folder() {
    let _ = rustix::process::chdir("/");
}
