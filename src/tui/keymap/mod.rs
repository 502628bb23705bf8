//! Key bindings: tables from which keys are looked up and the key line and help are made. The screens' table is here; each
//! dialog has its own in its file.

pub mod bind;
mod table;
mod workspace;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub use table::{INTERRUPT, SCREENS, TERMINAL};
pub use workspace::{PICKER, PROMPT, RUNS_OF_SWEEP, SWEEP, WORKSPACE, WORKSPACE_CONTEXTS};

use super::workspace_part::Part;

use super::screen::Screen;
use crate::protocol::{LrTarget, SWITCH_OBJECTIVE};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Pause at the next step boundary, or resume.
    TogglePause,
    /// Train one step.
    StepOnce,
    /// Learning rates up (true) or down.
    Rates(LrTarget, bool),
    /// Open the menu of objectives.
    Objectives,
    /// Open the command line.
    CommandLine,
    /// Rewind to the most recent state in memory.
    Rewind,
    /// Save now.
    Checkpoint,
    /// Generate samples now.
    Sample,
    /// Next strength of smoothing.
    Smoothing,
    /// Linear or logarithmic axis.
    Scale,
    /// Next span of steps.
    Span,
    /// Next unit of the horizontal axis.
    Axis,
    /// Half as many steps (true), or twice.
    Zoom(bool),
    /// Later steps (true), or earlier.
    Pan(bool),
    /// The next metric of the charts, to hide or show.
    Focus,
    /// The one before it.
    FocusBack,
    /// Hide or show that metric.
    Hide,
    /// Filter metrics, or lines of the help, by a text.
    Filter,
    /// Next size of samples.
    Grid,
    /// One sample enlarged, the next one.
    Enlarge,
    /// Samples full screen, in pixels.
    Still,
    /// Show real images next to the samples, or hide them.
    Real,
    /// Show the samples of the weights without average next to them, or hide them.
    Raw,
    /// Interpolate from a sample to the next one.
    Walk,
    /// The training images nearest to a sample.
    Neighbours,
    /// Sweep a dimension of a sample's latent, then the next one.
    Dimension,
    /// Play the samples' history, or stop.
    Play,
    /// Show what the dashboard itself costs.
    Cost,
    /// Show this screen.
    Show(Screen),
    /// Crosshair to the left.
    Left,
    /// Crosshair to the right.
    Right,
    /// Open the help.
    Help,
    /// Leave; the run continues.
    Detach,
    /// Take control from another viewer.
    TakeControl,
    /// Suspend to the shell.
    Suspend,
    /// Redraw the whole screen.
    Redraw,
    /// Ask whether to stop.
    Quit,
    /// Like [`Action::Quit`]; while asked: stop; while stopping: leave immediately.
    Interrupt,
    /// Confirm, or take the selected item.
    Confirm,
    /// Close without effect.
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
    /// To the first line.
    First,
    /// To the last line.
    Last,
    /// Workspace: show these parts.
    Part(Part),
    /// Workspace: the next of these.
    NextPart,
    /// Workspace: select the run, or not.
    Select,
    /// Workspace: select all listed runs, or none.
    SelectAll,
    /// Workspace: keep the run at the top, or not.
    Pin,
    /// Workspace: compare with this run, or not.
    Baseline,
    /// Workspace: choose the column to sort by.
    Sort,
    /// Workspace: sort in the other direction.
    Reverse,
    /// Workspace: choose columns.
    Columns,
    /// Workspace: choose metrics to chart.
    Metrics,
    /// Workspace: charts of later (true) or earlier metrics.
    Turn(bool),
    /// Workspace: draw runs in groups, or one by one.
    Group,
    /// Workspace: choose the settings that make groups.
    GroupBy,
    /// Workspace: the next kind of band.
    Band,
    /// Workspace: write a note on the run.
    Note,
    /// Workspace: tag the run.
    Tag,
    /// Workspace: archive the run, or bring it back.
    Archive,
    /// Workspace: list archived runs, or not.
    Archived,
    /// Workspace: delete the run.
    Delete,
    /// Workspace: let a sweep have more trials.
    AddTrials,
    /// Workspace: stop the highlighted trial of a sweep.
    StopTrial,
    /// Workspace: choose a metric for the horizontal axis.
    AxisOver,
    /// Workspace: start a second run from the present state of the highlighted live one.
    ForkRun,
    /// Workspace: pause or resume the live runs that are selected, or else the highlighted one.
    PauseRuns,
}

