//! The runs of a report, as far as it needs them: each log is read once, and its series are kept in a few hundred columns.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;

use super::account::Account;
use super::sweep::Sweep;
use crate::history::{Column, Ruler, columns};
use crate::logs::{Found, LogError, Picture, Reached, Run};
use crate::metric::Good;
use crate::metric::quality::QUANTITIES;
use crate::rules::Filter;
use crate::sweep::SweepError;
use crate::text::{did_you_mean, nearest};
use crate::workspace::{
    Band, Difference, Entry, Group, Index, Known, Marks, Of, RunId, Seen as Subject, differences,
    good, groups, liked, natural,
};

/// Columns of a line, where there are few runs, and where there are many; all lines together.
const WIDEST: usize = 320;
const NARROWEST: usize = 64;
const TOGETHER: usize = 12_800;
/// Charts of one page.
const CHARTS: usize = 80;
/// Metrics that tables are about.
const HEADLINES: usize = 3;
/// Groups that are still groups: more say less than their runs.
const GROUPS: usize = 24;

/// Which runs are drawn as one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Grouping {
    /// Those that differ in nothing but the seed, if there are any.
    #[default]
    Seeds,
    /// Those that have these settings in common.
    By(Vec<String>),
    /// None.
    Off,
}

/// What a report is to be like.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What stands above it; `None`: the names of its runs.
    pub title: Option<String>,
    /// Which runs are drawn as one.
    pub grouping: Grouping,
    /// What the band around a group's mean shows.
    pub band: Band,
    /// The metrics that are charted, first to last; none: all, the most telling first.
    pub metrics: Vec<String>,
    /// At how many steps samples are shown.
    pub samples: usize,
    /// Which of the runs.
    pub filter: Filter,
}

/// A run.
#[derive(Debug)]
pub(super) struct Seen {
    pub id: RunId,
    /// As the index has it.
    pub entry: Entry,
    /// Its name, which no other run of the report has.
    pub name: String,
    pub lines: BTreeMap<String, Vec<Column>>,
    pub pictures: BTreeMap<String, Vec<Picture>>,
    pub account: Account,
    pub last_step: u64,
    /// Seconds of training, as far as its steps say them.
    pub elapsed: f64,
    /// The number of its colour.
    pub colour: usize,
}

/// Everything that stands on the page.
#[derive(Debug)]
pub struct Report {
    pub(super) title: String,
    pub(super) now: Timestamp,
    pub(super) index: Index,
    pub(super) runs: Vec<Seen>,
    /// Empty where runs are drawn by themselves.
    pub(super) groups: Vec<Group>,
    pub(super) band: Band,
    /// The metrics that are charted.
    pub(super) metrics: Vec<String>,
    /// Metrics for which there is no room.
    pub(super) left_out: usize,
    pub(super) samples: usize,
    /// What could not be read, in words.
    pub(super) problems: Vec<String>,
    pub(super) sweep: Option<Sweep>,
}

/// Reads these runs. `marks` are what a person decided about a run: its colour.
///
/// A log that cannot be read is mentioned on the page.
///
/// # Errors
/// When none of them can be read: why the first cannot.
pub fn gather(
    found: &[Found],
    mut marks: impl FnMut(&Found) -> Marks,
    options: &Options,
    now: Timestamp,
) -> Result<Report, LogError> {
    let width = (TOGETHER / found.len().max(1)).clamp(NARROWEST, WIDEST) as u16;
    let mut report = Report {
        title: String::new(),
        now,
        index: Index::default(),
        runs: Vec::new(),
        groups: Vec::new(),
        band: options.band,
        metrics: Vec::new(),
        left_out: 0,
        samples: options.samples,
        problems: Vec::new(),
        sweep: None,
    };
    let mut first = None;
    for place in found {
        if let Err(error) = report.read(place, marks(place), width, &options.filter) {
            report.problems.push(format!("{}: {error}", place.name));
            first = first.or(Some(error));
        }
    }
    if let (true, Some(error)) = (report.runs.is_empty(), first) {
        return Err(error);
    }
    report.tell_names_apart();
    report.colour();
    report.group(&options.grouping);
    report.choose(&options.metrics);
    report.title = options.title.clone().unwrap_or_else(|| report.named());
    Ok(report)
}

