//! Commands that nobody types: those that are due at a step, and those that rules give.

use std::collections::VecDeque;

use crate::protocol::{Command, Request, Source, Timed};

/// What is to be asked of the program.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// By step.
    due: VecDeque<Timed>,
    now: Vec<Request>,
}

impl Agenda {
    /// An agenda with these commands.
    pub fn new(mut due: Vec<Timed>) -> Self {
        due.sort_by_key(|timed| timed.step);
        Self {
            due: due.into(),
            now: Vec::new(),
        }
    }

    /// Something is to be asked at once.
    pub fn add(&mut self, source: Source, command: Command) {
        self.now.push(Request {
            id: None,
            source,
            signal: None,
            command,
        });
    }

    /// What is to be asked now that so many steps are done. A program that listens gets what is due; one that does not is
    /// told when it is too late.
    pub fn take(&mut self, step: u64, is_connected: bool) -> Vec<Request> {
        let is_due = |timed: &Timed| timed.step <= step && (is_connected || step > 0);
        while self.due.front().is_some_and(is_due)
            && let Some(timed) = self.due.pop_front()
        {
            self.add(Source::Script, timed.command);
        }
        std::mem::take(&mut self.now)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn commands_come_at_their_steps_and_what_rules_ask_comes_at_once() {
        let due = ["9:resume", "0:pause", "3:checkpoint"];
        let mut agenda = Agenda::new(due.map(|text| text.parse().unwrap()).into());
        let mut take = |step, is_connected| -> Vec<String> {
            let taken = agenda.take(step, is_connected);
            taken.iter().map(|r| r.command.to_string()).collect()
        };
        assert!(take(0, false).is_empty());
        assert_eq!(take(0, true), ["pause"]);
        assert_eq!(take(5, false), ["checkpoint"]);
        agenda.add(Source::Rule, Command::Stop);
        assert_eq!(agenda.take(5, true)[0].source, Source::Rule);
    }
}
