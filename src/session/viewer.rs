//! A viewer of a run: events in, commands out.

use super::commander::Commander;
use super::digest::{CatchUp, Digest};
use super::hub::{Hub, Subscriber};
use crate::protocol::Source;

/// What a front end needs: events in, commands out. The same for a run in this process and one behind a socket.
#[derive(Debug)]
pub struct Viewer {
    /// Its [`crate::protocol::ViewerInfo::id`].
    pub id: u64,
    /// What happened before it joined.
    pub before: CatchUp,
    /// Events in.
    pub events: Subscriber,
    /// Commands out.
    pub commands: Commander,
}

impl Viewer {
    /// The viewer of a run that has ended: its past, and nothing more.
    #[must_use]
    pub fn of_the_past(digest: &Digest) -> Self {
        let hub = Hub::new();
        hub.close();
        Self::without_commands(digest.before(), hub.subscribe())
    }

    /// A viewer of something that takes no commands.
    #[must_use]
    pub fn without_commands(before: CatchUp, events: Subscriber) -> Self {
        Self {
            id: 0,
            before,
            events,
            // There is no receiver.
            commands: Commander::new(crossbeam_channel::bounded(0).0, Source::Viewer),
        }
    }
}
