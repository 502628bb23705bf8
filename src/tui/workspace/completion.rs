//! Completions of the filter line.

use std::collections::BTreeSet;

use crate::logs::{Format, State};
use crate::workspace::{Column, Index};

/// At most so many.
const MOST: usize = 200;

/// What the last word of a filter can be: where it begins, and the candidates, those that begin like it first.
pub(super) fn completions(text: &str, index: &Index) -> (usize, Vec<String>) {
    let from = text.rfind([' ', '(']).map_or(0, |at| at + 1);
    let (before, word) = text.split_at(from);
    let mut last = before.split_whitespace().rev();
    let candidates = match (last.next(), last.next()) {
        (Some("=" | "!=" | "~" | "!~"), Some(name)) => values(name.trim_start_matches('('), index),
        _ => names(word, index),
    };
    let wanted = word.to_lowercase();
    let (mut begin, mut contain) = (Vec::new(), Vec::new());
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        if lower.starts_with(&wanted) {
            begin.push(candidate);
        } else if !wanted.is_empty() && lower.contains(&wanted) {
            contain.push(candidate);
        }
    }
    begin.extend(contain);
    begin.truncate(MOST);
    (from, begin)
}

fn names(word: &str, index: &Index) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = Column::plain().map(|column| column.to_string()).collect();
    names.extend(["and", "or", "not", "archived"].map(str::to_owned));
    names.extend(
        index
            .settings()
            .into_iter()
            .map(|key| quoted(&format!("cfg.{key}"))),
    );
    for metric in index.metrics().into_keys() {
        names.insert(quoted(metric));
        if !word.is_empty() {
            names.insert(quoted(&format!("{metric}.best")));
            names.insert(quoted(&format!("{metric}.mean")));
        }
    }
    let tags = index.iter().flat_map(|(_, entry)| entry.tags());
    names.extend(tags.map(|tag| format!("tag:{tag}")));
    names
}

fn values(name: &str, index: &Index) -> BTreeSet<String> {
    match name {
        "state" => State::ALL.map(|state| state.word().to_owned()).into(),
        "origin" => Format::ALL.map(|format| format.word().to_owned()).into(),
        _ => {
            let key = name.trim_matches('"');
            let key = key.strip_prefix("cfg.").unwrap_or(key);
            let known = index.iter().filter_map(|(_, entry)| entry.known.as_ref());
            let values = known.filter_map(|known| known.about.config.get(key));
            values.map(|value| quoted(&value.to_string())).collect()
        }
    }
}

/// In quotes, where it would not be read as one word.
fn quoted(word: &str) -> String {
    if word.contains(|c: char| c.is_whitespace() || "()\"=<>!~".contains(c)) {
        format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        word.to_owned()
    }
}
