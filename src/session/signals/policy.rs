//! What a run does at a signal: pure, from what came before and when.

use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

use crate::config::{AtSignal, SignalsConfig};

/// One signal to a process group may arrive twice: from the terminal, and passed on by the front.
const ECHO: Duration = Duration::from_millis(200);

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Nothing,
    Checkpoint,
    Stop,
    /// At once.
    Leave,
}

/// What the configuration says, and what came so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Policy {
    users: SignalsConfig,
    /// When someone first asked for the end. A warning (a limit, SIGUSR1) does not count.
    asked: Option<Instant>,
}

impl Policy {
    pub fn new(users: SignalsConfig) -> Self {
        Self { users, asked: None }
    }

    /// What a signal means that came now.
    pub fn act(&mut self, signal: i32, now: Instant) -> Act {
        let user = match signal {
            SIGUSR1 => Some(self.users.usr1),
            SIGUSR2 => Some(self.users.usr2),
            _ => None,
        };
        match (signal, user) {
            (_, Some(AtSignal::Checkpoint)) => Act::Checkpoint,
            (SIGQUIT, _) => Act::Leave,
            // Who sends one of these twice is in a hurry. Limits and warnings repeat by themselves, SIGXCPU each second.
            (SIGHUP | SIGINT | SIGTERM, _) => match self.asked {
                None => {
                    self.asked = Some(now);
                    Act::Stop
                }
                Some(at) if now.saturating_duration_since(at) < ECHO => Act::Nothing,
                Some(_) => Act::Leave,
            },
            _ => Act::Stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::SIGXCPU;

    use super::*;

    #[test]
    fn a_second_request_to_end_does_not_wait_but_a_repeated_limit_does() {
        let begin = Instant::now();
        let after = |millis| begin + Duration::from_millis(millis);
        let mut policy = Policy::default();
        let acts = [
            (SIGXCPU, 0),
            (SIGXCPU, 1000),
            (SIGUSR1, 1100),
            (SIGTERM, 1200),
            (SIGINT, 1250),
            (SIGXCPU, 2000),
            (SIGTERM, 2500),
        ]
        .map(|(signal, at)| policy.act(signal, after(at)));
        assert_eq!(
            acts,
            [
                Act::Stop,
                Act::Stop,
                Act::Checkpoint,
                Act::Stop,
                Act::Nothing,
                Act::Stop,
                Act::Leave,
            ]
        );
    }

    #[test]
    fn user_signals_are_configurable_and_sigquit_never_waits() {
        let mut policy = Policy::new(SignalsConfig {
            usr2: AtSignal::Stop,
            ..SignalsConfig::default()
        });
        let now = Instant::now();
        assert_eq!(policy.act(SIGUSR1, now), Act::Checkpoint);
        assert_eq!(policy.act(SIGUSR2, now), Act::Stop);
        assert_eq!(policy.act(SIGUSR2, now), Act::Stop);
        assert_eq!(policy.act(SIGQUIT, now), Act::Leave);
    }
}
