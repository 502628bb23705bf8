//! A program of one's own on the dashboard.

use rustix::process::Signal;

use super::terminal::{Terminal, is_alive, send};
use crate::own_loop::python::{python, trainer};
use crate::python_client::{has_or_skip, source};
use crate::workbench::{Bench, poll_until};

/// The dashboard of this program, as the run `a`.
fn start(bench: &Bench, program: &[&str]) -> Terminal {
    let words = [&["run", "--name", "a", "--"], program].concat();
    Terminal::start(bench, &words)
}

#[test]
fn a_programs_output_is_a_screen_with_a_search_and_never_touches_the_other() {
    let bench = Bench::new();
    let script = "test -t 1 && echo 'a terminal'; echo over there > /dev/tty || echo 'no /dev/tty'; \
                  for i in $(seq 1 60); do echo \"line $i of many\"; done; printf ' 10%%|#  |\\r100%%|###|'; exec sleep 1000";
    let mut terminal = start(&bench, &["sh", "-c", script]);
    terminal.shows(&["RUNNING", "6 output", "line 60 of many", "100%|###|"]);
    terminal.keys("6");
    terminal.shows(&["line 40 of many", "64 lines"]);
    assert!(!terminal.text().contains("10%|#  |") && !terminal.text().contains("over there"));
    terminal.keys("/line 7 of\r");
    terminal.shows(&[
        "line 7 of many",
        "1 line with `line 7 of`",
        "54 lines below",
    ]);
    terminal.hides("line 60 of many");
    terminal.escapes();
    terminal.escapes();
    terminal.shows(&["1 dashboard", "line 60 of many"]);
    // What it does not take is not offered, and said.
    terminal.hides("pause");
    terminal.keys(" ");
    terminal.shows(&["has not connected, and takes no commands but `stop`"]);
    let record = bench.record("a").text("output.log");
    assert!(record.starts_with("a terminal\n"), "{record}");
    assert!(
        record.contains("\nno /dev/tty\nline 1 of many\n"),
        "{record}"
    );
    terminal.keys("q\r");
    terminal.is_restored();
    assert_eq!(terminal.ended(), 143);
    terminal.shows(&["stopped: stopped on request", "everything is in runs/a"]);
}

#[test]
fn controls_are_shown_as_acknowledged_and_survive_detaching() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let mut terminal = start(&bench, &[python, &trainer(&bench), "1000000", "0.01"]);
    terminal.shows(&["RUNNING", "a toy", "objective", "a, b", "steps/s"]);
    terminal.keys(":set lr 0.5\r");
    terminal.shows(&["0.5", "since step", "set lr 0.5"]);
    terminal.keys("l");
    terminal.shows(&["Switch the loss", "current"]);
    terminal.escapes();
    terminal.keys(":loss b\r");
    terminal.shows(&["loss b: objective a → b"]);
    terminal.keys(" ");
    terminal.shows(&["PAUSED", "resume"]);
    terminal.host();
    terminal.keys("d");
    assert_eq!(terminal.left(), 0);
    let mut again = Terminal::start(&bench, &["attach", "a"]);
    again.shows(&["PAUSED", "a toy", "0.5", "welcome"]);
    again.keys(" ");
    again.shows(&["RUNNING"]);
    let stopped = bench.run(&["stop", "a"]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    again.shows(&["Stopped", "stopped on request"]);
    again.keys("q");
    assert_eq!(again.ended(), 0);
    // The record shows the same, with what it printed.
    let mut past = Terminal::start(&bench, &["attach", "a"]);
    past.shows(&["STOPPED", "a toy", "Stopped"]);
    past.keys("6");
    past.shows(&["welcome", "2 lines"]);
    past.keys("q");
    assert_eq!(past.ended(), 0);
}

