//! `note`: puts a remark into the record.

use super::{Done, Trainer};
use crate::protocol::Recorded;

pub(super) fn apply(trainer: &mut Trainer, text: &str) -> Done {
    trainer.record(Recorded::Note {
        text: text.to_owned(),
    });
    Done::nothing()
}
