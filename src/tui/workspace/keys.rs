//! What keys change, and what they ask for.

use crossterm::event::{KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};

use super::answers::Answers;
use super::dialog::{Dialog, Prompt, Purpose};
use super::state::{Effect, Workspace};
use super::steering::FORK;
use crate::protocol::Command;
use crate::tui::appearance::Surface;
use crate::tui::dialogs::{Help, Typing};
use crate::tui::help;
use crate::tui::keymap::{Action, Context, Keymap, RUNS_OF_SWEEP, SWEEP, WORKSPACE};
use crate::tui::layout::PAGE;
use crate::tui::workspace_part::Part;
use crate::workspace::{Marks, RunId};

/// Rows that one notch of the mouse's wheel moves.
const NOTCH: isize = 3;

impl Workspace {
    /// Where keys go now.
    #[must_use]
    pub fn context(&self) -> &'static Context {
        match &self.dialog {
            Some(dialog) => dialog.context(),
            None if self.is_on_sweep() => &SWEEP,
            None if self.sweep.is_some() => &RUNS_OF_SWEEP,
            None => &WORKSPACE,
        }
    }

    /// Takes in a key.
    pub fn on_key(&mut self, key: &KeyEvent) -> Option<Effect> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        self.notice = None;
        // Where a text is typed, they stay until that is done.
        let was_answered = self.dialog.is_none() && self.answers.take().is_some();
        let action = Keymap::default().lookup(self.context(), key);
        let effect = match action {
            Some(Action::Interrupt) => Some(Effect::Leave),
            Some(Action::Suspend) => Some(Effect::Suspend),
            Some(Action::Redraw) => Some(Effect::Redraw),
            // Who closes answers means no more than that.
            Some(Action::Cancel | Action::Confirm) if was_answered => None,
            _ if self.dialog.is_some() => self.on_dialog(action, key),
            Some(action) => self.on_action(action),
            None => None,
        };
        self.settle();
        self.save();
        effect
    }

    /// Takes in one line of pasted text, where a text is typed.
    pub fn on_paste(&mut self, text: &str) {
        let line = text.trim_start().lines().next().unwrap_or_default();
        let line = line.replace(char::is_control, " ");
        match &mut self.dialog {
            Some(Dialog::Prompt(prompt)) => {
                prompt.text.push_str(&line);
                self.prompt_edited();
            }
            Some(Dialog::Picker(picker)) => {
                picker.search.push_str(&line);
                picker.at = 0;
            }
            _ => {
                self.notice =
                    Some("pasted text ignored: press / to filter and paste there".to_owned());
            }
        }
        self.settle();
    }

    /// Takes in the mouse: the wheel moves the highlight, a click highlights a run, a click on the highlighted one selects it.
    pub fn on_mouse(&mut self, mouse: &MouseEvent) {
        if self.dialog.is_some() {
            return;
        }
        self.answers = None;
        match mouse.kind {
            MouseEventKind::ScrollUp => self.go(-NOTCH),
            MouseEventKind::ScrollDown => self.go(NOTCH),
            MouseEventKind::Down(MouseButton::Left) if self.is_on_sweep() => {
                self.highlight_trial(mouse.column, mouse.row);
            }
            MouseEventKind::Down(MouseButton::Left) => {
                let list = self.places().list;
                let is_inside = list.contains((mouse.column, mouse.row).into());
                let row = mouse.row.checked_sub(list.y + 2).filter(|_| is_inside);
                let id = row.and_then(|row| self.seen().get(usize::from(row)).copied());
                if let Some(id) = id {
                    if self.at == Some(id) {
                        let is_on = self.entry(id).is_some_and(|entry| entry.marks.selected);
                        self.select(id, !is_on);
                    }
                    self.at = Some(id);
                }
            }
            _ => {}
        }
        self.settle();
        self.save();
    }

    fn on_action(&mut self, action: Action) -> Option<Effect> {
        if self.is_on_sweep() && self.on_sweep_key(action) {
            self.refresh();
            return None;
        }
        match action {
            Action::Quit => return Some(Effect::Leave),
            Action::Cancel => return self.back(),
            Action::Confirm => return self.open_run(),
            Action::PauseRuns => return self.pause_or_resume(),
            Action::Delete => return self.delete(),
            Action::Help => self.dialog = Some(Dialog::Help(Help::new(help::of_workspace()))),
            Action::Left if self.part == Part::Differences => self.compare_others(-1),
            Action::Right if self.part == Part::Differences => self.compare_others(1),
            Action::Previous => self.go(-1),
            Action::Next => self.go(1),
            Action::PageUp => self.go(-PAGE),
            Action::PageDown => self.go(PAGE),
            Action::First => self.go(isize::MIN),
            Action::Last => self.go(isize::MAX),
            Action::Part(part) => self.show(part),
            Action::NextPart => self.show(self.part.next(self.sweep.is_some())),
            Action::Select | Action::SelectAll | Action::Hide | Action::Pin | Action::Archive => {
                self.decide(action);
            }
            Action::Baseline => self.toggle_baseline(),
            Action::Reverse => self.remember(|r| r.sort.falling = !r.sort.falling),
            Action::Archived => self.with_archived = !self.with_archived,
            Action::Turn(later) => self.turn(later),
            Action::Sort
            | Action::Columns
            | Action::Metrics
            | Action::GroupBy
            | Action::AxisOver => self.pick(action),
            Action::Group => self.remember(|r| r.grouped = !r.grouped),
            Action::Band => self.remember(|r| {
                r.grouped = true;
                r.band = r.band.next();
            }),
            Action::Filter => {
                let prompt = Prompt::new(Purpose::Filter, self.remembered.filter.clone());
                self.dialog = Some(Dialog::Prompt(prompt));
            }
            Action::Note
            | Action::Tag
            | Action::CommandLine
            | Action::ForkRun
            | Action::AddTrials
            | Action::StopTrial => {
                self.ask(action);
            }
            _ => self.look_at(action),
        }
        self.refresh();
        None
    }

    fn show(&mut self, part: Part) {
        if part.is_of_sweep() && self.sweep.is_none() {
            self.notice = Some(format!(
                "no sweep is shown here, and {} are of one: `genai-tui sweep watch DIR` shows it",
                match part {
                    Part::Parallel => "parallel coordinates",
                    other => other.name(),
                }
            ));
            return;
        }
        self.part = part;
    }

    /// One step back.
    fn back(&mut self) -> Option<Effect> {
        if self.clear_crosshair() {
        } else if self.part != self.home {
            self.part = self.home;
        } else if !self.remembered.filter.is_empty() {
            self.set_filter("");
        }
        self.refresh();
        None
    }

    fn open_run(&mut self) -> Option<Effect> {
        let at = self.at?;
        if let Some(problem) = self.entry(at).and_then(|entry| entry.problem.clone()) {
            self.notice = Some(problem);
            return None;
        }
        Some(Effect::Open(at))
    }

    /// Charts of later or earlier metrics; where samples are shown, pictures of the next tag or the one before.
    fn turn(&mut self, later: bool) {
        if self.part == Part::Samples {
            return self.turn_album(later);
        }
        let here = self.places().charts().len().max(1);
        let count = self.charted().len();
        if later && self.page + here < count {
            self.page += here;
        } else if !later {
            self.page = self.page.saturating_sub(here);
        }
    }

    /// The highlighted run, and what a person decided about it.
    pub(super) fn highlighted(&self) -> Option<(RunId, Marks)> {
        let at = self.at?;
        let marks = self.entry(at).map(|entry| entry.marks.clone());
        Some((at, marks.unwrap_or_default()))
    }

    fn decide(&mut self, action: Action) {
        if action == Action::SelectAll {
            let rows = self.rows.clone();
            let is_on = |id: &RunId| self.entry(*id).is_some_and(|entry| entry.marks.selected);
            let select = !rows.iter().all(is_on);
            for id in rows {
                self.select(id, select);
            }
            return;
        }
        let Some((at, marks)) = self.highlighted() else {
            return;
        };
        match action {
            Action::Select => {
                self.select(at, !marks.selected);
                self.go(1);
            }
            Action::Hide if marks.selected => self.mark(at, |marks| marks.hidden = !marks.hidden),
            Action::Hide => {
                self.notice = Some("select the run with space first; v then hides it".to_owned());
            }
            Action::Pin => self.mark(at, |marks| marks.pinned = !marks.pinned),
            _ => {
                let name = self.name(at);
                self.mark(at, |marks| marks.archived = !marks.archived);
                self.notice = Some(if marks.archived {
                    format!("{name} is back in the list")
                } else {
                    format!("{name} is archived: O lists archived runs, o brings it back")
                });
            }
        }
    }

    pub(super) fn name(&self, id: RunId) -> String {
        self.entry(id)
            .map(|entry| entry.name().to_owned())
            .unwrap_or_default()
    }

    fn toggle_baseline(&mut self) {
        let key = self.at.and_then(|at| self.key_of(at));
        self.remember(|r| r.baseline = if r.baseline == key { None } else { key });
    }

    /// As the screen says it: of a trial's run, the table of trials.
    fn is_paused(&self, id: RunId) -> bool {
        if self.is_on_sweep()
            && let Some(is_paused) = self.is_paused_trial(id)
        {
            return is_paused;
        }
        self.known(id).is_some_and(|known| known.about.is_paused)
    }

    fn pause_or_resume(&mut self) -> Option<Effect> {
        let runs = self.addressed();
        if runs.is_empty() {
            self.notice = Some(self.why_unaddressed());
            return None;
        }
        let command = if runs.iter().all(|id| self.is_paused(*id)) {
            Command::Resume
        } else {
            Command::Pause
        };
        Some(Effect::Send(runs, command))
    }

    fn on_dialog(&mut self, action: Option<Action>, key: &KeyEvent) -> Option<Effect> {
        match self.dialog.take()? {
            Dialog::Help(mut help) => {
                let surface = Surface {
                    area: self.area,
                    look: &self.look,
                };
                let stays = action.is_none_or(|action| help.act(action, surface));
                if action.is_none()
                    && let Some(text) = help.text()
                {
                    text.edit(key);
                }
                self.dialog = stays.then_some(Dialog::Help(help));
                None
            }
            Dialog::Picker(picker) => {
                self.on_picker(picker, action, key);
                None
            }
            Dialog::Prompt(prompt) => self.on_prompt(prompt, action, key),
        }
    }

    /// Shows what runs answered, until the next key, which does what it always does.
    pub fn answered(&mut self, title: String, answer: (String, bool, String)) {
        // What was being done is done.
        self.notice = None;
        if title == FORK && !answer.1 {
            // Others may still come.
            let failed = |id: &RunId| self.name(*id) == answer.0;
            if let Some(at) = self.forking.iter().position(failed) {
                self.forking.swap_remove(at);
            }
        }
        let shown = self.answers.take().filter(|shown| shown.are_to(&title));
        let mut answers = shown.unwrap_or_else(|| Answers::to(title));
        answers.add(answer);
        self.answers = Some(answers);
    }

    /// Shows a message until the next key.
    pub fn say(&mut self, text: String) {
        self.notice = Some(text);
    }
}
