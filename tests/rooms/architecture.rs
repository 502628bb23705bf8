//! The arrows between rooms: which room may name which, checked against every `crate::` path in the source.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms it may name. Tests inside a room may name more: they set the stage.
const ARROWS: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("awake", &[]),
    ("files", &[]),
    ("paths", &[]),
    ("text", &[]),
    ("rng", &[]),
    ("config", &["protocol", "objective", "rules"]),
    ("data", &["rng", "files", "protocol", "paths"]),
    ("nn", &["rng"]),
    ("optim", &["nn"]),
    ("objective", &["nn", "protocol"]),
    ("history", &["protocol"]),
    ("system", &["awake", "protocol"]),
    ("health", &["protocol"]),
    ("rules", &["protocol"]),
    (
        "train",
        &[
            "data",
            "nn",
            "optim",
            "objective",
            "rng",
            "health",
            "rules",
            "awake",
            "system",
            "files",
            "protocol",
            "config",
        ],
    ),
    ("eval", &["data", "rng", "files", "protocol"]),
    ("picture", &["files", "protocol"]),
    (
        "record",
        &["protocol", "history", "picture", "awake", "files", "config"],
    ),
    (
        "session",
        &[
            "train", "eval", "health", "history", "record", "system", "awake", "files", "protocol",
            "config", "data",
        ],
    ),
    ("terminal", &["session", "picture", "protocol", "text"]),
    ("headless", &["protocol", "session"]),
    (
        "tui",
        &[
            "protocol", "session", "record", "history", "picture", "config", "terminal", "text",
        ],
    ),
    (
        "bench",
        &[
            "train",
            "nn",
            "tui",
            "terminal",
            "objective",
            "protocol",
            "config",
            "data",
            "picture",
            "rng",
            "system",
        ],
    ),
    // The command line may name everything.
];

/// Crates that draw on a terminal or read its keys: nothing that trains names them.
const TERMINAL_CRATES: &[&str] = &["ratatui", "crossterm", "viuer"];
const TRAINING_ROOMS: &[&str] = &[
    "protocol",
    "awake",
    "files",
    "rng",
    "config",
    "data",
    "nn",
    "optim",
    "objective",
    "health",
    "rules",
    "train",
    "eval",
];
/// Rooms that see tensors only as bytes and numbers.
const TENSOR_FREE: &[&str] = &[
    "protocol", "awake", "files", "text", "history", "system", "health", "rules", "picture",
    "record", "session", "headless", "terminal", "tui",
];

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// A file's code: no comments, and nothing from its tests on.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_test_file(path: &Path) -> bool {
    let is_named_so = path
        .file_stem()
        .is_some_and(|s| s.to_string_lossy().ends_with("tests"));
    is_named_so || path.components().any(|c| c.as_os_str() == "tests")
}

/// The identifiers that follow `crate::`, also inside braces: `use crate::{nn, rng::Stream}`.
fn rooms_named(code: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(is_word) {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut item) = (0, String::new());
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        named.insert(first_word(&item));
                        item.clear();
                        continue;
                    }
                    _ => {}
                }
                item.push(c);
            }
            named.insert(first_word(&item));
        } else {
            named.insert(rest.chars().take_while(|c| is_word(*c)).collect());
        }
    }
    named.remove("");
    named
}

fn first_word(item: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    item.trim().chars().take_while(|c| is_word(*c)).collect()
}

fn room_of(path: &Path) -> String {
    let below = path.strip_prefix(source()).unwrap_or(path);
    let first = below
        .components()
        .next()
        .map(|c| c.as_os_str().to_string_lossy().into_owned());
    first.unwrap_or_default().trim_end_matches(".rs").to_owned()
}

#[test]
fn rooms_name_only_the_rooms_they_may() {
    let all = files(&source());
    assert!(all.len() > 50, "the source was found");
    let mut wrong = Vec::new();
    for path in all.iter().filter(|p| !is_test_file(p)) {
        let room = room_of(path);
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
            assert!(
                ["cli", "main", "lib"].contains(&room.as_str()),
                "room `{room}` is not in the table"
            );
            continue;
        };
        for named in rooms_named(&code(path)) {
            let is_room = named == "cli" || ARROWS.iter().any(|(name, _)| *name == named);
            if is_room && named != room && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{}: names `{named}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_trains_knows_no_terminal_and_what_draws_knows_no_tensor() {
    let mut wrong = Vec::new();
    for path in files(&source()) {
        let (room, code) = (room_of(&path), code(&path));
        let mut forbid = |rooms: &[&str], crates: &[&str]| {
            for name in crates.iter().filter(|_| rooms.contains(&room.as_str())) {
                if code.contains(&format!("{name}::")) || code.contains(&format!("use {name}")) {
                    wrong.push(format!("{}: names `{name}`", path.display()));
                }
            }
        };
        forbid(TRAINING_ROOMS, TERMINAL_CRATES);
        forbid(TENSOR_FREE, &["candle_core", "candle_nn"]);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_is_where_cuda_is_called_and_nowhere_else() {
    let root = source();
    let with: BTreeSet<PathBuf> = files(&root)
        .into_iter()
        .filter(|p| {
            ["unsafe {", "unsafe impl"]
                .iter()
                .any(|u| code(p).contains(u))
        })
        .filter_map(|p| p.strip_prefix(&root).map(Path::to_owned).ok())
        .collect();
    let allowed = ["compile.rs", "graph.rs", "launch.rs"].map(|f| Path::new("nn/cuda").join(f));
    assert_eq!(with, BTreeSet::from(allowed));
}

#[test]
fn paths_are_read_in_every_form() {
    let code = "use crate::{nn, rng::{Stream, X}, protocol as p};\nlet x = crate::data::load(); mycrate::tui::run();";
    let named: Vec<String> = rooms_named(code).into_iter().collect();
    assert_eq!(named, ["data", "nn", "protocol", "rng"]);
}
