//! What a person changes in a sweep that is under way, through its files: more trials, or one that is not to go on.

use std::path::Path;

use super::board::Board;
use super::decide::Stage;
use super::definition::{Definition, MOST_TRIALS};
use super::disk::Local;
use super::error::SweepError;
use super::place::FILE;
use super::trial::Trial;
use crate::files;

/// Lets a sweep have so many trials more. Workers see it when they look next. Returns how many it has then.
///
/// # Errors
/// When the file of the sweep does not say how many there are, there would be too many, or it cannot be written.
pub fn add_trials(dir: &Path, more: u64) -> Result<u64, SweepError> {
    let path = dir.join(FILE);
    let text = Definition::text(dir, &Local)?;
    let definition = Definition::parse(dir, &text)?;
    let wanted = definition.trials.saturating_add(more);
    let place = path.display().to_string();
    if wanted > MOST_TRIALS {
        return Err(SweepError::wrong(
            place,
            format!("{wanted} trials"),
            format!("at most {MOST_TRIALS}"),
        ));
    }
    // What is no text was no TOML.
    let text = String::from_utf8_lossy(&text);
    let mut is_done = false;
    let lines = text.split_inclusive('\n').map(|line| {
        let is_it = line
            .split_once('=')
            .is_some_and(|(key, _)| key.trim() == "trials");
        if !is_it || is_done {
            return line.to_owned();
        }
        is_done = true;
        format!("trials = {wanted}\n")
    });
    let changed: String = lines.collect();
    if !is_done {
        return Err(SweepError::wrong(
            place,
            "no line `trials = N`",
            "one, with the number of trials",
        ));
    }
    let count = Definition::parse(dir, changed.as_bytes())?.count();
    files::write(&path, changed.as_bytes()).map_err(SweepError::io("write it", &path))?;
    Ok(count)
}

/// Says of the runs of a trial that have not got to the end that they go no further. Those that a worker is at have to be asked
/// to stop besides. Returns the names of the runs.
///
/// # Errors
/// When it cannot be written.
pub fn stop_trial(board: &Board, number: u64) -> Result<Vec<String>, SweepError> {
    let last = board.definition().rungs().last();
    let mut stopped = Vec::new();
    for replicate in 0..board.definition().seeds {
        let run = board.run(number, replicate);
        let is_over = run.is_some_and(|run| {
            run.replicate.stage == Stage::Failed || run.replicate.reached() == Some(last)
        });
        if is_over {
            continue;
        }
        board.stop(number, replicate)?;
        stopped.push(Trial::run_name(number, replicate));
    }
    Ok(stopped)
}
