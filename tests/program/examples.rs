//! The loops in `examples/`: without a panel around them, and with it.

use std::path::Path;
use std::process::Command;

use crate::python_client::{has_or_skip, source};
use crate::workbench::{Bench, Done, Program, Record};

fn with_the_client(command: &mut Command) -> Done {
    command.env("PYTHONPATH", source("clients/python"));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    // The tests share the cores.
    command.env("OMP_NUM_THREADS", "1");
    Program::start(command).finish()
}

/// Runs an example in a folder of its own, to the end.
fn alone(bench: &Bench, program: &Path, arguments: &[&str]) -> Done {
    let mut command = Command::new(program);
    bench.settle(&mut command);
    with_the_client(command.args(arguments))
}

/// The same as the trainer of a run.
fn behind_the_panel(bench: &Bench, flags: &[&str], program: &Path, arguments: &[&str]) -> Record {
    let fixed = ["run", "--no-tui", "--run-dir", "runs/a"];
    let program = ["--", program.to_str().unwrap()];
    let mut command = bench.command(&[&fixed[..], flags, &program, arguments].concat());
    let done = with_the_client(&mut command);
    assert_eq!(done.code, Some(0), "{}\n{}", done.out, done.err);
    bench.record("a")
}

fn example(name: &str) -> String {
    source(&format!("examples/{name}"))
        .to_string_lossy()
        .into_owned()
}

/// The commands that took effect, as text.
fn applied(record: &Record) -> Vec<String> {
    let text = |event: &serde_json::Value| event["command"].to_string();
    record.of_kind("applied").iter().map(text).collect()
}

#[test]
fn the_shell_trainer_prints_its_steps() {
    let bench = Bench::new();
    let done = alone(
        &bench,
        Path::new("bash"),
        &[&example("shell_trainer.sh"), "2"],
    );
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(
        done.out,
        "step [1/2], loss: 0.549\nstep [2/2], loss: 0.099\n"
    );
}

#[test]
fn the_shell_trainer_reports_its_steps() {
    let bench = Bench::new();
    let record = behind_the_panel(
        &bench,
        &[],
        Path::new("bash"),
        &[&example("shell_trainer.sh"), "10"],
    );
    let last = record.of_kind("step").pop().unwrap();
    assert_eq!(last["step"], 10);
    assert_eq!(last["metrics"]["loss"]["last"], 0.099);
}

#[test]
fn the_pytorch_gan_trains_as_before() {
    let Some(python) = has_or_skip("torch") else {
        return;
    };
    let bench = Bench::new();
    let flags = [&example("pytorch_gan.py"), "--steps", "100", "--width", "8"];
    let done = alone(&bench, &python, &flags);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        done.out.starts_with("Step [100/100], d_loss: "),
        "{}",
        done.out
    );
    assert!(bench.path("gan.pt").is_file());
}

#[test]
fn the_pytorch_gans_loss_and_learning_rate_are_set_from_the_panel() {
    let Some(python) = has_or_skip("torch") else {
        return;
    };
    let bench = Bench::new();
    let example = example("pytorch_gan.py");
    let program = [example.as_str(), "--steps", "2000", "--width", "8"];
    let flags = [
        "--at",
        "50:loss wgan",
        "--at",
        "60:lr *0.5",
        "--at",
        "100:sample",
        "--at",
        "150:stop",
    ];
    let record = behind_the_panel(&bench, &flags, &python, &program);
    assert_eq!(applied(&record).len(), 4, "{:?}", applied(&record));
    let changes: Vec<String> = record
        .of_kind("applied")
        .iter()
        .map(|event| event["changes"].to_string())
        .collect();
    assert!(changes[0].contains("wgan"), "{changes:?}");
    assert!(changes[1].contains("0.0001"), "{changes:?}");
    let last = record.of_kind("step").pop().unwrap();
    for name in ["d_loss", "g_loss", "d_real", "d_fake"] {
        assert!(last["metrics"][name]["last"].is_number(), "{name}: {last}");
    }
    assert!(record.path("gan.pt").is_file());
}

#[test]
fn the_lightning_gan_is_stopped_from_the_panel() {
    let Some(python) = has_or_skip("lightning") else {
        return;
    };
    let bench = Bench::new();
    let example = example("lightning_gan.py");
    let program = [example.as_str(), "--epochs", "1000", "--width", "8"];
    let flags = ["--at", "5:checkpoint", "--at", "40:stop"];
    let record = behind_the_panel(&bench, &flags, &python, &program);
    assert_eq!(applied(&record).len(), 2, "{:?}", applied(&record));
    let last = record.of_kind("step").pop().unwrap();
    assert!(last["metrics"]["d_loss"]["last"].is_number(), "{last}");
    assert!(record.path("lightning").is_dir());
}
