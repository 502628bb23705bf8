//! What programs say to the panel, and what becomes of what cannot be used.

use super::python::{python, trainer};
use super::run;
use crate::workbench::Bench;

#[test]
fn what_a_program_declares_and_logs_is_the_record() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let (done, record) = run(&bench, &[], &[python, &trainer(&bench), "30"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        done.out.contains("Step [30/30], loss: 0.0333"),
        "{}",
        done.out
    );
    let started = &record.of_kind("started")[0];
    assert_eq!(started["program"]["command"][0], python);
    for absent in ["dataset", "device", "objective", "seed"] {
        assert!(started.get(absent).is_none(), "{absent} is absent");
    }
    let declared = record.of_kind("declared");
    let last = declared.last().unwrap();
    assert_eq!(last["config"]["model.width"], 3);
    assert_eq!(last["target"]["steps"], 30);
    assert_eq!(last["references"][0]["label"], "goal");
    let names: Vec<&str> = last["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["loss", "lr"]);
    let steps = record.of_kind("step");
    let counted: u64 = steps
        .iter()
        .map(|e| e["metrics"]["loss"]["count"].as_u64().unwrap())
        .sum();
    assert_eq!((counted, steps[0]["from_step"].as_u64()), (30, Some(1)));
    let seqs: Vec<u64> = record
        .events()
        .iter()
        .filter_map(|e| e["seq"].as_u64())
        .collect();
    assert!(seqs.windows(2).all(|two| two[1] == two[0] + 1));
    let summary = record.summary();
    assert_eq!(summary["reason"], "reached the end");
    assert_eq!(
        (&summary["objective"], &summary["total_steps"]),
        (&"a".into(), &30.into())
    );
    let facts = bench.run(&["runs", "--format", "json"]).json();
    assert_eq!(facts[0]["program"][0], python);
    assert_eq!(facts[0]["target"]["steps"], 30);
    assert_eq!(
        facts[0]["losses"]["loss"]["last"],
        summary["metrics"]["loss"]["last"]
    );
    assert!(facts[0]["dataset"].is_null());
}

/// A program that sends these lines and prints what it gets back.
pub(super) fn says(
    bench: &Bench,
    python: &str,
    lines: &str,
) -> (crate::workbench::Done, crate::workbench::Record) {
    let script = format!(
        "import os, socket\n\
         s = socket.socket(socket.AF_UNIX)\n\
         s.connect(os.environ['GENAI_TUI_SOCKET'])\n\
         {lines}\n\
         s.shutdown(socket.SHUT_WR)\n\
         print(s.makefile().read())\n"
    );
    run(bench, &[], &[python, "-c", &script])
}

#[test]
fn what_cannot_be_used_is_answered_and_the_rest_counts() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let lines = r#"s.sendall(b'{"type": "log", "step": 1, "metr\n\xff\xfe\n[1]\n{"type": "fly"}\n')
s.sendall(b'{"type": "log", "step": 1, "metrics": {"a": NaN, "loss": NaN, "b": "x", "c": -Infinity}}\n')
s.sendall(b'{"type": "applied", "id": 7}\n')
s.sendall(b'{"type": "images", "data": "AAAA", "shape": [1, 28, 28, 1]}\n')
for i in range(17): s.sendall(b'y' * (1 << 20))
s.sendall(b'\n{"type": "log", "step": 2, "metrics": {"a": 2}}\n{"type": "log", "st')"#;
    let (done, record) = says(&bench, python, lines);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let printed = record.text("output.log");
    for expected in [
        "\"code\":\"malformed\"",
        "\"code\":\"unknown_type\"",
        "`b`: found a text; expected a number",
        "\"code\":\"unknown_id\"",
        "found 3 bytes; expected 1×28×28×1",
        "found a line of 17825792 bytes; expected at most 16777216",
        "\"line\":5",
    ] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }
    let summary = record.summary();
    assert_eq!(summary["metrics"]["a"]["last"], 2.0);
    assert_eq!(summary["metrics"]["c"]["last"], "-Infinity");
    let warnings = record.of_kind("warning");
    let texts: Vec<&str> = warnings
        .iter()
        .map(|w| w["text"].as_str().unwrap())
        .collect();
    assert!(
        texts
            .iter()
            .any(|t| t.contains("9 messages of the program, or parts of them")),
        "{texts:#?}"
    );
    let alarms = record.of_kind("alarm");
    // Of the others nobody has said that they are to be finite.
    assert_eq!(alarms.len(), 1);
    assert_eq!(alarms[0]["alarm"], "non_finite");
    let text = alarms[0]["text"].as_str().unwrap();
    assert!(text.starts_with("loss became NaN"), "{text}");
}

#[test]
fn another_version_and_a_second_leader_are_refused() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let lines = r#"s.sendall(b'{"type": "hello", "protocol": 1, "metrics": [{"name": "loss"}]}\n')
s.recv(1 << 16)
def other(line):
    t = socket.socket(socket.AF_UNIX)
    t.connect(os.environ['GENAI_TUI_SOCKET'])
    t.sendall(line)
    print(t.makefile().read())
