//! Every key and what it does: one table, from which keys are looked up, the key line and the help are made.

mod table;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub use table::KEYMAP;

use super::app::Screen;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Wait at the next step boundary, or go on.
    TogglePause,
    /// Make one step.
    StepOnce,
    /// Learning rates up (true) or down.
    Rates(Who, bool),
    /// Open the menu of objectives.
    Objectives,
    /// Open the command line.
    CommandLine,
    /// Go back to the newest earlier state in memory.
    Rewind,
    /// Save now.
    Checkpoint,
    /// Draw the fixed latents now.
    Sample,
    /// Next strength of smoothing.
    Smoothing,
    /// Linear or logarithmic axis.
    Scale,
    /// Next span of steps.
    Span,
    /// Show this screen.
    Show(Screen),
    /// Crosshair to the left.
    Left,
    /// Crosshair to the right.
    Right,
    /// Open the help.
    Help,
    /// Leave; the run goes on.
    Detach,
    /// Take control from another viewer.
    TakeControl,
    /// Give the terminal to the shell for a while.
    Suspend,
    /// Ask whether to stop.
    Quit,
    /// As [`Action::Quit`]; while that is asked: stop at once; while stopping: leave.
    Interrupt,
    /// Yes, this one.
    Confirm,
    /// Close without doing anything.
    Cancel,
    /// One line up.
    Previous,
    /// One line down.
    Next,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Take the next completion.
    Complete,
    /// Take the previous completion.
    CompleteBack,
}

impl Action {
    /// Whether it asks something of the run, and so means nothing once the run has ended.
    #[must_use]
    pub fn is_command(self) -> bool {
        matches!(
            self,
            Self::TogglePause
                | Self::StepOnce
                | Self::Rates(..)
                | Self::Objectives
                | Self::CommandLine
                | Self::Rewind
                | Self::TakeControl
                | Self::Checkpoint
                | Self::Sample
        )
    }
}

/// Whose learning rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Both networks'.
    Both,
    /// The discriminator's.
    D,
    /// The generator's.
    G,
}

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// No dialog is open.
    Dashboard,
    /// The menu of objectives.
    Menu,
    /// The command line.
    CommandLine,
    /// The help.
    Help,
    /// The question whether to stop.
    Quit,
}

impl Context {
    /// Every context, in the order of the help.
    pub const ALL: [Self; 5] = [
        Self::Dashboard,
        Self::CommandLine,
        Self::Menu,
        Self::Quit,
        Self::Help,
    ];

    /// Its heading in the help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Dashboard => "Keys",
            Self::Menu => "In the menu of objectives",
            Self::CommandLine => "In the command line",
            Self::Help => "In this help",
            Self::Quit => "When asked whether to stop",
        }
    }
}

/// A key with its modifiers. Shift is part of a character and is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    control: bool,
}

impl Key {
    fn matches(self, event: &KeyEvent) -> bool {
        let held = event
            .modifiers
            .intersection(KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SUPER);
        self.code == event.code
            && held
                == if self.control {
                    KeyModifiers::CONTROL
                } else {
                    KeyModifiers::NONE
                }
    }

    /// Its name on the screen.
    #[must_use]
    pub fn name(self) -> String {
        match self.code {
            KeyCode::Char(' ') => "space".to_owned(),
            KeyCode::Char(c) if self.control => format!("Ctrl-{}", c.to_ascii_uppercase()),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::Esc => "Esc".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            other => format!("{other:?}"),
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// The keys; any of them.
    pub keys: &'static [Key],
    /// What they do.
    pub action: Action,
    /// Keys and label in the key line; nothing for the second of a pair.
    pub hint: Option<Hint>,
    /// What they do, for the help.
    pub about: &'static str,
}

/// What the key line says of a key or a pair of keys.
#[derive(Debug, Clone, Copy)]
pub struct Hint {
    /// The keys: `+/-`.
    pub keys: &'static str,
    /// What they do, in a word or two.
    pub label: &'static str,
    /// 0 stays longest when there is no room.
    pub rank: u8,
}

/// What a key does in a context, if anything.
#[must_use]
pub fn lookup(context: Context, event: &KeyEvent) -> Option<Action> {
    bindings(context)
        .find(|b| b.keys.iter().any(|k| k.matches(event)))
        .map(|b| b.action)
}

/// The bindings of a context, in their order.
pub fn bindings(context: Context) -> impl Iterator<Item = &'static Binding> {
    KEYMAP.iter().filter(move |b| b.context == context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things_in_one_context() {
        for context in Context::ALL {
            let keys: Vec<Key> = bindings(context)
                .flat_map(|b| b.keys.iter().copied())
                .collect();
            for (i, key) in keys.iter().enumerate() {
                assert!(
                    !keys[i + 1..].contains(key),
                    "{context:?}: {} is bound twice",
                    key.name()
                );
            }
        }
    }

    #[test]
    fn every_binding_says_what_it_does_and_every_hint_names_its_key() {
        for binding in KEYMAP {
            assert!(
                !binding.about.is_empty() && !binding.keys.is_empty(),
                "{binding:?}"
            );
            if let Some(hint) = binding.hint {
                let named = binding.keys.iter().any(|k| hint.keys.contains(&k.name()));
                assert!(named, "the hint {} names none of its keys", hint.keys);
            }
        }
    }

    #[test]
    fn every_context_can_be_left_and_quit_from() {
        for context in Context::ALL {
            let actions: Vec<Action> = bindings(context).map(|b| b.action).collect();
            assert!(actions.contains(&Action::Interrupt), "{context:?}");
            assert!(
                actions.contains(&Action::Cancel) || context == Context::Dashboard,
                "{context:?}"
            );
        }
    }

    #[test]
    fn shift_is_part_of_the_character_and_control_is_not() {
        let press = |c, modifiers| KeyEvent::new(KeyCode::Char(c), modifiers);
        let found = |event| lookup(Context::Dashboard, &event);
        assert_eq!(
            found(press('+', KeyModifiers::SHIFT)),
            Some(Action::Rates(Who::Both, true))
        );
        assert_eq!(found(press('?', KeyModifiers::SHIFT)), Some(Action::Help));
        assert_eq!(
            found(press('c', KeyModifiers::CONTROL)),
            Some(Action::Interrupt)
        );
        assert_eq!(found(press('s', KeyModifiers::CONTROL)), None);
        assert_eq!(found(press('s', KeyModifiers::ALT)), None);
    }
}
