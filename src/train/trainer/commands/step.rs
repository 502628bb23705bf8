//! `step`: makes a number of steps, then pauses.

use super::{Done, Trainer};
use crate::train::control::Mode;

pub(super) fn apply(trainer: &mut Trainer, count: u64) -> Done {
    trainer.set_mode(Mode::Stepping(count));
    Done::nothing()
}
