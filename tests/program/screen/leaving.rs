//! A run that leaves its terminal takes nothing along; and cases in which it cannot leave.

use std::process::Command;

use rustix::process::{Pid, Signal};

use super::detach::Host;
use super::terminal::{BINARY, Terminal, child_of, interactive, is_alive, send};
use crate::workbench::{Bench, Program, names, poll_until};

/// A line of bash in a terminal; `RUN` in it is replaced by the program with an endless run.
fn line(bench: &Bench, text: &str) -> Terminal {
    let run = [&[BINARY][..], &interactive(&[])].concat().join(" ");
    let text = text.replace("RUN", &run);
    Terminal::start_around(bench, "/bin/bash", &["-c", &text], &[])
}

/// The links of a process in /proc: its open files and its working directory.
fn links(pid: Pid) -> Vec<String> {
    let process = format!("/proc/{}", pid.as_raw_nonzero());
    let files = std::fs::read_dir(format!("{process}/fd")).unwrap();
    let mut paths: Vec<_> = files.flatten().map(|entry| entry.path()).collect();
    paths.push(format!("{process}/cwd").into());
    paths
        .iter()
        .filter_map(|path| std::fs::read_link(path).ok())
        .map(|link| link.to_string_lossy().into_owned())
        .collect()
}

/// Returns whether a program is available for a test; otherwise says so.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn can(command: &str, arguments: &[&str]) -> bool {
    let done = Command::new(command).args(arguments).output();
    let can = done.is_ok_and(|done| done.status.success());
    if !can {
        eprintln!(
            "skipped: `{command} {}` cannot be done here",
            arguments.join(" ")
        );
    }
    can
}

/// Returns whether a checkpoint of run `a` is on disk.
fn is_saved(bench: &Bench) -> bool {
    let saved = names(&bench.record("a").path("checkpoints"));
    saved.iter().any(|name| name.starts_with("step-"))
}

const NAMESPACE: [&str; 3] = ["--pid", "--fork", "--mount-proc"];

fn can_have_a_namespace() -> bool {
    can("unshare", &[&NAMESPACE[..], &["true"]].concat())
}

#[test]
fn a_wrappers_lock_a_pipe_and_a_folder_are_released() {
    if !can("flock", &["--version"]) {
        return;
    }
    let bench = Bench::new();
    let mut terminal = line(
        &bench,
        "flock held RUN 7> >(trap '' HUP; cat > /dev/null; touch closed); exit",
    );
    terminal.shows(&["RUNNING", "steps/s"]);
    terminal.host();
    let host = Host::of_lock(&bench);
    let held = bench.path("held");
    let lock = || {
        let mut flock = Command::new("flock");
        flock.arg("-n").arg(&held).arg("true");
        flock.status().unwrap().success()
    };
    assert!(!lock());
    terminal.keys("d");
    assert_eq!(terminal.left(), 0);
    terminal.is_restored();
    assert!(poll_until(lock, |free| *free), "{:?}", links(host.pid));
    let closed = bench.path("closed");
    assert!(
        poll_until(|| closed.exists(), |closed| *closed),
        "{:?}",
        links(host.pid)
    );
    let folder = bench.path("").to_string_lossy().into_owned();
    let folder = folder.trim_end_matches('/');
    let gone = |links: &Vec<String>| {
        !links
            .iter()
            .any(|link| link == folder || link.starts_with("/dev/pts"))
    };
    assert!(
        poll_until(|| links(host.pid), gone),
        "{:?}",
        links(host.pid)
    );
    // It finds its run although it has left its working directory.
    host.continues();
    host.stops_when_asked();
}

#[test]
fn a_run_started_without_a_terminal_releases_them_too() {
    let bench = Bench::new();
    let run = [&[BINARY, "train", "--detach"][..], &interactive(&[])]
        .concat()
        .join(" ");
    let mut command = Command::new("bash");
    command.args(["-c", &format!("{run} 7>held")]);
    bench.settle(&mut command);
    let program = Program::start(&mut command);
    program.wait_for("genai-tui attach a");
    let host = Host::of_lock(&bench);
    assert_eq!(program.finish().code, Some(0));
    let held = |links: &Vec<String>| links.iter().any(|link| link.ends_with("/held"));
    let here = |links: &Vec<String>| links.contains(&"/".to_owned());
    assert!(poll_until(
        || links(host.pid),
        |links| !held(links) && here(links)
    ));
    host.continues();
    host.stops_when_asked();
}

