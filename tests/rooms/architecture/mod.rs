//! The arrows between rooms, as the map in `src/lib.rs` has them, and no cycle inside a room. Also what no file may name.

mod cycles;
mod map;
mod modules;
mod shapes;
mod source;
mod viewers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use map::{Map, MayName};
use modules::Modules;
use source::{Token, files, root, tokens_of};

/// Crates that draw on a terminal or read its keys.
const TERMINAL_CRATES: &[&str] = &["ratatui", "crossterm"];
/// Crates of tensors.
const TENSOR_CRATES: &[&str] = &["candle_core", "candle_nn"];
/// Rooms that train and evaluate.
const TRAINING: &[&str] = &["train", "eval"];

fn room_of(path: &Path) -> String {
    let below = path.strip_prefix(root()).unwrap_or(path).with_extension("");
    let first = below.components().next();
    first.map_or_else(String::new, |c| {
        c.as_os_str().to_string_lossy().into_owned()
    })
}

/// The files of each room, as tokens.
fn rooms() -> BTreeMap<String, Vec<(PathBuf, Vec<Token>)>> {
    let mut rooms: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for path in files(&root()) {
        let tokens = tokens_of(&path);
        rooms
            .entry(room_of(&path))
            .or_default()
            .push((path, tokens));
    }
    rooms.retain(|room, _| !["lib", "main"].contains(&room.as_str()));
    assert!(rooms.len() > 20, "the source was found");
    rooms
}

/// For each room, the rooms it uses, and where.
fn arrows() -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let mut arrows: BTreeMap<_, BTreeMap<_, BTreeSet<_>>> = BTreeMap::new();
    for (room, files) in rooms() {
        let named = arrows.entry(room.clone()).or_default();
        for (path, tokens) in files {
            for other in modules::rooms_named(&tokens)
                .into_iter()
                .filter(|o| *o != room)
            {
                named
                    .entry(other)
                    .or_default()
                    .insert(path.display().to_string());
            }
        }
    }
    arrows
}

fn map() -> Map {
    map::read().rooms
}

#[test]
fn the_map_lists_every_room_and_no_other() {
    let read = map::read();
    let listed: BTreeSet<String> = read.rooms.keys().cloned().collect();
    assert_eq!(
        listed, read.declared,
        "the table, and what `lib.rs` declares"
    );
    assert_eq!(
        listed,
        rooms().into_keys().collect(),
        "the table, and the source"
    );
    for (room, may_name) in &read.rooms {
        if let MayName::Rooms(others) = may_name {
            let unknown: Vec<_> = others.difference(&listed).collect();
            assert!(
                unknown.is_empty(),
                "`{room}` may name {unknown:?}, which are not rooms"
            );
        }
    }
}

#[test]
fn rooms_name_the_rooms_that_the_map_says_and_no_others() {
    let (map, arrows) = (map(), arrows());
    let mut wrong = Vec::new();
    for (room, may_name) in &map {
        let Some(named) = arrows.get(room) else {
            continue;
        };
        for (other, places) in named.iter().filter(|(other, _)| map.contains_key(*other)) {
            if !may_name.allows(other) {
                wrong.push(format!("`{room}` names `{other}`: {places:?}"));
            }
        }
        if let MayName::Rooms(others) = may_name {
            let unused = others.iter().filter(|other| !named.contains_key(*other));
            wrong.extend(unused.map(|other| format!("`{room}` may name `{other}` and does not")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_graph_of_rooms_has_no_cycle() {
    let map = map();
    for (room, may_name) in &map {
        if let MayName::Rooms(others) = may_name {
            let others: Vec<&str> = others.iter().map(String::as_str).collect();
            assert!(
                !map::reach(&map, &others).contains(room),
                "`{room}` is part of a cycle"
            );
        }
    }
}

#[test]
fn training_does_not_use_terminal_crates() {
    let reached = map::reach(&map(), TRAINING);
    let wrong = rooms_that_name(TERMINAL_CRATES);
    let wrong: Vec<_> = wrong.intersection(&reached).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn tensor_free_rooms_use_only_tensor_free_rooms() {
    let read = map::read();
    let with_tensors = rooms_that_name(TENSOR_CRATES);
    assert!(with_tensors.contains("nn"), "the crates were found");
    assert!(read.tensor_free.len() > 10, "the list was found");
    for room in &read.tensor_free {
        assert!(read.rooms.contains_key(room), "`{room}` is not a room");
        let reached = map::reach(&read.rooms, &[room]);
        let wrong: Vec<_> = reached.intersection(&with_tensors).collect();
        assert!(wrong.is_empty(), "`{room}` reaches {wrong:?}");
    }
}

fn rooms_that_name(crates: &[&str]) -> BTreeSet<String> {
    let names = |token: &Token| token.word().is_some_and(|word| crates.contains(&word));
    rooms()
        .into_iter()
        .filter(|(_, files)| files.iter().any(|(_, tokens)| tokens.iter().any(names)))
        .map(|(room, _)| room)
        .collect()
}

#[test]
fn no_room_has_a_cycle_inside() {
    let found = cycles::cycles(&Modules::read(&root()).uses());
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn unsafe_code_is_where_libraries_in_c_are_called_and_files_are_mapped_and_nowhere_else() {
    let is_unsafe = |pair: &[Token]| {
        pair[0].word() == Some("unsafe") && (pair[1].is('{') || pair[1].word() == Some("impl"))
    };
    let with: BTreeSet<String> = files(&root())
        .into_iter()
        .filter(|path| tokens_of(path).windows(2).any(is_unsafe))
        .filter_map(|path| Some(path.strip_prefix(root()).ok()?.display().to_string()))
        .collect();
    let cuda = ["compile.rs", "graph.rs", "launch.rs"].map(|f| format!("nn/backend/cuda/{f}"));
    let mut allowed = BTreeSet::from(cuda);
    allowed.extend(["files/map.rs", "memory.rs"].map(str::to_owned));
    assert_eq!(with, allowed);
}
