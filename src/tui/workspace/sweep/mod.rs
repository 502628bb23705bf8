//! A sweep on the screen: its trials, the metric against each parameter, parallel coordinates.
//!
//! | file | holds |
//! |---|---|
//! | `trials.rs`, `curves.rs` | the table of trials, their curves, the samples of the best |
//! | `parameters.rs` | the metric against each parameter, and how much is due to each |
//! | `parallel.rs` | each trial as a line through all parameters |

mod curves;
mod parallel;
mod parameters;
mod trials;

use std::path::Path;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

use super::state::{Effect, Workspace};
use super::sweep_view::SweepView;
use super::trial_column::TrialColumn;
use crate::sweep::{Change, Seen, TrialSeen, TrialState};
use crate::terminal::Placed;
use crate::text;
use crate::tui::appearance::Appearance;
use crate::tui::keymap::Action;
use crate::tui::layout;
use crate::tui::workspace_part::Part;
use crate::workspace::RunId;

/// Runs of trials that are drawn at once, at most.
const DRAWN: usize = 200;
/// Trials whose curves have colours of their own: the best ones.
const COLOURED: usize = 5;

impl Workspace {
    /// The workspace with a sweep that lies in this directory; `first` says whether that is what one sees first.
    #[must_use]
    pub fn with_sweep(mut self, dir: &Path, first: bool) -> Self {
        self.sweep = Some(SweepView::new(dir.to_path_buf()));
        if first {
            self.home = Part::Trials;
            self.part = Part::Trials;
        }
        self
    }

    /// Takes in the sweep as it stands, or why it cannot be looked at.
    pub fn take_sweep(&mut self, found: Result<Arc<Seen>, String>) {
        if let Some(sweep) = &mut self.sweep {
            match found {
                Ok(seen) => {
                    (sweep.seen, sweep.problem) = (Some(seen), None);
                    sweep.arrange();
                }
                Err(problem) => sweep.problem = Some(problem),
            }
        }
        self.settle();
    }

    /// Whether the sweep is shown, and not the runs.
    pub(super) fn is_on_sweep(&self) -> bool {
        self.sweep.is_some() && self.part.is_of_sweep()
    }

    /// Finds the runs of trials, keeps the highlighted trial on the screen, and its run where commands go.
    pub(super) fn settle_sweep(&mut self) {
        let Some(sweep) = &mut self.sweep else {
            return;
        };
        let folder = sweep.dir.join("runs");
        let runs = self.index.iter().filter_map(|(id, entry)| {
            let name = entry.found.path.strip_prefix(&folder).ok()?.to_str()?;
            let (number, _) = name.split_once('-')?;
            Some((number.parse().ok()?, (name.to_owned(), id)))
        });
        sweep.runs.clear();
        for (number, run) in runs {
            sweep.runs.entry(number).or_default().push(run);
        }
        if !self.part.is_of_sweep() {
            return;
        }
        let rows = trials::rows(self.area);
        let row = sweep.row();
        let last = sweep.order.len().saturating_sub(rows);
        sweep.scroll = sweep
            .scroll
            .min(last)
            .min(row)
            .max((row + 1).saturating_sub(rows));
        self.at = sweep.trial().and_then(|trial| sweep.run_of(trial));
    }

    /// The runs whose curves are drawn: those of all trials, the best and the highlighted first.
    pub(super) fn runs_of_sweep(&self) -> Vec<RunId> {
        let Some((sweep, seen)) = self
            .sweep
            .as_ref()
            .and_then(|s| Some((s, s.seen.as_ref()?)))
        else {
            return Vec::new();
        };
        let mut trials: Vec<&TrialSeen> = seen.trials.iter().collect();
        trials.sort_by_key(|trial| {
            let is_here = Some(trial.number) == sweep.at;
            (!is_here, trial.rank.unwrap_or(usize::MAX), trial.number)
        });
        let runs = trials.into_iter().filter_map(|trial| sweep.run_of(trial));
        runs.take(DRAWN).collect()
    }

    /// The run of the best trial.
    pub(super) fn best_run(&self) -> Option<RunId> {
        let sweep = self.sweep.as_ref()?;
        sweep.run_of(sweep.seen.as_ref()?.best()?)
    }

    /// The live runs of the highlighted trial.
    pub(super) fn live_of_trial(&self) -> Vec<RunId> {
        let runs = self.sweep.as_ref().map(SweepView::runs_here);
        let runs = runs.unwrap_or_default().into_iter();
        runs.filter(|id| self.is_live(*id)).collect()
    }

