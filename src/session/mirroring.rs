//! The thread that writes a run's events for TensorBoard, too.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::hub::{Hub, Subscriber};
use super::priority::give_way;
use crate::files::Place;
use crate::logs::Mirror;
use crate::protocol::{Event, Recorded, Warning};

/// Starts the thread. It ends with the run, and writes nothing once `lost` says that the run directory is another process's.
pub(super) fn start(hub: &Hub, place: Place, lost: Arc<AtomicBool>) -> io::Result<JoinHandle<()>> {
    let (hub, subscriber) = (hub.clone(), hub.subscribe());
    std::thread::Builder::new()
        .name("tensorboard".to_owned())
        .spawn(move || {
            give_way();
            mirror(&hub, &subscriber, &place, &lost);
        })
}

fn mirror(hub: &Hub, subscriber: &Subscriber, place: &Place, lost: &AtomicBool) {
    let mut mirror = Some(Mirror::default());
    loop {
        let is_over = subscriber.wake.recv().is_err();
        let events = subscriber.drain();
        if lost.load(Ordering::Acquire) {
            mirror = None;
        }
        if let Some(open) = &mut mirror
            && let Some(last) = events.last()
            && let Err(error) = write(open, &events, place)
        {
            mirror = None;
            let text = format!(
                "the files for TensorBoard end here, because one could not be written: {error}; the run's record does not need them"
            );
            hub.publish(Event::new(
                last.position(),
                Recorded::Warning(Warning::passing(text)),
            ));
        }
        if is_over {
            return;
        }
    }
}

fn write(mirror: &mut Mirror, events: &[Arc<Event>], place: &Place) -> io::Result<()> {
    let dir = place.path();
    for event in events {
        mirror.take(event, &dir)?;
    }
    mirror.flush()
}