#[test]
fn one_time_inputs_are_read_once() {
    let bench = Bench::new();
    let mut terminal = line(&bench, "RUN --config <(echo seed = 77)");
    terminal.shows(&["RUNNING", "steps/s"]);
    assert!(bench.record("a").text("config.toml").contains("seed = 77"));
    terminal.keys("q\r");
    assert_eq!(terminal.ended(), 0);
    let run = "train --detach --name b --steps 3 --dataset tiny-images-idx3-ubyte";
    let mut command = Command::new("bash");
    command.args(["-c", &format!("{BINARY} {run} --config <(echo seed = 78)")]);
    bench.settle(&mut command);
    let done = Program::start(&mut command).finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(bench.record("b").text("config.toml").contains("seed = 78"));
    let ended = || bench.record("b").path("summary.json").exists();
    assert!(poll_until(ended, |ended| *ended));
}

#[test]
fn a_user_signal_to_the_front_is_for_the_run() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, &interactive(&[]));
    terminal.shows(&["RUNNING", "steps/s"]);
    let (front, host) = (terminal.front(), terminal.host());
    for (signal, name) in [(Signal::USR1, "SIGUSR1"), (Signal::USR2, "SIGUSR2")] {
        send(front, signal);
        let record = bench.record("a");
        let asked = || {
            let applied = record.so_far("applied");
            applied.iter().any(|event| event["signal"] == name)
        };
        assert!(poll_until(asked, |asked| *asked), "{name}");
        terminal.shows(&[&format!("checkpoint ({name})")]);
    }
    // The signal that the host uses has no effect when it comes from elsewhere.
    send(front, Signal::URG);
    send(front, Signal::WINCH);
    terminal.keys("2");
    terminal.shows(&["RUNNING"]);
    assert!(is_alive(front) && is_alive(host));
    send(front, Signal::QUIT);
    assert_eq!(terminal.ended(), 131);
    terminal.is_restored();
}

#[test]
fn a_killed_front_is_noticed_even_if_hangups_are_ignored() {
    let bench = Bench::new();
    let mut terminal = line(&bench, "trap '' HUP; exec RUN");
    terminal.shows(&["RUNNING", "steps/s"]);
    let host = Host::new(&bench, terminal.host());
    send(terminal.front(), Signal::HUP);
    send(host.pid, Signal::HUP);
    host.continues();
    assert!(is_alive(terminal.front()));
    terminal.shows(&["RUNNING"]);
    send(terminal.front(), Signal::KILL);
    terminal.left();
    terminal.is_restored();
    host.continues();
    host.has_no_terminal();
    host.stops_when_asked();
}

