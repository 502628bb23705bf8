//! The commands of schedulers: submitting, asking, ending.

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Output, Stdio};

use anyhow::anyhow;

use crate::cli::Failure;
use crate::sweep::{Engine, Queue, Submitted};

/// The states that squeue is asked for, and how, where it has no JSON.
const LINES: [&str; 5] = ["-h", "-r", "--states=all", "-o", "%F|%K|%T|%N|%r"];

/// Submits a text. Returns what the scheduler calls the job.
pub(super) fn submit(engine: Engine, text: &str) -> Result<String, Failure> {
    match engine {
        Engine::Slurm => {
            let done = call("sbatch", &["--parsable"], Some(text))?;
            let said = String::from_utf8_lossy(&done.stdout).into_owned();
            // `ID`, or `ID;CLUSTER`.
            let id = said.trim().split(';').next().unwrap_or_default();
            if id.is_empty() || !id.chars().all(|c| c.is_ascii_digit()) {
                return Err(Failure::Run(anyhow!(
                    "sbatch: found `{}`, expected the number of a job",
                    said.trim()
                )));
            }
            Ok(id.to_owned())
        }
        Engine::Kubernetes => {
            let done = call("kubectl", &["apply", "-f", "-", "-o", "name"], Some(text))?;
            let said = String::from_utf8_lossy(&done.stdout).into_owned();
            // `job.batch/NAME`.
            Ok(said
                .trim()
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned())
        }
    }
}

/// What the scheduler says of a job.
pub(super) fn look(job: &Submitted) -> Result<Queue, Failure> {
    let unclear = |reason: String| Failure::Run(anyhow!(reason));
    match job.engine {
        Engine::Slurm => {
            let json = start("squeue", &["--json", "--states=all"], None)?;
            if json.status.success() {
                return Queue::of_slurm(&json.stdout, &job.id).map_err(unclear);
            }
            let lines = start("squeue", &LINES, None)?;
            if !lines.status.success() {
                return Err(refused("squeue", &lines));
            }
            let text = String::from_utf8_lossy(&lines.stdout);
            Ok(Queue::of_lines(&text, &job.id))
        }
        Engine::Kubernetes => {
            let found = ["get", "job", &job.id, "-o", "json", "--ignore-not-found"];
            let done = call("kubectl", &found, None)?;
            if done.stdout.trim_ascii().is_empty() {
                return Ok(Queue::default());
            }
            Queue::of_kubernetes(&done.stdout).map_err(unclear)
        }
    }
}

/// Ends the workers of a job: they save what they train and give it back.
pub(super) fn cancel(job: &Submitted) -> Result<(), Failure> {
    match job.engine {
        Engine::Slurm => call("scancel", &[&job.id], None),
        Engine::Kubernetes => {
            let delete = ["delete", "job", &job.id, "--ignore-not-found"];
            call("kubectl", &delete, None)
        }
    }
    .map(|_| ())
}

/// Lets workers of Slurm go on that are held.
pub(super) fn release(names: &[String]) -> Result<(), Failure> {
    let mut arguments = vec!["release"];
    arguments.extend(names.iter().map(String::as_str));
    call("scontrol", &arguments, None).map(|_| ())
}

/// Runs a command that is to succeed.
fn call(program: &str, arguments: &[&str], input: Option<&str>) -> Result<Output, Failure> {
    let done = start(program, arguments, input)?;
    if done.status.success() {
        Ok(done)
    } else {
        Err(refused(program, &done))
    }
}

fn start(program: &str, arguments: &[&str], input: Option<&str>) -> Result<Output, Failure> {
    let failed = |error: std::io::Error| {
        Failure::Run(match error.kind() {
            ErrorKind::NotFound => anyhow!(
                "found no {program} in PATH, expected to be where the scheduler's commands are: a login node, say"
            ),
            _ => anyhow!("cannot start {program}: {error}"),
        })
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let (Some(mut stdin), Some(text)) = (child.stdin.take(), input) {
        // One that does not read it says why.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait_with_output().map_err(failed)
}

fn refused(program: &str, done: &Output) -> Failure {
    let said = String::from_utf8_lossy(&done.stderr);
    let said = said.trim();
    let prefix = format!("{program}: ");
    let said = said.strip_prefix(&prefix).unwrap_or(said);
    if said.is_empty() {
        Failure::Run(anyhow!("{program} refused: {}", done.status))
    } else {
        Failure::Run(anyhow!("{program}: {said}"))
    }
}
