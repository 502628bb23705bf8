//! An alarm that has fired, before it becomes an event.

use super::advice::followable;
use crate::protocol::{Level, Recorded};

/// An alarm that has just fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmSeen {
    /// Short name: `d_collapse`.
    pub name: &'static str,
    /// How bad.
    pub level: Level,
    /// What was seen, and what it means.
    pub text: String,
    /// Which command may help, for a trainer that takes such commands.
    pub advice: &'static str,
}

impl AlarmSeen {
    /// As it is recorded for a trainer that takes these commands: advice that nobody could follow is none.
    #[must_use]
    pub fn recorded(self, can: impl Fn(&str) -> bool) -> Recorded {
        let left = followable(self.advice, can);
        let text = self.text;
        Recorded::Alarm {
            alarm: self.name.to_owned(),
            level: self.level,
            text: match left.as_str() {
                "" => text,
                whole if whole == self.advice => format!("{text}; {whole}"),
                commands => format!("{text}; {commands} may help"),
            },
        }
    }
}

impl From<AlarmSeen> for Recorded {
    fn from(seen: AlarmSeen) -> Self {
        seen.recorded(|_| true)
    }
}