impl Action {
    /// Its name in the configuration, if its key is configurable.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::TogglePause => "pause",
            Self::StepOnce => "step",
            Self::Rates(LrTarget::Both, true) => "lr_up",
            Self::Rates(LrTarget::Both, false) => "lr_down",
            Self::Rates(LrTarget::D, true) => "lr_d_up",
            Self::Rates(LrTarget::D, false) => "lr_d_down",
            Self::Rates(LrTarget::G, true) => "lr_g_up",
            Self::Rates(LrTarget::G, false) => "lr_g_down",
            Self::Objectives => SWITCH_OBJECTIVE,
            Self::CommandLine => "command",
            Self::Rewind => "rewind",
            Self::Checkpoint => "checkpoint",
            Self::Sample => "sample",
            Self::Smoothing => "smoothing",
            Self::Scale => "scale",
            Self::Span => "window",
            Self::Axis => "axis",
            Self::Zoom(true) => "zoom_in",
            Self::Zoom(false) => "zoom_out",
            Self::Pan(false) => "pan_left",
            Self::Pan(true) => "pan_right",
            Self::Focus => "focus",
            Self::Hide => "hide",
            Self::Filter => "filter",
            Self::Grid => "grid",
            Self::Enlarge => "enlarge",
            Self::Still => "full",
            Self::Real => "real",
            Self::Raw => "raw",
            Self::Walk => "walk",
            Self::Neighbours => "neighbours",
            Self::Dimension => "dimension",
            Self::Play => "play",
            Self::Cost => "cost",
            Self::Show(screen) => screen.name(),
            Self::Help => "help",
            Self::Detach => "detach",
            Self::TakeControl => "control",
            Self::Quit => "quit",
            _ => return None,
        })
    }

    /// Returns whether it sends a command to the run, and so has no effect once the run has ended.
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
                | Self::Real
                | Self::Walk
                | Self::Neighbours
                | Self::Dimension
        )
    }
}

/// A set of key bindings: those of the screens, or of a dialog.
#[derive(Debug)]
pub struct Context {
    /// Its heading in the help.
    pub title: &'static str,
    /// Its keys, in the order of the help and of the key line.
    pub groups: &'static [&'static [Binding]],
    /// Whether its keys are configurable.
    pub is_configurable: bool,
}

impl Context {
    /// The bindings of a dialog.
    #[must_use]
    pub const fn of_dialog(title: &'static str, groups: &'static [&'static [Binding]]) -> Self {
        Self {
            title,
            groups,
            is_configurable: false,
        }
    }

    /// Its keys, in their order.
    pub fn bindings(&self) -> impl Iterator<Item = &'static Binding> {
        self.groups.iter().copied().flatten()
    }
}

/// A key with its modifiers. Shift is part of the character and is ignored.
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

    /// The key with this name: a character, `space`, `Tab`, `Enter`, `F1`, `Ctrl-K`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let plain = |code| {
            Some(Self {
                code,
                control: false,
            })
        };
        let mut letters = name.chars();
        if let (Some(letter), None) = (letters.next(), letters.next()) {
            return (!letter.is_control()).then_some(Self {
                code: KeyCode::Char(letter),
                control: false,
            });
        }
        let lower = name.to_lowercase();
        if let Some(letter) = lower.strip_prefix("ctrl-") {
            let mut letters = letter.chars();
            let (Some(letter), None) = (letters.next(), letters.next()) else {
                return None;
            };
            return Some(Self {
                code: KeyCode::Char(letter),
                control: true,
            });
        }
        match lower.as_str() {
            "space" => plain(KeyCode::Char(' ')),
            "tab" => plain(KeyCode::Tab),
            "enter" => plain(KeyCode::Enter),
            "backspace" => plain(KeyCode::Backspace),
            "home" => plain(KeyCode::Home),
            "end" => plain(KeyCode::End),
            "insert" => plain(KeyCode::Insert),
            "delete" => plain(KeyCode::Delete),
            _ => {
                let number = lower.strip_prefix('f')?.parse::<u8>().ok()?;
                (1..=12)
                    .contains(&number)
                    .then_some(KeyCode::F(number))
                    .and_then(plain)
            }
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
            KeyCode::F(number) => format!("F{number}"),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            other => format!("{other:?}"),
        }
    }
}

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The keys; any of them.
    pub keys: &'static [Key],
    /// What they do.
    pub action: Action,
    /// Keys and label in the key line; `None` for the second of a pair.
    pub hint: Option<Hint>,
    /// What they do, for the help.
    pub about: &'static str,
}

