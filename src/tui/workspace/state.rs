//! What the workspace shows, as plain state: news and keys in, effects out. No terminal, no thread, no clock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::answers::Answers;
use super::dialog::Dialog;
use super::places::Places;
use super::sweep_view::SweepView;
use crate::logs::{Removal, State};
use crate::metric::Good;
use crate::protocol::Command;
use crate::rules::Filter;
use crate::sweep::Change;
use crate::tui::app::View;
use crate::tui::appearance::Appearance;
use crate::tui::workspace_part::Part;
use crate::workspace::{
    Axis, COLOURS, Column, Curves, Entry, Group, Index, Known, Marks, News, Of, Pictures,
    Remembered, RunId, Wanted, ancestors, good, groups, liked, natural, rows,
};

/// Runs that are selected where nobody ever decided.
const FIRST: usize = 6;
/// Runs that are drawn at once, at most.
const DRAWN: usize = 200;
/// What is to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Leave the workspace.
    Leave,
    /// Suspend to the shell.
    Suspend,
    /// Redraw the whole screen.
    Redraw,
    /// Open the dashboard of this run.
    Open(RunId),
    /// Send a command to these runs.
    Send(Vec<RunId>, Command),
    /// Find out which files go if this run is deleted, to ask for its name.
    AskToDelete(RunId),
    /// Delete these files of this run.
    Delete(RunId, Removal),
    /// Start a second run from the present state of this one, with these settings: `KEY=VALUE`.
    Fork(RunId, Vec<String>),
    /// Change the sweep, and stop these runs.
    Sweep(Change, Vec<RunId>),
}

/// The workspace.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something of its own"
)]
pub struct Workspace {
    /// How it draws on the terminal.
    pub look: Appearance,
    pub(super) area: Rect,
    pub(super) tops: Vec<PathBuf>,
    pub(super) index: Index,
    pub(super) remembered: Remembered,
    /// Where that lies, where it is kept.
    pub(super) file: Option<PathBuf>,
    /// What it was when it was last read or written.
    base: Remembered,
    /// Why the newest of it is not kept.
    pub(super) unkept: Option<String>,
    pub(super) filter: Filter,
    /// The runs that are listed.
    pub(super) rows: Vec<RunId>,
    /// The groups in which runs are drawn.
    groups: Vec<Group>,
    /// The highlighted run, and its row.
    pub(super) at: Option<RunId>,
    row: usize,
    /// Rows the list is scrolled down by.
    pub(super) scroll: usize,
    pub(super) part: Part,
    /// What Escape comes back to at last.
    pub(super) home: Part,
    /// The sweep that the runs are of, if they are.
    pub(super) sweep: Option<SweepView>,
    pub(super) view: View,
    /// Where the crosshair is on an axis that is not one of steps, from 0 to 1.
    pub(super) across: Option<f64>,
    /// Runs of which forks are to come, to be drawn beside them: once for each fork.
    pub(super) forking: Vec<RunId>,
    /// Charts that are before those on the screen.
    pub(super) page: usize,
    /// The tag of the pictures that are shown; `None`: each run's samples.
    pub(super) album: Option<String>,
    /// Settings, and runs, that are before those on the screen where they are compared.
    pub(super) compared: (usize, usize),
    /// The metrics there are charts of, and of which runs with how many metrics each they were found.
    charted: (Vec<(RunId, usize)>, Vec<String>),
    pub(super) curves: HashMap<RunId, Arc<Curves>>,
    pub(super) pictures: HashMap<RunId, Option<Pictures>>,
    pub(super) dialog: Option<Dialog>,
    /// What runs answered, until the next key.
    pub(super) answers: Option<Answers>,
    pub(super) notice: Option<String>,
    /// What could not be looked at.
    pub(super) troubles: Vec<String>,
    pub(super) has_searched: bool,
    pub(super) with_archived: bool,
    pub(super) now: Timestamp,
    /// Whether what is remembered has changed.
    is_changed: bool,
    /// The runs of which it has.
    decided: BTreeSet<RunId>,
    /// Whether runs are to be selected as soon as it is known in which order they stand, because nobody ever decided.
    is_fresh: bool,
}

