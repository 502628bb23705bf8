//! `stop`: ends the run.

use super::{Done, Trainer};
use crate::protocol::{Outcome, Source};
use crate::train::control::End;

pub(super) fn apply(trainer: &mut Trainer, source: Source, signal: Option<&str>) -> Done {
    let (outcome, reason) = match (source, signal) {
        (Source::Signal, Some(name)) => (Outcome::Interrupted, format!("stopped by {name}")),
        (Source::Signal, None) => (Outcome::Interrupted, "stopped by a signal".to_owned()),
        (Source::Output, _) => (
            Outcome::Interrupted,
            "stopped because standard output was closed or cannot be written".to_owned(),
        ),
        _ => (Outcome::Stopped, "stopped on request".to_owned()),
    };
    trainer.control.set_end(Some(End {
        signal: signal.map(str::to_owned),
        ..End::new(outcome, reason)
    }));
    Done::nothing()
}