/// How the key line shows a key or a pair of keys.
#[derive(Debug, Clone, Copy)]
pub struct Hint {
    /// The keys: `+/-`.
    pub keys: &'static str,
    /// What they do, in a word or two.
    pub label: &'static str,
    /// The screen it belongs to, where it comes first.
    pub home: Option<Screen>,
    /// Its rank elsewhere: 0 is dropped last when space runs out; `None` if it is shown on its own screen only.
    pub rank: Option<u8>,
}

impl Hint {
    /// Its rank on a screen; `None` if it is not shown there.
    #[must_use]
    pub fn rank_on(&self, screen: Screen) -> Option<u8> {
        if self.home == Some(screen) {
            Some(FIRST)
        } else {
            self.rank
        }
    }
}

/// The rank of a hint on its own screen: only help and quit are more important.
const FIRST: u8 = 2;

/// The tables, with custom key bindings for the screens.
#[derive(Debug, Clone, Default)]
pub struct Keymap {
    own: Vec<(Action, Key)>,
}

/// Why custom key bindings are not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// Not a key.
    #[error(
        "`keys.{action}`: expected a key: a character, or space, Tab, Enter, Home, End, F1 to F12, Ctrl-K and the like; found `{found}`"
    )]
    NoKey {
        /// The action.
        action: String,
        /// What was found.
        found: String,
    },
    /// Not an action.
    #[error("`keys.{action}`: unknown action")]
    NoAction {
        /// The name.
        action: String,
    },
    /// The key is bound to another action.
    #[error(
        "`keys.{action}`: `{key}` is already bound ({other}); choose another key for one of them"
    )]
    Taken {
        /// The action.
        action: String,
        /// The key.
        key: String,
        /// What it is bound to.
        other: String,
    },
}

impl Keymap {
    /// The tables with these keys instead of the defaults: pairs of an action and a key.
    ///
    /// # Errors
    /// For an unknown key or action, and for a key that is bound twice.
    pub fn new<'a>(
        keys: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, KeymapError> {
        let mut own = Vec::new();
        for (action, name) in keys {
            let binding = SCREENS
                .bindings()
                .find(|b| b.action.name() == Some(action))
                .ok_or_else(|| KeymapError::NoAction {
                    action: action.to_owned(),
                })?;
            let key = Key::named(name).ok_or_else(|| KeymapError::NoKey {
                action: action.to_owned(),
                found: name.to_owned(),
            })?;
            // The table may list it as a second key: only a different key is custom.
            if !binding.keys.contains(&key) {
                own.push((binding.action, key));
            }
        }
        let map = Self { own };
        for (i, (action, key)) in map.own.iter().enumerate() {
            let taken = SCREENS
                .bindings()
                .filter(|b| b.action != *action)
                .find(|b| map.keys(&SCREENS, b).contains(key))
                .map(|b| b.about);
            let twice = map.own[..i].iter().find(|(_, k)| k == key);
            if let Some(other) = taken.or(twice.and_then(|(a, _)| a.name())) {
                return Err(KeymapError::Taken {
                    action: action.name().unwrap_or_default().to_owned(),
                    key: key.name(),
                    other: other.to_owned(),
                });
            }
        }
        Ok(map)
    }

    /// The action of a key in a context, if any.
    #[must_use]
    pub fn lookup(&self, context: &Context, event: &KeyEvent) -> Option<Action> {
        context
            .bindings()
            .find(|b| self.keys(context, b).iter().any(|k| k.matches(event)))
            .map(|b| b.action)
    }

    /// The keys of a binding of a context.
    #[must_use]
    pub fn keys(&self, context: &Context, binding: &Binding) -> Vec<Key> {
        self.own_key(context, binding)
            .map_or_else(|| binding.keys.to_vec(), |key| vec![key])
    }

