//! `sample`: generates samples from the fixed latents, and keeps them.

use super::Done;

pub(super) fn apply() -> Done {
    Done::Then(|trainer, _| trainer.sample(true))
}
