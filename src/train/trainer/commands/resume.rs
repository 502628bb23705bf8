//! `resume`: makes steps again.

use super::{CommandError, Done, Outcome, Trainer};
use crate::train::control::Mode;

pub(super) fn apply(trainer: &mut Trainer) -> Outcome {
    if trainer.control.mode() == Mode::Running {
        return Err(CommandError::rejected("it is running already"));
    }
    trainer.set_mode(Mode::Running);
    Ok(Done::nothing())
}
