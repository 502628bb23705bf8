//! A second run from the present state of a live one: A/B.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use anyhow::{Context as _, anyhow};

use super::Failure;
use super::send;
use crate::config::{Sources, check_run_name};
use crate::launch::plan::{self, Destination, PlanRequest, StartFrom};
use crate::protocol::Command;
use crate::record::{Status, facts};
use crate::session::link::Answer;

/// How long the answer to a command may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Characters that a fork's name has of its settings.
const NAMED: usize = 40;

/// Saves the state of the run in `dir` and starts another one from it beside it, in the background, with these settings.
/// Returns what to tell of it.
///
/// # Errors
/// When the run is not live or is no training of this program, when a setting is wrong, or when the second one cannot start.
/// Until the settings were checked nothing was asked of the run.
pub(super) fn fork(dir: &Path, set: &[String]) -> Result<String, Failure> {
    let dir = fs::canonicalize(dir)
        .with_context(|| dir.display().to_string())
        .map_err(Failure::Input)?;
    let found =
        facts(&dir).ok_or_else(|| Failure::Input(anyhow!("no run in {}", dir.display())))?;
    if !matches!(found.status, Status::Live { .. }) {
        return Err(super::live::not_live(&found));
    }
    if found.program.is_some() {
        return Err(Failure::Input(anyhow!(
            "run `{}` is another program's training: only genai-tui's own can be forked",
            found.name
        )));
    }
    let run = dir.display().to_string();
    let to = beside(&dir, &found.name, set)?;
    let request = |step: u64| PlanRequest {
        from: StartFrom::Fork(format!("{run}@{step}")),
        sources: Sources {
            environment: std::env::vars_os().collect(),
            set: set.to_vec(),
            ..Sources::default()
        },
        destination: Some(Destination::in_dir(&to)),
    };
    // The settings are tried on what is saved already, before anything is asked of the run.
    if let Some(step) = found.newest_checkpoint {
        plan::plan(request(step)).map_err(Failure::input)?;
    }
    let step = saved(&run)?;
    let program = std::env::current_exe()
        .context("cannot find this program")
        .map_err(Failure::Run)?;
    let mut process = Process::new(program);
    process
        .args(["train", "--fork", &format!("{run}@{step}"), "--detach"])
        .arg("--run-dir")
        .arg(&to);
    for set in set {
        process.args(["--set", set]);
    }
    let done = process
        .stdin(Stdio::null())
        .output()
        .context("cannot start the second run")
        .map_err(Failure::Run)?;
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if !done.status.success() {
        let why = words(&done.stderr);
        let why = why.strip_prefix("error: ").unwrap_or(&why);
        return Err(Failure::Run(anyhow!("the second run did not start: {why}")));
    }
    let word = words(&done.stdout);
    let first = word.lines().next().unwrap_or_default();
    Ok(format!("{first}, from step {step} of {}", found.name))
}

/// Makes the run save its state, and returns the step of that.
fn saved(run: &str) -> Result<u64, Failure> {
    let command = Command::Checkpoint;
    let (answer, asked) = send::ask(run, &command, PATIENCE)?;
    let Answer::Applied { step, .. } = answer else {
        return Err(send::unanswered(&command, answer, PATIENCE));
    };
    match asked.saved(step).map_err(Failure::run)? {
        Some(Ok(_)) => Ok(step),
        Some(Err(text)) => Err(Failure::Run(anyhow!(text))),
        None => Err(Failure::Run(anyhow!(
            "the run disappeared before its state was saved"
        ))),
    }
}

/// A directory beside the run that does not exist yet, named for what is different: `first-wgan-gp`, `first-lr-1e-4`.
fn beside(dir: &Path, name: &str, set: &[String]) -> Result<PathBuf, Failure> {
    let folder = dir.parent().unwrap_or(dir);
    let words = set.iter().map(|set| {
        let (key, value) = set.split_once('=').unwrap_or((set, ""));
        match key {
            "objective" => value.to_owned(),
            key => format!("{}-{value}", key.rsplit('.').next().unwrap_or(key)),
        }
    });
    let words: String = words
        .collect::<Vec<_>>()
        .join("-")
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .take(NAMED)
        .collect();
    let whole = format!("{name}-{words}");
    let stem = match check_run_name(&whole) {
        Ok(()) => whole,
        Err(_) => format!("{name}-b"),
    };
    let mut numbered =
        std::iter::once(stem.clone()).chain((2..1000).map(|n| format!("{stem}-{n}")));
    let free = numbered.find(|name| !folder.join(name).exists());
    let free = free.ok_or_else(|| {
        Failure::Input(anyhow!(
            "{}: found a thousand forks named `{stem}` there",
            folder.display()
        ))
    })?;
    Ok(folder.join(free))
}
