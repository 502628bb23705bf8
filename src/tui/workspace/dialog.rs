//! The dialogs of the workspace: a line of text, a list of choices, the help.

use crate::logs::Removal;
use crate::tui::dialogs::Help;
use crate::tui::keymap::{Context, PICKER, PROMPT};
use crate::workspace::RunId;

/// A dialog.
#[derive(Debug)]
pub(super) enum Dialog {
    /// A text is typed.
    Prompt(Prompt),
    /// Something is chosen.
    Picker(Picker),
    /// The help.
    Help(Help),
}

impl Dialog {
    /// Its keys.
    pub fn context(&self) -> &'static Context {
        match self {
            Self::Prompt(_) => &PROMPT,
            Self::Picker(_) => &PICKER,
            Self::Help(help) => help.keys(),
        }
    }
}

/// What a typed text is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The filter of the list.
    Filter,
    /// A remark on a run.
    Note(RunId),
    /// The tags of a run.
    Tags(RunId),
    /// A command to these runs.
    Command(Vec<RunId>),
    /// What a fork of the live run of this name is to have otherwise.
    Fork(RunId, String),
    /// How many trials more a sweep is to have.
    AddTrials,
    /// The word that confirms that this trial is to be stopped.
    StopTrial(u64),
    /// The name of a run, to confirm that these files are to be deleted.
    Delete(RunId, String, Removal),
}

/// A text that is typed.
#[derive(Debug, Clone)]
pub(super) struct Prompt {
    pub purpose: Purpose,
    pub text: String,
    /// What the text was when it began, to go back to.
    pub before: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What the last word can be, while completions are looked through: what they replace, they, and which one stands.
    pub completions: Option<(usize, Vec<String>, usize)>,
}

impl Prompt {
    pub fn new(purpose: Purpose, text: String) -> Self {
        Self {
            purpose,
            before: text.clone(),
            text,
            error: None,
            completions: None,
        }
    }

    /// What stands in front of the text.
    pub fn label(&self) -> String {
        match &self.purpose {
            Purpose::Filter => "/".to_owned(),
            Purpose::Note(_) => "note:".to_owned(),
            Purpose::Tags(_) => "tags:".to_owned(),
            Purpose::Command(runs) if runs.is_empty() => "to no live run:".to_owned(),
            Purpose::Command(runs) if runs.len() > 1 => format!("to {} runs:", runs.len()),
            Purpose::Command(_) => ":".to_owned(),
            Purpose::Fork(_, name) => format!("fork {name} with:"),
            Purpose::AddTrials => "trials to add:".to_owned(),
            Purpose::StopTrial(number) => format!("type stop to end trial {number} for good:"),
            Purpose::Delete(_, name, removal) => format!("type {name} to delete {removal}:"),
        }
    }

    /// Takes the next completion, or the one before, of `candidates`, which replace the text from `from` on.
    pub fn complete(&mut self, from: usize, candidates: Vec<String>, forwards: bool) {
        let (from, all, at) = match self.completions.take() {
            Some((from, all, at)) => {
                let count = all.len().max(1);
                let next = if forwards { at + 1 } else { at + count - 1 };
                (from, all, next % count)
            }
            None if candidates.is_empty() => return,
            None => (from, candidates, 0),
        };
        if let Some(chosen) = all.get(at) {
            self.text.truncate(from);
            self.text.push_str(chosen);
        }
        self.completions = Some((from, all, at));
    }

    /// The text was edited.
    pub fn edited(&mut self) {
        self.error = None;
        self.completions = None;
    }
}

/// What is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The columns of the list, in their order.
    Columns,
    /// The column the list is sorted by.
    Sort,
    /// The metrics that are charted, in their order.
    Metrics,
    /// The settings that groups share.
    GroupBy,
    /// The metric that the horizontal axis is measured in.
    Over,
    /// The column by which trials of a sweep are sorted.
    Trials,
}

/// A list to choose from.
#[derive(Debug, Clone)]
pub(super) struct Picker {
    pub choice: Choice,
    /// All there is: what is taken, and a word on it.
    pub all: Vec<(String, String)>,
    /// Those chosen, in order.
    pub chosen: Vec<String>,
    /// Only those with this text are listed.
    pub search: String,
    /// The highlighted line.
    pub at: usize,
}

impl Picker {
    pub fn new(choice: Choice, all: Vec<(String, String)>, chosen: Vec<String>) -> Self {
        Self {
            choice,
            all,
            chosen,
            search: String::new(),
            at: 0,
        }
    }

    /// Whether several can be chosen.
    pub fn takes_many(&self) -> bool {
        !matches!(self.choice, Choice::Sort | Choice::Over | Choice::Trials)
    }

    /// Its title.
    pub fn title(&self) -> &'static str {
        match self.choice {
            Choice::Columns => "Columns",
            Choice::Sort => "Sort by",
            Choice::Metrics => "Charts",
            Choice::GroupBy => "Group by",
            Choice::Over => "Charts over",
            Choice::Trials => "Sort trials by",
        }
    }

    /// The lines that are listed: those chosen first, while nothing is searched for.
    pub fn lines(&self) -> Vec<&(String, String)> {
        let wanted = self.search.to_lowercase();
        let mut lines: Vec<&(String, String)> = self
            .all
            .iter()
            .filter(|(name, _)| name.to_lowercase().contains(&wanted))
            .collect();
        let place = |name: &String| self.chosen.iter().position(|chosen| chosen == name);
        lines.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
        lines
    }

    pub fn go(&mut self, lines: isize) {
        let last = self.lines().len().saturating_sub(1);
        self.at = self.at.saturating_add_signed(lines).min(last);
    }

    fn line(&self) -> Option<String> {
        self.lines().get(self.at).map(|(name, _)| name.clone())
    }

    /// Adds the highlighted line to those chosen, or removes it.
    pub fn toggle(&mut self) {
        let Some(name) = self.line() else {
            return;
        };
        match self.chosen.iter().position(|chosen| *chosen == name) {
            Some(at) => drop(self.chosen.remove(at)),
            None => self.chosen.push(name.clone()),
        }
        // The highlight stays with the line.
        let found = self.lines().iter().position(|(line, _)| *line == name);
        self.at = found.unwrap_or(self.at);
    }

    /// What is taken: those chosen. The highlighted line where only one can be, or where a search found it and nothing was
    /// changed.
    pub fn taken(&self, before: &[String]) -> Vec<String> {
        let is_changed = self.chosen != before;
        if !self.takes_many() || (!self.search.is_empty() && !is_changed) {
            return self.line().into_iter().collect();
        }
        self.chosen.clone()
    }
}
