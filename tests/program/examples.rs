//! The loops in `examples/`, without a panel around them.

use std::process::Command;

use crate::python_client::{has_or_skip, source};
use crate::workbench::{Bench, Done, Program};

/// Runs an example in a folder of its own, to the end.
fn alone(bench: &Bench, command: &mut Command) -> Done {
    bench.settle(command);
    command.env("PYTHONPATH", source("clients/python"));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Program::start(command).finish()
}

#[test]
fn the_shell_trainer_prints_its_steps() {
    let bench = Bench::new();
    let script = source("examples/shell_trainer.sh");
    let done = alone(&bench, Command::new("bash").arg(script).arg("2"));
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(
        done.out,
        "step [1/2], loss: 0.549\nstep [2/2], loss: 0.099\n"
    );
}

#[test]
fn the_pytorch_gan_trains_as_before() {
    let Some(python) = has_or_skip("torch") else {
        return;
    };
    let bench = Bench::new();
    let script = source("examples/pytorch_gan.py");
    let mut command = Command::new(python);
    command.arg(script).args(["--steps", "100", "--width", "8"]);
    let done = alone(&bench, &mut command);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        done.out.starts_with("Step [100/100], d_loss: "),
        "{}",
        done.out
    );
    assert!(bench.path("gan.pt").is_file());
}
