//! Making room in a queue of events that cannot be written: step windows are merged, so that no extreme is lost.

use std::collections::VecDeque;

use crate::protocol::{Body, Event};

/// Joins each step window with the next one on its branch where nothing but samples lies between them, because a window
/// never reaches across an intervention. Gives the number of windows that went into another: about half.
pub(super) fn merge_steps(queue: &mut VecDeque<Event>) -> u64 {
    let mut kept: VecDeque<Event> = VecDeque::with_capacity(queue.len());
    let mut open: Option<usize> = None;
    let mut merged = 0;
    for event in queue.drain(..) {
        let earlier = open
            .and_then(|at| kept.get_mut(at))
            .filter(|earlier| earlier.branch == event.branch);
        match (&event.body, earlier) {
            (Body::Step(_), Some(earlier)) => {
                join(earlier, event);
                open = None;
                merged += 1;
                continue;
            }
            (Body::Step(_), None) => open = Some(kept.len()),
            (Body::Samples(_), _) => {}
            _ => open = None,
        }
        kept.push_back(event);
    }
    *queue = kept;
    merged
}

/// Drops the oldest events that a reader can do without, at most `count`. Gives how many went.
pub(super) fn drop_oldest(queue: &mut VecDeque<Event>, count: usize) -> u64 {
    let mut dropped = 0;
    queue.retain(|event| {
        let spare = dropped < count
            && matches!(
                event.body,
                Body::Step(_) | Body::Samples(_) | Body::Rejected { .. }
            );
        dropped += usize::from(spare);
        !spare
    });
    // A record without its interventions is better than no memory left to train.
    let rest = (count - dropped).min(queue.len());
    queue.drain(..rest);
    (dropped + rest) as u64
}

/// Puts a later step event into an earlier one, with the later one's position.
fn join(earlier: &mut Event, mut later: Event) {
    if let (Body::Step(a), Body::Step(b)) = (&mut earlier.body, &mut later.body) {
        let mut metrics = std::mem::take(&mut a.metrics);
        for (name, stat) in &b.metrics {
            metrics
                .entry(name.clone())
                .and_modify(|s| s.merge(stat))
                .or_insert(*stat);
        }
        b.metrics = metrics;
        b.from_step = a.from_step;
    }
    *earlier = later;
}
