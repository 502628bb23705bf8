//! What schedulers are given: texts that start workers, and nothing else.

use std::fmt::Write as _;
use std::path::Path;

use super::error::SweepError;
use super::submitted::Engine;
use crate::text::shell_word;

/// What a job of Slurm asks for.
#[derive(Debug, Clone, Default)]
pub struct Slurm {
    /// How many workers.
    pub workers: u32,
    /// How many at once at most, where that is fewer.
    pub at_once: Option<u32>,
    /// The time limit, as sbatch takes it: `1:00:00`.
    pub time: Option<String>,
    /// The partition.
    pub partition: Option<String>,
    /// Generic resources: `gpu:1`.
    pub gres: Option<String>,
    /// Cores of a worker.
    pub cores: Option<u32>,
    /// Memory of a worker: `4G`.
    pub memory: Option<String>,
}

/// An array job of workers. A minute before the time limit each gets SIGUSR1, saves what it trains and exits with 75, whereupon its
/// script puts it back into the queue; `exec` is not used then, because the script has to see the code. SIGTERM is a cancellation: then it
/// stays out (Slurm itself puts back what it preempts).
///
/// # Errors
/// When the path of the sweep is none that a line of `#SBATCH` can hold.
pub fn slurm(program: &Path, sweep: &Path, job: &Slurm) -> Result<String, SweepError> {
    let place = sweep.display().to_string();
    if place.contains(|c: char| c.is_control() || "\"\\".contains(c)) {
        return Err(SweepError::wrong(
            format!("{place:?}"),
            "a quotation mark, a backslash or a line break in the path",
            "a path that Slurm can be told",
        ));
    }
    let mut text = String::from("#!/bin/bash\n");
    let mut set = |line: String| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "#SBATCH {line}");
    };
    set(format!("--job-name={}", name_of(sweep)));
    let throttle = job.at_once.map_or_else(String::new, |n| format!("%{n}"));
    set(format!("--array=0-{}{throttle}", job.workers.max(1) - 1));
    set("--signal=B:USR1@60".to_owned());
    set("--requeue".to_owned());
    set("--open-mode=append".to_owned());
    // Slurm puts numbers in the place of what begins with a per cent sign.
    set(format!(
        "--output=\"{}/workers/%A_%a.log\"",
        place.replace('%', "%%")
    ));
    for (flag, value) in [
        ("time", &job.time),
        ("partition", &job.partition),
        ("gres", &job.gres),
        ("mem", &job.memory),
    ] {
        if let Some(value) = value {
            set(format!("--{flag}={value}"));
        }
    }
    if let Some(cores) = job.cores {
        set(format!("--cpus-per-task={cores}"));
    }
    let _ = write!(
        text,
        "\n# bash passes signals on only while it waits.\n\
         {program} sweep work {sweep} --again-code 75 &\n\
         worker=$!\n\
         cancelled=\n\
         trap 'kill -USR1 \"$worker\"' USR1\n\
         trap 'cancelled=1; kill -TERM \"$worker\"' TERM\n\
         while kill -0 \"$worker\" 2>/dev/null; do wait \"$worker\"; done\n\
         # A signal ends a wait, too; bash remembers how the worker ended.\n\
         wait \"$worker\"; code=$?\n\
         if [ \"$code\" = 75 ] && [ -z \"$cancelled\" ]; then\n  \
           scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}\"\n  \
           exit 0\n\
         fi\n\
         exit \"$code\"\n",
        program = shell_word(program),
        sweep = shell_word(sweep),
    );
    Ok(text)
}

/// The text of a submission for another number of workers.
#[must_use]
pub fn with_workers(engine: Engine, text: &str, workers: u32) -> String {
    let changed = |line: &str| {
        let (key, throttle) = match engine {
            Engine::Slurm => {
                let rest = line.strip_prefix("#SBATCH --array=")?;
                let throttle = rest
                    .split_once('%')
                    .map(|(_, at_once)| format!("%{at_once}"));
                ("#SBATCH --array=0-", throttle.unwrap_or_default())
            }
            Engine::Kubernetes => {
                let key = ["  completions: ", "  parallelism: "];
                (
                    key.into_iter().find(|key| line.starts_with(key))?,
                    String::new(),
                )
            }
        };
        let number = match engine {
            Engine::Slurm => workers.max(1) - 1,
            Engine::Kubernetes => workers.max(1),
        };
        Some(format!("{key}{number}{throttle}"))
    };
    let lines = text
        .lines()
        .map(|line| changed(line).unwrap_or_else(|| line.to_owned()));
    lines.map(|line| line + "\n").collect()
}

