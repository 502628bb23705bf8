//! What is deleted of a run, and what stays.

use std::fs;
use std::path::{Path, PathBuf};

use genai_tui::logs::{self, Format, Found, Removal, RemovalError};
use genai_tui::record::RunDir;

use super::samples;

/// A directory with these files; those named like event files are such.
fn with(files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let events = fs::read_dir(samples().join("torn")).unwrap();
    let mut events = events.map(|entry| entry.unwrap().path());
    let events = events.find(|path| path.to_string_lossy().contains("tfevents"));
    for file in files {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        match name {
            name if name.starts_with("events.out") => {
                fs::copy(events.as_ref().unwrap(), path).unwrap();
            }
            "log.csv" => fs::write(path, "step,loss\n1,0.5\n").unwrap(),
            "trainer_state.json" => fs::write(
                path,
                r#"{"global_step": 1, "log_history": [{"step": 1, "loss": 0.5}]}"#,
            )
            .unwrap(),
            _ => fs::write(path, "precious").unwrap(),
        }
    }
    dir
}

fn found(top: &Path, place: &Path) -> Found {
    let runs = logs::find(top).unwrap().runs;
    runs.into_iter().find(|run| run.path == place).unwrap()
}

fn removal(top: &Path, place: &Path) -> Result<Removal, RemovalError> {
    Removal::of(&found(top, place), &[top.to_path_buf()])
}

/// All files below a directory.
fn files(dir: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let mut left = vec![dir.to_path_buf()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                all.push(path.strip_prefix(dir).unwrap().display().to_string());
            }
        }
    }
    all.sort();
    all
}

#[test]
fn event_files_are_deleted_and_nothing_beside_them() {
    let root = with(&[
        "a/events.out.tfevents.1.h.1.0",
        "a/events.out.tfevents.2.h.1.0",
        "a/my-tfevents-notes.txt",
        "a/model.pt",
        "a/log.csv",
        "a/plots/figure.pdf",
        "b/events.out.tfevents.1.h.1.0",
    ]);
    let (a, b) = (root.path().join("a"), root.path().join("b"));
    let of_a = removal(root.path(), &a).unwrap();
    assert_eq!(of_a.to_string(), format!("2 files in {}", a.display()));
    of_a.carry_out().unwrap();
    removal(root.path(), &b).unwrap().carry_out().unwrap();
    assert_eq!(
        files(root.path()),
        [
            "a/log.csv",
            "a/model.pt",
            "a/my-tfevents-notes.txt",
            "a/plots/figure.pdf"
        ]
    );
    // The directory of a run is gone if nothing else is in it.
    assert!(!b.exists());
    let log = a.join("log.csv");
    let of_log = removal(root.path(), &log).unwrap();
    assert_eq!(of_log.to_string(), format!("the file {}", log.display()));
    of_log.carry_out().unwrap();
    assert!(!log.exists() && a.join("model.pt").exists());
}

#[test]
fn a_run_with_others_below_it_stays() {
    let root = with(&[
        "events.out.tfevents.1.h.1.0",
        "thesis.tex",
        "a/log.csv",
        "b/events.out.tfevents.1.h.1.0",
    ]);
    let before = files(root.path());
    let refused = removal(root.path(), root.path()).unwrap_err();
    assert!(matches!(refused, RemovalError::Below { .. }), "{refused}");
    let text = refused.to_string();
    assert!(text.contains("a/log.csv") && text.contains("/b"), "{text}");
    assert_eq!(files(root.path()), before);
    for part in ["a", "b"] {
        fs::remove_dir_all(root.path().join(part)).unwrap();
    }
    let alone = removal(root.path(), root.path()).unwrap();
    alone.carry_out().unwrap();
    // What was looked at stays, even if it is empty.
    assert_eq!(files(root.path()), ["thesis.tex"]);
}

#[test]
fn models_beside_the_state_of_a_trainer_stay() {
    let root = with(&[
        "ck/checkpoint-10/trainer_state.json",
        "ck/checkpoint-10/model.safetensors",
        "ck/checkpoint-20/trainer_state.json",
    ]);
    let ck = root.path().join("ck");
    let of_ck = removal(root.path(), &ck).unwrap();
    assert_eq!(of_ck.files().len(), 2);
    of_ck.carry_out().unwrap();
    assert_eq!(files(root.path()), ["ck/checkpoint-10/model.safetensors"]);
    assert!(!ck.join("checkpoint-20").exists());
}

#[test]
fn what_lies_behind_a_link_stays() {
    let elsewhere = with(&["run/log.csv", "own/events.out.tfevents.1.h.1.0"]);
    let root = with(&["near/log.csv"]);
    for name in ["run", "own"] {
        let (from, to) = (root.path().join(name), elsewhere.path().join(name));
        std::os::unix::fs::symlink(to, from).unwrap();
    }
    for place in ["run/log.csv", "own"] {
        let refused = removal(root.path(), &root.path().join(place)).unwrap_err();
        assert!(matches!(refused, RemovalError::Linked { .. }), "{refused}");
    }
    assert_eq!(files(elsewhere.path()).len(), 2);
}

#[test]
fn files_that_came_after_the_question_are_not_deleted() {
    let root = with(&["a/events.out.tfevents.1.h.1.0"]);
    let a = root.path().join("a");
    let of_a = removal(root.path(), &a).unwrap();
    let second = a.join("events.out.tfevents.2.h.1.0");
    fs::copy(a.join("events.out.tfevents.1.h.1.0"), second).unwrap();
    let refused = of_a.carry_out().unwrap_err();
    assert!(matches!(refused, RemovalError::Changed { .. }), "{refused}");
    assert_eq!(files(root.path()).len(), 2);
}

#[test]
fn of_an_own_run_its_files_are_deleted_unless_it_is_held() {
    let root = with(&["run/thesis.tex"]);
    let run = root.path().join("run");
    let held = RunDir::create(&run).unwrap();
    held.write_config("").unwrap();
    fs::write(run.join("samples/step-00000001.png"), "x").unwrap();
    let of_run = Removal::of(&Found::own(&run), &[root.path().to_path_buf()]).unwrap();
    assert_eq!(of_run.files().len(), 2);
    let refused = of_run.carry_out().unwrap_err();
    assert!(matches!(refused, RemovalError::Held(_)), "{refused}");
    drop(held);
    of_run.carry_out().unwrap();
    assert_eq!(files(root.path()), ["run/thesis.tex"]);
    fs::remove_file(run.join("thesis.tex")).unwrap();
    let held = RunDir::create(&run).unwrap();
    held.write_config("").unwrap();
    drop(held);
    let found = Found::own(&run);
    assert_eq!(found.format, Format::Own);
    let tops: [PathBuf; 1] = [root.path().to_path_buf()];
    Removal::of(&found, &tops).unwrap().carry_out().unwrap();
    assert!(!run.exists());
}