impl Workspace {
    /// The workspace of these directories, with what is remembered of them; that is written to `file` again.
    #[must_use]
    pub fn new(
        look: Appearance,
        tops: Vec<PathBuf>,
        remembered: Remembered,
        file: Option<PathBuf>,
    ) -> Self {
        let view = View {
            smoothing: remembered.smoothing,
            ..View::default()
        };
        let is_fresh = remembered.runs.is_empty();
        Self {
            look,
            area: Rect::ZERO,
            tops,
            index: Index::default(),
            filter: remembered.filter.parse().unwrap_or_default(),
            base: remembered.clone(),
            remembered,
            file,
            unkept: None,
            rows: Vec::new(),
            groups: Vec::new(),
            at: None,
            row: 0,
            scroll: 0,
            part: Part::default(),
            home: Part::default(),
            sweep: None,
            view,
            across: None,
            forking: Vec::new(),
            page: 0,
            album: None,
            compared: (0, 0),
            charted: (Vec::new(), Vec::new()),
            curves: HashMap::new(),
            pictures: HashMap::new(),
            dialog: None,
            answers: None,
            notice: None,
            troubles: Vec::new(),
            has_searched: false,
            with_archived: false,
            now: Timestamp::UNIX_EPOCH,
            is_changed: false,
            decided: BTreeSet::new(),
            is_fresh,
        }
    }

    /// The terminal has this size.
    pub fn resize(&mut self, area: Rect) {
        self.area = area;
        self.settle();
    }

    /// It is this time.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Takes in all of these.
    pub fn take(&mut self, news: impl IntoIterator<Item = News>) {
        for news in news {
            match news {
                News::Found(found) => {
                    let key = Remembered::key(&found.path, &self.tops);
                    let marks = self.remembered.runs.get(&key).cloned().unwrap_or_default();
                    self.index.add(found, marks);
                }
                News::Gone(id, is_gone) => self.index.set_gone(id, is_gone),
                News::Searched(troubles) => {
                    self.has_searched = true;
                    self.troubles = troubles;
                }
                News::Known(id, known) => {
                    self.index.know(id, *known);
                    self.welcome(id);
                }
                News::Failed(id, problem) => self.index.fail(id, problem),
                News::Curves(id, curves) => {
                    self.curves.insert(id, curves);
                }
                News::Pictures(id, pictures) => {
                    self.pictures.insert(id, pictures);
                }
            }
        }
        self.refresh();
        let is_seen = |id: &RunId| {
            self.entry(*id)
                .is_some_and(|entry| entry.known.is_some() || entry.problem.is_some())
        };
        if self.is_fresh && self.has_searched && self.rows.iter().all(is_seen) {
            self.is_fresh = false;
            for id in self.rows.iter().take(FIRST).copied().collect::<Vec<_>>() {
                self.select(id, true);
            }
        }
        self.settle();
    }

    /// Draws a fork that was asked for, and the run that it was forked from.
    fn welcome(&mut self, id: RunId) {
        let parent = ancestors(&self.index, id)
            .first()
            .map(|(parent, _)| *parent);
        let is_new = self.entry(id).is_some_and(|e| e.marks.colour.is_none());
        let Some(parent) = parent.filter(|_| is_new) else {
            return;
        };
        if let Some(at) = self.forking.iter().position(|forked| *forked == parent) {
            self.forking.swap_remove(at);
            self.select(parent, true);
            self.select(id, true);
        }
    }

    /// Where everything is.
    pub(super) fn places(&self) -> Places {
        let charts = self.charted().len().saturating_sub(self.page);
        Places::of(
            self.area,
            self.part,
            (self.rows.len(), self.groups.len()),
            charts,
        )
    }

    /// Lists the runs anew; whoever took in what changed them settles the rest.
    pub(super) fn refresh(&mut self) {
        self.rows = rows(
            &self.index,
            &self.filter,
            &self.remembered.sort,
            self.with_archived,
            self.now,
        );
    }

    /// Keeps the highlighted run on the screen, and what follows from the rest as it is.
    pub(super) fn settle(&mut self) {
        // What is drawn follows from the highlight, and where the list ends from what is drawn.
        let found = self
            .at
            .and_then(|at| self.rows.iter().position(|id| *id == at));
        self.row = found
            .unwrap_or(self.row)
            .min(self.rows.len().saturating_sub(1));
        self.at = self.rows.get(self.row).copied();
        self.settle_sweep();
        self.groups = self.find_groups();
        self.find_charted();
        let height = self.places().list_rows().max(1);
        let last = self.rows.len().saturating_sub(height);
        self.scroll = self
            .scroll
            .min(last)
            .min(self.row)
            .max((self.row + 1).saturating_sub(height));
        let needed = self.needed();
        self.curves.retain(|id, _| needed.contains(id));
        self.pictures.retain(|id, _| needed.contains(id));
    }

