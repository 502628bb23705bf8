//! The environment that a cluster, a container or a scheduler provides: variables, limits, processors.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workbench::{Bench, Done, Program, small};

#[expect(clippy::print_stderr, reason = "a test that cannot be made says so")]
fn untested(why: &str) {
    eprintln!("not tested: {why}");
}

/// What the kubelet sets for the Services `genai-tui` and `genai-tui-web`.
const SERVICE_LINKS: &[(&str, &str)] = &[
    ("GENAI_TUI_SERVICE_HOST", "10.96.0.12"),
    ("GENAI_TUI_SERVICE_PORT", "80"),
    ("GENAI_TUI_SERVICE_PORT_HTTP", "80"),
    ("GENAI_TUI_PORT", "tcp://10.96.0.12:80"),
    ("GENAI_TUI_PORT_80_TCP", "tcp://10.96.0.12:80"),
    ("GENAI_TUI_PORT_80_TCP_PROTO", "tcp"),
    ("GENAI_TUI_PORT_80_TCP_PORT", "80"),
    ("GENAI_TUI_PORT_80_TCP_ADDR", "10.96.0.12"),
    ("GENAI_TUI_WEB_SERVICE_HOST", "10.96.0.13"),
    ("GENAI_TUI_WEB_PORT_443_TCP_ADDR", "10.96.0.13"),
];

#[test]
fn service_variables_are_ignored_and_misspelt_settings_are_reported() {
    let bench = Bench::new();
    let config = |more: &[(&str, &str)]| {
        let mut command = bench.command(&["config"]);
        command.envs(SERVICE_LINKS.iter().chain(more).copied());
        Program::start(&mut command).finish()
    };
    let done = config(&[("GENAI_TUI_BATCH_SIZE", "32")]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.out.contains("batch_size = 32"), "{}", done.out);
    for misspelt in ["GENAI_TUI_BATCHSIZE", "GENAI_TUI_SERVICE_HOSTS"] {
        let done = config(&[(misspelt, "32")]);
        assert_eq!(done.code, Some(2), "{misspelt}");
        assert!(done.err.contains(misspelt), "{}", done.err);
    }
}

/// A short training with the default number of threads; returns that number and its view of the machine.
fn train(command: &mut Command, run: &str, bench: &Bench) -> (u64, serde_json::Value) {
    let done: Done = Program::start(command).finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    let record = bench.record(run);
    let threads = record.of_kind("started")[0]["device"]["threads"].as_u64();
    let seen = record.of_kind("system").pop().unwrap();
    (threads.unwrap(), seen)
}

/// Flags of such a training.
fn flags(run: &str) -> Vec<&str> {
    let mut flags = small(run).to_vec();
    let at = flags.iter().position(|flag| *flag == "--threads").unwrap();
    flags[at + 1] = "0";
    flags.extend(["--steps", "4"]);
    flags
}

#[test]
fn threads_follow_the_affinity_and_slurm() {
    let bench = Bench::new();
    let mut command = bench.command(&flags("slurm"));
    let (threads, _) = train(command.env("SLURM_CPUS_PER_TASK", "1"), "slurm", &bench);
    assert_eq!(threads, 1);
    // On one of the processors that this process may use.
    let allowed = Command::new("taskset")
        .args(["-cp", &std::process::id().to_string()])
        .output();
    let Some(first) = allowed.ok().and_then(|out| {
        let text = String::from_utf8(out.stdout).ok()?;
        let list = text.rsplit(": ").next()?.trim().to_owned();
        Some(list.split([',', '-']).next()?.to_owned())
    }) else {
        untested("there is no taskset");
        return;
    };
    let mut command = Command::new("taskset");
    command
        .args(["-c", &first, env!("CARGO_BIN_EXE_genai-tui")])
        .args(flags("one"));
    command
        .env_clear()
        .envs(bench.environment())
        .current_dir(bench.path(""));
    let (threads, seen) = train(&mut command, "one", &bench);
    assert_eq!((threads, seen["cores"].as_u64()), (1, Some(1)), "{seen}");
}

/// A control group, removed at the end of the test.
struct Group(PathBuf);

impl Group {
    /// A group below the root of a hierarchy, with these limits.
    fn new(tree: &Path, limits: &[(&str, &str)]) -> Option<Self> {
        let group = Self(tree.join(format!("genai-tui-test-{}", std::process::id())));
        fs::create_dir(&group.0).ok()?;
        let set = |(file, value): &(&str, &str)| fs::write(group.0.join(file), value).is_ok();
        limits.iter().all(set).then_some(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

const MEMORY: u64 = 3 << 30;

/// Groups with one processor's time and 3 GiB, in whichever version this system has; `None` if they cannot be created.
fn groups() -> Option<Vec<Group>> {
    let (root, memory) = (Path::new("/sys/fs/cgroup"), MEMORY.to_string());
    if root.join("cgroup.controllers").exists() {
        let _ = fs::write(root.join("cgroup.subtree_control"), "+cpu +memory");
        let limits = [
            ("cpu.max", "100000 100000"),
            ("memory.max", memory.as_str()),
        ];
        return Some(vec![Group::new(root, &limits)?]);
    }
    let quota = [
        ("cpu.cfs_period_us", "100000"),
        ("cpu.cfs_quota_us", "100000"),
    ];
    let limit = [("memory.limit_in_bytes", memory.as_str())];
    Some(vec![
        Group::new(&root.join("cpu"), &quota)?,
        Group::new(&root.join("memory"), &limit)?,
    ])
}

#[test]
fn threads_and_memory_follow_the_control_group() {
    let Some(groups) = groups() else {
        untested("no control group can be made here");
        return;
    };
    let bench = Bench::new();
    let enter: Vec<String> = groups
        .iter()
        .map(|group| format!("echo $$ > {}/cgroup.procs", group.0.display()))
        .collect();
    let script = format!(
        "{} && exec {} \"$@\"",
        enter.join(" && "),
        env!("CARGO_BIN_EXE_genai-tui")
    );
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &script, "sh"]).args(flags("a"));
    shell
        .env_clear()
        .envs(bench.environment())
        .current_dir(bench.path(""));
    let (threads, seen) = train(&mut shell, "a", &bench);
    assert_eq!((threads, seen["cores"].as_u64()), (1, Some(1)), "{seen}");
    assert_eq!(seen["memory_total"].as_u64(), Some(MEMORY), "{seen}");
    assert!(seen["memory"].as_u64().unwrap() < MEMORY, "{seen}");
}
