//! An alarm that has fired, before it becomes an event.

use crate::protocol::{Level, Recorded};

/// An alarm that has just fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmSeen {
    /// Short name: `d_collapse`.
    pub name: &'static str,
    /// How bad.
    pub level: Level,
    /// What was seen, what it means, and which command may help.
    pub text: String,
}

impl From<AlarmSeen> for Recorded {
    fn from(seen: AlarmSeen) -> Self {
        Self::Alarm {
            alarm: seen.name.to_owned(),
            level: seen.level,
            text: seen.text,
        }
    }
}
