//! `note`: puts a remark into the record.

use super::{Done, Trainer};
use crate::protocol::Body;

pub(super) fn apply(trainer: &mut Trainer, text: &str) -> Done {
    trainer.record(Body::Note {
        text: text.to_owned(),
    });
    Done::nothing()
}
