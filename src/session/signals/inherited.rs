//! What the parent process had decided about signals.

use std::sync::OnceLock;

use nix::sys::signal::{SigSet, Signal};

/// Dispositions and mask of the process as it started: sets of signals, bit n − 1 for signal n.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Inherited {
    ignored: u64,
    caught: u64,
    blocked: u64,
}

/// As this process started: the first call must come before the first handler is installed.
pub fn inherited() -> Inherited {
    static FOUND: OnceLock<Inherited> = OnceLock::new();
    // Elsewhere than on Linux, and without /proc, nothing tells; then every signal is taken to be at its default.
    *FOUND.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status");
        status.map_or_else(|_| Inherited::default(), |status| Inherited::read(&status))
    })
}

impl Inherited {
    /// From the text of `/proc/PID/status`.
    #[must_use]
    pub fn read(status: &str) -> Self {
        let set = |label: &str| {
            let mut lines = status.lines();
            let value = lines.find_map(|line| line.strip_prefix(label))?;
            u64::from_str_radix(value.trim(), 16).ok()
        };
        Self {
            ignored: set("SigIgn:").unwrap_or(0),
            caught: set("SigCgt:").unwrap_or(0),
            blocked: set("SigBlk:").unwrap_or(0),
        }
    }

    /// Returns whether it was ignored: then it is to stay so.
    #[must_use]
    pub fn is_ignored(self, signal: i32) -> bool {
        has(self.ignored, signal)
    }

    /// Returns whether it is not at its default action: ignored, or handled by something in this process.
    #[must_use]
    pub fn is_taken(self, signal: i32) -> bool {
        has(self.ignored | self.caught, signal)
    }

    /// Returns whether it was held back.
    #[must_use]
    pub fn is_blocked(self, signal: i32) -> bool {
        has(self.blocked, signal)
    }
}

fn has(set: u64, signal: i32) -> bool {
    (1..=64).contains(&signal) && set >> (signal - 1) & 1 == 1
}

/// Lets the signals through that are handled here, in this thread and in those it starts from now on. To block one is not,
/// as to ignore one, a way to tell a child what to do: mostly it is left over from something the parent did, and a SIGTERM
/// that is never delivered is followed by a SIGKILL.
pub(super) fn unblock(signals: impl IntoIterator<Item = i32>) {
    let signals = signals
        .into_iter()
        .filter_map(|signal| Signal::try_from(signal).ok());
    // A signal that cannot be unblocked stays blocked.
    let _ = signals.collect::<SigSet>().thread_unblock();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signal_sets_of_a_status_are_parsed() {
        let status = "Name:\tgenai-tui\nSigBlk:\t0000000000004000\nSigIgn:\t0000000000000003\nSigCgt:\t0000000004000000\n";
        let found = Inherited::read(status);
        // SIGHUP and SIGINT ignored, SIGPROF handled, SIGTERM blocked.
        let ignored: Vec<i32> = (1..=64).filter(|s| found.is_ignored(*s)).collect();
        assert_eq!(ignored, [1, 2]);
        assert!(found.is_taken(1) && found.is_taken(27) && !found.is_taken(15));
        assert!(found.is_blocked(15) && !found.is_blocked(1));
        assert_eq!(Inherited::read(""), Inherited::default());
    }
}
