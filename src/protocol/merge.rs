//! Fewer events with the same content: neighbouring step windows become one, so that no extreme is lost.

use std::collections::VecDeque;

use super::{Body, Event, Live, Recorded, merge_metrics};

impl AsRef<Event> for Event {
    fn as_ref(&self) -> &Event {
        self
    }
}

/// Joins each step window with the next one on its branch where nothing but samples lies between them, because a window
/// never reaches across an intervention. Returns the number of windows that were merged into another: about half.
pub fn merge_steps<E: AsRef<Event> + From<Event>>(queue: &mut VecDeque<E>) -> u64 {
    let mut kept: VecDeque<E> = VecDeque::with_capacity(queue.len());
    let mut open: Option<usize> = None;
    let mut merged = 0;
    for item in queue.drain(..) {
        let event = item.as_ref();
        let earlier = open
            .and_then(|at| kept.get_mut(at))
            .filter(|earlier| earlier.as_ref().branch == event.branch);
        match (&event.body, earlier) {
            (Body::Recorded(Recorded::Step(_)), Some(earlier)) => {
                *earlier = E::from(join(earlier.as_ref(), event));
                open = None;
                merged += 1;
                continue;
            }
            (Body::Recorded(Recorded::Step(_)), None) => open = Some(kept.len()),
            (Body::Recorded(Recorded::Samples { .. }) | Body::Live(Live::Samples(_)), _) => {}
            _ => open = None,
        }
        kept.push_back(item);
    }
    *queue = kept;
    merged
}

/// Two step events as one, with the later one's position.
fn join(earlier: &Event, later: &Event) -> Event {
    let mut joined = later.clone();
    if let (Body::Recorded(Recorded::Step(a)), Body::Recorded(Recorded::Step(b))) =
        (&earlier.body, &mut joined.body)
    {
        let mut metrics = a.metrics.clone();
        merge_metrics(&mut metrics, &b.metrics);
        b.metrics = metrics;
        b.from_step = a.from_step;
    }
    joined
}
