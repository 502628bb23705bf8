//! The keys of the screens, and those that every dialog knows.

use crossterm::event::KeyCode;

use super::bind::{DOWN, ENTER, ESCAPE, UP, bind, control, first_on, hint, key, named, only_on};
use super::{Action as A, Binding, Context, Key};
use crate::protocol::{LrTarget, SWITCH_OBJECTIVE};
use crate::tui::screen::Screen;

const CTRL_C: Key = control('c');
const CTRL_Z: Key = control('z');
const CTRL_L: Key = control('l');

/// Where no dialog is open.
pub static SCREENS: Context = Context {
    title: "Keys",
    groups: &[STEERING_AND_LOOKING, &NUMBERS, MOVING_AND_LEAVING],
    is_configurable: true,
};

/// Ctrl-C in dialogs other than the one before stopping.
pub const INTERRUPT: &[Binding] = &[bind(&[CTRL_C], A::Interrupt, None, "quit (asks first)")];

/// Bindings of every dialog that concern the terminal.
pub const TERMINAL: &[Binding] = &[
    bind(&[CTRL_Z], A::Suspend, None, "suspend to the shell"),
    bind(&[CTRL_L], A::Redraw, None, "redraw the screen"),
];

/// A number key for each screen.
const NUMBERS: [Binding; Screen::ALL.len()] = {
    const DIGITS: &[[Key; 1]; 9] = &[
        [key('1')],
        [key('2')],
        [key('3')],
        [key('4')],
        [key('5')],
        [key('6')],
        [key('7')],
        [key('8')],
        [key('9')],
    ];
    // It names the first and the last of them.
    const ALL_OF_THEM: &str = "1-6";
    assert!(ALL_OF_THEM.as_bytes()[2] as usize == b'0' as usize + Screen::ALL.len());
    let first = bind(
        &DIGITS[0],
        A::Show(Screen::ALL[0]),
        hint(ALL_OF_THEM, "screens", 1),
        Screen::ALL[0].about(),
    );
    let mut rows = [first; Screen::ALL.len()];
    let mut i = 1;
    while i < rows.len() {
        rows[i] = bind(
            &DIGITS[i],
            A::Show(Screen::ALL[i]),
            None,
            Screen::ALL[i].about(),
        );
        i += 1;
    }
    rows
};

