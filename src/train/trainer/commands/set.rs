//! `set`: trains with another value of a setting.

use super::{CommandError, Done, Outcome, Trainer};

pub(super) fn apply(trainer: &mut Trainer, key: &str, value: &str) -> Outcome {
    let settings = trainer.learner.settings().with(key, value);
    let settings = settings.map_err(CommandError::Rejected)?;
    Ok(Done::Changed(trainer.learner.set_settings(settings)?))
}
