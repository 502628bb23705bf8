//! Settings in a file next to a log: `hparams.yaml`, `config.json` and their kin.

use std::path::Path;

use super::about::About;
use crate::files;
use crate::protocol::Value;

/// Names of such files, the first that is there counts.
const NAMES: [&str; 8] = [
    "hparams.yaml",
    "config.yaml",
    "config.json",
    "hparams.json",
    "params.json",
    "args.json",
    "args.yaml",
    "params.yaml",
];
/// Longer files are no settings.
const LONGEST: u64 = 1024 * 1024;
/// How deep settings may be nested.
const DEPTH: usize = 16;

/// Takes in the settings in the directory `dir`, if there are any.
pub(super) fn take_in(dir: &Path, about: &mut About) {
    for name in NAMES {
        let path = dir.join(name);
        let is_short = std::fs::metadata(&path).is_ok_and(|m| m.is_file() && m.len() <= LONGEST);
        let Some(bytes) = is_short.then(|| files::read(&path).ok()).flatten() else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        if name.ends_with("json") {
            let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) else {
                continue;
            };
            if value.is_object() {
                about.set_json("", &value);
            }
        } else {
            yaml(&text, about);
        }
        return;
    }
}

/// Settings in YAML, as far as settings go: nested maps of plain values, one to a line, and lists of plain values. Anchors, which
/// can make a short text very long, and objects of Python are left as they are written.
fn yaml(text: &str, about: &mut About) {
    // Keys that are open, with how far each is indented.
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut list: Option<(String, Vec<String>)> = None;
    for line in text.lines() {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        if content.is_empty() || content.starts_with(['#', '%']) || content.starts_with("---") {
            continue;
        }
        let item = content.strip_prefix("- ");
        if let (Some(item), Some((indented, _))) = (item, open.last())
            && *indented <= indent
        {
            let key = joined(&open, None);
            match &mut list {
                Some((of, items)) if *of == key => items.push(item.trim().to_owned()),
                _ => list = Some((key, vec![item.trim().to_owned()])),
            }
            continue;
        }
        finish(&mut list, about);
        let Some((key, value)) = content.split_once(':') else {
            continue;
        };
        open.retain(|(indented, _)| *indented < indent);
        let value = without_comment(value.trim());
        let key = key.trim().trim_matches(['"', '\'']);
        if value.is_empty() || value.starts_with('&') && !value.contains(' ') {
            if open.len() < DEPTH {
                open.push((indent, key.to_owned()));
            }
        } else {
            about.set(&joined(&open, Some(key)), plain(value));
        }
    }
    finish(&mut list, about);
}

fn finish(list: &mut Option<(String, Vec<String>)>, about: &mut About) {
    if let Some((key, items)) = list.take() {
        about.set(&key, Value::Text(format!("[{}]", items.join(", "))));
    }
}

fn joined(open: &[(usize, String)], last: Option<&str>) -> String {
    let keys: Vec<&str> = open
        .iter()
        .map(|(_, key)| key.as_str())
        .chain(last)
        .collect();
    keys.join(".")
}

fn without_comment(value: &str) -> &str {
    match value.chars().next() {
        Some('"' | '\'') => value,
        Some('#') => "",
        _ => value.split(" #").next().unwrap_or(value).trim_end(),
    }
}

/// A plain value.
pub(super) fn plain(text: &str) -> Value {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return Value::Text(inner.to_owned());
        }
    }
    match text {
        "true" | "True" => Value::Bool(true),
        "false" | "False" => Value::Bool(false),
        "null" | "~" | "None" => Value::Text("null".to_owned()),
        _ => match (text.parse(), super::text::number(text)) {
            (Ok(whole), _) => Value::Integer(whole),
            (Err(_), Some(value)) => Value::Float(value),
            (Err(_), None) => Value::Text(text.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::about::Format;

    #[test]
    fn settings_in_yaml_are_read_with_their_nesting() {
        let mut about = About::new("a", Format::Csv, "a".into());
        yaml(
            "---\nlr: 0.0002  # the rate\nseed: 3\nema: true\nname: 'a: b'\nnet:\n  width: 256\n  blocks:\n  - 1\n  - 2\n  act:\n    kind: relu\nafter: null\nobj: !!python/object:x.Y\n",
            &mut about,
        );
        let found: Vec<String> = about
            .config
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            found,
            [
                "after=null",
                "ema=true",
                "lr=2e-4",
                "name=a: b",
                "net.act.kind=relu",
                "net.blocks=[1, 2]",
                "net.width=256",
                "obj=!!python/object:x.Y",
                "seed=3"
            ]
        );
    }
}
