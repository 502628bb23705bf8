//! An unattended dashboard closes by itself after the end of its run; a script in a pseudo-terminal that waits for the exit
//! code would hang otherwise.

use std::time::Duration;

/// Whether and when the dashboard closes by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AutoClose {
    /// How long after the end; `None` means never.
    after: Option<Duration>,
    /// Whether a user was ever present: a key, a click.
    touched: bool,
    /// When the run ended, since the screen was opened.
    ended: Option<Duration>,
}

impl AutoClose {
    /// So long after the end, where no key came.
    #[must_use]
    pub fn after(after: Option<Duration>) -> Self {
        Self {
            after,
            ..Self::default()
        }
    }

    /// Someone is here.
    pub(super) fn touch(&mut self) {
        self.touched = true;
    }

    /// The run has ended, or had before.
    pub(super) fn ended(&mut self, now: Duration) {
        self.ended.get_or_insert(now);
    }

    /// The time left.
    #[must_use]
    pub fn left(&self, now: Duration) -> Option<Duration> {
        let since = now.saturating_sub(self.ended?);
        self.after
            .filter(|_| !self.touched)
            .map(|after| after.saturating_sub(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_from_the_end_of_the_run_until_a_key_is_pressed() {
        let second = Duration::from_secs;
        let mut closing = AutoClose::after(Some(second(60)));
        assert_eq!(closing.left(second(500)), None);
        closing.ended(second(500));
        closing.ended(second(501));
        assert_eq!(closing.left(second(518)), Some(second(42)));
        assert_eq!(closing.left(second(900)), Some(Duration::ZERO));
        closing.touch();
        assert_eq!(closing.left(second(900)), None);
        let mut never = AutoClose::default();
        never.ended(second(1));
        assert_eq!(never.left(second(900)), None);
    }
}