    /// Whether a trial's run is paused, by the table.
    pub(super) fn is_paused_trial(&self, id: RunId) -> Option<bool> {
        let sweep = self.sweep.as_ref()?;
        let mut known = sweep.runs.values().flatten();
        let (name, _) = known.find(|(_, run)| *run == id)?;
        let trials = &sweep.seen.as_ref()?.trials;
        let mut runs = trials.iter().flat_map(|trial| &trial.runs);
        let run = runs.find(|run| run.name == *name)?;
        Some(run.state == TrialState::Paused)
    }

    /// Moves the highlight by so many trials.
    pub(super) fn go_trials(&mut self, rows: isize) {
        if let Some(sweep) = &mut self.sweep {
            let last = sweep.order.len().saturating_sub(1);
            let row = sweep.row().saturating_add_signed(rows).min(last);
            sweep.at = sweep.order.get(row).copied();
        }
        self.settle();
    }

    /// Highlights the trial in this row of the table.
    pub(super) fn highlight_trial(&mut self, column: u16, row: u16) {
        let table = trials::Places::of(self.body()).table;
        let Some(sweep) = &mut self.sweep else {
            return;
        };
        let is_inside = table.contains((column, row).into());
        if let Some(row) = row.checked_sub(table.y + 2).filter(|_| is_inside) {
            let at = sweep.order.get(sweep.scroll + usize::from(row)).copied();
            sweep.at = at.or(sweep.at);
        }
    }

    /// Does what a key does while the sweep is shown, where that is not what it does to runs; returns whether it is one.
    pub(super) fn on_sweep_key(&mut self, action: Action) -> bool {
        match action {
            Action::Reverse => {
                if let Some(sweep) = &mut self.sweep {
                    sweep.sort.1 = !sweep.sort.1;
                    sweep.arrange();
                }
            }
            Action::Turn(later) => self.turn_parameters(later),
            Action::Select => {
                let here = self.sweep.as_ref().map(SweepView::runs_here);
                let here = here.unwrap_or_default();
                let is_on = |id: &RunId| self.entry(*id).is_some_and(|e| e.marks.selected);
                let select = !here.iter().all(is_on);
                for id in here {
                    self.select(id, select);
                }
                self.go_trials(1);
            }
            Action::Confirm if self.at.is_none() => {
                let sweep = self.sweep.as_ref();
                self.notice = sweep.and_then(|sweep| Some(why_closed(sweep, sweep.trial()?)));
            }
            _ => return false,
        }
        true
    }

    /// Turns to later parameters, or back, where there is no room for all.
    fn turn_parameters(&mut self, later: bool) {
        let (area, part) = (self.body(), self.part);
        let Some(sweep) = &mut self.sweep else {
            return;
        };
        let params = sweep.seen.as_ref().map(|seen| &seen.definition.params);
        let count = params.map_or(0, Vec::len);
        let room = match part {
            Part::Parameters => parameters::room(area, count),
            Part::Parallel => parallel::room(area),
            _ => return,
        };
        sweep.turn(later, (count, room.max(1)));
    }

    /// Sorts the trials by a column of this name.
    pub(super) fn sort_trials(&mut self, name: &str) {
        if let Some(sweep) = &mut self.sweep {
            let params = sweep.seen.as_ref().map(|seen| &seen.definition.params);
            let column = params.and_then(|params| TrialColumn::named(name, params));
            sweep.sort = (column.unwrap_or(TrialColumn::Rank), false);
            sweep.arrange();
        }
        self.settle();
    }

    /// Why a trial cannot be stopped, if it cannot; else its number.
    pub(super) fn stoppable(&self) -> Result<u64, String> {
        let sweep = self.sweep.as_ref().ok_or("no sweep is shown here")?;
        let trial = sweep.trial().ok_or("no trial is highlighted")?;
        match trial.state {
            TrialState::Done | TrialState::Cancelled | TrialState::Failed => Err(format!(
                "trial {} is over already: {}",
                trial.number,
                trial.state.word()
            )),
            _ => Ok(trial.number),
        }
    }

    /// Why the highlighted trial takes no commands: it has no live run.
    pub(super) fn why_not_live(&self) -> String {
        let Some((sweep, trial)) = self.sweep.as_ref().and_then(|s| Some((s, s.trial()?))) else {
            return "no trial is highlighted".to_owned();
        };
        match trial.state {
            TrialState::Training => why_closed(sweep, trial),
            state => format!("trial {} is not live: {}", trial.number, state.word()),
        }
    }