other(b'{"type": "hello", "protocol": 2}\n')
other(b'{"type": "hello", "protocol": 1}\n')
t = socket.socket(socket.AF_UNIX)
t.connect(os.environ['GENAI_TUI_SOCKET'])
t.sendall(b'{"type": "hello", "protocol": 1, "rank": 3}\n{"type": "log", "step": 4, "metrics": {"loss": 5}}\n')
t.recv(1)
t.close()"#;
    let (done, record) = says(&bench, python, lines);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let printed = record.text("output.log");
    assert!(
        printed.contains("\"code\":\"version\"") && printed.contains("\"code\":\"taken\""),
        "{printed}"
    );
    assert_eq!(record.summary()["metrics"]["rank3/loss"]["last"], 5.0);
}

#[test]
fn images_texts_and_distributions_are_kept() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let lines = r#"s.sendall(b'{"type": "images", "name": "real", "data": "AAD/////", "shape": [2, 1, 1, 3]}\n')
s.sendall(b'{"type": "images", "step": 3, "data": "AAAA////", "shape": [2, 1, 1, 3], "columns": ["x", "y"]}\n')
s.sendall(b'{"type": "log", "step": 5, "metrics": {"a": 1}}\n')
s.sendall(b'{"type": "images", "step": 4, "data": "AAAA////", "shape": [2, 1, 1, 3]}\n')
s.sendall(b'{"type": "images", "name": "../odd name", "data": "AA==", "shape": [1, 1, 1, 1]}\n')
s.sendall(b'{"type": "images", "name": "odd", "data": "AA==", "shape": [1, 1, 1, 1]}\n')
s.sendall(b'{"type": "distribution", "name": "d", "values": [0, 1, 1]}\n')
s.sendall(b'{"type": "text", "name": "sample", "text": "once upon a time"}\n')
s.sendall(b'{"type": "alarm", "name": "bad_batch", "text": "odd", "level": "critical"}\n')"#;
    let (done, record) = says(&bench, python, lines);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let samples = &record.of_kind("samples")[0];
    assert_eq!(
        (&samples["count"], &samples["file"]),
        (&2.into(), &"samples/step-00000003.png".into())
    );
    assert_eq!(samples["columns"][1], "y");
    assert!(samples["diversity"].as_f64().unwrap() > 1.0, "{samples}");
    assert!(record.path("samples/step-00000003.png").is_file());
    // The last ones of all, which came too soon to be kept at once.
    let last = &record.of_kind("samples")[1];
    assert_eq!(
        (&last["step"], &last["file"]),
        (&4.into(), &"samples/step-00000004.png".into())
    );
    assert!(record.path("samples/step-00000004.png").is_file());
    assert_eq!(record.of_kind("samples").len(), 2);
    let pictures = record.of_kind("pictures");
    let files: Vec<&str> = pictures
        .iter()
        .map(|p| p["file"].as_str().unwrap())
        .collect();
    assert_eq!(
        files,
        ["samples/real-00000000.png", "samples/odd-00000005.png"]
    );
    for file in files {
        assert!(record.path(file).is_file(), "{file}");
    }
    assert_eq!(
        record.of_kind("distribution")[0]["counts"]
            .as_array()
            .unwrap()
            .len(),
        64
    );
    assert_eq!(record.of_kind("text")[0]["text"], "once upon a time");
    assert_eq!(record.of_kind("alarm")[0]["level"], "hard");
}

#[test]
fn a_program_can_go_back() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let lines = r#"import time
for step in (10, 20): s.sendall(b'{"type": "log", "step": %d, "metrics": {"a": 1}}\n' % step); time.sleep(0.15)
s.sendall(b'{"type": "rewound", "step": 12}\n{"type": "log", "step": 13, "metrics": {"a": 2}}\n')"#;
    let (done, record) = says(&bench, python, lines);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let steps = record.of_kind("step");
    let places: Vec<_> = steps
        .iter()
        .map(|e| (e["branch"].as_u64().unwrap(), e["step"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [(0, 10), (0, 20), (1, 13)]);
    let after = record.events().iter().find_map(|e| e["after"].as_u64());
    assert_eq!(after, steps[0]["seq"].as_u64());
}

#[test]
fn the_reason_of_a_program_that_failed_is_what_it_said() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let script = "import genai_tui\nrun = genai_tui.init()\nfor step in run.steps(9):\n    run.log(x=1.0, best=float('inf'))\n    \
                  if step == 3: raise RuntimeError('out of memory')";
    let client = bench.run(&["client", "python"]).out;
    std::fs::write(bench.path("genai_tui.py"), client).unwrap();
    let (done, record) = run(&bench, &[], &[python, "-c", script]);
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert_eq!(
        record.summary()["reason"],
        "the program ended with exit code 1; it said: ended by RuntimeError: out of memory"
    );
    // A best value so far may begin there.
    assert!(record.of_kind("alarm").is_empty());
}

#[test]
fn the_first_example_of_the_page_trains() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let page = include_str!("../../../docs/trainer-protocol.md");
    let script = page.split("```sh\n").nth(1).unwrap();
    let script = script.split("```").next().unwrap();
    assert!(script.contains("| nc -U \"$GENAI_TUI_SOCKET\""), "{script}");
    // Not every machine has this `nc`.
    let nc = format!(
        "nc() {{ {python} -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[2]); \
         s.sendall(sys.stdin.buffer.read())' \"$@\"; }}\n"
    );
    let script = nc + &script.replace("sleep 0.1", ":");
    let (done, record) = run(&bench, &[], &["sh", "-c", &script]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(record.of_kind("warning").len(), 0, "{}", done.err);
    let summary = record.summary();
    assert_eq!(summary["total_steps"], 100);
    assert_eq!(summary["metrics"]["loss"]["last"], 0.0099);
}
