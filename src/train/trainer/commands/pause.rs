//! `pause`: makes no steps until someone resumes the run.

use super::{CommandError, Done, Outcome, Trainer};
use crate::train::control::Mode;

pub(super) fn apply(trainer: &mut Trainer) -> Outcome {
    if trainer.control.is_paused() {
        return Err(CommandError::rejected("it is paused already"));
    }
    trainer.set_mode(Mode::Paused);
    Ok(Done::nothing())
}
