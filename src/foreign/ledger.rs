//! The events of a run, with their positions and numbers.

use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::protocol::{Body, Event, Live, Position, Recorded};
use crate::record::Tail;

/// Steps of which the number of the event is remembered, for going back.
const MARKS: usize = 1 << 16;

/// Sends events, and knows where the run is.
#[derive(Debug)]
pub struct Ledger {
    events: Sender<Event>,
    at: Position,
    seq: u64,
    /// On the first event of a branch: the number of the last one that still counts.
    after: Option<u64>,
    /// Steps that were reported, each with the number of its event.
    marks: Vec<(u64, u64)>,
    clock: Clock,
    /// Commands that took effect.
    interventions: u64,
}

/// Time of training, without pauses. While this process is stopped, the program trains on: that time counts.
#[derive(Debug)]
struct Clock {
    so_far: Duration,
    /// Since when it runs, if it does.
    since: Option<Instant>,
}

impl Clock {
    fn now(&self) -> Duration {
        self.so_far + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn run(&mut self, runs: bool) {
        self.so_far = self.now();
        self.since = runs.then(Instant::now);
    }
}

impl Ledger {
    /// A ledger that continues after what the record holds.
    pub fn new(events: Sender<Event>, before: &Tail) -> Self {
        Self {
            events,
            at: Position {
                branch: before.last_branch,
                ..Position::default()
            },
            seq: before.last_seq,
            after: None,
            marks: Vec::new(),
            clock: Clock {
                so_far: Duration::ZERO,
                since: Some(Instant::now()),
            },
            interventions: 0,
        }
    }

    /// Steps done.
    pub fn step(&self) -> u64 {
        self.at.step
    }

    /// Training examples used.
    pub fn images(&self) -> u64 {
        self.at.images
    }

    /// Commands that took effect.
    pub fn interventions(&self) -> u64 {
        self.interventions
    }

    /// Seconds of training.
    pub fn seconds(&self) -> f64 {
        self.clock.now().as_secs_f64()
    }

    /// The clock runs, or stands while the run is paused.
    pub fn run_clock(&mut self, runs: bool) {
        self.clock.run(runs);
    }

    /// So many steps are done, and so many examples used.
    pub fn reach(&mut self, step: u64, images: Option<u64>) {
        self.at.step = self.at.step.max(step);
        self.at.images = self.at.images.max(images.unwrap_or(0));
    }

    /// Now, at a step that is not after the newest one.
    fn before(&self, step: u64) -> Position {
        Position {
            step: step.min(self.at.step),
            elapsed: self.seconds(),
            ..self.at
        }
    }

    /// Records what happened now.
    pub fn record(&mut self, body: Recorded) {
        self.record_at(self.at.step, body);
    }

    /// Records what refers to a step that may be an earlier one.
    pub fn record_at(&mut self, step: u64, body: Recorded) {
        self.seq += 1;
        let at = self.before(step);
        match body {
            Recorded::Step(_) => self.mark(),
            Recorded::Applied { .. } => self.interventions += 1,
            _ => {}
        }
        let event = Event::new(at, body).numbered(Some(self.seq), self.after.take());
        // The session has ended where there is no receiver.
        let _ = self.events.send(event);
    }

    /// Shows what is not recorded.
    pub fn show(&self, live: Live) {
        self.show_at(self.at.step, live);
    }

    /// Shows what refers to a step that may be an earlier one.
    pub fn show_at(&self, step: u64, live: Live) {
        let at = self.before(step);
        let _ = self.events.send(Event::new(at, Body::Live(live)));
    }

    fn mark(&mut self) {
        if self.marks.len() >= MARKS {
            // Coarser, but for the newest.
            let mut keep = false;
            let newest = MARKS / 2;
            let mut index = 0;
            self.marks.retain(|_| {
                keep = !keep;
                index += 1;
                keep || index > newest
            });
        }
        self.marks.push((self.at.step, self.seq));
    }

    /// The run went back to `step`: what came after it no longer counts. Returns the step that it goes on from.
    pub fn rewind(&mut self, step: u64) -> u64 {
        let kept = self.marks.partition_point(|(marked, _)| *marked <= step);
        self.marks.truncate(kept);
        self.after = Some(self.marks.last().map_or(1, |(_, seq)| *seq));
        self.at.branch += 1;
        self.at.step = step;
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Metrics, StepWindow};

    fn window() -> Recorded {
        Recorded::Step(StepWindow {
            from_step: 1,
            epoch: 0,
            batch: 0,
            metrics: Metrics::new(),
            steps_per_second: 0.0,
            images_per_second: 0.0,
        })
    }

    #[test]
    fn going_back_begins_a_branch_after_the_last_event_that_counts() {
        let (events, sent) = crossbeam_channel::unbounded();
        let mut ledger = Ledger::new(events, &Tail::default());
        for step in [10, 20, 30] {
            ledger.reach(step, None);
            ledger.record(window());
        }
        assert_eq!(ledger.rewind(25), 25);
        ledger.reach(27, None);
        ledger.record(window());
        ledger.record(window());
        let sent: Vec<Event> = sent.try_iter().collect();
        let places: Vec<_> = sent
            .iter()
            .map(|e| (e.branch, e.step, e.seq, e.after))
            .collect();
        assert_eq!(places[2], (0, 30, Some(3), None));
        assert_eq!(places[3], (1, 27, Some(4), Some(2)));
        assert_eq!(places[4], (1, 27, Some(5), None));
    }

    #[test]
    fn marks_are_bounded() {
        let (events, _sent) = crossbeam_channel::unbounded();
        let mut ledger = Ledger::new(events, &Tail::default());
        for step in 0..3 * MARKS as u64 {
            ledger.reach(step, None);
            ledger.seq += 1;
            ledger.mark();
        }
        assert!(ledger.marks.len() <= MARKS);
        assert!(ledger.marks.windows(2).all(|two| two[0].0 < two[1].0));
    }
}