const STEERING_AND_LOOKING: &[Binding] = &[
    bind(
        &[key(' ')],
        A::TogglePause,
        hint("space", "pause", 2),
        "pause / resume",
    ),
    bind(
        &[key('s')],
        A::StepOnce,
        hint("s", "step", 6),
        "train one step, then pause",
    ),
    bind(
        &[key('+'), key('=')],
        A::Rates(LrTarget::Both, true),
        hint("+/-", "lr", 3),
        "both learning rates × 1.25",
    ),
    bind(
        &[key('-')],
        A::Rates(LrTarget::Both, false),
        None,
        "both learning rates ÷ 1.25",
    ),
    bind(
        &[key(']')],
        A::Rates(LrTarget::D, true),
        hint("[/]", "lr D", 8),
        "D's learning rate × 1.25",
    ),
    bind(
        &[key('[')],
        A::Rates(LrTarget::D, false),
        None,
        "D's learning rate ÷ 1.25",
    ),
    bind(
        &[key('}')],
        A::Rates(LrTarget::G, true),
        hint("{/}", "lr G", 8),
        "G's learning rate × 1.25",
    ),
    bind(
        &[key('{')],
        A::Rates(LrTarget::G, false),
        None,
        "G's learning rate ÷ 1.25",
    ),
    bind(
        &[key('l')],
        A::Objectives,
        hint("l", SWITCH_OBJECTIVE, 4),
        "switch the objective",
    ),
    bind(
        &[key(':')],
        A::CommandLine,
        hint(":", "command", 5),
        "command line, with completion",
    ),
    bind(
        &[key('u')],
        A::Rewind,
        hint("u", "rewind", 6),
        "rewind to the most recent state in memory",
    ),
    bind(
        &[key('c')],
        A::Checkpoint,
        hint("c", "save", 7),
        "save a checkpoint now",
    ),
    bind(
        &[key('p')],
        A::Sample,
        hint("p", "sample", 9),
        "generate samples now and record them",
    ),
    bind(
        &[key('m')],
        A::Smoothing,
        first_on(Screen::Charts, hint("m", "smooth", 10)),
        "smoothing of the charts: off, 0.9, 0.99 or 0.999 per step",
    ),
    bind(
        &[key('y')],
        A::Scale,
        first_on(Screen::Charts, hint("y", "height", 10)),
        "vertical axis: spikes clipped, full range, logarithmic",
    ),
    bind(
        &[key('w')],
        A::Span,
        first_on(Screen::Charts, hint("w", "window", 11)),
        "range of the charts: all steps, the last 10k, the last 1k",
    ),
    bind(
        &[key('x')],
        A::Axis,
        first_on(Screen::Charts, hint("x", "axis", 12)),
        "horizontal axis: steps, images or time",
    ),
    bind(
        &[key('z')],
        A::Zoom(true),
        first_on(Screen::Charts, hint("z/Z", "zoom", 10)),
        "zoom in, around the crosshair or on the latest steps",
    ),
    bind(&[key('Z')], A::Zoom(false), None, "zoom out"),
    bind(&[key(',')], A::Pan(false), None, "pan to earlier steps"),
    bind(
        &[key('.')],
        A::Pan(true),
        None,
        "pan to later steps; at the latest, the charts follow the run again",
    ),
    bind(
        &[named(KeyCode::Tab)],
        A::Focus,
        only_on(Screen::Charts, "Tab", "line"),
        "select the next line of the charts",
    ),
    bind(
        &[named(KeyCode::BackTab)],
        A::FocusBack,
        None,
        "select the previous line",
    ),
    bind(
        &[key('v')],
        A::Hide,
        only_on(Screen::Charts, "v", "hide"),
        "hide or show the selected line",
    ),
    bind(
        &[key('/')],
        A::Filter,
        first_on(Screen::Charts, hint("/", "find", 12)),
        "filter the metrics by name; on the screen of output, search in it",
    ),
    bind(
        &[key('g')],
        A::Grid,
        only_on(Screen::Samples, "g", "size"),
        "samples: change their size",
    ),
    bind(
        &[key('e')],
        A::Enlarge,
        only_on(Screen::Samples, "e", "enlarge"),
        "samples: enlarge one, then the next; Esc shows all",
    ),
    bind(
        &[key('f')],
        A::Still,
        only_on(Screen::Samples, "f", "full"),
        "samples: full screen at the best resolution; any key returns",
    ),
    bind(
        &[key('b')],
        A::Real,
        only_on(Screen::Samples, "b", "real"),
        "samples: show real images next to them, or close",
    ),
    bind(
        &[key('W')],
        A::Raw,
        only_on(Screen::Samples, "W", "raw"),
        "samples: show those of the weights without average, or close",
    ),
    bind(
        &[key('i')],
        A::Walk,
        only_on(Screen::Samples, "i", "way"),
        "samples: interpolate from the enlarged one to the next (walk A B: any two)",
    ),
    bind(
        &[key('t')],
        A::Dimension,
        only_on(Screen::Samples, "t", "dimension"),
        "samples: sweep one latent dimension, then the next",
    ),
    bind(
        &[key('n')],
        A::Neighbours,
        only_on(Screen::Samples, "n", "nearest"),
        "samples: show the nearest training images",
    ),
    bind(
        &[key('P')],
        A::Play,
        only_on(Screen::Samples, "P", "play"),
        "samples: play their history from the crosshair, or stop",
    ),
    bind(
        &[key('o')],
        A::Cost,
        None,
        "show what the dashboard itself costs: bytes and time",
    ),
];

const MOVING_AND_LEAVING: &[Binding] = &[
    bind(
        &[ENTER],
        A::Confirm,
        only_on(Screen::Events, "Enter", "to the charts"),
        "events: show the selected one on the charts; output: the next match of the search above",
    ),
    bind(
        &[named(KeyCode::Left)],
        A::Left,
        hint("Left/Right", "crosshair", 9),
        "move the crosshair left; legends show the values there",
    ),
    bind(
        &[named(KeyCode::Right)],
        A::Right,
        None,
        "move the crosshair right",
    ),
    bind(
        &[UP],
        A::Previous,
        only_on(Screen::Events, "Up/Down", "choose"),
        "scroll up: charts, events, output",
    ),
    bind(
        &[DOWN],
        A::Next,
        None,
        "scroll down: charts, events, output",
    ),
    bind(
        &[named(KeyCode::PageUp)],
        A::PageUp,
        None,
        "events: a page up; on charts, move the crosshair far left",
    ),
    bind(
        &[named(KeyCode::PageDown)],
        A::PageDown,
        None,
        "events: a page down; on charts, move the crosshair far right",
    ),
    bind(
        &[ESCAPE],
        A::Cancel,
        None,
        "clear the crosshair, then return to the dashboard",
    ),
    bind(&[key('?')], A::Help, hint("?", "help", 1), "this help"),
    bind(
        &[key('d')],
        A::Detach,
        hint("d", "detach", 5),
        "detach; training continues",
    ),
    bind(
        &[key('T')],
        A::TakeControl,
        hint("T", "control", 1),
        "take control from another viewer",
    ),
    bind(
        &[CTRL_Z],
        A::Suspend,
        None,
        "suspend to the shell; `fg` returns, `bg` trains in the background",
    ),
    bind(&[CTRL_L], A::Redraw, None, "redraw the screen"),
    bind(
        &[key('q')],
        A::Quit,
        hint("q", "quit", 0),
        "quit (asks first)",
    ),
    bind(
        &[CTRL_C],
        A::Interrupt,
        None,
        "like q; twice: save and stop; three times: leave immediately",
    ),
];