#[test]
fn orphaned_children_are_reaped() {
    let ignored = "--ignore-signal=CHLD";
    if !can("env", &[ignored, "true"]) {
        return;
    }
    let bench = Bench::new();
    let mut terminal = line(&bench, &format!("exec env {ignored} RUN"));
    terminal.shows(&["RUNNING", "steps/s"]);
    terminal.host();
    terminal.keys("q\r");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn the_first_process_of_a_namespace_does_not_detach_and_outlives_its_terminal() {
    if !can_have_a_namespace() {
        return;
    }
    let bench = Bench::new();
    let mut terminal = line(&bench, &format!("exec unshare {} RUN", NAMESPACE.join(" ")));
    terminal.shows(&["RUNNING", "steps/s"]);
    let front = child_of(terminal.front()).unwrap();
    let host = Host::new(&bench, child_of(front).unwrap());
    for keys in ["d", ":detach\r", "qd"] {
        terminal.keys(keys);
        terminal.shows(&["The run would end", "Ctrl-P Ctrl-Q"]);
        terminal.escapes();
        terminal.hides("The run would end");
    }
    host.continues();
    let detached = || {
        let mut command = Command::new("unshare");
        command.args(NAMESPACE).arg(BINARY);
        command.args(["train", "--detach", "--name", "b"]);
        bench.settle(&mut command);
        Program::start(&mut command).finish()
    };
    let done = detached();
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(
        done.err.contains("--detach: the run would end"),
        "{}",
        done.err
    );
    assert!(!bench.path("runs/b").exists());
    // A terminal that hangs up does not end the run: it would end with the front, so the front stays.
    terminal.unplug();
    let record = bench.record("a");
    let saved = || record.so_far("checkpoint");
    assert!(poll_until(saved, |saved| !saved.is_empty()));
    host.has_no_terminal();
    host.continues();
    assert!(is_alive(front));
    host.stops_when_asked();
    assert!(poll_until(|| is_alive(front), |alive| !alive));
}

#[test]
fn detaching_from_a_shell_that_ends_the_run_asks_and_saves_first() {
    if !can_have_a_namespace() {
        return;
    }
    let bench = Bench::new();
    let inside = NAMESPACE.join(" ");
    let mut terminal = line(&bench, &format!("exec unshare {inside} sh -c 'RUN; exit'"));
    terminal.shows(&["RUNNING", "steps/s"]);
    terminal.host();
    terminal.keys("d");
    terminal.shows(&["The run may end", "`sh", "after a checkpoint"]);
    terminal.keys("d");
    terminal.left();
    terminal.shows(&["detached: a", "this container or PID namespace ends"]);
    assert!(is_saved(&bench));
}

#[test]
fn a_slurm_step_is_detected_by_environment_or_daemon() {
    let bench = Bench::new();
    let step = [("SLURM_JOB_ID", "42"), ("SLURM_STEP_ID", "0")];
    let mut terminal = Terminal::start_with(&bench, &interactive(&[]), &step);
    terminal.shows(&["RUNNING", "steps/s"]);
    let host = Host::new(&bench, terminal.host());
    terminal.keys("d");
    terminal.shows(&["The run may end", "--jobid 42"]);
    terminal.keys("d");
    assert_eq!(terminal.left(), 0);
    assert!(is_saved(&bench));
    host.stops_when_asked();

    let bench = Bench::new();
    let daemon = bench.path("slurmstepd");
    // No copy: it could not be executed while another test's child, just forked, has it open for writing.
    std::os::unix::fs::symlink("/bin/bash", &daemon).unwrap();
    let daemon = daemon.to_str().unwrap();
    let run = [&[BINARY][..], &interactive(&[])].concat().join(" ");
    let text = format!("{run}; exit");
    let mut terminal = Terminal::start_around(&bench, daemon, &["-c", &text], &[]);
    terminal.shows(&["RUNNING", "steps/s"]);
    let host = Host::of_lock(&bench);
    terminal.keys("d");
    terminal.shows(&[
        "The run would end",
        "this Slurm step ends",
        "srun --overlap",
    ]);
    terminal.escapes();
    host.stops_by_signal();
    assert_eq!(terminal.ended(), 143);
}

#[test]
fn a_real_slurm_step_is_detected() {
    if !can("srun", &["-N1", "true"]) {
        return;
    }
    let bench = Bench::new();
    let mut terminal = line(&bench, "exec srun --pty RUN");
    terminal.shows(&["RUNNING", "steps/s"]);
    let host = Host::of_lock(&bench);
    terminal.keys("d");
    terminal.shows(&["The run would end", "this Slurm step ends"]);
    terminal.escapes();
    host.stops_by_signal();
    terminal.ended();
}

#[test]
fn doctor_reports_signals_ci_and_where_runs_do_not_last() {
    let bench = Bench::new();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("trap '' HUP USR1; exec {BINARY} doctor")]);
    bench.settle(&mut command);
    command.env("CI", "true").env("PBS_JOBID", "7.server");
    let done = Program::start(&mut command).finish();
    for text in [
        "SIGHUP, SIGUSR1 ignored",
        "CI is set",
        "PBS job (PBS_JOBID=7.server)",
    ] {
        assert!(done.out.contains(text), "no `{text}` in {}", done.out);
    }
}