    /// Moves the highlight by so many rows.
    pub(super) fn go(&mut self, rows: isize) {
        if self.is_on_sweep() {
            return self.go_trials(rows);
        }
        if self.part == Part::Differences {
            return self.compare_later(rows);
        }
        if self.part == Part::Charts || self.part == Part::Samples {
            return self.go_drawn(rows);
        }
        self.row = self
            .row
            .saturating_add_signed(rows)
            .min(self.rows.len().saturating_sub(1));
        self.at = self.rows.get(self.row).copied();
        self.settle();
    }

    /// Moves the highlight among the runs that are shown, where the list is not.
    fn go_drawn(&mut self, runs: isize) {
        let mut shown = self.drawn();
        shown.retain(|id| self.rows.contains(id));
        let here = shown.iter().position(|id| Some(*id) == self.at);
        let next = match here {
            Some(at) => at.saturating_add_signed(runs),
            None => 0,
        };
        let last = shown.len().saturating_sub(1);
        if let Some(id) = shown.get(next.min(last)) {
            self.at = Some(*id);
        }
        self.settle();
    }

    /// The rows on the screen.
    pub(super) fn seen(&self) -> &[RunId] {
        let height = self.places().list_rows();
        let to = (self.scroll + height).min(self.rows.len());
        self.rows.get(self.scroll..to).unwrap_or_default()
    }

    pub(super) fn entry(&self, id: RunId) -> Option<&Entry> {
        self.index.get(id)
    }

    pub(super) fn known(&self, id: RunId) -> Option<&Known> {
        self.entry(id)?.known.as_ref()
    }

    /// Changes what was decided about a run.
    pub(super) fn mark(&mut self, id: RunId, change: impl FnOnce(&mut Marks)) {
        if let Some(marks) = self.index.marks_mut(id) {
            change(marks);
            self.is_changed = true;
            self.decided.insert(id);
        }
    }

    /// Changes what is remembered of the directory.
    pub(super) fn remember(&mut self, change: impl FnOnce(&mut Remembered)) {
        change(&mut self.remembered);
        self.is_changed = true;
    }

    /// Puts a run on the charts, or takes it off. It gets a colour when it is put there for the first time, and keeps it.
    pub(super) fn select(&mut self, id: RunId, selected: bool) {
        self.is_fresh = false;
        let needs_colour = selected && self.entry(id).is_some_and(|e| e.marks.colour.is_none());
        let colour = needs_colour.then(|| self.free_colour());
        self.mark(id, |marks| {
            marks.selected = selected;
            marks.hidden = false;
            marks.colour = marks.colour.or(colour);
        });
    }

    /// The lowest number that no selected run has; of those that nobody has, if there is one among the first.
    fn free_colour(&self) -> usize {
        let of = |wanted: fn(&Marks) -> bool| {
            let all = self.index.iter().map(|(_, entry)| &entry.marks);
            all.filter(|marks| wanted(marks))
                .filter_map(|marks| marks.colour)
                .collect::<BTreeSet<_>>()
        };
        let (taken, used) = (of(|_| true), of(|marks| marks.selected));
        let fresh = (0..COLOURS).find(|number| !taken.contains(number));
        fresh
            .or_else(|| (0..=used.len()).find(|number| !used.contains(number)))
            .unwrap_or_default()
    }

    /// The runs on the charts: those that are selected and not hidden, by their colours; without any, the highlighted one.
    pub(super) fn drawn(&self) -> Vec<RunId> {
        if self.is_on_sweep() {
            return self.runs_of_sweep();
        }
        let mut drawn = self.selected();
        drawn.retain(|id| self.entry(*id).is_some_and(|entry| entry.marks.is_drawn()));
        drawn.truncate(DRAWN);
        if drawn.is_empty() {
            drawn.extend(self.at);
        }
        drawn
    }

    /// The runs whose series are drawn: those on the charts, and those that they were forked from.
    pub(super) fn needed(&self) -> BTreeSet<RunId> {
        let mut needed: BTreeSet<RunId> = self.drawn().into_iter().collect();
        let forks: Vec<RunId> = needed.iter().copied().collect();
        for id in forks {
            let past = ancestors(&self.index, id).into_iter();
            needed.extend(past.map(|(parent, _)| parent));
        }
        needed
    }

