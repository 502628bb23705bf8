//! The thread of the engine: whatever ends the run there is reported.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::engine::{Engine, Wiring};
use super::{SessionError, panics};
use crate::protocol::{Event, Position, Recorded, Summary};

/// Runs the engine to its end. Whatever ends the run without a summary, a panic too, is also an event.
pub(super) fn train<E: Engine>(
    engine: E,
    wiring: Wiring,
) -> Result<Summary, SessionError<E::Error>> {
    let events = wiring.events.clone();
    let result = match catch_unwind(AssertUnwindSafe(|| engine.run(wiring))) {
        Ok(result) => result.map_err(|error| SessionError::Engine(Box::new(error))),
        Err(cause) => Err(SessionError::Panic(panics::message(&*cause))),
    };
    if let Err(error) = &result {
        let error = error.to_string();
        // Without a receiver there is no one to report to.
        let _ = events.send(Event::new(Position::default(), Recorded::Failed { error }));
    }
    result
}
