//! `rewind`: returns to a state that is kept in memory.

use super::{CommandError, Done, Outcome, Trainer};
use crate::protocol::{LrTarget, Recorded, Rewind, Warning};

pub(super) fn apply(trainer: &mut Trainer, rewind: Rewind) -> Outcome {
    let now = trainer.progress.step();
    // Asked for again soon after the last time, it goes further back.
    let soon = trainer.setup.config.rewind.every_steps / 2;
    let rewound_to = trainer.progress.rewound_to();
    let again = rewound_to
        .map(|to| now.saturating_sub(to))
        .filter(|since| rewind.steps.is_none() && *since <= soon);
    let steps = rewind
        .steps
        .unwrap_or_else(|| again.map_or(1, |since| since + 1));
    let state = now
        .checked_sub(steps)
        .and_then(|step| trainer.rollback.at(step));
    let Some(state) = state else {
        let again = rewound_to.filter(|_| again.is_some());
        return Err(CommandError::Rejected(not_kept(trainer, steps, again)));
    };
    trainer.report_window()?;
    let mut changed = trainer.go_back(&state)?;
    trainer.progress.note_rewind();
    if let Some(change) = rewind.lr {
        match trainer.change_rates(LrTarget::Both, change) {
            Ok(rates) => changed.extend(rates),
            // Scaled out of bounds: the run is where it was asked to be, with the rates of that state.
            Err(text) => trainer.record(Recorded::Warning(Warning::passing(text))),
        }
    }
    Ok(Done::Changed(changed))
}

/// Why no state of `steps` steps ago can be returned to, and what can be done instead.
fn not_kept(trainer: &Trainer, steps: u64, again: Option<u64>) -> String {
    let kept = trainer.rollback.steps_before(trainer.progress.step());
    let kept: Vec<String> = kept.map(|step| step.to_string()).collect();
    let found = match again {
        _ if kept.is_empty() => "no earlier state is in memory".to_owned(),
        Some(to) => {
            format!("the run went back to step {to}, and no state before it is in memory")
        }
        None => format!(
            "no state of {steps} steps ago is in memory, only of step {}",
            kept.join(", ")
        ),
    };
    format!(
        "{found}; `--resume RUN@STEP` continues from a checkpoint, `--fork RUN@STEP` also from one that was taken back"
    )
}