    /// The selected runs, also those that are hidden, by their colours.
    pub(super) fn selected(&self) -> Vec<RunId> {
        let all = self
            .index
            .iter()
            .filter(|(_, entry)| entry.marks.selected && !entry.marks.archived);
        let mut all: Vec<(Option<usize>, RunId)> =
            all.map(|(id, entry)| (entry.marks.colour, id)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, id)| id).collect()
    }

    /// The live runs a command goes to: the selected ones, or else the highlighted one.
    pub(super) fn addressed(&self) -> Vec<RunId> {
        if self.is_on_sweep() {
            return self.live_of_trial();
        }
        let is_live = |id: &RunId| self.is_live(*id) && self.is_own(*id);
        let selected: Vec<RunId> = self.selected().into_iter().filter(is_live).collect();
        if selected.is_empty() {
            self.at.into_iter().filter(is_live).collect()
        } else {
            selected
        }
    }

    pub(super) fn is_live(&self, id: RunId) -> bool {
        self.entry(id).and_then(|entry| entry.state(self.now)) == Some(State::Live)
    }

    pub(super) fn is_own(&self, id: RunId) -> bool {
        self.entry(id)
            .is_some_and(|entry| entry.found.format == crate::logs::Format::Own)
    }

    /// The metrics there are charts of, in their order.
    pub(super) fn charted(&self) -> &[String] {
        if self.remembered.metrics.is_empty() {
            &self.charted.1
        } else {
            &self.remembered.metrics
        }
    }

    /// Finds the metrics of the runs on the charts, if there may be others than before. (There may be thousands of them.)
    fn find_charted(&mut self) {
        let drawn = self.drawn().into_iter();
        let known = drawn.map(|id| (id, self.known(id).map_or(0, |known| known.metrics.len())));
        let known: Vec<(RunId, usize)> = known.collect();
        if known == self.charted.0 {
            return;
        }
        let mut found: HashMap<&str, usize> = HashMap::new();
        for (id, _) in &known {
            for name in self
                .known(*id)
                .iter()
                .flat_map(|known| known.metrics.keys())
            {
                *found.entry(name).or_default() += 1;
            }
        }
        let mut ranked: Vec<(&str, usize)> = found.into_iter().collect();
        ranked.sort_by(|(a, _), (b, _)| natural(a, b));
        ranked.sort_by_cached_key(|(name, count)| (std::cmp::Reverse(*count), liked(name)));
        let ranked = ranked
            .into_iter()
            .map(|(name, _)| name.to_owned())
            .collect();
        self.charted = (known, ranked);
    }

    /// The metrics of the charts on the screen.
    pub(super) fn charted_here(&self) -> Vec<String> {
        if self.is_on_sweep() {
            let seen = self.sweep.as_ref().and_then(|sweep| sweep.seen.as_ref());
            return seen
                .map(|seen| seen.definition.metric.clone())
                .into_iter()
                .collect();
        }
        let room = self.places().charts().len();
        let shown = self.charted().iter().skip(self.page).take(room);
        shown.cloned().collect()
    }

    /// What the thread is to read.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        let needs_all = |name: &&str| Column::from((*name).to_owned()).needs_all();
        let columns = self.remembered.columns.iter().flatten();
        let shown = columns.clone().any(Column::needs_all) || self.remembered.columns.is_none();
        let mut metrics: BTreeSet<String> = self.charted_here().into_iter().collect();
        if let Axis::Metric(metric) = &self.remembered.axis {
            metrics.insert(metric.clone());
        }
        let step = self.view.cursor.unwrap_or(u64::MAX);
        Wanted {
            drawn: self.needed(),
            seen: if shown {
                self.seen().iter().copied().collect()
            } else {
                BTreeSet::new()
            },
            whole: self.remembered.sort.column.needs_all()
                || self.filter.names().iter().any(needs_all),
            metrics,
            pictures: match self.part {
                Part::Samples => self.drawn().into_iter().map(|id| (id, step)).collect(),
                Part::Trials => self.best_run().into_iter().map(|id| (id, step)).collect(),
                _ => BTreeMap::new(),
            },
            album: self.album.clone().filter(|_| self.part == Part::Samples),
        }
    }

    /// The columns of the list, where nobody chose: the metrics that come first, and settings in which runs differ.
    pub(super) fn columns(&self) -> Vec<Column> {
        if let Some(columns) = &self.remembered.columns {
            return columns.clone();
        }
        let mut columns = vec![Column::State, Column::Name, Column::Steps];
        for (at, metric) in self.charted().iter().take(2).cloned().enumerate() {
            let known = self.drawn().first().and_then(|id| self.known(*id));
            if matches!(good(&metric, known), Good::Lower | Good::Higher) {
                columns.push(Column::Metric(metric.clone(), Of::Best));
            }
            if at == 0 {
                columns.push(Column::Metric(metric, Of::Last));
            }
        }
        columns.push(Column::Age);
        columns.extend(self.differing().into_iter().take(4).map(Column::Setting));
        columns.push(Column::Origin);
        if self
            .index
            .iter()
            .any(|(_, entry)| entry.tags().next().is_some())
        {
            columns.push(Column::Tags);
        }
        columns
    }

    /// Settings in which the runs on the charts differ, except those that only tell repetitions apart.
    fn differing(&self) -> Vec<String> {
        let runs = self.drawn();
        let rows = crate::workspace::differences(&self.index, &runs);
        rows.into_iter()
            .filter(|row| row.is_of_values() && !crate::workspace::is_seed(&row.key))
            .map(|row| row.key)
            .collect()
    }

    /// The groups of the runs on the charts, where they are drawn in groups.
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    fn find_groups(&self) -> Vec<Group> {
        if !self.remembered.grouped {
            return Vec::new();
        }
        groups(&self.index, &self.drawn(), self.remembered.by.as_deref())
    }

    /// The run that others are compared with.
    pub(super) fn baseline(&self) -> Option<RunId> {
        let key = self.remembered.baseline.as_ref()?;
        let mut all = self.index.iter();
        all.find(|(_, entry)| Remembered::key(&entry.found.path, &self.tops) == *key)
            .map(|(id, _)| id)
    }

    pub(super) fn key_of(&self, id: RunId) -> Option<String> {
        let entry = self.entry(id)?;
        Some(Remembered::key(&entry.found.path, &self.tops))
    }

    /// Time until an age on the screen reads differently.
    #[must_use]
    pub fn tick(&self) -> Option<Duration> {
        let ages = self.seen().iter().filter_map(|id| {
            let touched = self.known(*id)?.about.touched?;
            Some(self.now.duration_since(touched).as_secs())
        });
        let youngest = ages.min()?;
        Some(Duration::from_secs(if youngest < 60 { 1 } else { 60 }))
    }

    /// Saves what is to be remembered, if it has changed; says why it could not.
    pub fn save(&mut self) {
        if !std::mem::take(&mut self.is_changed) {
            return;
        }
        self.remembered.smoothing = self.view.smoothing;
        let decided = std::mem::take(&mut self.decided).into_iter();
        let decided = decided.filter_map(|id| {
            let entry = self.entry(id)?;
            let key = Remembered::key(&entry.found.path, &self.tops);
            Some((key, entry.marks.clone()))
        });
        let decided: Vec<(String, Marks)> = decided.collect();
        for (key, marks) in decided {
            if marks == Marks::default() {
                self.remembered.runs.remove(&key);
            } else {
                self.remembered.runs.insert(key, marks);
            }
        }
        let Some(file) = &self.file else {
            return;
        };
        match self.remembered.save(&self.base, file) {
            Ok(saved) => {
                self.unkept = None;
                if saved.problem.is_some() {
                    self.notice = saved.problem;
                }
                self.adopt(saved.runs);
                self.base = self.remembered.clone();
            }
            Err(error) => {
                let file = file.display();
                let why = format!("notes, tags and the view are not kept: {file}: {error}");
                self.notice = Some(why.clone());
                self.unkept = Some(why);
            }
        }
    }

    /// Saves what could not be saved before, and says why if it still cannot be.
    pub fn save_at_last(&mut self) -> Option<String> {
        self.is_changed |= self.unkept.is_some();
        self.save();
        self.unkept.clone()
    }

    /// Takes over what was decided about runs elsewhere meanwhile.
    fn adopt(&mut self, runs: BTreeMap<String, Marks>) {
        let known: Vec<(RunId, String)> = self
            .index
            .iter()
            .map(|(id, entry)| (id, Remembered::key(&entry.found.path, &self.tops)))
            .collect();
        self.remembered.runs = runs;
        for (id, key) in known {
            let theirs = self.remembered.runs.get(&key).cloned().unwrap_or_default();
            if let Some(marks) = self.index.marks_mut(id) {
                marks.adopt(&theirs);
                if *marks == Marks::default() {
                    self.remembered.runs.remove(&key);
                } else {
                    self.remembered.runs.insert(key, marks.clone());
                }
            }
        }
    }
}
