//! Viewers know metrics and objectives by what they are for, not by name: one that is added or renamed needs no change to
//! them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::source::{Token, files, root, tokens_of};

/// Rooms that show a run and what came of it.
const VIEWERS: &[&str] = &["cli", "headless", "picture", "terminal", "tui"];

/// The names of all metrics and objectives, from their descriptions in `metric`.
fn names() -> BTreeSet<String> {
    let metric = root().join("metric");
    let mut names: BTreeSet<String> = texts(&tokens_of(&metric.join("names.rs"))).collect();
    // `FID: "fid", "FID", Lower, …`
    names.extend(named(&tokens_of(&metric.join("quality.rs")), |field| {
        field.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    }));
    // `name: "gan"`
    for path in files(&metric.join("objectives")) {
        names.extend(named(&tokens_of(&path), |field| field == "name"));
    }
    names
}

fn texts(tokens: &[Token]) -> impl Iterator<Item = String> {
    tokens.iter().filter_map(Token::text).map(str::to_owned)
}

/// The strings that follow a word of this kind and a colon.
fn named(tokens: &[Token], is_field: impl Fn(&str) -> bool) -> Vec<String> {
    let three = tokens.windows(3);
    let named = three.filter(|t| t[0].word().is_some_and(&is_field) && t[1].is(':'));
    named
        .filter_map(|t| t[2].text())
        .map(str::to_owned)
        .collect()
}

/// The strings of a viewer's file that are names.
fn found(path: &Path, names: &BTreeSet<String>) -> Vec<String> {
    let tokens = tokens_of(path);
    texts(&tokens).filter(|t| names.contains(t)).collect()
}

#[test]
fn no_viewer_names_a_metric_or_an_objective() {
    let names = names();
    for known in [
        "d_loss",
        "kl",
        "lr_g",
        "diversity",
        "fid",
        "swd",
        "gan",
        "vae",
    ] {
        assert!(names.contains(known), "`{known}` was found");
    }
    let viewers: Vec<PathBuf> = VIEWERS
        .iter()
        .flat_map(|room| files(&root().join(room)))
        .collect();
    assert!(viewers.len() > 100, "the viewers were found");
    let wrong: Vec<String> = viewers
        .iter()
        .flat_map(|path| {
            let found = found(path, &names).into_iter();
            found.map(move |name| format!("{}: \"{name}\"", path.display()))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "take it by its role from `metric`:\n{}",
        wrong.join("\n")
    );
}
