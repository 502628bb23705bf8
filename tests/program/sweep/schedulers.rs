//! `sweep submit` with the commands of schedulers: stand-ins that print what the real ones do (Slurm 22.05.8, kubectl 1.28), and write down
//! how they were called. `scripts/slurm-sweep.sh` does the same with a real Slurm.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{WORK, new};
use crate::workbench::{Bench, Done, Program};

/// Puts a command into the folder `bin` that notes its arguments and does this.
fn stand_in(bench: &Bench, name: &str, does: &str) {
    let bin = bench.path("bin");
    fs::create_dir_all(&bin).unwrap();
    let path = bin.join(name);
    fs::write(
        &path,
        format!("#!/bin/sh\necho \"{name} $*\" >>calls\n{does}\n"),
    )
    .unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn submit(bench: &Bench, arguments: &[&str]) -> Done {
    let path = format!("{}:/usr/bin:/bin", bench.path("bin").display());
    submit_on(bench, &path, arguments)
}

/// On a host whose commands are these.
fn submit_on(bench: &Bench, path: &str, arguments: &[&str]) -> Done {
    let mut command = bench.command(&[&["sweep", "submit", "s"][..], arguments].concat());
    Program::start(command.env("PATH", path)).finish()
}

fn good(bench: &Bench, arguments: &[&str]) -> String {
    let done = submit(bench, arguments);
    assert_eq!(done.code, Some(0), "{arguments:?}: {}", done.err);
    done.out
}

/// How the commands were called since the last time.
fn calls(bench: &Bench) -> Vec<String> {
    let path = bench.path("calls");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::remove_file(path);
    text.lines().map(str::to_owned).collect()
}

/// A task, or several that wait, as `squeue --json` has them.
fn task(job: u64, task: &str, state: &str, reason: &str, node: &str) -> String {
    let (one, several) = match task.parse::<u64>() {
        Ok(_) => (task, ""),
        Err(_) => ("null", task),
    };
    format!(
        r#"{{"job_id": 3, "array_job_id": {job}, "array_task_id": {one}, "array_task_string": "{several}", "job_state": "{state}", "state_reason": "{reason}", "nodes": "{node}"}}"#
    )
}

fn queue(bench: &Bench, tasks: &[String]) {
    let text = format!(r#"{{"errors": [], "jobs": [{}]}}"#, tasks.join(", "));
    fs::write(bench.path("queue.json"), text).unwrap();
}

#[test]
fn workers_under_slurm_are_asked_for_ended_and_started_again() {
    let bench = Bench::new();
    new(&bench, &["--trials", "1", "--steps", "3"]);
    let none = submit(&bench, &["--status"]);
    assert_eq!(none.code, Some(2));
    assert!(none.err.contains("found no job in s/jobs"), "{}", none.err);
    let missing = submit_on(&bench, "nowhere", &["--slurm", "--go"]);
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.err.contains("found no sbatch in PATH"),
        "{}",
        missing.err
    );

    stand_in(&bench, "sbatch", "cat >script\ncat next");
    stand_in(&bench, "squeue", "cat queue.json");
    stand_in(&bench, "scancel", "");
    stand_in(&bench, "scontrol", "");
    fs::write(bench.path("next"), "17\n").unwrap();
    let said = good(
        &bench,
        &["--slurm", "--workers", "4", "--at-once", "2", "--go"],
    );
    assert!(said.contains("Slurm's job 17: 4 workers"), "{said}");
    let script = fs::read_to_string(bench.path("script")).unwrap();
    assert!(script.contains("#SBATCH --array=0-3%2\n"), "{script}");
    assert_eq!(calls(&bench), ["sbatch --parsable"]);

    queue(
        &bench,
        &[
            task(17, "0", "RUNNING", "None", "n1"),
            task(16, "0-3%2", "PENDING", "Resources", ""),
            task(17, "1", "CANCELLED", "None", "n1"),
            task(17, "2-3%2", "PENDING", "JobArrayTaskLimit", ""),
        ],
    );
    let said = good(&bench, &["--status"]);
    assert!(
        said.contains("4 workers: 1 running (n1), 2 waiting (JobArrayTaskLimit), 1 cancelled"),
        "{said}"
    );
    assert!(said.contains("the sweep is not done"), "{said}");
    // One of four is gone.
    fs::write(bench.path("next"), "18;here\n").unwrap();
    calls(&bench);
    let said = good(&bench, &["--again"]);
    assert!(said.contains("Slurm's job 18: 1 workers"), "{said}");
    let script = fs::read_to_string(bench.path("script")).unwrap();
    assert!(script.contains("#SBATCH --array=0-0%2\n"), "{script}");
    // Now none is missing, and one that is held may go on.
    queue(
        &bench,
        &[
            task(17, "0", "RUNNING", "None", "n1"),
            task(17, "2-3%2", "PENDING", "JobHeldAdmin", ""),
            task(18, "0", "RUNNING", "None", "n2"),
        ],
    );
    calls(&bench);
    let said = good(&bench, &["--again", "--workers", "4"]);
    assert!(said.contains("17_[2-3] go on that were held"), "{said}");
    assert!(said.contains("4 workers run or wait"), "{said}");
    assert!(calls(&bench).contains(&"scontrol release 17_[2-3]".to_owned()));
    let said = good(&bench, &["--cancel"]);
    assert!(
        said.contains("job 17: ends 3 workers") && said.contains("job 18: ends 1"),
        "{said}"
    );
    let called = calls(&bench);
    assert!(called.contains(&"scancel 17".to_owned()) && called.contains(&"scancel 18".to_owned()));
    // Slurm has forgotten them.
    queue(&bench, &[]);
    let said = good(&bench, &["--status"]);
    assert!(said.contains("job 17: 4 workers: gone"), "{said}");
    assert_eq!(good(&bench, &["--cancel"]), "no worker is left\n");

    // Nothing is left to do.
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(
        good(&bench, &["--again"]),
        "nothing is left to do: no worker was submitted\n"
    );
}

#[test]
fn an_old_slurm_and_one_that_refuses_are_understood() {
    let bench = Bench::new();
    new(&bench, &["--trials", "1", "--steps", "3"]);
    stand_in(&bench, "sbatch", "echo 17");
    good(&bench, &["--slurm", "--workers", "4", "--go"]);
    stand_in(
        &bench,
        "squeue",
        "[ \"$1\" = --json ] && { echo \"squeue: unrecognized option '--json'\" >&2; exit 1; }\n\
         echo '17|0|RUNNING|n1|None'\necho '17|1|FAILED|n1|NonZeroExitCode'",
    );
    let said = good(&bench, &["--status"]);
    assert!(
        said.contains("4 workers: 1 running (n1), 1 failed"),
        "{said}"
    );
    stand_in(
        &bench,
        "squeue",
        r#"echo '{"errors": [{"description": "Failed while looking for jobs", "error_number": -1}], "jobs": []}'"#,
    );
    let down = submit(&bench, &["--status"]);
    assert_eq!(down.code, Some(1));
    assert!(
        down.err.contains("squeue: Failed while looking for jobs"),
        "{}",
        down.err
    );
    stand_in(
        &bench,
        "sbatch",
        "echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2; exit 1",
    );
    let refused = submit(&bench, &["--slurm", "--go"]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused
            .err
            .contains("sbatch: error: Batch job submission failed"),
        "{}",
        refused.err
    );
}

#[test]
fn workers_under_kubernetes_are_asked_for_ended_and_started_again() {
    let bench = Bench::new();
    new(&bench, &["--trials", "1", "--steps", "3"]);
    let job = [
        "--k8s",
        "--workers",
        "3",
        "--image",
        "I",
        "--claim",
        "V",
        "--go",
    ];
    let missing = submit_on(&bench, "nowhere", &job);
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.err.contains("found no kubectl in PATH"),
        "{}",
        missing.err
    );
    stand_in(
        &bench,
        "kubectl",
        "case $1 in apply) cat >job.yaml; echo job.batch/s ;; get) cat job.json ;; esac",
    );
    let said = good(&bench, &job);
    assert!(said.contains("Kubernetes' job s: 3 workers"), "{said}");
    let status = |text: &str| fs::write(bench.path("job.json"), text).unwrap();
    status(r#"{"status": {"active": 2, "ready": 1, "failed": 1}}"#);
    let said = good(&bench, &["--status"]);
    assert!(
        said.contains("3 workers: 1 running, 1 waiting (not ready), 1 failed"),
        "{said}"
    );
    status("");
    calls(&bench);
    let said = good(&bench, &["--again", "--workers", "2"]);
    assert!(said.contains("Kubernetes' job s: 2 workers"), "{said}");
    let yaml = fs::read_to_string(bench.path("job.yaml")).unwrap();
    assert!(
        yaml.contains("  completions: 2\n") && yaml.contains("  parallelism: 2\n"),
        "{yaml}"
    );
    let called = calls(&bench);
    assert_eq!(
        called,
        [
            "kubectl get job s -o json --ignore-not-found",
            "kubectl delete job s --ignore-not-found",
            "kubectl apply -f - -o name",
        ]
    );
    status(r#"{"status": {"active": 2}}"#);
    assert!(good(&bench, &["--cancel"]).contains("ends 2 workers"));
    assert!(calls(&bench).contains(&"kubectl delete job s --ignore-not-found".to_owned()));
}
