//! How a program is ended, and what is said of how it ended. The clock and the exit code go in, signals and a summary come out.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::child::Exit;
use crate::protocol::{Outcome, Request, Source};
use crate::session::signals;

/// Time from SIGTERM to SIGKILL.
pub const TO_KILL: Duration = Duration::from_secs(5);

/// Who asked a program to end, and how far that is.
#[derive(Debug, Default)]
pub struct Ending {
    asked: Option<Asked>,
    phase: Phase,
}

#[derive(Debug, Clone)]
struct Asked {
    outcome: Outcome,
    reason: String,
    signal: Option<String>,
}

/// How far the ending is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// Nobody has asked for it.
    #[default]
    None,
    /// The program was asked over its connection.
    Asked(Instant),
    /// It got SIGTERM.
    Terminated(Instant),
    /// It got SIGKILL.
    Killed,
}

/// What to do to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Ask it over its connection.
    Ask,
    /// Send it this signal.
    Send(Signal),
}

impl Ending {
    /// Returns whether someone has asked.
    pub fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Someone asks the program to end; it takes that over its connection, or not. Who asks again does not want to wait for
    /// what was tried before.
    pub fn ask(&mut self, request: &Request, takes_stop: bool, now: Instant) -> Option<Step> {
        if self.asked.is_none() {
            let (outcome, reason) = match (request.source, &request.signal) {
                (Source::Signal, Some(name)) => {
                    (Outcome::Interrupted, format!("stopped by {name}"))
                }
                (Source::Signal, None) => (Outcome::Interrupted, "stopped by a signal".to_owned()),
                (Source::Output, _) => (
                    Outcome::Interrupted,
                    "stopped: standard output was closed, or takes no more".to_owned(),
                ),
                (Source::Rule, _) => (Outcome::FailedCondition, String::new()),
                _ => (Outcome::Stopped, "stopped on request".to_owned()),
            };
            self.asked = Some(Asked {
                outcome,
                reason,
                signal: request.signal.clone(),
            });
        }
        let (phase, step) = match self.phase {
            Phase::None if takes_stop => (Phase::Asked(now), Step::Ask),
            Phase::None | Phase::Asked(_) => (Phase::Terminated(now), Step::Send(Signal::TERM)),
            Phase::Terminated(_) => (Phase::Killed, Step::Send(Signal::KILL)),
            Phase::Killed => return None,
        };
        self.phase = phase;
        Some(step)
    }

    /// Time has passed: what is due now, and what is to be said about it.
    pub fn tick(&mut self, grace: Duration, now: Instant) -> Option<(Step, String)> {
        let passed = |since: Instant| now.saturating_duration_since(since);
        match self.phase {
            Phase::Asked(since) if passed(since) >= grace => {
                self.phase = Phase::Terminated(now);
                let text = format!(
                    "the program has not ended {} s after it was asked to: it gets SIGTERM",
                    grace.as_secs()
                );
                Some((Step::Send(Signal::TERM), text))
            }
            Phase::Terminated(since) if passed(since) >= TO_KILL => {
                self.phase = Phase::Killed;
                let text = format!(
                    "the program has not ended {} s after SIGTERM: it gets SIGKILL",
                    TO_KILL.as_secs()
                );
                Some((Step::Send(Signal::KILL), text))
            }
            _ => None,
        }
    }

    /// The program could not be asked over its connection: it gets a signal in place of that.
    pub fn cannot_ask(&mut self, now: Instant) -> Step {
        self.phase = Phase::Terminated(now);
        Step::Send(Signal::TERM)
    }

    /// How the run ended, why, and by which signal.
    pub fn verdict(&self, exit: Exit, finished: Option<&str>) -> (Outcome, String, Option<String>) {
        let how = match exit {
            Exit {
                signal: Some(signal),
                ..
            } => format!("the program was ended by {}", signals::name(signal)),
            Exit { code: 0, .. } => "the program ended".to_owned(),
            Exit { code, .. } => format!("the program ended with exit code {code}"),
        };
        if let Some(asked) = &self.asked {
            let by_us = exit.signal.is_some_and(|signal| {
                signal == Signal::TERM.as_raw() || signal == Signal::KILL.as_raw()
            });
            let reason = if exit.code == 0 || by_us {
                asked.reason.clone()
            } else {
                format!("{}; {how}", asked.reason)
            };
            return (asked.outcome, reason, asked.signal.clone());
        }
        match (exit.code, finished) {
            (0, Some(reason)) if !reason.is_empty() => {
                (Outcome::Completed, reason.to_owned(), None)
            }
            (0, _) => (Outcome::Completed, how, None),
            (_, Some(reason)) if !reason.is_empty() => {
                (Outcome::Failed, format!("{how}; it said: {reason}"), None)
            }
            _ => (Outcome::Failed, how, None),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::protocol::Command;

    fn stop(source: Source) -> Request {
        Request {
            id: None,
            source,
            signal: None,
            command: Command::Stop,
        }
    }

    const GRACE: Duration = Duration::from_secs(30);

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut ending = Ending::default();
        assert_eq!(ending.tick(GRACE, at(100)), None);
        assert_eq!(
            ending.ask(&stop(Source::Remote), true, at(0)),
            Some(Step::Ask)
        );
        assert_eq!(ending.tick(GRACE, at(29)), None);
        let (step, text) = ending.tick(GRACE, at(30)).unwrap();
        assert_eq!(step, Step::Send(Signal::TERM));
        assert!(text.contains("30 s after it was asked"));
        assert_eq!(ending.tick(GRACE, at(34)), None);
        assert_eq!(
            ending.tick(GRACE, at(35)).unwrap().0,
            Step::Send(Signal::KILL)
        );
        assert_eq!(ending.tick(GRACE, at(99)), None);
        let killed = Exit {
            code: 137,
            signal: Some(9),
        };
        let (outcome, reason, _) = ending.verdict(killed, None);
        assert_eq!(
            (outcome, reason.as_str()),
            (Outcome::Stopped, "stopped on request")
        );
    }

    #[test]
    fn who_asks_again_does_not_wait() {
        let now = Instant::now();
        let mut ending = Ending::default();
        let mut ask = || ending.ask(&stop(Source::Viewer), true, now);
        let steps = [ask(), ask(), ask(), ask()];
        assert_eq!(
            steps,
            [
                Some(Step::Ask),
                Some(Step::Send(Signal::TERM)),
                Some(Step::Send(Signal::KILL)),
                None
            ]
        );
    }

    #[test]
    fn the_exit_code_says_how_a_program_ended_that_nobody_asked() {
        let ending = Ending::default();
        let verdict = |code, signal, finished| {
            let (outcome, reason, _) = ending.verdict(Exit { code, signal }, finished);
            (outcome, reason)
        };
        let is = |outcome, reason: &str| (outcome, reason.to_owned());
        assert_eq!(
            verdict(0, None, None),
            is(Outcome::Completed, "the program ended")
        );
        assert_eq!(
            verdict(0, None, Some("5 epochs")),
            is(Outcome::Completed, "5 epochs")
        );
        assert_eq!(
            verdict(3, None, Some("5 epochs")),
            is(
                Outcome::Failed,
                "the program ended with exit code 3; it said: 5 epochs"
            )
        );
        assert_eq!(
            verdict(139, Some(11), None),
            is(Outcome::Failed, "the program was ended by SIGSEGV")
        );
    }
}