#[test]
fn all_that_is_asked_of_a_program_from_three_terminals_is_in_its_record() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let mut terminal = start(&bench, &[python, &trainer(&bench), "1000000", "0.01"]);
    terminal.shows(&["RUNNING", "a toy", "steps/s"]);
    terminal.keys(" ");
    terminal.shows(&["PAUSED"]);
    terminal.keys(" ");
    terminal.shows(&["RUNNING"]);
    terminal.keys(":lr /2\r");
    terminal.shows(&["0.05", "lr 0.1 → 0.05"]);
    terminal.host();
    terminal.keys("d");
    assert_eq!(terminal.left(), 0);
    // Another terminal, which is killed.
    let mut second = Terminal::start(&bench, &["attach", "a"]);
    second.shows(&["RUNNING", "0.05"]);
    second.keys(":loss b\r");
    second.shows(&["loss b: objective a → b"]);
    send(second.front(), Signal::KILL);
    let mut third = Terminal::start(&bench, &["attach", "a"]);
    third.shows(&["RUNNING", "a toy", "0.05", "loss b: objective a → b"]);
    third.keys("q\r");
    assert_eq!(third.ended(), 0);
    assert!(poll_until(
        || bench.path("runs/a/summary.json").is_file(),
        |there| *there
    ));
    let record = bench.record("a");
    let applied = record.of_kind("applied");
    let told: Vec<_> = applied
        .iter()
        .map(|event| {
            (
                event["command"].as_str().unwrap(),
                event["step"].as_u64().unwrap(),
            )
        })
        .collect();
    let commands: Vec<&str> = told.iter().map(|(command, _)| *command).collect();
    assert_eq!(commands, ["pause", "resume", "lr *0.5", "loss b", "stop"]);
    assert!(told.is_sorted_by_key(|(_, step)| *step), "{told:?}");
    assert_eq!(applied[2]["changes"][0]["to"], 0.05);
    assert_eq!(applied[3]["changes"][0]["to"], "b");
    assert_eq!(record.summary()["interventions"], 5);
    assert_eq!(record.summary()["metrics"]["lr"]["last"], 0.05);
}

#[test]
fn a_program_ends_with_the_panel_that_is_told_to_end_at_once() {
    let bench = Bench::new();
    let script = "trap '' TERM; echo $$ > pid; echo ready-$((1 + 1)); while :; do sleep 0.1; done";
    let mut terminal = start(&bench, &["sh", "-c", script]);
    // The command line is on the screen from the beginning.
    terminal.shows(&["ready-2"]);
    let host = terminal.host();
    let pid = std::fs::read_to_string(bench.path("pid")).unwrap();
    let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    assert!(is_alive(pid));
    send(host, Signal::QUIT);
    assert_eq!(terminal.ended(), 131);
    assert!(poll_until(|| is_alive(pid), |alive| !alive));
}

#[test]
fn a_programs_terminal_has_the_size_of_the_screen_it_is_shown_on() {
    let bench = Bench::new();
    let script = "tell() { stty size <&1; }; trap tell WINCH; tell; while :; do sleep 0.05; done";
    let mut terminal = start(&bench, &["sh", "-c", script]);
    terminal.shows(&["RUNNING"]);
    terminal.keys("6");
    let size = |columns: u16, rows: u16| -> String {
        let area = ratatui::layout::Rect::new(0, 0, columns, rows);
        let (columns, rows) = genai_tui::tui::output_size(area).unwrap();
        format!("{rows} {columns}")
    };
    terminal.shows(&[&size(120, 40)]);
    terminal.resize(90, 28);
    terminal.shows(&[&size(90, 28), "2 lines"]);
    terminal.host();
    terminal.keys("d");
    assert_eq!(terminal.left(), 0);
    // Another terminal, of another size.
    let mut again = Terminal::start(&bench, &["attach", "a"]);
    again.shows(&["RUNNING"]);
    again.keys("6");
    again.shows(&[&size(90, 28), "3 lines"]);
    again.keys("q\r");
    assert_eq!(again.ended(), 0);
}

