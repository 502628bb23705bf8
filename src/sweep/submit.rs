//! What schedulers are given: texts that start workers, and nothing else.

use std::fmt::Write as _;
use std::path::Path;

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
#[must_use]
pub fn slurm(program: &Path, sweep: &Path, job: &Slurm) -> String {
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
    set(format!("--output={}/workers/%A_%a.log", sweep.display()));
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
         while kill -0 \"$worker\" 2>/dev/null; do wait \"$worker\"; code=$?; done\n\
         if [ \"$code\" = 75 ] && [ -z \"$cancelled\" ]; then\n  \
           scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}\"\n  \
           exit 0\n\
         fi\n\
         exit \"$code\"\n",
        program = shell_word(program),
        sweep = shell_word(sweep),
    );
    text
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
                 onPodConditions: [{{ type: DisruptionTarget }}]\n  \
           template:\n    \
             spec:\n      \
               restartPolicy: Never\n      \
               terminationGracePeriodSeconds: 60\n      \
               containers:\n        \
                 - name: worker\n          \
                   image: {image}\n          \
                   command: [\"genai-tui\", \"sweep\", \"work\", \"/sweep/{folder}\", \"--again-code\", \"75\"]\n          \
                   resources:\n            \
                     limits:\n              \
                       cpu: {cores}\n              \
                       memory: {memory}{gpus}\n          \
                   volumeMounts:\n            \
                     - {{ name: sweep, mountPath: /sweep }}\n      \
               volumes:\n        \
                 - name: sweep\n          \
                   persistentVolumeClaim: {{ claimName: {claim} }}\n",
        name = name_of(sweep),
        workers = job.workers.max(1),
        image = job.image,
        folder = folder_of(sweep),
        cores = job.cores.max(1),
        memory = job.memory,
        claim = job.claim,
    )
}

/// A line for a shell that starts so many workers at once: with xargs, which every system has, or GNU parallel.
#[must_use]
pub fn parallel(program: &Path, sweep: &Path, workers: u32) -> String {
    let (program, sweep) = (shell_word(program), shell_word(sweep));
    let workers = workers.max(1);
    format!(
        "seq {workers} | xargs -P {workers} -I{{}} {program} sweep work {sweep} --threads 1\n\
         # or: parallel -j {workers} -N0 {program} sweep work {sweep} --threads 1 ::: {{1..{workers}}}\n"
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
    let name = name.trim_matches('-');
    if name.is_empty() {
        "sweep".to_owned()
    } else {
        name.chars().take(50).collect()
    }
}
