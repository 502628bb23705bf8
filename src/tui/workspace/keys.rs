//! What keys change, and what they ask for.

use std::ops::RangeInclusive;

use crossterm::event::{KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};

use super::completion::completions;
use super::dialog::{Choice, Dialog, Picker, Prompt, Purpose};
use super::state::{Effect, Workspace};
use crate::history::Reached;
use crate::protocol::Command;
use crate::rules::Filter;
use crate::tui::app::Span;
use crate::tui::appearance::Surface;
use crate::tui::dialogs::{Help, Typing};
use crate::tui::help;
use crate::tui::keymap::{Action, Context, Keymap, WORKSPACE};
use crate::tui::layout::PAGE;
use crate::tui::workspace_part::Part;
use crate::workspace::{Column, Of, RunId, Sort};

/// Steps below which an axis ends with the longest run.
const SHORT: u64 = 100;
/// Rows that one notch of the mouse's wheel moves.
const NOTCH: isize = 3;

impl Workspace {
    /// Where keys go now.
    #[must_use]
    pub fn context(&self) -> &'static Context {
        self.dialog.as_ref().map_or(&WORKSPACE, Dialog::context)
    }

    /// Takes in a key.
    pub fn on_key(&mut self, key: &KeyEvent) -> Option<Effect> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        self.notice = None;
        let action = Keymap::default().lookup(self.context(), key);
        let effect = match action {
            Some(Action::Interrupt) => Some(Effect::Leave),
            Some(Action::Suspend) => Some(Effect::Suspend),
            Some(Action::Redraw) => Some(Effect::Redraw),
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
        match mouse.kind {
            MouseEventKind::ScrollUp => self.go(-NOTCH),
            MouseEventKind::ScrollDown => self.go(NOTCH),
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
        match action {
            Action::Quit => return Some(Effect::Leave),
            Action::Cancel => return self.back(),
            Action::Confirm => return self.open_run(),
            Action::PauseRuns => return self.pause_or_resume(),
            Action::Help => self.dialog = Some(Dialog::Help(Help::new(help::of_workspace()))),
            Action::Previous => self.go(-1),
            Action::Next => self.go(1),
            Action::PageUp => self.go(-PAGE),
            Action::PageDown => self.go(PAGE),
            Action::First => self.go(isize::MIN),
            Action::Last => self.go(isize::MAX),
            Action::Part(part) => self.show(part),
            Action::NextPart => self.show(self.part.next()),
            Action::Select | Action::SelectAll | Action::Hide | Action::Pin | Action::Archive => {
                self.decide(action);
            }
            Action::Baseline => self.toggle_baseline(),
            Action::Reverse => self.remember(|r| r.sort.falling = !r.sort.falling),
            Action::Archived => self.with_archived = !self.with_archived,
            Action::Turn(later) => self.turn(later),
            Action::Sort | Action::Columns | Action::Metrics | Action::GroupBy => self.pick(action),
            Action::Group => self.remember(|r| r.grouped = !r.grouped),
            Action::Band => self.remember(|r| {
                r.grouped = true;
                r.band = r.band.next();
            }),
            Action::Filter => {
                let prompt = Prompt::new(Purpose::Filter, self.remembered.filter.clone());
                self.dialog = Some(Dialog::Prompt(prompt));
            }
            Action::Note | Action::Tag | Action::Delete | Action::CommandLine => self.ask(action),
            _ => self.look_at(action),
        }
        self.refresh();
        None
    }

    /// What changes how charts are looked at.
    fn look_at(&mut self, action: Action) {
        let reached = self.reached();
        match action {
            Action::Smoothing => {
                self.view.next_smoothing();
                self.remember(|_| ());
            }
            Action::Scale => self.view.next_height(),
            Action::Axis => self.view.next_unit(),
            Action::Span => self.view.next_span(),
            Action::Zoom(closer) => self.view.zoom(closer, reached),
            Action::Pan(later) => self.view.pan(later, reached),
            Action::Left => self.view.move_cursor(-1, reached),
            Action::Right => self.view.move_cursor(1, reached),
            _ => {}
        }
    }

    /// The furthest step of the runs on the charts.
    pub(super) fn reached(&self) -> Reached {
        let series = self
            .curves
            .values()
            .flat_map(|curves| curves.series.values());
        let last = series.filter_map(|series| Some(series.last()?.to)).max();
        let last = last.unwrap_or_default();
        Reached {
            last,
            furthest: last,
        }
    }

    /// The steps on the axis of all charts.
    pub(super) fn range(&self) -> RangeInclusive<u64> {
        let reached = self.reached();
        match self.view.span {
            // Logs with a point for each epoch are short.
            Span::All if reached.last < SHORT => 0..=reached.last.max(1),
            _ => self.view.steps(reached),
        }
    }

    fn show(&mut self, part: Part) {
        self.part = part;
        self.open = None;
    }

    /// One step back.
    fn back(&mut self) -> Option<Effect> {
        if self.view.cursor.take().is_some() {
        } else if self.open.take().is_some() {
            self.page = 0;
        } else if self.part != Part::default() {
            self.part = Part::default();
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
        if self.is_own(at) {
            return Some(Effect::Open(at));
        }
        self.open = Some(at);
        self.page = 0;
        self.view.cursor = None;
        None
    }

    /// Charts of later or earlier metrics.
    fn turn(&mut self, later: bool) {
        let here = self.places().charts().len().max(1);
        let count = self.charted().len();
        if later && self.page + here < count {
            self.page += here;
        } else if !later {
            self.page = self.page.saturating_sub(here);
        }
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
        let Some(at) = self.at else {
            return;
        };
        let marks = self
            .entry(at)
            .map(|entry| entry.marks.clone())
            .unwrap_or_default();
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

    fn name(&self, id: RunId) -> String {
        self.entry(id)
            .map(|entry| entry.name().to_owned())
            .unwrap_or_default()
    }

    fn toggle_baseline(&mut self) {
        let key = self.at.and_then(|at| self.key_of(at));
        self.remember(|r| r.baseline = if r.baseline == key { None } else { key });
    }

    /// Opens a list of choices.
    fn pick(&mut self, action: Action) {
        let metrics = self.index.metrics();
        let runs = |count: &usize| {
            if *count == 1 {
                "1 run".to_owned()
            } else {
                format!("{count} runs")
            }
        };
        let names =
            |columns: Vec<Column>| columns.iter().map(ToString::to_string).collect::<Vec<_>>();
        let picker = match action {
            Action::Metrics => Picker::new(
                Choice::Metrics,
                metrics
                    .iter()
                    .map(|(name, count)| ((*name).to_owned(), runs(count)))
                    .collect(),
                self.remembered.metrics.clone(),
            ),
            Action::GroupBy => Picker::new(
                Choice::GroupBy,
                self.index
                    .settings()
                    .into_iter()
                    .map(|key| (key.to_owned(), String::new()))
                    .collect(),
                self.remembered.by.clone().unwrap_or_default(),
            ),
            _ => {
                let mut all: Vec<(String, String)> = Column::plain()
                    .map(|column| (column.to_string(), String::new()))
                    .collect();
                for (name, count) in &metrics {
                    for of in [Of::Last, Of::Best, Of::Mean] {
                        let column = Column::Metric((*name).to_owned(), of);
                        all.push((column.to_string(), runs(count)));
                    }
                }
                let settings = self.index.settings().into_iter();
                all.extend(settings.map(|key| {
                    (
                        Column::Setting(key.to_owned()).to_string(),
                        "setting".to_owned(),
                    )
                }));
                if action == Action::Sort {
                    let mut picker = Picker::new(
                        Choice::Sort,
                        all,
                        vec![self.remembered.sort.column.to_string()],
                    );
                    picker.chosen.extend(
                        names(self.columns())
                            .into_iter()
                            .filter(|name| *name != self.remembered.sort.column.to_string()),
                    );
                    picker
                } else {
                    Picker::new(Choice::Columns, all, names(self.columns()))
                }
            }
        };
        self.dialog = Some(Dialog::Picker(picker));
    }

    /// Opens a line for a text about the highlighted run.
    fn ask(&mut self, action: Action) {
        let Some(at) = self.at else {
            return;
        };
        let marks = self
            .entry(at)
            .map(|entry| entry.marks.clone())
            .unwrap_or_default();
        let prompt = match action {
            Action::Note => Prompt::new(Purpose::Note(at), marks.note.unwrap_or_default()),
            Action::Tag => Prompt::new(Purpose::Tags(at), marks.tags.join(" ")),
            Action::Delete if self.is_live(at) => {
                self.notice = Some(format!(
                    "{} is live: stop it before you delete it",
                    self.name(at)
                ));
                return;
            }
            Action::Delete => Prompt::new(Purpose::Delete(at, self.name(at)), String::new()),
            _ => {
                let runs = self.addressed();
                if runs.is_empty() {
                    self.notice = Some(
                        "commands go to live runs of genai-tui: none is selected or highlighted"
                            .to_owned(),
                    );
                    return;
                }
                Prompt::new(Purpose::Command(runs), String::new())
            }
        };
        self.dialog = Some(Dialog::Prompt(prompt));
    }

    fn pause_or_resume(&mut self) -> Option<Effect> {
        let runs = self.addressed();
        if runs.is_empty() {
            self.notice = Some("no live run is selected or highlighted".to_owned());
            return None;
        }
        let paused = |id: &RunId| self.known(*id).is_some_and(|known| known.about.is_paused);
        let command = if runs.iter().all(paused) {
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
            Dialog::Answers(..) if action == Some(Action::Quit) => Some(Effect::Leave),
            Dialog::Answers(title, answers) => {
                if action.is_none() {
                    self.dialog = Some(Dialog::Answers(title, answers));
                }
                None
            }
            Dialog::Picker(picker) => {
                self.on_picker(picker, action, key);
                None
            }
            Dialog::Prompt(prompt) => self.on_prompt(prompt, action, key),
        }
    }

    fn on_picker(&mut self, mut picker: Picker, action: Option<Action>, key: &KeyEvent) {
        match action {
            Some(Action::Previous) => picker.go(-1),
            Some(Action::Next) => picker.go(1),
            Some(Action::PageUp) => picker.go(-PAGE),
            Some(Action::PageDown) => picker.go(PAGE),
            Some(Action::Select) if picker.takes_many() => picker.toggle(),
            Some(Action::Confirm) => return self.take_choice(&picker),
            Some(Action::Cancel) => return,
            Some(_) => {}
            None => {
                picker.search.edit(key);
                picker.at = 0;
            }
        }
        self.dialog = Some(Dialog::Picker(picker));
    }

    fn take_choice(&mut self, picker: &Picker) {
        let before = match picker.choice {
            Choice::Metrics => self.remembered.metrics.clone(),
            Choice::Columns => self.columns().iter().map(ToString::to_string).collect(),
            Choice::GroupBy => self.remembered.by.clone().unwrap_or_default(),
            Choice::Sort => Vec::new(),
        };
        let taken = picker.taken(&before);
        match picker.choice {
            Choice::Metrics => {
                self.page = 0;
                self.remember(|r| r.metrics = taken);
            }
            Choice::Columns if taken == before => {}
            Choice::Columns => {
                // A search and Enter adds a column; without any chosen, those that suit the runs come back.
                let all = if taken.len() == 1 && !picker.search.is_empty() {
                    before.into_iter().chain(taken).collect()
                } else {
                    taken
                };
                let columns: Vec<Column> = all.into_iter().map(Column::from).collect();
                self.remember(|r| r.columns = Some(columns).filter(|columns| !columns.is_empty()));
            }
            Choice::GroupBy => self.remember(|r| {
                r.grouped = true;
                r.by = Some(taken).filter(|keys| !keys.is_empty());
            }),
            Choice::Sort => {
                if let Some(name) = taken.into_iter().next() {
                    let column = Column::from(name);
                    let falling = column.falls();
                    self.remember(|r| r.sort = Sort { column, falling });
                    self.scroll = 0;
                }
            }
        }
        self.refresh();
    }

    fn on_prompt(
        &mut self,
        mut prompt: Prompt,
        action: Option<Action>,
        key: &KeyEvent,
    ) -> Option<Effect> {
        match action {
            Some(Action::Confirm) => return self.take_text(prompt),
            Some(Action::Cancel) => {
                if prompt.purpose == Purpose::Filter {
                    self.set_filter(&prompt.before);
                }
                return None;
            }
            Some(Action::Complete | Action::CompleteBack) => {
                let forwards = action == Some(Action::Complete);
                let (from, candidates) = self.candidates(&prompt);
                prompt.complete(from, candidates, forwards);
                self.dialog = Some(Dialog::Prompt(prompt));
                self.filter_follows();
                return None;
            }
            Some(_) => {}
            None => prompt.text.edit(key),
        }
        self.dialog = Some(Dialog::Prompt(prompt));
        self.prompt_edited();
        None
    }

    pub(super) fn candidates(&self, prompt: &Prompt) -> (usize, Vec<String>) {
        match &prompt.purpose {
            Purpose::Filter => completions(&prompt.text, &self.index),
            Purpose::Command(_) => {
                let commands = crate::protocol::GRAMMAR
                    .iter()
                    .map(|command| command.name.to_owned());
                (
                    0,
                    commands
                        .filter(|name| name.starts_with(&prompt.text))
                        .collect(),
                )
            }
            _ => (0, Vec::new()),
        }
    }

    fn prompt_edited(&mut self) {
        if let Some(Dialog::Prompt(prompt)) = &mut self.dialog {
            prompt.edited();
        }
        self.filter_follows();
    }

    /// The list follows a filter while it is typed, as far as it can be read.
    fn filter_follows(&mut self) {
        let Some(Dialog::Prompt(prompt)) = &mut self.dialog else {
            return;
        };
        if prompt.purpose == Purpose::Filter
            && let Ok(filter) = prompt.text.parse::<Filter>()
        {
            self.filter = filter;
            self.refresh();
        }
    }

    fn set_filter(&mut self, text: &str) {
        self.filter = text.parse().unwrap_or_default();
        let text = text.to_owned();
        self.remember(|r| r.filter = text);
        self.refresh();
    }

    fn take_text(&mut self, mut prompt: Prompt) -> Option<Effect> {
        let text = prompt.text.trim().to_owned();
        match prompt.purpose.clone() {
            Purpose::Filter => match text.parse::<Filter>() {
                Ok(_) => self.set_filter(&text),
                Err(error) => {
                    prompt.error = Some(error.to_string());
                    self.dialog = Some(Dialog::Prompt(prompt));
                }
            },
            Purpose::Note(id) => self.mark(id, |marks| {
                marks.note = Some(text).filter(|t| !t.is_empty());
            }),
            Purpose::Tags(id) => self.mark(id, |marks| {
                marks.tags = text.split_whitespace().map(str::to_owned).collect();
            }),
            Purpose::Command(runs) => match text.parse::<Command>() {
                Ok(Command::Look(look)) => {
                    prompt.error = Some(format!(
                        "`{look}` shows images on a run's own dashboard: Enter opens it"
                    ));
                    self.dialog = Some(Dialog::Prompt(prompt));
                }
                Ok(command) => return Some(Effect::Send(runs, command)),
                Err(error) => {
                    prompt.error = Some(error.to_string());
                    self.dialog = Some(Dialog::Prompt(prompt));
                }
            },
            Purpose::Delete(id, name) if text == name => return Some(Effect::Delete(id)),
            Purpose::Delete(..) if text.is_empty() => {}
            Purpose::Delete(..) => {
                prompt.error = Some("not the name: nothing was deleted".to_owned());
                self.dialog = Some(Dialog::Prompt(prompt));
            }
        }
        self.refresh();
        None
    }

    /// Shows what runs answered.
    pub fn answered(&mut self, title: String, answer: (String, bool, String)) {
        match &mut self.dialog {
            Some(Dialog::Answers(shown, answers)) if *shown == title => answers.push(answer),
            _ => self.dialog = Some(Dialog::Answers(title, vec![answer])),
        }
    }

    /// Shows a message until the next key.
    pub fn say(&mut self, text: String) {
        self.notice = Some(text);
    }
}
