//! Signals to a process that trains.
//!
//! Every signal whose default action ends a process, and which is not the mark of a defect, means: finish the step, save a
//! checkpoint, leave with 128 + its number. A second SIGHUP, SIGINT or SIGTERM, and SIGQUIT at once, do not wait for that.
//! SIGUSR1 and SIGUSR2 mean what the configuration says. A signal that was ignored when the process started stays ignored:
//! `nohup` and the background jobs of a shell without job control rely on it. One that something else handles already (a
//! profiler that was preloaded) is left to it.

mod inherited;
mod kinds;
mod listening;
mod policy;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ};

pub use inherited::{Inherited, inherited};
pub use kinds::name;
pub(super) use kinds::{ENDINGS, is_a_key, passed_on};
pub(super) use listening::take_over;
pub use listening::{Listening, Watch, leave_at_once, listen};

/// What every command needs, whatever it does later; before anything else is started.
///
/// A write beyond `ulimit -f` is to fail, like one to a full disk, instead of ending the process. And with
/// SIGCHLD ignored, children could not be waited for.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn prepare() -> io::Result<()> {
    let inherited = inherited();
    let no_one = || Arc::new(AtomicBool::new(false));
    if !inherited.is_taken(SIGXFSZ) {
        signal_hook::flag::register(SIGXFSZ, no_one())?;
    }
    if inherited.is_ignored(SIGCHLD) {
        signal_hook::flag::register(SIGCHLD, no_one())?;
    }
    Ok(())
}

/// The number of the newest signal that asked this process to end or to save, as it comes in; 0 before the first. For commands that
/// end at a place of their own. Signals that were ignored when the process started stay ignored.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn noted() -> io::Result<Arc<AtomicUsize>> {
    let inherited = inherited();
    let newest = Arc::new(AtomicUsize::new(0));
    for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU] {
        if !inherited.is_ignored(signal) {
            signal_hook::flag::register_usize(signal, newest.clone(), signal as usize)?;
        }
    }
    Ok(newest)
}
