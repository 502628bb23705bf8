//! An alarm that has fired, before it becomes an event.

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

impl From<AlarmSeen> for Recorded {
    fn from(seen: AlarmSeen) -> Self {
        Self::Alarm {
            alarm: seen.name.to_owned(),
            level: seen.level,
            text: if seen.advice.is_empty() {
                seen.text
            } else {
                format!("{}; {}", seen.text, seen.advice)
            },
        }
    }
}
