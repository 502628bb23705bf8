//! The keys of the workspace and of its dialogs.

use crossterm::event::KeyCode;

use super::bind::{DOWN, ENTER, ESCAPE, UP, bind, control, hint, key, named};
use super::{Action as A, Binding, Context, INTERRUPT, Key, TERMINAL};
use crate::tui::workspace_part::Part;

/// The keys of the workspace.
pub static WORKSPACE: Context = Context::of_dialog(
    "Workspace: genai-tui watch",
    &[RUNS, CHARTS, LOOKS, &PARTS, LEAVING, TERMINAL],
);

/// The keys where a sweep is shown.
pub static SWEEP: Context = Context::of_dialog(
    "Workspace: the screens of a sweep",
    &[TRIALS, LOOKS, &PARTS_OF_SWEEP, LEAVING, TERMINAL],
);

/// The keys of the runs of a sweep.
pub static RUNS_OF_SWEEP: Context = Context::of_dialog(
    "Workspace: the runs of a sweep",
    &[RUNS, CHARTS, LOOKS, &PARTS_OF_SWEEP, LEAVING, TERMINAL],
);

/// The keys where a text is typed.
pub static PROMPT: Context = Context::of_dialog(
    "Workspace: filter and texts",
    &[TYPING, INTERRUPT, TERMINAL],
);

/// The keys where something is chosen from a list.
pub static PICKER: Context =
    Context::of_dialog("Workspace: choices", &[CHOOSING, INTERRUPT, TERMINAL]);

/// All contexts of the workspace, in the order of the help.
pub const WORKSPACE_CONTEXTS: &[&Context] = &[&WORKSPACE, &SWEEP, &PROMPT, &PICKER];

const RUNS: &[Binding] = &[
    bind(&[UP, key('k')], A::Previous, None, "a run up"),
    bind(&[DOWN, key('j')], A::Next, None, "a run down"),
    bind(&[named(KeyCode::PageUp)], A::PageUp, None, "a page up"),
    bind(
        &[named(KeyCode::PageDown)],
        A::PageDown,
        None,
        "a page down",
    ),
    bind(&[named(KeyCode::Home)], A::First, None, "to the first run"),
    bind(&[named(KeyCode::End)], A::Last, None, "to the last run"),
    bind(
        &[ENTER],
        A::Confirm,
        hint("Enter", "open", 2),
        "open the run: its dashboard, or all its charts; Esc comes back",
    ),
    bind(
        &[key(' ')],
        A::Select,
        hint("space", "select", 2),
        "draw the run on the charts, or take it off",
    ),
    bind(
        &[key('a')],
        A::SelectAll,
        hint("a", "all", 6),
        "draw all listed runs, or none",
    ),
    bind(
        &[key('v')],
        A::Hide,
        hint("v", "hide", 7),
        "hide a selected run, or show it again",
    ),
    bind(
        &[key('p')],
        A::Pin,
        hint("p", "pin", 8),
        "pin the run to the top of the list, or not",
    ),
    bind(
        &[key('b')],
        A::Baseline,
        hint("b", "baseline", 6),
        "make the run the baseline: numbers of others show the difference to it",
    ),
    bind(
        &[key('/')],
        A::Filter,
        hint("/", "filter", 3),
        "filter: `fid < 10`, `cfg.lr >= 1e-3`, `state = live`, `tag:x`, a text, `/regex/`; and, or, not",
    ),
    bind(
        &[key('s')],
        A::Sort,
        hint("s", "sort", 4),
        "choose the column to sort by",
    ),
    bind(&[key('r')], A::Reverse, None, "sort in the other direction"),
    bind(
        &[key('c')],
        A::Columns,
        hint("c", "columns", 5),
        "choose columns: settings; a metric's newest value, its best with the step, its mean, its standard deviation",
    ),
    bind(
        &[key('n')],
        A::Note,
        hint("n", "note", 9),
        "write a note on the run",
    ),
    bind(
        &[key('t')],
        A::Tag,
        hint("t", "tag", 9),
        "tags of the run, separated by spaces",
    ),
    bind(
        &[key('o')],
        A::Archive,
        hint("o", "archive", 10),
        "archive the run, or bring it back; its files stay",
    ),
    bind(&[key('O')], A::Archived, None, "list archived runs, or not"),
    bind(
        &[key('D')],
        A::Delete,
        hint("D", "delete", 10),
        "delete the run's own files; says how many, asks for its name, and is refused while it is live or others lie below it",
    ),
    bind(
        &[key(':')],
        A::CommandLine,
        hint(":", "command", 4),
        "a command to the selected live runs, or to the highlighted one: `pause`, `lr g /2`, `set KEY VALUE`, `stop`",
    ),
    bind(
        &[key('P')],
        A::PauseRuns,
        None,
        "pause or resume the selected live runs, or the highlighted one",
    ),
    bind(
        &[key('A')],
        A::ForkRun,
        hint("A", "A/B", 5),
        "A/B: start a second run from the present state of the highlighted live one, with another objective or setting",
    ),
];

