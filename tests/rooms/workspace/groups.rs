//! Which runs are a group, and what it is called.

use std::fs;

use genai_tui::logs::{self, Reached, Run};
use genai_tui::workspace::{Index, Known, Marks, RunId, differences, groups};

/// Runs with these settings, whose logs are JSON lines or CSV.
fn index(runs: &[(&str, &str)]) -> (Index, Vec<RunId>) {
    let dir = tempfile::tempdir().unwrap();
    for (name, settings) in runs {
        let lines = format!("{{\"config\": {{{settings}}}, \"step\": 0, \"loss\": 1}}\n");
        let (name, content) = if settings.is_empty() {
            (format!("{name}.csv"), "step,loss\n1,2\n".to_owned())
        } else {
            (format!("{name}.jsonl"), lines)
        };
        fs::write(dir.path().join(name), content).unwrap();
    }
    let mut index = Index::default();
    let mut ids = Vec::new();
    for found in logs::find(dir.path()).unwrap().runs {
        let mut run = Run::open(&found);
        run.read_all().unwrap();
        let id = index.add(found, Marks::default());
        index.know(id, Known::of(&run, Reached::End));
        ids.push(id);
    }
    (index, ids)
}

fn named(index: &Index, ids: &[RunId], by: Option<&[String]>) -> Vec<(String, usize)> {
    let found = groups(index, ids, by);
    let named = found
        .iter()
        .map(|group| (group.name(), group.members.len()));
    named.collect()
}

#[test]
fn groups_are_named_by_settings_that_have_different_values() {
    let (index, ids) = index(&[
        (
            "a",
            "\"lr\": 0.1, \"seed\": 0, \"ui.theme\": \"x\", \"width\": 8",
        ),
        (
            "b",
            "\"lr\": 0.1, \"seed\": 1, \"ui.theme\": \"y\", \"width\": 8",
        ),
        ("c", "\"lr\": 0.2, \"seed\": 0, \"objective\": \"wgan\""),
    ]);
    assert_eq!(
        named(&index, &ids, None),
        [("lr 0.1".to_owned(), 2), ("lr 0.2".to_owned(), 1)]
    );
    // What only some of them have comes last.
    let keys: Vec<String> = differences(&index, &ids)
        .into_iter()
        .map(|row| row.key)
        .collect();
    assert_eq!(keys, ["lr", "seed", "ui.theme", "objective", "width"]);
    // By a setting that only some have.
    let by = ["objective".to_owned()];
    assert_eq!(
        named(&index, &ids, Some(&by)),
        [("JSON lines".to_owned(), 2), ("wgan".to_owned(), 1)]
    );
}

#[test]
fn runs_without_settings_are_not_averaged() {
    let (index, ids) = index(&[
        ("a", ""),
        ("b", ""),
        ("c", "\"lr\": 0.1, \"seed\": 0"),
        ("d", "\"lr\": 0.1, \"seed\": 1"),
    ]);
    assert_eq!(
        named(&index, &ids, None),
        [
            ("a".to_owned(), 1),
            ("b".to_owned(), 1),
            ("JSON lines".to_owned(), 2)
        ]
    );
    // A person may say that they belong together.
    assert_eq!(named(&index, &ids[..2], Some(&[])), [("all".to_owned(), 2)]);
}
