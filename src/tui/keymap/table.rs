//! The table itself: every key of every context.

use crossterm::event::KeyCode;

use super::super::app::Screen;
use super::{Action as A, Binding, Context as C, Hint, Key, Who};

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

#[expect(
    clippy::unnecessary_wraps,
    reason = "the table below reads better without a Some in every line"
)]
const fn hint(keys: &'static str, label: &'static str, rank: u8) -> Option<Hint> {
    Some(Hint {
        keys,
        label,
        home: None,
        rank: Some(rank),
    })
}

/// One that comes first on its screen.
const fn first_on(home: Screen, hint: Option<Hint>) -> Option<Hint> {
    match hint {
        Some(hint) => Some(Hint {
            home: Some(home),
            ..hint
        }),
        None => None,
    }
}

/// One that is shown on its screen alone.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the table below reads better without a Some in every line"
)]
const fn only_on(home: Screen, keys: &'static str, label: &'static str) -> Option<Hint> {
    Some(Hint {
        keys,
        label,
        home: Some(home),
        rank: None,
    })
}

const fn bind(
    context: C,
    keys: &'static [Key],
    action: A,
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

const UP: Key = named(KeyCode::Up);
const DOWN: Key = named(KeyCode::Down);
const ENTER: Key = named(KeyCode::Enter);
const ESCAPE: Key = named(KeyCode::Esc);
const CTRL_C: Key = control('c');
const CTRL_Z: Key = control('z');
const CTRL_L: Key = control('l');
const REDRAW: &str = "draw the screen anew";

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
        &[key('u')],
        A::Rewind,
        hint("u", "rewind", 6),
        "back to the newest earlier state in memory",
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
        first_on(Screen::Charts, hint("m", "smooth", 10)),
        "smoothing of the charts: off, or 0.9, 0.99, 0.999 a step",
    ),
    bind(
        C::Dashboard,
        &[key('y')],
        A::Scale,
        first_on(Screen::Charts, hint("y", "height", 10)),
        "vertical axis: spikes cut at the edge, all of them, logarithmic",
    ),
    bind(
        C::Dashboard,
        &[key('w')],
        A::Span,
        first_on(Screen::Charts, hint("w", "window", 11)),
        "steps on the chart: all, the last 10k, 1k",
    ),
    bind(
        C::Dashboard,
        &[key('x')],
        A::Axis,
        first_on(Screen::Charts, hint("x", "axis", 12)),
        "charts by steps, images or time",
    ),
    bind(
        C::Dashboard,
        &[key('z')],
        A::Zoom(true),
        first_on(Screen::Charts, hint("z/Z", "zoom", 10)),
        "zoom in: around the crosshair, or the newest steps",
    ),
    bind(C::Dashboard, &[key('Z')], A::Zoom(false), None, "zoom out"),
    bind(
        C::Dashboard,
        &[key(',')],
        A::Pan(false),
        None,
        "earlier steps",
    ),
    bind(
        C::Dashboard,
        &[key('.')],
        A::Pan(true),
        None,
        "later steps; at the newest ones the charts follow again",
    ),
    bind(
        C::Dashboard,
        &[named(KeyCode::Tab)],
        A::Focus,
        only_on(Screen::Charts, "Tab", "line"),
        "choose a line of the charts",
    ),
    bind(
        C::Dashboard,
        &[named(KeyCode::BackTab)],
        A::FocusBack,
        None,
        "the line before it",
    ),
    bind(
        C::Dashboard,
        &[key('v')],
        A::Hide,
        only_on(Screen::Charts, "v", "hide"),
        "hide the chosen line, or show it",
    ),
    bind(
        C::Dashboard,
        &[key('/')],
        A::Filter,
        first_on(Screen::Charts, hint("/", "find", 12)),
        "only the metrics with this text in their name",
    ),
    bind(
        C::Dashboard,
        &[key('g')],
        A::Grid,
        only_on(Screen::Samples, "g", "size"),
        "samples: larger and fewer, or smaller and more",
    ),
    bind(
        C::Dashboard,
        &[key('e')],
        A::Enlarge,
        only_on(Screen::Samples, "e", "enlarge"),
        "samples: one of them enlarged, then the next; Esc shows all",
    ),
    bind(
        C::Dashboard,
        &[key('f')],
        A::Still,
        only_on(Screen::Samples, "f", "full"),
        "samples: over the whole terminal, in its finest pixels; any key goes back",
    ),
    bind(
        C::Dashboard,
        &[key('b')],
        A::Real,
        only_on(Screen::Samples, "b", "real"),
        "samples: real images beside them; again closes",
    ),
    bind(
        C::Dashboard,
        &[key('i')],
        A::Walk,
        only_on(Screen::Samples, "i", "way"),
        "samples: the way from the enlarged one to the next (walk A B: between any two)",
    ),
    bind(
        C::Dashboard,
        &[key('t')],
        A::Dimension,
        only_on(Screen::Samples, "t", "dimension"),
        "samples: a dimension of its latent from end to end, then the next one",
    ),
    bind(
        C::Dashboard,
        &[key('n')],
        A::Neighbours,
        only_on(Screen::Samples, "n", "nearest"),
        "samples: the training images nearest to it",
    ),
    bind(
        C::Dashboard,
        &[key('P')],
        A::Play,
        only_on(Screen::Samples, "P", "play"),
        "samples: play all there were, from the crosshair on; again stops",
    ),
    bind(
        C::Dashboard,
        &[key('o')],
        A::Cost,
        None,
        "what the screen costs: bytes and time",
    ),
    bind(
        C::Dashboard,
        &[key('1')],
        A::Show(Screen::Dashboard),
        hint("1-5", "screens", 1),
        "the dashboard",
    ),
    bind(
        C::Dashboard,
        &[key('2')],
        A::Show(Screen::Charts),
        None,
        "a chart for every group of metrics",
    ),
    bind(
        C::Dashboard,
        &[key('3')],
        A::Show(Screen::Samples),
        None,
        "the samples, as many and as large as fit",
    ),
    bind(
        C::Dashboard,
        &[key('4')],
        A::Show(Screen::Events),
        None,
        "all that happened",
    ),
    bind(
        C::Dashboard,
        &[key('5')],
        A::Show(Screen::Health),
        None,
        "health: how the training goes, signal by signal",
    ),
    bind(
        C::Dashboard,
        &[ENTER],
        A::Confirm,
        only_on(Screen::Events, "Enter", "to the charts"),
        "events: show the chosen one on the charts",
    ),
    bind(
        C::Dashboard,
        &[named(KeyCode::Left)],
        A::Left,
        hint("Left/Right", "crosshair", 9),
        "crosshair of all charts to the left: legends show the values there",
    ),
    bind(
        C::Dashboard,
        &[named(KeyCode::Right)],
        A::Right,
        None,
        "crosshair to the right",
    ),
    bind(
        C::Dashboard,
        &[UP],
        A::Previous,
        only_on(Screen::Events, "Up/Down", "choose"),
        "scroll up: charts, events",
    ),
    bind(
        C::Dashboard,
        &[DOWN],
        A::Next,
        None,
        "scroll down: charts, events",
    ),
    bind(
        C::Dashboard,
        &[named(KeyCode::PageUp)],
        A::PageUp,
        None,
        "a page of events up; elsewhere the crosshair, far to the left",
    ),
    bind(
        C::Dashboard,
        &[named(KeyCode::PageDown)],
        A::PageDown,
        None,
        "a page of events down; elsewhere the crosshair, far to the right",
    ),
    bind(
        C::Dashboard,
        &[ESCAPE],
        A::Cancel,
        None,
        "no crosshair; then back to the dashboard",
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
        &[key('d')],
        A::Detach,
        hint("d", "detach", 5),
        "leave; the training goes on",
    ),
    bind(
        C::Dashboard,
        &[key('T')],
        A::TakeControl,
        hint("T", "control", 1),
        "take control, when another viewer has it",
    ),
    bind(
        C::Dashboard,
        &[CTRL_Z],
        A::Suspend,
        None,
        "back to the shell; `fg` comes back here, `bg` trains on",
    ),
    bind(
        C::Dashboard,
        &[CTRL_L],
        A::Redraw,
        None,
        "draw the screen anew, where something else wrote over it",
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
        C::Rewind,
        &[ENTER],
        A::Confirm,
        hint("Enter", "go back", 0),
        "go back",
    ),
    bind(
        C::Rewind,
        &[ESCAPE, key('q'), key('u')],
        A::Cancel,
        hint("Esc", "stay", 1),
        "stay where the run is",
    ),
    bind(
        C::Rewind,
        &[CTRL_C],
        A::Interrupt,
        None,
        "quit, with a choice",
    ),
    bind(
        C::Detach,
        &[key('d')],
        A::Detach,
        hint("d", "detach", 1),
        "leave all the same, after a checkpoint, where the run may go on",
    ),
    bind(
        C::Detach,
        &[ESCAPE, ENTER, key('q')],
        A::Cancel,
        hint("Esc", "stay", 0),
        "stay",
    ),
    bind(
        C::Detach,
        &[CTRL_C],
        A::Interrupt,
        None,
        "quit, with a choice",
    ),
    bind(C::Detach, &[CTRL_Z], A::Suspend, None, "back to the shell"),
    bind(
        C::Quit,
        &[ENTER],
        A::Confirm,
        hint("Enter", "stop and save", 0),
        "stop the run, with a checkpoint",
    ),
    bind(
        C::Quit,
        &[key('d')],
        A::Detach,
        hint("d", "detach", 2),
        "leave; the training goes on in the background",
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
        &[key('/')],
        A::Filter,
        hint("/", "find", 2),
        "only the lines with a text in them",
    ),
    bind(
        C::Search,
        &[ENTER],
        A::Confirm,
        hint("Enter", "keep", 0),
        "keep what was found",
    ),
    bind(
        C::Search,
        &[ESCAPE],
        A::Cancel,
        hint("Esc", "show all", 1),
        "show everything again",
    ),
    bind(
        C::Search,
        &[CTRL_C],
        A::Interrupt,
        None,
        "quit, with a choice",
    ),
    bind(C::Search, &[CTRL_Z], A::Suspend, None, "back to the shell"),
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
    bind(
        C::CommandLine,
        &[CTRL_Z],
        A::Suspend,
        None,
        "back to the shell",
    ),
    bind(C::CommandLine, &[CTRL_L], A::Redraw, None, REDRAW),
    bind(C::Search, &[CTRL_L], A::Redraw, None, REDRAW),
    bind(C::Menu, &[CTRL_L], A::Redraw, None, REDRAW),
    bind(C::Rewind, &[CTRL_L], A::Redraw, None, REDRAW),
    bind(C::Quit, &[CTRL_L], A::Redraw, None, REDRAW),
    bind(C::Help, &[CTRL_L], A::Redraw, None, REDRAW),
    bind(C::Menu, &[CTRL_Z], A::Suspend, None, "back to the shell"),
    bind(C::Quit, &[CTRL_Z], A::Suspend, None, "back to the shell"),
    bind(C::Help, &[CTRL_Z], A::Suspend, None, "back to the shell"),
];