const CHARTS: &[Binding] = &[
    bind(
        &[key('f')],
        A::Metrics,
        hint("f", "charts", 3),
        "choose the metrics to chart",
    ),
    bind(
        &[key('[')],
        A::Turn(false),
        hint("[/]", "metrics", 5),
        "charts of earlier metrics; among the samples, pictures of the tag before",
    ),
    bind(
        &[key(']')],
        A::Turn(true),
        None,
        "charts of later metrics; among the samples, pictures of the next tag",
    ),
    bind(
        &[key('g')],
        A::Group,
        hint("g", "groups", 4),
        "draw groups of runs that differ only in the seed: mean and band; their table follows the highlight",
    ),
    bind(
        &[key('G')],
        A::GroupBy,
        None,
        "choose the settings that make groups",
    ),
    bind(
        &[key('u')],
        A::Band,
        None,
        "the band around a mean: min to max, standard deviation, standard error",
    ),
];

/// How charts are looked at.
const LOOKS: &[Binding] = &[
    bind(
        &[named(KeyCode::Left)],
        A::Left,
        hint("Left/Right", "crosshair", 6),
        "move the crosshair left; the charts say each run's value there",
    ),
    bind(
        &[named(KeyCode::Right)],
        A::Right,
        None,
        "move the crosshair right",
    ),
    bind(
        &[key('m')],
        A::Smoothing,
        hint("m", "smooth", 7),
        "smoothing: off, 0.9, 0.99 or 0.999 per step",
    ),
    bind(
        &[key('y')],
        A::Scale,
        hint("y", "height", 8),
        "vertical axis: spikes clipped, full range, logarithmic",
    ),
    bind(
        &[key('x')],
        A::Axis,
        hint("x", "axis", 8),
        "horizontal axis: steps, images, time since each run began, time of day, or the metric chosen with X",
    ),
    bind(
        &[key('X')],
        A::AxisOver,
        None,
        "choose a metric for the horizontal axis",
    ),
    bind(
        &[key('w')],
        A::Span,
        None,
        "range of the charts: all steps, the last 10k, the last 1k",
    ),
    bind(
        &[key('z')],
        A::Zoom(true),
        hint("z/Z", "zoom", 9),
        "zoom in, around the crosshair or on the latest steps",
    ),
    bind(&[key('Z')], A::Zoom(false), None, "zoom out"),
    bind(&[key(',')], A::Pan(false), None, "pan to earlier steps"),
    bind(&[key('.')], A::Pan(true), None, "pan to later steps"),
];