/// What a Job of Kubernetes asks for.
#[derive(Debug, Clone, Default)]
pub struct Kubernetes {
    /// How many workers.
    pub workers: u32,
    /// The image that has the program.
    pub image: String,
    /// The volume claim that holds the sweep, readable and writable from every node.
    pub claim: String,
    /// Cores of a worker.
    pub cores: u32,
    /// Memory of a worker: `4Gi`.
    pub memory: String,
    /// GPUs of a worker.
    pub gpus: u32,
}

/// An indexed Job of workers. A pod that is evicted does not count as failed, and neither does one that saved its trial and exits
/// with 75; bad input (2) fails the whole job at once.
#[must_use]
pub fn kubernetes(sweep: &Path, job: &Kubernetes) -> String {
    let gpus = if job.gpus > 0 {
        format!("\n              nvidia.com/gpu: {}", job.gpus)
    } else {
        String::new()
    };
    format!(
        "apiVersion: batch/v1\n\
         kind: Job\n\
         metadata:\n  \
           name: {name}\n\
         spec:\n  \
           completionMode: Indexed\n  \
           completions: {workers}\n  \
           parallelism: {workers}\n  \
           backoffLimitPerIndex: 3\n  \
           podFailurePolicy:\n    \
             rules:\n      \
               - action: FailJob\n        \
                 onExitCodes: {{ containerName: worker, operator: In, values: [2] }}\n      \
               - action: Ignore\n        \
                 onExitCodes: {{ containerName: worker, operator: In, values: [75] }}\n      \
               - action: Ignore\n        \
                 onPodConditions: [{{ type: DisruptionTarget, status: \"True\" }}]\n  \
           template:\n    \
             spec:\n      \
               restartPolicy: Never\n      \
               terminationGracePeriodSeconds: 60\n      \
               containers:\n        \
                 - name: worker\n          \
                   image: {image}\n          \
                   command: [\"genai-tui\", \"sweep\", \"work\", {folder}, \"--again-code\", \"75\"]\n          \
                   resources:\n            \
                     limits:\n              \
                       cpu: {cores}\n              \
                       memory: {memory}{gpus}\n          \
                   volumeMounts:\n            \
                     - {{ name: sweep, mountPath: /sweep }}\n      \
               volumes:\n        \
                 - name: sweep\n          \
                   persistentVolumeClaim: {{ claimName: {claim} }}\n",
        name = quoted(&name_of(sweep)),
        workers = job.workers.max(1),
        image = quoted(&job.image),
        folder = quoted(&format!("/sweep/{}", folder_of(sweep))),
        cores = job.cores.max(1),
        memory = quoted(&job.memory),
        claim = quoted(&job.claim),
    )
}

/// A text as YAML takes it whatever it holds: what JSON writes is YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A line for a shell that starts so many workers at once: with xargs, which every system has, or GNU parallel. Both get the command as
/// one text for a shell, in which they replace nothing.
#[must_use]
pub fn parallel(program: &Path, sweep: &Path, workers: u32) -> String {
    let command = format!(
        "{} sweep work {} --threads 1",
        shell_word(program),
        shell_word(sweep)
    );
    let workers = workers.max(1);
    format!(
        "seq {workers} | xargs -P {workers} -n 1 sh -c {}\n\
         # or: yes {} | head -n {workers} | parallel -j {workers}\n",
        shell_word(format!("exec {command}")),
        shell_word(&command),
    )
}

fn folder_of(sweep: &Path) -> String {
    let name = sweep.file_name().unwrap_or(sweep.as_os_str());
    name.to_string_lossy().into_owned()
}

/// A name that both take: small letters, digits and hyphens.
fn name_of(sweep: &Path) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = folder_of(sweep).chars().map(plain).collect();
    let name: String = name.trim_matches('-').chars().take(50).collect();
    match name.trim_end_matches('-') {
        "" => "sweep".to_owned(),
        name => name.to_owned(),
    }
}
