//! Every key and what it does: one table, from which keys are looked up, the key line and the help are made.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

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
    /// Open the help.
    Help,
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

const fn key(c: char) -> Key {
    Key {
        code: KeyCode::Char(c),
        control: false,
    }
}

const fn control(c: char) -> Key {
    Key {
        code: KeyCode::Char(c),
        control: true,
    }
}

const fn named(code: KeyCode) -> Key {
    Key {
        code,
        control: false,
    }
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
        let name = match self.code {
            KeyCode::Char(' ') => "space".to_owned(),
            KeyCode::Char(c) if self.control => format!("Ctrl-{}", c.to_ascii_uppercase()),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::Esc => "Esc".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            other => format!("{other:?}"),
        };
        name
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

const fn hint(keys: &'static str, label: &'static str, rank: u8) -> Option<Hint> {
    Some(Hint { keys, label, rank })
}

const fn bind(
    context: Context,
    keys: &'static [Key],
    action: Action,
    hint: Option<Hint>,
    about: &'static str,
) -> Binding {
    Binding {
        context,
        keys,
        action,
        hint,
        about,
    }
}

use Action as A;
use Context as C;

const UP: Key = named(KeyCode::Up);
const DOWN: Key = named(KeyCode::Down);
const ENTER: Key = named(KeyCode::Enter);
const ESCAPE: Key = named(KeyCode::Esc);
const CTRL_C: Key = control('c');

/// All keys, in the order of the help and of the key line.
pub const KEYMAP: &[Binding] = &[
    bind(
        C::Dashboard,
        &[key(' ')],
        A::TogglePause,
        hint("space", "pause", 2),
        "pause, and go on",
    ),
    bind(
        C::Dashboard,
        &[key('s')],
        A::StepOnce,
        hint("s", "step", 6),
        "make one step, then wait",
    ),
    bind(
        C::Dashboard,
        &[key('+'), key('=')],
        A::Rates(Who::Both, true),
        hint("+/-", "lr", 3),
        "both learning rates × 1.25",
    ),
    bind(
        C::Dashboard,
        &[key('-')],
        A::Rates(Who::Both, false),
        None,
        "both learning rates ÷ 1.25",
    ),
    bind(
        C::Dashboard,
        &[key(']')],
        A::Rates(Who::D, true),
        hint("[/]", "lr D", 8),
        "D's learning rate × 1.25",
    ),
    bind(
        C::Dashboard,
        &[key('[')],
        A::Rates(Who::D, false),
        None,
        "D's learning rate ÷ 1.25",
    ),
    bind(
        C::Dashboard,
        &[key('}')],
        A::Rates(Who::G, true),
        hint("{/}", "lr G", 8),
        "G's learning rate × 1.25",
    ),
    bind(
        C::Dashboard,
        &[key('{')],
        A::Rates(Who::G, false),
        None,
        "G's learning rate ÷ 1.25",
    ),
    bind(
        C::Dashboard,
        &[key('l')],
        A::Objectives,
        hint("l", "loss", 4),
        "menu of objectives: switch the loss",
    ),
    bind(
        C::Dashboard,
        &[key(':')],
        A::CommandLine,
        hint(":", "command", 5),
        "command line, with completion",
    ),
    bind(
        C::Dashboard,
        &[key('c')],
        A::Checkpoint,
        hint("c", "save", 7),
        "save a checkpoint now",
    ),
    bind(
        C::Dashboard,
        &[key('p')],
        A::Sample,
        hint("p", "sample", 9),
        "draw the samples now, and keep the picture",
    ),
    bind(
        C::Dashboard,
        &[key('m')],
        A::Smoothing,
        hint("m", "smooth", 10),
        "smoothing of the chart: off, 0.6, 0.9, 0.98",
    ),
    bind(
        C::Dashboard,
        &[key('y')],
        A::Scale,
        hint("y", "log", 10),
        "vertical axis: linear, logarithmic",
    ),
    bind(
        C::Dashboard,
        &[key('w')],
        A::Span,
        hint("w", "window", 11),
        "steps on the chart: all, the last 10k, 1k",
    ),
    bind(
        C::Dashboard,
        &[key('?')],
        A::Help,
        hint("?", "help", 1),
        "this help",
    ),
    bind(
        C::Dashboard,
        &[key('q')],
        A::Quit,
        hint("q", "quit", 0),
        "quit, with a choice",
    ),
    bind(
        C::Dashboard,
        &[CTRL_C],
        A::Interrupt,
        None,
        "as q; twice: save and stop; three times: leave at once",
    ),
    bind(
        C::CommandLine,
        &[ENTER],
        A::Confirm,
        hint("Enter", "run", 0),
        "run the command",
    ),
    bind(
        C::CommandLine,
        &[named(KeyCode::Tab)],
        A::Complete,
        hint("Tab", "complete", 2),
        "take the next completion (or → at the end)",
    ),
    bind(
        C::CommandLine,
        &[named(KeyCode::BackTab)],
        A::CompleteBack,
        None,
        "take the previous completion",
    ),
    bind(
        C::CommandLine,
        &[UP],
        A::Previous,
        hint("Up/Down", "history", 3),
        "an earlier command",
    ),
    bind(C::CommandLine, &[DOWN], A::Next, None, "a later command"),
    bind(
        C::CommandLine,
        &[ESCAPE],
        A::Cancel,
        hint("Esc", "close", 1),
        "close without running it",
    ),
    bind(
        C::CommandLine,
        &[CTRL_C],
        A::Interrupt,
        None,
        "quit, with a choice",
    ),
    bind(
        C::Menu,
        &[UP, key('k')],
        A::Previous,
        hint("Up/Down", "choose", 2),
        "the objective above",
    ),
    bind(
        C::Menu,
        &[DOWN, key('j')],
        A::Next,
        None,
        "the objective below",
    ),
    bind(
        C::Menu,
        &[ENTER],
        A::Confirm,
        hint("Enter", "switch", 0),
        "train with it from the next step on",
    ),
    bind(
        C::Menu,
        &[ESCAPE, key('q'), key('l')],
        A::Cancel,
        hint("Esc", "keep", 1),
        "keep the present one",
    ),
    bind(
        C::Menu,
        &[CTRL_C],
        A::Interrupt,
        None,
        "quit, with a choice",
    ),
    bind(
        C::Quit,
        &[ENTER],
        A::Confirm,
        hint("Enter", "stop and save", 0),
        "stop the run, with a checkpoint",
    ),
    bind(
        C::Quit,
        &[ESCAPE],
        A::Cancel,
        hint("Esc", "keep going", 1),
        "keep going",
    ),
    bind(
        C::Quit,
        &[CTRL_C],
        A::Interrupt,
        None,
        "stop the run, with a checkpoint",
    ),
    bind(
        C::Help,
        &[UP, key('k')],
        A::Previous,
        hint("Up/Down", "scroll", 1),
        "a line up",
    ),
    bind(C::Help, &[DOWN, key('j')], A::Next, None, "a line down"),
    bind(
        C::Help,
        &[named(KeyCode::PageUp)],
        A::PageUp,
        None,
        "a page up",
    ),
    bind(
        C::Help,
        &[named(KeyCode::PageDown), key(' ')],
        A::PageDown,
        None,
        "a page down",
    ),
    bind(
        C::Help,
        &[ESCAPE, key('q'), key('?'), ENTER],
        A::Cancel,
        hint("Esc", "close", 0),
        "close the help",
    ),
    bind(
        C::Help,
        &[CTRL_C],
        A::Interrupt,
        None,
        "quit, with a choice",
    ),
];

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
