//! What the help says, made from the keymap and the grammar of commands.

use super::app::UI_COMMANDS;
use super::keymap::{self, Context, Keymap};
use crate::protocol::GRAMMAR;

/// One line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Between two parts.
    Empty,
    /// Above a part.
    Heading(&'static str),
    /// A key, and what it does.
    Key(String, &'static str),
    /// A command, and what it does.
    Command(String, &'static str),
}

/// The help, or those lines of it that have a text in them.
#[must_use]
pub fn lines(keymap: &Keymap, search: &str) -> Vec<Line> {
    let wanted = search.to_lowercase();
    let mut lines = whole(keymap);
    if !wanted.is_empty() {
        lines.retain(|line| match line {
            Line::Key(key, about) | Line::Command(key, about) => {
                key.to_lowercase().contains(&wanted) || about.to_lowercase().contains(&wanted)
            }
            Line::Empty | Line::Heading(_) => false,
        });
    }
    lines
}

fn whole(keymap: &Keymap) -> Vec<Line> {
    let mut lines = Vec::new();
    let (first, rest) = Context::ALL.split_at(1);
    let keys = |contexts: &[Context], lines: &mut Vec<Line>| {
        for context in contexts {
            lines.push(Line::Heading(context.title()));
            for binding in keymap::bindings(*context) {
                let names: Vec<String> = keymap.keys(binding).iter().map(|k| k.name()).collect();
                lines.push(Line::Key(names.join("  "), binding.about));
            }
            lines.push(Line::Empty);
        }
    };
    keys(first, &mut lines);
    lines.push(Line::Heading("Commands"));
    for command in GRAMMAR.iter().chain(UI_COMMANDS) {
        lines.push(Line::Command(
            format!("{} {}", command.name, command.arguments)
                .trim_end()
                .to_owned(),
            command.about,
        ));
    }
    lines.push(Line::Empty);
    keys(rest, &mut lines);
    lines.pop();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_every_command_is_explained() {
        let text = format!("{:?}", lines(&Keymap::default(), ""));
        for binding in keymap::KEYMAP {
            assert!(text.contains(binding.about), "{}", binding.about);
        }
        for command in GRAMMAR.iter().chain(UI_COMMANDS) {
            assert!(text.contains(command.about), "{}", command.name);
        }
    }
}