#[test]
fn what_a_program_prints_keeps_its_colours() {
    let bench = Bench::new();
    let script = "printf 'plain \\033[1;31mred\\033[0m \\033[38;5;208morange\\033[m \\033]0;title\\007\\033[2Jend\\n'; \
                  exec sleep 1000";
    let mut terminal = start(&bench, &["sh", "-c", script]);
    terminal.shows(&["RUNNING", "plain red orange end"]);
    terminal.keys("6");
    terminal.shows(&["plain red orange end", "1 lines"]);
    let colour_of = |letter: &str| {
        terminal.look(|screen| {
            let (rows, columns) = (40, 120);
            let row = (0..rows).find(|row| {
                let text: String = screen.contents_between(*row, 0, *row, columns);
                text.contains("plain red orange end")
            })?;
            let at = (0..columns).find(|column| {
                screen
                    .contents_between(row, *column, row, columns)
                    .starts_with(letter)
            })?;
            screen
                .cell(row, at)
                .map(|cell| (cell.fgcolor(), cell.bold()))
        })
    };
    assert_eq!(colour_of("red"), Some((vt100::Color::Idx(1), true)));
    assert_eq!(colour_of("orange"), Some((vt100::Color::Idx(208), false)));
    assert_eq!(colour_of("end"), Some((vt100::Color::Default, false)));
    terminal.keys("/red orange\r");
    terminal.shows(&["1 line with `red orange`"]);
    terminal.keys("q\r");
    assert_eq!(terminal.ended(), 143);
}

#[test]
fn the_pytorch_gan_is_steered_from_three_terminals_and_all_of_it_is_in_the_record() {
    let Some(python) = has_or_skip("torch") else {
        return;
    };
    let bench = Bench::new();
    let example = source("examples/pytorch_gan.py");
    let client = source("clients/python");
    let environment = [
        ("PYTHONPATH", client.to_str().unwrap()),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("OMP_NUM_THREADS", "1"),
    ];
    let program = [
        python.to_str().unwrap(),
        example.to_str().unwrap(),
        "--width",
        "8",
    ];
    let words = [
        &["run", "--name", "a", "--"][..],
        &program,
        &["--steps", "1000000"],
    ]
    .concat();
    let mut terminal = Terminal::start_with(&bench, &words, &environment);
    terminal.shows(&[
        "RUNNING",
        "d_loss",
        "gan, wgan, lsgan",
        "Samples step",
        "steps/s",
    ]);
    terminal.keys(" ");
    terminal.shows(&["PAUSED"]);
    terminal.keys(" ");
    terminal.shows(&["RUNNING"]);
    terminal.keys(":lr /2\r");
    terminal.shows(&["1.00e-4", "lr 2e-4 → 1e-4"]);
    terminal.host();
    terminal.keys("d");
    assert_eq!(terminal.left(), 0);
    // Another terminal, which is killed.
    let mut second = Terminal::start(&bench, &["attach", "a"]);
    second.shows(&["RUNNING", "1.00e-4", "Samples step"]);
    second.keys("l");
    second.shows(&["Switch the loss", "lsgan"]);
    second.escapes();
    second.keys(":loss wgan\r");
    second.shows(&["loss gan → wgan"]);
    send(second.front(), Signal::KILL);
    let mut third = Terminal::start(&bench, &["attach", "a"]);
    third.shows(&["RUNNING", "1.00e-4", "wgan", "since step"]);
    third.keys("q\r");
    assert_eq!(third.ended(), 0);
    assert!(poll_until(
        || bench.path("runs/a/summary.json").is_file(),
        |there| *there
    ));
    let record = bench.record("a");
    let applied = record.of_kind("applied");
    let commands: Vec<&str> = applied
        .iter()
        .map(|event| event["command"].as_str().unwrap())
        .collect();
    assert_eq!(
        commands,
        ["pause", "resume", "lr *0.5", "loss wgan", "stop"]
    );
    assert_eq!(applied[2]["changes"][0]["to"], 1e-4);
    assert_eq!(applied[3]["changes"][0]["to"], "wgan");
    // What was set is what it trained with: the loss of a critic falls below zero.
    let switched = applied[3]["step"].as_u64().unwrap();
    let below = record.of_kind("step").iter().any(|event| {
        event["step"].as_u64().unwrap() > switched
            && event["metrics"]["d_loss"]["min"].as_f64().unwrap_or(0.0) < 0.0
    });
    assert!(below, "d_loss after step {switched}");
    assert!(record.path("gan.pt").is_file());
}
