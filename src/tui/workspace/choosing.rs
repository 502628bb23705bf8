//! Lists to choose from: what they offer, and what becomes of a choice.

use crossterm::event::KeyEvent;

use super::dialog::{Choice, Dialog, Picker};
use super::state::Workspace;
use super::trial_column::TrialColumn;
use crate::tui::dialogs::Typing;
use crate::tui::keymap::Action;
use crate::tui::layout::PAGE;
use crate::workspace::{Axis, Column, Of, Sort, natural};

impl Workspace {
    /// Opens a list of choices.
    pub(super) fn pick(&mut self, action: Action) {
        let mut metrics: Vec<(&str, usize)> = self.index.metrics().into_iter().collect();
        metrics.sort_by(|(a, _), (b, _)| natural(a, b));
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
            Action::Sort if self.is_on_sweep() => self.columns_of_trials(),
            Action::Metrics => Picker::new(
                Choice::Metrics,
                metrics
                    .iter()
                    .map(|(name, count)| ((*name).to_owned(), runs(count)))
                    .collect(),
                self.remembered.metrics.clone(),
            ),
            Action::AxisOver => Picker::new(
                Choice::Over,
                metrics
                    .iter()
                    .map(|(name, count)| ((*name).to_owned(), runs(count)))
                    .collect(),
                self.remembered.over.clone().into_iter().collect(),
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
                    for of in [Of::Last, Of::Best, Of::Mean, Of::Deviation] {
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

    fn columns_of_trials(&self) -> Picker {
        let sweep = self.sweep.as_ref();
        let seen = sweep.and_then(|sweep| Some((sweep, sweep.seen.as_ref()?)));
        let Some((sweep, seen)) = seen else {
            return Picker::new(Choice::Trials, Vec::new(), Vec::new());
        };
        let params = &seen.definition.params;
        let all = TrialColumn::all(params.len()).into_iter();
        let all = all.map(|column| {
            let word = match column {
                TrialColumn::Param(_) => "parameter".to_owned(),
                TrialColumn::Value => seen.definition.metric.clone(),
                _ => String::new(),
            };
            (column.name(params), word)
        });
        Picker::new(
            Choice::Trials,
            all.collect(),
            vec![sweep.sort.0.name(params)],
        )
    }

    pub(super) fn on_picker(&mut self, mut picker: Picker, action: Option<Action>, key: &KeyEvent) {
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
            Choice::Sort | Choice::Over | Choice::Trials => Vec::new(),
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
            Choice::Trials => {
                if let Some(name) = taken.into_iter().next() {
                    self.sort_trials(&name);
                }
            }
            Choice::Over => {
                if let Some(metric) = taken.into_iter().next() {
                    self.stand_on(Axis::Metric(metric));
                }
            }
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
}
