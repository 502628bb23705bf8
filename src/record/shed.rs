//! Making room in a queue of events that cannot be written, once merging steps is not enough.

use std::collections::VecDeque;

use crate::protocol::{Body, Event, Recorded};

/// Drops the oldest events that a reader can do without, at most `count`. Gives how many went.
pub(super) fn drop_oldest(queue: &mut VecDeque<Event>, count: usize) -> u64 {
    let mut dropped = 0;
    queue.retain(|event| {
        let spare = dropped < count
            && matches!(
                event.body,
                Body::Recorded(
                    Recorded::Step(_) | Recorded::Samples { .. } | Recorded::Rejected { .. }
                )
            );
        dropped += usize::from(spare);
        !spare
    });
    // A record without its interventions is better than no memory left to train.
    let rest = (count - dropped).min(queue.len());
    queue.drain(..rest);
    (dropped + rest) as u64
}
