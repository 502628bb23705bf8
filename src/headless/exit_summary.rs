//! The summary printed at the end of a run: how it ended, its figures, where it lies and what to do with it.

use std::io::{self, Write};
use std::path::Path;

use crate::protocol::{Checked, Outcome, Summary, Verdict};
use crate::text::{duration, shell_word};

/// Prints it. Without a `dir` the run ended before it had one.
///
/// # Errors
/// When `out` refuses.
pub fn exit_summary(summary: &Summary, dir: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let word = match summary.outcome {
        Outcome::Completed => "finished",
        Outcome::Stopped => "stopped",
        Outcome::Interrupted => "interrupted",
        Outcome::Diverged => "diverged",
        Outcome::FailedCondition | Outcome::Failed => "failed",
        Outcome::Unknown => "unknown",
    };
    writeln!(out, "{word}: {}", summary.reason)?;
    let Some(dir) = dir else { return Ok(()) };
    let Summary {
        step,
        images,
        epochs,
        seconds,
        steps_per_second: speed,
        ..
    } = summary;
    let time = duration::words(*seconds);
    // A program may have removed it.
    let is_there = dir.is_dir();
    let dir = shell_word(dir);
    if summary.exit_code.is_some() {
        // What it is for another program to have seen an image or an epoch is its own.
        let many = if *step == 1 { "step" } else { "steps" };
        writeln!(out, "  {step} {many} in {time} ({speed:.1} steps/s)")?;
        if is_there {
            writeln!(out, "  everything is in {dir}")?;
        }
        if let Some(checkpoint) = &summary.checkpoint {
            writeln!(out, "  last checkpoint: {}", shell_word(checkpoint))?;
        }
        return Ok(());
    }
    writeln!(
        out,
        "  {step} steps, {images} images, {epochs:.2} epochs in {time} ({speed:.1} steps/s)"
    )?;
    writeln!(out, "  everything is in {dir}")?;
    if summary.checkpoint.is_some() {
        writeln!(out, "  generate images: genai-tui sample {dir}")?;
        let held = |checked: &Checked| checked.verdict == Verdict::Held;
        let flags = match summary.outcome {
            // It would need another end.
            Outcome::Completed => None,
            // With the condition it would end again at once; a condition that was never checked does not prevent resuming.
            Outcome::FailedCondition => summary
                .conditions
                .iter()
                .any(held)
                .then_some(" --set 'fail_if=[]'"),
            _ => Some(""),
        };
        if let Some(flags) = flags {
            writeln!(out, "  resume: genai-tui --resume {dir}{flags}")?;
        }
    }
    Ok(())
}
