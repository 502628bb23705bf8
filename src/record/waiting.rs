//! Waiting for a run directory whose holder cannot be looked up from here: only silence tells that it is dead, and silence
//! takes its time.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::RecordError;
use super::holder::{FAR, Silence};
use super::lock::{self, Seen};
use super::run_dir::LOCK;

/// How often the lock is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Whom to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitFor {
    /// A holder that may be dead. It is refused as soon as it turns out to be alive.
    TheDead,
    /// Any holder, for as long as it takes to detect a dead one: a run that is about to end releases the lock meanwhile.
    Anybody,
}

/// Waits until no process holds the run directory `dir`, and first `say`s for which one and how long.
///
/// # Errors
/// [`RecordError::Live`] when it turns out that its holder is alive; [`RecordError::Io`] when the system refuses.
pub fn wait_for_holder(
    dir: &Path,
    whom: WaitFor,
    say: &mut dyn FnMut(&str),
) -> Result<(), RecordError> {
    let lock = dir.join(LOCK);
    wait(
        dir,
        whom,
        say,
        || lock::see(&lock),
        (LOOK, FAR + Duration::from_secs(15)),
    )
}

fn wait(
    dir: &Path,
    whom: WaitFor,
    say: &mut dyn FnMut(&str),
    mut look: impl FnMut() -> Result<Seen, RecordError>,
    (every, longest): (Duration, Duration),
) -> Result<(), RecordError> {
    let since = Instant::now();
    let mut before: Option<Silence> = None;
    let mut said = false;
    loop {
        let (text, live) = match look()? {
            Seen::Free | Seen::Stale { .. } => return Ok(()),
            // Taking the lock says what is wrong with it, unless it is only being written.
            Seen::Unreadable { reason } => {
                if whom == WaitFor::TheDead || since.elapsed() > longest {
                    return Ok(());
                }
                let text = format!("its lock cannot be read ({reason})");
                (text, None)
            }
            Seen::Held { holder, silence } => {
                let has_beaten = match (silence, before) {
                    (None, _) => true,
                    (Some(now), Some(before)) => now.lasted < before.lasted,
                    (Some(_), None) => false,
                };
                before = silence;
                let text = match silence {
                    Some(Silence { lasted, limit }) => format!(
                        "{holder} holds it and cannot be looked up from here; its last sign of life was {} s ago, and \
                         without another it counts as dead in {} s",
                        lasted.as_secs(),
                        limit.saturating_sub(lasted).as_secs() + 1
                    ),
                    None => format!(
                        "{holder} is at it; waiting {} s at the most for it to end",
                        longest.as_secs()
                    ),
                };
                let live = RecordError::Live {
                    path: dir.to_path_buf(),
                    holder: Box::new(holder),
                    silence,
                };
                if has_beaten && (whom == WaitFor::TheDead || since.elapsed() > longest) {
                    return Err(live);
                }
                (text, Some(live))
            }
        };
        // Silence that never ends: a clock of the file system that stands still.
        if let Some(live) = live
            && since.elapsed() > longest * 2
        {
            return Err(live);
        }
        if !std::mem::replace(&mut said, true) {
            say(&format!("waiting for the run in {}: {text}", dir.display()));
        }
        thread::sleep(every);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Holder;

    fn held(lasted: u64) -> Seen {
        Seen::Held {
            holder: Holder::this_process(),
            silence: Some(Silence {
                lasted: Duration::from_secs(lasted),
                limit: FAR,
            }),
        }
    }

    /// What comes of it when a lock looks like this, time after time, and what is said.
    fn waited(whom: WaitFor, mut seen: Vec<Seen>) -> (Result<(), RecordError>, Vec<String>) {
        seen.reverse();
        let mut said = Vec::new();
        let result = wait(
            Path::new("runs/a"),
            whom,
            &mut |text| said.push(text.to_owned()),
            || Ok(seen.pop().unwrap_or(Seen::Free)),
            (Duration::ZERO, Duration::MAX / 4),
        );
        (result, said)
    }

    #[test]
    fn a_silent_holder_is_waited_for_and_reported_once() {
        let (result, said) = waited(WaitFor::TheDead, vec![held(117), held(118), held(119)]);
        assert!(result.is_ok());
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].contains("last sign of life was 117 s ago")
                && said[0].contains("counts as dead in 4 s"),
            "{said:?}"
        );
        assert_eq!(waited(WaitFor::TheDead, vec![]).1, Vec::<String>::new());
    }

    #[test]
    fn a_heartbeat_ends_the_wait_unless_waiting_for_any_holder() {
        let beats = || vec![held(9), held(10), held(1), held(2)];
        let (result, _) = waited(WaitFor::TheDead, beats());
        assert!(matches!(result, Err(RecordError::Live { .. })));
        assert!(waited(WaitFor::Anybody, beats()).0.is_ok());
    }

    #[test]
    fn a_local_holder_is_waited_for_only_if_it_may_end() {
        let live = || {
            vec![Seen::Held {
                holder: Holder::this_process(),
                silence: None,
            }]
        };
        assert!(waited(WaitFor::TheDead, live()).0.is_err());
        assert!(waited(WaitFor::Anybody, live()).0.is_ok());
    }
}