    /// What stops a trial: its sweep's file, and its live runs.
    pub(super) fn stop_trial(&self, number: u64) -> Effect {
        Effect::Sweep(Change::Stop(number), self.live_of_trial())
    }

    /// The rows between the first and the last.
    pub(super) fn body(&self) -> Rect {
        Rect {
            y: self.area.y + 1,
            height: self.area.height.saturating_sub(2),
            ..self.area
        }
    }
}

/// What stands in the corner where only some of the parameters are shown.
fn of_parameters(first: usize, shown: usize, count: usize) -> String {
    match shown {
        1 => format!(" parameter {} of {count} ", first + 1),
        _ => format!(" parameters {}-{} of {count} ", first + 1, first + shown),
    }
}

/// Why a trial has no run that could be opened.
fn why_closed(sweep: &SweepView, trial: &TrialSeen) -> String {
    let number = trial.number;
    match (trial.state, trial.main_run()) {
        (TrialState::Waiting, _) | (_, None) => format!("trial {number} has not begun"),
        // Its worker starts a process, or is on a host whose files are seen later.
        (TrialState::Training, Some(run)) => {
            let host = run.host.as_ref();
            let host = host.map_or_else(String::new, |host| format!(" on {host}"));
            format!("trial {number}: a worker{host} has it, and its run is not there yet")
        }
        (state, Some(run)) => format!(
            "trial {number}: {}, and its run {} was not found",
            state.word(),
            sweep.dir.join("runs").join(&run.name).display()
        ),
    }
}

/// Draws the part of the sweep that is shown; returns what is shown as pixels.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, workspace: &Workspace) -> Vec<Placed> {
    let look = &workspace.look;
    let Some(sweep) = &workspace.sweep else {
        return Vec::new();
    };
    let Some(seen) = &sweep.seen else {
        let (said, style) = match &sweep.problem {
            Some(problem) => (problem.as_str(), look.theme.bad),
            None => ("looking at the trials", look.theme.dim),
        };
        framed(area, buffer, workspace, ("Sweep", said, style));
        return Vec::new();
    };
    let mut placed = Vec::new();
    match workspace.part {
        Part::Parameters => parameters::draw(area, buffer, workspace, sweep, seen),
        Part::Parallel => parallel::draw(area, buffer, workspace, sweep, seen),
        _ => placed = trials::draw(area, buffer, workspace, sweep, seen),
    }
    // What is shown may be old.
    if let Some(problem) = &sweep.problem {
        let said = look.glyphs.text(&text::line(problem));
        let said = text::fit(&said, usize::from(area.width), look.glyphs.ellipsis);
        let row = Rect {
            y: area.bottom().saturating_sub(1),
            height: area.height.min(1),
            ..area
        };
        Clear.render(row, buffer);
        Line::styled(said, look.theme.bad).render(row, buffer);
    }
    placed
}

/// A frame with one line in it, in place of what it would show.
fn framed(
    area: Rect,
    buffer: &mut Buffer,
    workspace: &Workspace,
    (title, said, style): (&str, &str, Style),
) {
    let look = &workspace.look;
    look.titled(title).render(area, buffer);
    let row = layout::middle_row(look.frame().inner(area));
    let said = look.glyphs.text(&text::line(said));
    Line::styled(said, style).centered().render(row, buffer);
}

/// A key in so many columns: as many of its last parts as fit, since their end says most; of the last one its beginning.
fn shortened(key: &str, width: usize, look: &Appearance) -> String {
    let ends = key.match_indices('.').map(|(at, _)| at + 1);
    let parts: Vec<&str> = std::iter::once(0)
        .chain(ends)
        .map(|at| &key[at..])
        .collect();
    let fitting = parts.iter().find(|part| text::width(part) <= width);
    fitting.map_or_else(
        || text::fit(parts.last().unwrap_or(&key), width, look.glyphs.ellipsis),
        |part| (*part).to_owned(),
    )
}

/// The style of a trial's line, and of what is behind it: the highlighted one, the best ones, and all others.
fn style_of(workspace: &Workspace, sweep: &SweepView, trial: &TrialSeen) -> (Style, Style) {
    let theme = &workspace.look.theme;
    if sweep.at == Some(trial.number) {
        return (theme.accent, theme.accent);
    }
    match trial.rank {
        Some(rank) if rank < COLOURED => theme.run(rank),
        _ => (theme.dim, theme.bar_rest),
    }
}