impl Report {
    /// Adds the part about a sweep, which gives the page its title if nothing else does.
    ///
    /// # Errors
    /// When the sweep cannot be read.
    pub fn with_sweep(mut self, dir: &Path, title: Option<&str>) -> Result<Self, SweepError> {
        self.sweep = Some(Sweep::read(dir)?);
        if title.is_none() {
            let whole = std::fs::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf());
            let name = whole.file_name().unwrap_or(whole.as_os_str());
            self.title = format!("Sweep {}", name.to_string_lossy());
        }
        Ok(self)
    }

    /// What is asked for by a name that no run has, in words; a group by a setting, or a metric.
    #[must_use]
    pub fn unknown(&self, options: &Options) -> Option<String> {
        let (settings, metrics) = (self.index.settings(), self.index.metrics());
        let by = match &options.grouping {
            Grouping::By(keys) => keys.as_slice(),
            Grouping::Seeds | Grouping::Off => &[],
        };
        let say = |what: &str, name: &str, known: Vec<&str>| {
            let guess = did_you_mean(nearest(name, known));
            Some(format!("no run has the {what} `{name}`{guess}"))
        };
        if let Some(key) = by.iter().find(|key| !settings.contains(key.as_str())) {
            return say("setting", key, settings.into_iter().collect());
        }
        let mut wanted = options.metrics.iter();
        let name = wanted.find(|name| !metrics.contains_key(name.as_str()))?;
        say("metric", name, metrics.into_keys().collect())
    }

    /// Whether it is about no run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    fn read(
        &mut self,
        found: &Found,
        marks: Marks,
        width: u16,
        filter: &Filter,
    ) -> Result<(), LogError> {
        let mut run = Run::open(found);
        run.read_all()?;
        let known = Known::of(&run, Reached::End);
        let mut entry = Entry::new(found.clone(), marks.clone());
        entry.known = Some(known.clone());
        let (seen, now) = (&entry, self.now);
        if !filter.wants(&Subject { entry: seen, now }) {
            return Ok(());
        }
        let history = run.history();
        let last_step = history.last_step();
        let ruler = Ruler::steps(0..=last_step.max(1));
        let lines = history.metrics().filter_map(|name| {
            let series = history.series(name)?;
            Some((name.to_owned(), columns(series.buckets(), &ruler, width)))
        });
        let id = self.index.add(found.clone(), marks);
        self.index.know(id, known);
        self.runs.push(Seen {
            id,
            entry,
            name: String::new(),
            lines: lines.collect(),
            pictures: run.pictures().clone(),
            account: Account::of(&run),
            elapsed: history.clock().newest().elapsed,
            last_step,
            colour: 0,
        });
        let notes = run.about().notes.iter();
        let notes = notes.map(|note| format!("{}: {note}", run.about().name));
        self.problems.extend(notes);
        Ok(())
    }

    /// Names that several runs have give way to those of their places below what was named; if these are not enough, to their paths.
    fn tell_names_apart(&mut self) {
        let ways: [fn(&Seen) -> String; 3] = [
            |run| run.entry.name().to_owned(),
            |run| run.entry.found.name.clone(),
            |run| run.entry.found.path.display().to_string(),
        ];
        let mut left: Vec<usize> = (0..self.runs.len()).collect();
        for way in ways {
            for at in &left {
                if let Some(run) = self.runs.get_mut(*at) {
                    run.name = way(run);
                }
            }
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for run in &self.runs {
                *counts.entry(&run.name).or_default() += 1;
            }
            let is_shared = |run: &Seen| counts.get(run.name.as_str()).is_some_and(|n| *n > 1);
            let runs = self.runs.iter().enumerate();
            left = runs
                .filter(|(_, run)| is_shared(run))
                .map(|(at, _)| at)
                .collect();
        }
    }

    /// Gives each run the colour that it has in the workspace, else the first one that is free.
    fn colour(&mut self) {
        let known: Vec<Option<usize>> =
            self.runs.iter().map(|run| run.entry.marks.colour).collect();
        let mut taken: BTreeSet<usize> = known.iter().flatten().copied().collect();
        for (run, known) in self.runs.iter_mut().zip(known) {
            run.colour = known.unwrap_or_else(|| {
                let free = (0..=taken.len()).find(|number| !taken.contains(number));
                let free = free.unwrap_or_default();
                taken.insert(free);
                free
            });
        }
    }

    fn group(&mut self, grouping: &Grouping) {
        let by = match grouping {
            Grouping::Off => return,
            Grouping::Seeds => None,
            Grouping::By(keys) => Some(keys.as_slice()),
        };
        let ids: Vec<RunId> = self.runs.iter().map(|run| run.id).collect();
        let found = groups(&self.index, &ids, by);
        let says_something = found.iter().any(|group| group.members.len() > 1);
        let is_wanted = by.is_some() || found.len() <= GROUPS;
        if says_something && is_wanted {
            for run in &mut self.runs {
                let group = found.iter().position(|g| g.members.contains(&run.id));
                run.colour = group.unwrap_or_default();
            }
            self.groups = found;
        }
    }

    fn choose(&mut self, wanted: &[String]) {
        if !wanted.is_empty() {
            self.metrics = wanted.to_vec();
            return;
        }
        let is_aside = |name: &str| {
            let known = QUANTITIES.iter().find(|quantity| quantity.name == name);
            known.is_some_and(|quantity| quantity.good == Good::Neutral)
        };
        // What only a few of the runs have, says little of all.
        let all = self.index.metrics();
        let most = all.values().copied().max().unwrap_or_default();
        let mut found: Vec<_> = all
            .into_iter()
            .map(|(name, runs)| {
                let is_rare = runs * 2 < most;
                let rank = (is_aside(name), is_rare, liked(name), Reverse(runs));
                (rank, name)
            })
            .collect();
        found.sort_by(|(a, a_name), (b, b_name)| a.cmp(b).then_with(|| natural(a_name, b_name)));
        self.left_out = found.len().saturating_sub(CHARTS);
        let names = found.into_iter().take(CHARTS);
        self.metrics = names.map(|(_, name)| name.to_owned()).collect();
    }

    /// The names of its runs, as far as they fit.
    fn named(&self) -> String {
        let names: Vec<&str> = self.runs.iter().map(|run| run.name.as_str()).collect();
        match names.as_slice() {
            [one] => (*one).to_owned(),
            [one, two] => format!("{one} and {two}"),
            many => format!("{} runs", many.len()),
        }
    }

    /// Which way a metric is better: as the first run that has it says.
    pub(super) fn good(&self, metric: &str) -> Good {
        let has = |run: &&Seen| run.lines.contains_key(metric);
        let run = self.runs.iter().find(has);
        good(metric, run.and_then(|run| run.entry.known.as_ref()))
    }

    /// The metrics that tables are about: those that have a best value, the most telling first.
    pub(super) fn headlines(&self) -> Vec<&str> {
        let has_best = |name: &&String| matches!(self.good(name), Good::Higher | Good::Lower);
        let all: Vec<&str> = self
            .metrics
            .iter()
            .filter(has_best)
            .map(String::as_str)
            .collect();
        let telling: Vec<&str> = all
            .iter()
            .copied()
            .filter(|name| liked(name) < liked(""))
            .collect();
        let chosen = if telling.is_empty() { all } else { telling };
        chosen.into_iter().take(HEADLINES).collect()
    }

    /// The best value of a metric in a run, and its step.
    pub(super) fn best(&self, run: &Seen, metric: &str) -> Option<(f64, u64)> {
        let facts = run.entry.facts(metric)?;
        let (step, value) = match self.good(metric) {
            Good::Higher => facts.highest?,
            Good::Lower => facts.lowest?,
            Good::Balance | Good::Neutral => return None,
        };
        Some((value, step))
    }

    /// Settings in which the runs differ.
    pub(super) fn differences(&self) -> Vec<Difference> {
        let ids: Vec<RunId> = self.runs.iter().map(|run| run.id).collect();
        differences(&self.index, &ids)
    }

    /// A group in a word or two, where no other has the same: the value of a setting that is a word, such as an objective, else the
    /// first setting; otherwise all that tells it from others.
    pub(super) fn group_name(&self, group: &Group) -> String {
        let name = short(group);
        let same = self.groups.iter().filter(|other| short(other) == name);
        if same.count() > 1 { group.name() } else { name }
    }

    /// The runs of a group.
    pub(super) fn members<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a Seen> {
        let is_in = |run: &&Seen| group.members.contains(&run.id);
        self.runs.iter().filter(is_in)
    }

    /// The runs, the best by the first headline first; without one as they were named.
    pub(super) fn ranked(&self) -> Vec<&Seen> {
        let mut runs: Vec<&Seen> = self.runs.iter().collect();
        let headlines = self.headlines();
        let Some(metric) = headlines.first() else {
            return runs;
        };
        let falling = self.good(metric) == Good::Higher;
        let column = crate::workspace::Column::Metric((*metric).to_owned(), Of::Best);
        runs.sort_by(|a, b| {
            let cell = |run: &Seen| column.cell(&run.entry, self.now);
            cell(a).compare(&cell(b), falling)
        });
        runs
    }
}

fn short(group: &Group) -> String {
    let is_word = |value: &str| value.chars().next().is_some_and(char::is_alphabetic);
    let word = group.values.iter().find(|(_, value)| is_word(value));
    match (word, group.values.first()) {
        (Some((_, value)), _) => value.clone(),
        (None, Some((key, value))) => {
            format!("{} {value}", key.rsplit('.').next().unwrap_or(key))
        }
        (None, None) => group.name(),
    }
}
