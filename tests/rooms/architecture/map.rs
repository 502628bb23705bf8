//! The map of rooms: the table in `src/lib.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::source;

/// What a room may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MayName {
    Everything,
    Rooms(BTreeSet<String>),
}

impl MayName {
    pub fn allows(&self, room: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Rooms(rooms) => rooms.contains(room),
        }
    }
}

/// Each room, and what it may name.
pub type Map = BTreeMap<String, MayName>;

/// What `lib.rs` says of the rooms.
#[derive(Debug)]
pub struct Read {
    /// The table.
    pub rooms: Map,
    /// The modules that it declares.
    pub declared: BTreeSet<String>,
    /// The rooms that know no tensors.
    pub tensor_free: BTreeSet<String>,
}

/// Reads `lib.rs`.
pub fn read() -> Read {
    let text = fs::read_to_string(source::root().join("lib.rs")).unwrap_or_default();
    let declared = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    let free = text.lines().find_map(|line| {
        line.strip_prefix("//! Free of tensors: ")?
            .strip_suffix('.')
    });
    Read {
        rooms: parse(&text),
        declared,
        tensor_free: list(free.unwrap_or_default()),
    }
}

fn list(text: &str) -> BTreeSet<String> {
    let names = text.split(',').map(str::trim).filter(|n| !n.is_empty());
    names.map(str::to_owned).collect()
}

/// Reads rows such as ``//! | [`mod@bench`] | what it holds | train, nn |``.
fn parse(text: &str) -> Map {
    let row = |line: &str| {
        let line = line.strip_prefix("//! | [`")?;
        let (name, rest) = line.split_once("`]")?;
        let name = name.strip_prefix("mod@").unwrap_or(name);
        let may_name = rest.trim_end().strip_suffix('|')?.rsplit('|').next()?;
        let may_name = match may_name.trim() {
            "everything" => MayName::Everything,
            "–" => MayName::Rooms(BTreeSet::new()),
            rooms => MayName::Rooms(list(rooms)),
        };
        Some((name.to_owned(), may_name))
    };
    text.lines().filter_map(row).collect()
}

/// The rooms that can be reached from `rooms`, themselves included.
pub fn reach(map: &Map, rooms: &[&str]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut left: Vec<String> = rooms.iter().map(|&r| r.to_owned()).collect();
    while let Some(room) = left.pop() {
        if seen.insert(room.clone())
            && let Some(MayName::Rooms(next)) = map.get(&room)
        {
            left.extend(next.iter().cloned());
        }
    }
    seen
}

#[test]
fn rows_of_the_table_are_read_in_every_form() {
    let text = "//! | room | holds | may name |\n//! |---|---|---|\n//! | [`a`] | x, y | – |\n\
                //! | [`mod@b`] | [`b::C`]: z | a, c |\n//! | [`c`] | w | everything |\n";
    let rooms = |names: &[&str]| MayName::Rooms(names.iter().map(|&n| n.to_owned()).collect());
    let map = parse(text);
    let found: Vec<_> = map.iter().map(|(room, may)| (room.as_str(), may)).collect();
    assert_eq!(
        found,
        [
            ("a", &rooms(&[])),
            ("b", &rooms(&["a", "c"])),
            ("c", &MayName::Everything)
        ]
    );
    let reached: Vec<String> = reach(&map, &["b"]).into_iter().collect();
    assert_eq!(reached, ["a", "b", "c"]);
}
