//! What a viewer that joins late must know of a run's past: everything rare, the newest of what comes often, and the
//! metrics as a history. Bounded, however long the run is.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::history::History;
use crate::protocol::{Body, Event, Live, Output, Recorded, TroubleChange, TroubleState};

/// Rare events that are kept. What older ones set is kept beyond that.
const RARE: usize = 2000;

/// What a viewer that joins late needs to show the same as one that was there from the start. Empty for the first viewer.
#[derive(Debug, Clone, Default)]
pub struct CatchUp {
    /// The events that are rare, the newest state and the newest samples, oldest first; step windows are in the history.
    pub events: Vec<Arc<Event>>,
    /// The metrics so far.
    pub history: Option<History>,
}

/// The past of a run, folded event by event.
#[derive(Debug, Default)]
pub struct Digest {
    /// How many events were taken in.
    count: u64,
    rare: VecDeque<Kept>,
    /// Of older events, the newest that set each value.
    set: BTreeMap<String, Kept>,
    /// The newest of each kind that only the newest matters of.
    newest: BTreeMap<Kind, Kept>,
    /// The newest event of what the program prints, and as much of its output as is kept.
    output: Option<(u64, Arc<Event>, Output)>,
    history: History,
}

/// An event and its place in the order of all.
type Kept = (u64, Arc<Event>);

/// Kinds of events of which only the newest matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Loading,
    Step,
    Declared,
    State,
    Samples,
    Viewers,
    System,
    Evaluated,
    Unjudged,
    Ending,
}

impl Digest {
    /// Takes in the next event.
    pub fn take_in(&mut self, event: &Arc<Event>) {
        self.count += 1;
        self.history.follow(event);
        let kept = (self.count, Arc::clone(event));
        let kind = match &event.body {
            Body::Live(Live::Loading { .. }) => Kind::Loading,
            Body::Recorded(Recorded::Step(_)) => Kind::Step,
            Body::Recorded(Recorded::Declared(_)) => Kind::Declared,
            Body::Live(Live::Output(output)) => {
                let mut so_far = self.output.take().map(|(_, _, so_far)| so_far);
                so_far.get_or_insert_default().add(output);
                self.output = so_far.map(|so_far| (self.count, Arc::clone(event), so_far));
                return;
            }
            Body::Live(Live::State { .. }) => Kind::State,
            Body::Recorded(Recorded::Samples { .. }) | Body::Live(Live::Samples(_)) => {
                Kind::Samples
            }
            Body::Live(Live::Viewers { .. }) => Kind::Viewers,
            Body::Recorded(Recorded::System(_)) | Body::Live(Live::System(_)) => Kind::System,
            // Those before are in the history.
            Body::Recorded(Recorded::Evaluated(_)) => Kind::Evaluated,
            Body::Live(Live::Unjudged { .. }) => Kind::Unjudged,
            // What others asked to see is theirs.
            Body::Live(Live::Looked(_)) => return,
            Body::Recorded(Recorded::Finished(_) | Recorded::Failed { .. }) => Kind::Ending,
            Body::Recorded(Recorded::Started(_)) => {
                // A run that begins again has not ended, and what it waited for is there.
                for kind in [Kind::Loading, Kind::State, Kind::Unjudged, Kind::Ending] {
                    self.newest.remove(&kind);
                }
                return self.keep(kept);
            }
            _ => return self.keep(kept),
        };
        self.newest.insert(kind, kept);
    }

    fn keep(&mut self, kept: Kept) {
        self.rare.push_back(kept);
        if self.rare.len() > RARE {
            // What the run is comes first, and stays.
            let first = usize::from(
                self.rare
                    .front()
                    .is_some_and(|(_, e)| matches!(e.body, Body::Recorded(Recorded::Started(_)))),
            );
            if let Some(old) = self.rare.remove(first) {
                self.retire(old);
            }
        }
    }

    /// Keeps what a dropped event set, and a trouble that it opened. There are few more keys than a configuration has.
    fn retire(&mut self, old: Kept) {
        match &old.1.body {
            Body::Recorded(Recorded::Applied {
                changes, objective, ..
            }) => {
                let keys = changes.iter().map(|change| change.key.clone());
                let keys: Vec<String> = keys
                    .chain(objective.is_some().then(|| "objective".to_owned()))
                    .collect();
                for key in keys {
                    self.set.insert(key, old.clone());
                }
            }
            Body::Recorded(Recorded::Started(_)) => {
                self.set.insert("started".to_owned(), old);
            }
            Body::Recorded(Recorded::Warning(warning)) => {
                if let Some(TroubleChange { trouble, state }) = warning.trouble {
                    // No key of a configuration begins like this.
                    let key = format!("trouble {}", trouble.name());
                    match state {
                        TroubleState::Open => self.set.insert(key, old),
                        TroubleState::Resolved => self.set.remove(&key),
                    };
                } else if warning.moved_to.is_some() {
                    self.set.insert("moved".to_owned(), old);
                }
            }
            _ => {}
        }
    }

    /// The past of a run that is about to resume: it has not ended.
    #[must_use]
    pub fn reopened(mut self) -> Self {
        for kind in [Kind::State, Kind::Ending] {
            self.newest.remove(&kind);
        }
        self
    }

    /// The past as a viewer needs it.
    #[must_use]
    pub fn before(&self) -> CatchUp {
        let mut kept: Vec<Kept> = self
            .rare
            .iter()
            .chain(self.set.values())
            .chain(self.newest.values())
            .cloned()
            .chain(self.output.iter().map(|(order, event, so_far)| {
                let output = Event::new(event.position(), Live::Output(so_far.clone()));
                (*order, Arc::new(output.timed(event.time)))
            }))
            .collect();
        kept.sort_by_key(|(order, _)| *order);
        // One event may have set several values.
        kept.dedup_by_key(|(order, _)| *order);
        CatchUp {
            events: kept.into_iter().map(|(_, event)| event).collect(),
            history: Some(self.history.clone()),
        }
    }
}

impl FromIterator<Event> for Digest {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        let mut digest = Self::default();
        for event in events {
            digest.take_in(&Arc::new(event));
        }
        digest
    }
}

#[cfg(test)]
mod tests;