const TRIALS: &[Binding] = &[
    bind(&[UP, key('k')], A::Previous, None, "a trial up"),
    bind(&[DOWN, key('j')], A::Next, None, "a trial down"),
    bind(&[named(KeyCode::PageUp)], A::PageUp, None, "a page up"),
    bind(
        &[named(KeyCode::PageDown)],
        A::PageDown,
        None,
        "a page down",
    ),
    bind(
        &[named(KeyCode::Home)],
        A::First,
        None,
        "to the first trial",
    ),
    bind(&[named(KeyCode::End)], A::Last, None, "to the last trial"),
    bind(
        &[ENTER],
        A::Confirm,
        hint("Enter", "open", 2),
        "open the dashboard of the trial's run, live or ended; Esc comes back",
    ),
    bind(
        &[key(' ')],
        A::Select,
        hint("space", "select", 6),
        "select the trial's runs, or not: charts, differences and samples show them",
    ),
    bind(
        &[key('s')],
        A::Sort,
        hint("s", "sort", 3),
        "choose the column to sort the trials by",
    ),
    bind(&[key('r')], A::Reverse, None, "sort in the other direction"),
    bind(
        &[key('[')],
        A::Turn(false),
        hint("[/]", "parameters", 7),
        "earlier parameters, where there is no room for all",
    ),
    bind(&[key(']')], A::Turn(true), None, "later parameters"),
    bind(
        &[key('+')],
        A::AddTrials,
        hint("+", "more trials", 4),
        "let the sweep have more trials",
    ),
    bind(
        &[key('P')],
        A::PauseRuns,
        hint("P", "pause", 4),
        "pause or resume the trial's live runs",
    ),
    bind(
        &[key('S')],
        A::StopTrial,
        hint("S", "stop", 4),
        "stop the trial for good; asks",
    ),
    bind(
        &[key(':')],
        A::CommandLine,
        hint(":", "command", 5),
        "a command to the trial's live runs",
    ),
];

/// The number keys.
static NUMBERS: [[Key; 1]; 9] = [
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

const TAB: &[Key] = &[named(KeyCode::Tab)];

/// A number key for each part, and one for the next.
static PARTS: [Binding; Part::ALL.len() + 1] = parts("1-5");

/// The same where those of a sweep are shown.
static PARTS_OF_SWEEP: [Binding; Part::ALL.len() + 1] = parts("1-8");

const fn parts(keys: &'static str) -> [Binding; Part::ALL.len() + 1] {
    let next = bind(TAB, A::NextPart, None, "the next of these");
    let mut all = [next; Part::ALL.len() + 1];
    let mut at = 0;
    while at < Part::ALL.len() {
        let part = Part::ALL[at];
        let shown = if at == 0 {
            hint(keys, "views", 3)
        } else {
            None
        };
        all[at] = bind(&NUMBERS[at], A::Part(part), shown, part.about());
        at += 1;
    }
    all
}

const LEAVING: &[Binding] = &[
    bind(
        &[ESCAPE],
        A::Cancel,
        None,
        "clear the crosshair; then leave the open run, the view, the filter",
    ),
    bind(&[key('?')], A::Help, hint("?", "help", 1), "this help"),
    bind(
        &[key('q')],
        A::Quit,
        hint("q", "quit", 0),
        "quit; runs continue",
    ),
    bind(&[control('c')], A::Interrupt, None, "quit; runs continue"),
];

const TYPING: &[Binding] = &[
    bind(
        &[ENTER],
        A::Confirm,
        hint("Enter", "take", 0),
        "take the text",
    ),
    bind(
        &[ESCAPE],
        A::Cancel,
        hint("Esc", "back", 1),
        "leave everything as it was",
    ),
    bind(
        &[named(KeyCode::Tab), DOWN],
        A::Complete,
        hint("Tab", "complete", 2),
        "take a completion, then the next",
    ),
    bind(
        &[named(KeyCode::BackTab), UP],
        A::CompleteBack,
        None,
        "the completion before",
    ),
];

const CHOOSING: &[Binding] = &[
    bind(&[UP], A::Previous, hint("Up/Down", "move", 2), "a line up"),
    bind(&[DOWN], A::Next, None, "a line down"),
    bind(&[named(KeyCode::PageUp)], A::PageUp, None, "a page up"),
    bind(
        &[named(KeyCode::PageDown)],
        A::PageDown,
        None,
        "a page down",
    ),
    bind(
        &[named(KeyCode::Tab)],
        A::Select,
        hint("Tab", "add or remove", 1),
        "add the line to those chosen, at the end, or remove it",
    ),
    bind(
        &[ENTER],
        A::Confirm,
        hint("Enter", "take", 0),
        "take those chosen; without any, the line itself",
    ),
    bind(
        &[ESCAPE],
        A::Cancel,
        hint("Esc", "back", 1),
        "leave everything as it was",
    ),
];
