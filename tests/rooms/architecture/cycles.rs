//! Cycles among the modules of a room.
//!
//! Of each folder the files and folders in it are compared; a folder stands for all that lies in it. So a cycle of files
//! is found in the folder that holds them all. A module and those below it are one whole: its `mod.rs` may have what they
//! share and the list of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::modules::ModulePath;

type Graph = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Modules of a folder each of which needs all others.
#[derive(Debug)]
pub struct Cycle {
    /// The folder: `nn/backend`.
    pub folder: String,
    /// Who is in it.
    pub members: BTreeSet<String>,
    /// Who of them uses whom: `nn/mlp -> nn/native`.
    pub edges: BTreeSet<String>,
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<&str> = self.members.iter().map(String::as_str).collect();
        write!(f, "{}: {}", self.folder, members.join(" <-> "))?;
        self.edges
            .iter()
            .try_for_each(|edge| write!(f, "\n    {edge}"))
    }
}

/// The cycles inside rooms.
pub fn cycles(uses: &BTreeMap<ModulePath, BTreeSet<ModulePath>>) -> Vec<Cycle> {
    let mut folders: BTreeMap<ModulePath, Graph> = BTreeMap::new();
    let edges = uses
        .iter()
        .flat_map(|(from, all)| all.iter().map(move |to| (from, to)));
    for (from, to) in edges {
        let common = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        // Between rooms the map decides.
        if common == 0 {
            continue;
        }
        let (Some(start), Some(end)) = (from.get(common), to.get(common)) else {
            continue;
        };
        folders
            .entry(from[..common].to_vec())
            .or_default()
            .entry(start.clone())
            .or_default()
            .entry(end.clone())
            .or_default()
            .insert(format!("{} -> {}", from.join("/"), to.join("/")));
    }
    let mut found = Vec::new();
    for (folder, graph) in folders {
        for members in knots(&graph) {
            let inside = graph.iter().filter(|(from, _)| members.contains(*from));
            let edges = inside
                .flat_map(|(_, to)| to.iter().filter(|(to, _)| members.contains(*to)))
                .flat_map(|(_, edges)| edges.iter().cloned())
                .collect();
            found.push(Cycle {
                folder: folder.join("/"),
                members,
                edges,
            });
        }
    }
    found
}

/// The sets of nodes each of which reaches all others of its set.
fn knots(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reach = |from: &String| {
        let mut seen = BTreeSet::new();
        let mut left = vec![from.clone()];
        while let Some(node) = left.pop() {
            for next in graph.get(&node).into_iter().flat_map(BTreeMap::keys) {
                if seen.insert(next.clone()) {
                    left.push(next.clone());
                }
            }
        }
        seen
    };
    let all: BTreeMap<&String, BTreeSet<String>> = graph.keys().map(|n| (n, reach(n))).collect();
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for (node, reached) in &all {
        if reached.contains(*node) && !found.iter().any(|knot| knot.contains(*node)) {
            let back = |other: &&String| all.get(other).is_some_and(|r| r.contains(*node));
            found.push(reached.iter().filter(back).cloned().collect());
        }
    }
    found
}

#[test]
fn a_cycle_is_found_in_the_folder_that_holds_it() {
    let path = |text: &str| text.split('/').map(str::to_owned).collect::<ModulePath>();
    let uses = |edges: &[(&str, &str)]| {
        let mut all: BTreeMap<ModulePath, BTreeSet<ModulePath>> = BTreeMap::new();
        for (from, to) in edges {
            all.entry(path(from)).or_default().insert(path(to));
        }
        let line = |cycle: Cycle| cycle.to_string().lines().next().map(str::to_owned);
        cycles(&all)
            .into_iter()
            .filter_map(line)
            .collect::<Vec<_>>()
    };
    assert!(uses(&[("r/a", "r/b"), ("r/b/x", "r/c"), ("r/a", "s"), ("s", "r")]).is_empty());
    assert_eq!(uses(&[("r/a", "r/b"), ("r/b/x", "r/a")]), ["r: a <-> b"]);
    assert_eq!(
        uses(&[
            ("r/b/x", "r/b/y"),
            ("r/b/y", "r/b/z"),
            ("r/b/z", "r/b/x"),
            ("r/b/x", "r/b")
        ]),
        ["r/b: x <-> y <-> z"]
    );
    assert!(uses(&[("r", "r/a"), ("r/a/x", "r"), ("r/a", "r/a/x")]).is_empty());
}