    /// The first key bound to an action on the screens.
    #[must_use]
    pub fn key(&self, action: Action) -> Option<Key> {
        let binding = SCREENS.bindings().find(|b| b.action == action)?;
        self.keys(&SCREENS, binding).first().copied()
    }

    /// The keys of a hint, or the custom one.
    #[must_use]
    pub fn hint(&self, context: &Context, binding: &Binding, hint: Hint) -> String {
        self.own_key(context, binding)
            .map_or_else(|| hint.keys.to_owned(), Key::name)
    }

    fn own_key(&self, context: &Context, binding: &Binding) -> Option<Key> {
        if !context.is_configurable {
            return None;
        }
        let mut own = self.own.iter();
        own.find(|(action, _)| *action == binding.action)
            .map(|(_, key)| *key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::dialogs::CONTEXTS;

    fn contexts() -> impl Iterator<Item = &'static Context> {
        let dialogs = CONTEXTS.iter().chain(WORKSPACE_CONTEXTS).copied();
        dialogs.chain([&SCREENS])
    }

    #[test]
    fn no_key_does_two_things_in_one_context() {
        for context in contexts() {
            let keys: Vec<Key> = context
                .bindings()
                .flat_map(|b| b.keys.iter().copied())
                .collect();
            for (i, key) in keys.iter().enumerate() {
                assert!(
                    !keys[i + 1..].contains(key),
                    "{}: {} is bound twice",
                    context.title,
                    key.name()
                );
            }
        }
    }

    #[test]
    fn every_binding_says_what_it_does_and_every_hint_names_its_key() {
        for binding in contexts().flat_map(Context::bindings) {
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
    fn custom_keys_replace_the_defaults_and_are_never_bound_twice() {
        let press = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        let map = Keymap::new([("pause", "k"), ("quit", "q")]);
        let map = map.unwrap_or_else(|e| unreachable!("{e}"));
        let found = |c| map.lookup(&SCREENS, &press(c));
        assert_eq!((found('k'), found(' ')), (Some(Action::TogglePause), None));
        // Swapping two keys is not a conflict.
        assert!(Keymap::new([("pause", "q"), ("quit", "space")]).is_ok());
        for (keys, expected) in [
            (vec![("pause", "q")], "is already bound (quit"),
            (vec![("pause", "K"), ("step", "K")], "is already bound"),
            (vec![("pause", "Ctrl-C")], "is already bound"),
            (vec![("pause", "both")], "expected a key"),
            (vec![("jump", "j")], "unknown action"),
        ] {
            let error = Keymap::new(keys).map(drop).map_err(|e| e.to_string());
            assert!(
                error.as_ref().is_err_and(|e| e.contains(expected)),
                "{error:?}"
            );
        }
    }

    #[test]
    fn every_name_and_its_key_stand_in_the_configuration() {
        let table: Vec<(&str, Option<&str>)> = crate::config::KEYS
            .iter()
            .filter_map(|key| Some((key.name.strip_prefix("keys.")?, key.default)))
            .collect();
        for binding in SCREENS.bindings() {
            let Some(name) = binding.action.name() else {
                continue;
            };
            let row = table.iter().find(|(n, _)| *n == name);
            let key = row.and_then(|(_, default)| Key::named((*default)?));
            assert_eq!(key, binding.keys.first().copied(), "{name}");
        }
        assert_eq!(
            table.len(),
            SCREENS
                .bindings()
                .filter(|b| b.action.name().is_some())
                .count()
        );
    }

    #[test]
    fn every_context_can_be_left_and_quit_from() {
        let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        for context in contexts() {
            let actions: Vec<Action> = context.bindings().map(|b| b.action).collect();
            let found = Keymap::default().lookup(context, &control_c);
            assert!(found.is_some(), "{}", context.title);
            assert!(
                actions.contains(&Action::Cancel) || context.is_configurable,
                "{}",
                context.title
            );
            for action in [Action::Suspend, Action::Redraw] {
                assert!(actions.contains(&action), "{}: {action:?}", context.title);
            }
        }
    }

    #[test]
    fn shift_is_part_of_the_character_but_control_is_not() {
        let press = |c, modifiers| KeyEvent::new(KeyCode::Char(c), modifiers);
        let found = |event| Keymap::default().lookup(&SCREENS, &event);
        assert_eq!(
            found(press('+', KeyModifiers::SHIFT)),
            Some(Action::Rates(LrTarget::Both, true))
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
