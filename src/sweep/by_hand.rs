//! Trials that somebody steered while they trained: they are ranked under the values that they were drawn with.

use std::path::Path;

use crate::protocol::{Body, Event, Recorded, Source};
use crate::record::{EVENTS, read_counting};

/// How often somebody changed what a run is trained with, while it was, as far as that counts after a rewind.
pub(super) fn changes(run: &Path) -> u64 {
    let is_by_hand = |event: &Event| match &event.body {
        Body::Recorded(Recorded::Applied {
            source, changes, ..
        }) => !changes.is_empty() && matches!(source, Source::Viewer | Source::Remote),
        _ => false,
    };
    let events = read_counting(&run.join(EVENTS)).into_iter();
    events.flatten().flatten().filter(is_by_hand).count() as u64
}

/// What is to be said of a trial that was changed so often.
#[must_use]
pub fn changed_by_hand(trial: u64, times: u64) -> String {
    let times = match times {
        1 => "once".to_owned(),
        several => format!("{several} times"),
    };
    format!(
        "trial {trial} was changed by hand {times} while it trained: its values alone may not give what it reached"
    )
}
