//! What the help says, made from the keymap and the grammar of commands.

use super::dialogs::{CONTEXTS, UI_COMMANDS};
use super::keymap::{Action, Context, Keymap, SCREENS, WORKSPACE_CONTEXTS};
use crate::protocol::GRAMMAR;

pub use super::dialogs::Line;

/// The whole help, with these keys.
#[must_use]
pub fn lines(keymap: &Keymap) -> Vec<Line> {
    lines_of(keymap, |_| true, &[])
}

/// The help on a run whose trainer `takes` some actions, and lacks these commands.
#[must_use]
pub fn lines_of(keymap: &Keymap, takes: impl Fn(Action) -> bool, missing: &[&str]) -> Vec<Line> {
    let mut lines = Vec::new();
    let keys = |contexts: &[&'static Context], lines: &mut Vec<Line>| {
        for context in contexts {
            lines.push(Line::Heading(context.title));
            for binding in context.bindings().filter(|binding| takes(binding.action)) {
                let keys = keymap.keys(context, binding);
                let names: Vec<String> = keys.iter().map(|key| key.name()).collect();
                lines.push(Line::Key(names.join("  "), binding.about));
            }
            lines.push(Line::Empty);
        }
    };
    keys(&[&SCREENS], &mut lines);
    lines.push(Line::Heading("Commands"));
    let commands = GRAMMAR.iter().chain(UI_COMMANDS);
    for command in commands.filter(|command| !missing.contains(&command.name)) {
        lines.push(Line::Command(
            format!("{} {}", command.name, command.arguments)
                .trim_end()
                .to_owned(),
            command.about,
        ));
    }
    lines.push(Line::Empty);
    keys(CONTEXTS, &mut lines);
    lines.pop();
    lines
}

/// The help of the workspace.
#[must_use]
pub fn of_workspace() -> Vec<Line> {
    let mut lines = Vec::new();
    for context in WORKSPACE_CONTEXTS {
        lines.push(Line::Heading(context.title));
        for binding in context.bindings() {
            let names: Vec<String> = binding.keys.iter().map(|key| key.name()).collect();
            lines.push(Line::Key(names.join("  "), binding.about));
        }
        lines.push(Line::Empty);
    }
    lines.push(Line::Heading("Commands to runs"));
    lines.extend(GRAMMAR.iter().map(|command| {
        let text = format!("{} {}", command.name, command.arguments);
        Line::Command(text.trim_end().to_owned(), command.about)
    }));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_every_command_is_explained() {
        let text = format!("{:?}", lines(&Keymap::default()));
        let contexts = CONTEXTS.iter().copied().chain([&SCREENS]);
        for binding in contexts.flat_map(Context::bindings) {
            assert!(text.contains(binding.about), "{}", binding.about);
        }
        for command in GRAMMAR.iter().chain(UI_COMMANDS) {
            assert!(text.contains(command.about), "{}", command.name);
        }
    }
}
