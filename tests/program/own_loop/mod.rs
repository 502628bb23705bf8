//! `genai-tui run`: programs of other people as trainers, well and badly behaved.

mod children;
mod commands;
mod evaluation;
mod printed;
pub mod python;
mod ranks;
mod speech;

use std::process::Command;

use crate::workbench::{Bench, Done, Program, Record};

/// Shell words that are a program.
fn sh(script: &str) -> [&str; 3] {
    ["sh", "-c", script]
}

/// The command that runs this without a dashboard, as the run `a`.
fn command(bench: &Bench, flags: &[&str], program: &[&str]) -> Command {
    let fixed = ["run", "--no-tui", "--run-dir", "runs/a"];
    bench.command(&[&fixed[..], flags, &["--"], program].concat())
}

/// Runs it to the end.
fn run(bench: &Bench, flags: &[&str], program: &[&str]) -> (Done, Record) {
    let done = Program::start(&mut command(bench, flags, program)).finish();
    (done, bench.record("a"))
}
