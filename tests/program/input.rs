//! Bad input: exit code 2, one message that names the input, and no partial output.

use std::fs;

use crate::workbench::{Bench, names};

/// Arguments, environment, and what the message must contain.
type Case = (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

const CASES: &[Case] = &[
    (
        &["--objective", "gna"],
        &[],
        &["--objective", "gna", "wgan-gp"],
    ),
    (
        &["--set", "optimizer.d.lrr=1"],
        &[],
        &["optimizer.d.lrr", "did you mean `optimizer.d.lr`"],
    ),
    (&["--set", "seed"], &[], &["seed", "KEY=VALUE"]),
    (&["--lr", "-1"], &[], &["--lr", "-1", "above 0"]),
    (&["--steps", "0"], &[], &["--steps", "at least 1"]),
    (&["--batch-size", "many"], &[], &["--batch-size", "many"]),
    (&["--device", "tpu"], &[], &["--device", "tpu"]),
    (&["--device", "cuda"], &[], &["cuda"]),
    (&["--dataset", "nosuch"], &[], &["nosuch", "digits"]),
    (
        &["--dataset", "broken-images-idx3-ubyte"],
        &[],
        &["broken-images-idx3-ubyte"],
    ),
    (
        &["--dataset", "truncated-images-idx3-ubyte"],
        &[],
        &["truncated-images-idx3-ubyte"],
    ),
    (&["--dataset", "./pipe"], &[], &["pipe", "found a pipe"]),
    (&["--lr", "2"], &[], &["--lr", "at most 1"]),
    (&["--at", "5:lr 2"], &[], &["--at", "at most 1"]),
    (&["--at", "5:pause"], &[], &["5:pause", "resume"]),
    (&["--run-dir", "taken"], &[], &["taken"]),
    (&["--run-dir", "file"], &[], &["file"]),
    (&["--run-dir", "file/below"], &[], &["file"]),
    (&["--name", "a/b"], &[], &["--name", "a/b"]),
    (&[], &[("GENAI_TUI_LRR", "1")], &["GENAI_TUI_LRR"]),
    (&[], &[("GENAI_TUI_SEED", "x")], &["GENAI_TUI_SEED", "`x`"]),
    (&["--at", "x:y"], &[], &["--at", "x", "step number"]),
    (&["--at", "5:puase"], &[], &["--at", "did you mean `pause`"]),
    (&["--at", "5:loss gna"], &[], &["gna"]),
    (&["--config", "nosuch.toml"], &[], &["nosuch.toml"]),
    (
        &["--config", "wrong.toml"],
        &[],
        &["wrong.toml", "stepz", "steps"],
    ),
    (&["--stepz", "5"], &[], &["--stepz", "--steps"]),
    (&["--max-time", "5"], &[], &["--max-time", "unit"]),
];

#[test]
fn bad_input_gets_one_clear_message_and_leaves_no_files() {
    let bench = Bench::new();
    // Nobody ever writes to it, so opening it blocks.
    let made = std::process::Command::new("mkfifo")
        .arg(bench.path("pipe"))
        .status();
    assert!(made.unwrap().success());
    fs::write(bench.path("file"), "").unwrap();
    fs::write(bench.path("wrong.toml"), "stepz = 5\n").unwrap();
    fs::write(bench.path("broken-images-idx3-ubyte"), [1, 2, 3]).unwrap();
    let whole = fs::read(bench.path(crate::workbench::TINY)).unwrap();
    fs::write(bench.path("truncated-images-idx3-ubyte"), &whole[..1000]).unwrap();
    fs::create_dir_all(bench.path("taken/checkpoints")).unwrap();
    fs::write(bench.path("taken/config.toml"), "").unwrap();
    let before = names(&bench.path(""));
    for (flags, environment, wanted) in CASES {
        let mut arguments = vec!["--no-tui"];
        if !flags.contains(&"--dataset") {
            arguments.extend(["--dataset", crate::workbench::TINY]);
        }
        arguments.extend(*flags);
        if !flags.contains(&"--steps") {
            // If it is accepted by mistake, it should not take long.
            arguments.extend(["--steps", "1"]);
        }
        let mut command = bench.command(&arguments);
        command.envs(environment.iter().copied());
        let done = crate::workbench::Program::start(&mut command).finish();
        let what = format!("{flags:?} {environment:?}: {}", done.err);
        assert_eq!(done.code, Some(2), "{what}");
        assert_eq!(done.out, "", "{what}");
        for word in *wanted {
            assert!(done.err.contains(word), "no `{word}` in {what}");
        }
        let lines: Vec<&str> = done.err.lines().collect();
        // The argument parser adds usage to its own messages.
        let complaints = lines
            .iter()
            .filter(|l| l.starts_with("genai-tui: ") || l.starts_with("error: "))
            .count();
        assert_eq!(complaints, 1, "{what}");
        let last = lines.last().unwrap();
        assert!(
            last.starts_with("genai-tui: ") || *last == "For more information, try '--help'.",
            "{what}"
        );
        assert!(!done.err.contains("panicked"), "{what}");
        assert_eq!(names(&bench.path("")), before, "left behind by {what}");
        assert_eq!(names(&bench.path("taken")), ["checkpoints", "config.toml"]);
    }
}
