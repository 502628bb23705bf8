//! What is left of a sweep whose `sweep.toml` is gone: a new one in its directory would take it for its own.

use std::fs;
use std::path::Path;

/// Folders in which the name of everything begins with the number of its trial.
const FOLDERS: [&str; 6] = [
    "trials",
    "runs",
    "results",
    "decisions",
    "failures",
    "claims",
];

/// What there is in a directory, in words: how many files and folders of trials, and one of them.
pub(super) fn of(dir: &Path) -> Option<String> {
    let found = FOLDERS.iter().filter_map(|folder| {
        let entries = fs::read_dir(dir.join(folder)).ok()?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| is_of_a_trial(name)).collect();
        names.sort_unstable();
        let example = names.first()?;
        Some(match names.len() {
            1 => format!("{folder}/{example}"),
            several => format!("{several} in {folder} ({example}, …)"),
        })
    });
    let found: Vec<String> = found.collect();
    (!found.is_empty()).then(|| found.join(", "))
}

/// `0003.toml`, `0003-0`, `0003-0-900.json`.
fn is_of_a_trial(name: &str) -> bool {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let rest = name.get(digits..).unwrap_or_default();
    let is_run = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    digits >= 4 && (rest == ".toml" || rest.strip_prefix('-').is_some_and(is_run))
}
