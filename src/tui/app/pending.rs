//! Commands that were sent and not yet answered.

use crate::protocol::{Command, LrChange, LrTarget, State};

/// The unanswered commands, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Pending {
    waiting: Vec<(u64, Command)>,
}

impl Pending {
    pub(super) fn push(&mut self, id: u64, command: Command) {
        self.waiting.push((id, command));
    }

    /// The answer to request `id` arrived. Returns whether it was pending.
    pub(super) fn answered(&mut self, id: Option<u64>) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|(waiting, _)| Some(*waiting) != id);
        self.waiting.len() < before
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The commands, oldest first.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.waiting.iter().map(|(_, command)| command)
    }

    /// Returns whether nothing is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What a learning rate of `value` will be once all commands are answered; `None` if no command changes it.
    #[must_use]
    pub fn rate(&self, target: LrTarget, value: f64) -> Option<f64> {
        let changes: Vec<&LrChange> = self
            .commands()
            .filter_map(|command| match command {
                Command::Lr(who, change) if *who == target || *who == LrTarget::Both => {
                    Some(change)
                }
                _ => None,
            })
            .collect();
        (!changes.is_empty()).then(|| {
            changes
                .into_iter()
                .fold(value, |rate, change| match change {
                    LrChange::Set(to) => *to,
                    LrChange::Scale(factor) => rate * factor,
                })
        })
    }

    /// Returns whether the run, now in `state`, will be paused once all commands are answered.
    #[must_use]
    pub fn will_be_paused(&self, state: State) -> bool {
        self.commands()
            .fold(state == State::Paused, |paused, command| match command {
                Command::Pause | Command::Step(_) => true,
                Command::Resume => false,
                _ => paused,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_rates_combine_in_order() {
        let mut pending = Pending::default();
        pending.push(1, Command::Lr(LrTarget::Both, LrChange::Scale(2.0)));
        pending.push(2, Command::Lr(LrTarget::D, LrChange::Set(1e-4)));
        assert_eq!(pending.rate(LrTarget::D, 5.0), Some(1e-4));
        assert_eq!(pending.rate(LrTarget::G, 5.0), Some(10.0));
        pending.answered(Some(1));
        assert_eq!(pending.rate(LrTarget::G, 5.0), None);
        pending.answered(None);
        assert!(!pending.is_empty());
    }

    #[test]
    fn a_second_space_undoes_a_pause_that_is_still_pending() {
        let mut pending = Pending::default();
        pending.push(1, Command::Pause);
        assert!(pending.will_be_paused(State::Running));
        pending.push(2, Command::Resume);
        assert!(!pending.will_be_paused(State::Running));
    }
}
