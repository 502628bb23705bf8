//! The manuals match the program: links have targets, flags, settings and keys exist, and the two references are
//! generated from the program's own tables. `UPDATE_DOCS=1 cargo test --test rooms docs` regenerates them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use genai_tui::cli::Cli;
use genai_tui::config::{GROUPS, KEYS, environment_variable, find_key};
use genai_tui::tui::help::{self, Line};
use genai_tui::tui::keymap::Keymap;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README.md and everything in docs/.
fn manuals() -> Vec<(PathBuf, String)> {
    let mut paths = vec![root().join("README.md")];
    paths.extend(
        fs::read_dir(root().join("docs"))
            .unwrap()
            .map(|e| e.unwrap().path()),
    );
    paths.retain(|path| path.extension().is_some_and(|e| e == "md"));
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// The lines of a manual inside of fenced blocks, and its code spans outside of them, which may span lines.
fn code(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut blocks, mut spans) = (Vec::new(), Vec::new());
    for (i, part) in text.split("```").enumerate() {
        if i % 2 == 1 {
            blocks.extend(part.lines().skip(1));
        } else {
            spans.extend(part.split('`').skip(1).step_by(2));
        }
    }
    (blocks, spans)
}

/// Anchors as GitHub makes them: lower case, spaces to hyphens, no punctuation.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let headings = text.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced && line.starts_with('#')
    });
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn every_link_has_a_target() {
    let mut dead = Vec::new();
    for (path, text) in manuals() {
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let to = if file.is_empty() {
                path.clone()
            } else {
                path.parent().unwrap().join(file)
            };
            let found = to.exists()
                && (anchor.is_empty()
                    || anchors(&fs::read_to_string(&to).unwrap()).contains(anchor));
            if !found {
                dead.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

/// Every long flag of the program, including its subcommands.
fn flags(command: &clap::Command, into: &mut BTreeSet<String>) {
    into.extend(
        command
            .get_arguments()
            .filter_map(|a| Some(a.get_long()?.to_owned())),
    );
    for inner in command.get_subcommands() {
        flags(inner, into);
    }
}

#[test]
fn every_flag_in_the_manuals_exists() {
    let mut known = BTreeSet::from(["help".to_owned(), "version".to_owned()]);
    let mut command = Cli::command();
    command.build();
    flags(&command, &mut known);
    let mut unknown = Vec::new();
    for (path, text) in manuals() {
        let (blocks, spans) = code(&text);
        for code in blocks.iter().chain(&spans) {
            // Flags of other programs are skipped: only those after our name, or without any program, are ours.
            let ours = match code.find("genai-tui") {
                Some(at) => &code[at..],
                None if code.starts_with("--") => code,
                None => continue,
            };
            if code.contains("cargo ") {
                continue;
            }
            for word in ours.split(|c: char| c.is_whitespace() || "=,'\"".contains(c)) {
                let Some(flag) = word.strip_prefix("--") else {
                    continue;
                };
                if !flag.is_empty() && !known.contains(flag) {
                    unknown.push(format!("{}: {code}", path.display()));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

/// Returns whether something that looks like a setting (`events.jsonl`) is a file name.
fn is_file(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| {
        ["rs", "idx", "npy", "jsonl", "safetensors"]
            .iter()
            .any(|e| end == *e)
    })
}

#[test]
fn every_setting_in_the_manuals_exists() {
    let mut unknown = Vec::new();
    for (path, text) in manuals() {
        let (blocks, spans) = code(&text);
        for word in blocks
            .iter()
            .chain(&spans)
            .flat_map(|code| code.split_whitespace())
        {
            let key: String = word
                .trim_start_matches(['\'', '"'])
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(*c))
                .collect();
            let grouped = GROUPS.iter().any(|group| {
                key.strip_prefix(group.name)
                    .is_some_and(|k| k.starts_with('.'))
            });
            if grouped && find_key(key.trim_end_matches('.')).is_none() && !is_file(&key) {
                unknown.push(format!("{}: {word}", path.display()));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn the_readme_is_short() {
    let lines = fs::read_to_string(root().join("README.md"))
        .unwrap()
        .lines()
        .count();
    assert!(
        lines <= 220,
        "README.md has {lines} lines: the manuals are in docs/"
    );
}

/// A cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn configuration() -> String {
    let mut text = String::from(
        "<!-- Made by `UPDATE_DOCS=1 cargo test --test rooms docs`; edit src/config/keys.rs. -->\n\
         # Configuration\n\n\
         Settings come in layers, weakest first: built-in defaults, the preset (that of `--preset`,\n\
         else the objective's, else `quick`)\n\
         ([configs](../configs)), `--config FILE` (TOML), environment variables, `--set KEY=VALUE`, and the other flags.\n\
         `genai-tui config` prints the result, `genai-tui config --origin` where each value came from, and\n\
         `genai-tui config > run.toml` a commented file to start from. A run's own `config.toml` is such a file.\n\n\
         A key becomes a variable by upper case, with two underscores for a dot: ",
    );
    let _ = writeln!(
        text,
        "`optimizer.d.lr` is `{}`.",
        environment_variable("optimizer.d.lr")
    );
    text.push_str("\nA key without a default here is set by the preset, or not set at all.\n");
    let mut group = None;
    for key in KEYS {
        let (its_group, name) = key.name.rsplit_once('.').unwrap_or(("", key.name));
        if group != Some(its_group) {
            group = Some(its_group);
            if its_group.is_empty() {
                text.push_str("\n## The run\n\n");
            } else {
                let about = key.group().unwrap().about;
                let _ = write!(text, "\n## `[{its_group}]`\n\n{about}\n\n");
            }
            text.push_str("| key | meaning | takes | default |\n|---|---|---|---|\n");
        }
        let default = key
            .default
            .map_or_else(String::new, |value| format!("`{}`", cell(value)));
        let _ = writeln!(
            text,
            "| `{name}` | {} | {} | {default} |",
            cell(key.about),
            cell(&key.value_type.expected())
        );
    }
    text
}

fn keys() -> String {
    let mut text = String::from(
        "<!-- Made by `UPDATE_DOCS=1 cargo test --test rooms docs`; edit src/tui/keymap/. -->\n\
         # Keys and commands\n\n\
         `?` shows the same in the dashboard, with your own keys; `/` searches in it. Keys can be changed under `[keys]` in the\n\
         [configuration](configuration.md).\n",
    );
    let mut fresh = true;
    let workspace = help::of_workspace().into_iter();
    // Commands are listed once.
    let workspace = workspace.take_while(|line| *line != Line::Heading("Commands to runs"));
    for line in help::lines(&Keymap::default()).into_iter().chain(workspace) {
        match line {
            Line::Empty => {}
            Line::Heading(title) => {
                let _ = writeln!(text, "\n## {title}\n\n| | |\n|---|---|");
                fresh = true;
            }
            Line::Key(name, about) | Line::Command(name, about) => {
                let names: Vec<_> = name.split("  ").map(|n| format!("`{}`", cell(n))).collect();
                let _ = writeln!(text, "| {} | {} |", names.join(" "), cell(about));
                fresh = false;
            }
        }
    }
    assert!(!fresh, "a heading with nothing below it");
    text
}

fn is_up_to_date(name: &str, text: &str) {
    let path = root().join("docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "docs/{name} is not what the program's tables say: UPDATE_DOCS=1 cargo test --test rooms docs"
    );
}

#[test]
fn the_reference_of_settings_is_up_to_date() {
    is_up_to_date("configuration.md", &configuration());
}

#[test]
fn the_reference_of_keys_is_up_to_date() {
    is_up_to_date("keys.md", &keys());
}
