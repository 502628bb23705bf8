//! Who holds a lock, and whether they are still alive.
//!
//! A process of this host is looked up by its id, so that a run can resume the moment it was killed. Where an id
//! says nothing (another host of a network file system, another container, another machine of the same name), silence
//! decides: a live holder touches the lock every few seconds.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::process;

/// Silence after which a process of another host is taken for dead: its network may be slow.
pub(super) const FAR: Duration = Duration::from_secs(120);

/// The same for a process that claims to be of this host and cannot be looked up.
pub(super) const NEAR: Duration = Duration::from_secs(30);

/// The content of a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Host name.
    pub host: String,
    /// Process id.
    pub pid: u32,
    /// When that process began, in clock ticks since the boot below: process ids are used again. `None` if the
    /// system does not tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub process_start: Option<u64>,
    /// The boot that the ticks count from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub boot: Option<String>,
    /// The namespace of the process id: each container counts its own. `None` if the system has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pid_namespace: Option<u64>,
    /// When the lock was taken.
    pub started: Timestamp,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "process {} on {}, since {:.0}",
            self.pid, self.host, self.started
        )
    }
}

/// How long a holder that cannot be looked up has given no sign of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// So long.
    pub lasted: Duration,
    /// After so long it counts as dead.
    pub limit: Duration,
}

/// Whether a holder is alive, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Liveness {
    pub is_dead: bool,
    /// What that was decided by, where the process cannot be looked up.
    pub silence: Option<Silence>,
}

impl Holder {
    /// Returns whether it is a process that can be looked up from here, and is held: by Ctrl-Z or `kill -STOP`.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        let here = self.host == process::host()
            && self.boot == process::boot()
            && self.pid_namespace == process::pid_namespace();
        here && process::is_suspended(self.pid)
    }

    pub(super) fn this_process() -> Self {
        let pid = std::process::id();
        let process_start = match process::life(pid) {
            process::Life::Since(ticks) => Some(ticks),
            _ => None,
        };
        Self {
            host: process::host(),
            pid,
            process_start,
            boot: process::boot(),
            pid_namespace: process::pid_namespace(),
            started: Timestamp::now(),
        }
    }

    /// Decides whether the process is gone; assumes not where nothing is known. `silence` is called only where it decides.
    pub(super) fn liveness(&self, silence: impl FnOnce() -> Duration) -> Liveness {
        fn differ<T: PartialEq>(then: Option<&T>, now: Option<&T>) -> bool {
            then.is_some() && now.is_some() && then != now
        }
        let limit = if self.host != process::host() {
            FAR
        } else if differ(self.boot.as_ref(), process::boot().as_ref())
            || differ(
                self.pid_namespace.as_ref(),
                process::pid_namespace().as_ref(),
            )
        {
            // This machine has been rebooted since, or another one has its name; or it is another container.
            NEAR
        } else {
            let is_dead = match process::life(self.pid) {
                process::Life::Gone => true,
                process::Life::Since(ticks) => {
                    self.process_start.is_some_and(|start| start != ticks)
                }
                process::Life::Unknown => false,
            };
            return Liveness {
                is_dead,
                silence: None,
            };
        };
        let lasted = silence();
        Liveness {
            is_dead: lasted > limit,
            silence: Some(Silence { lasted, limit }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead(holder: &Holder, silence: Duration) -> bool {
        holder.liveness(|| silence).is_dead
    }

    #[test]
    fn this_process_is_alive_even_without_heartbeats() {
        assert!(!dead(&Holder::this_process(), Duration::MAX));
        assert_eq!(
            Holder::this_process().liveness(|| Duration::MAX).silence,
            None,
            "it was looked up"
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_reused_process_id_is_another_process() {
        let holder = Holder::this_process();
        let earlier = Holder {
            process_start: holder.process_start.map(|t| t - 1),
            ..holder
        };
        assert!(dead(&earlier, Duration::ZERO));
    }

    #[test]
    fn processes_that_cannot_be_looked_up_are_judged_by_heartbeats() {
        let holder = Holder::this_process();
        let far = Holder {
            host: "elsewhere".to_owned(),
            ..holder.clone()
        };
        let rebooted = Holder {
            boot: Some("another".to_owned()),
            ..holder.clone()
        };
        let container = Holder {
            pid_namespace: holder.pid_namespace.map(|n| n + 1),
            // Taken for a process of this namespace, it would be dead.
            process_start: holder.process_start.map(|t| t + 1),
            ..holder
        };
        let cases = if cfg!(target_os = "linux") {
            vec![(far, FAR), (rebooted, NEAR), (container, NEAR)]
        } else {
            vec![(far, FAR)]
        };
        for (holder, limit) in cases {
            assert!(!dead(&holder, Duration::ZERO), "{holder:?}");
            assert!(!dead(&holder, limit), "{holder:?}");
            assert!(dead(&holder, limit + Duration::from_secs(1)), "{holder:?}");
        }
    }
}
