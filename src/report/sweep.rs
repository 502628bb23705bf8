//! The part about a sweep: its trials, its best one, each parameter against the metric.

use std::fmt::Write as _;
use std::path::Path;

use super::table::{Cell, Table};
use crate::metric::Good;
use crate::sweep::{Board, Domain, Goal, Ranked, SweepError, ranking};
use crate::text::number;

/// Trials that are listed.
const LISTED: usize = 100;

/// A sweep, as far as a report needs it.
#[derive(Debug)]
pub(super) struct Sweep {
    pub metric: String,
    pub goal: Good,
    /// Trials in all.
    pub count: u64,
    pub seeds: u64,
    /// The unit of the budget, and how far each rung goes.
    pub unit: String,
    pub rungs: Vec<u64>,
    pub params: Vec<Varied>,
    pub ranked: Vec<Ranked>,
    /// How often somebody changed the best one while it trained.
    pub by_hand: u64,
}

/// A parameter, and its place in each trial that has it.
#[derive(Debug)]
pub(super) struct Varied {
    pub key: String,
    pub domain: Domain,
}

impl Sweep {
    /// Reads what lies in a directory.
    pub fn read(dir: &Path) -> Result<Self, SweepError> {
        let mut board = Board::open(dir)?;
        board.look()?;
        let definition = board.definition();
        let (_, unit) = definition.budget.parts();
        let params = definition.params.iter().map(|param| Varied {
            key: param.key.clone(),
            domain: param.domain.clone(),
        });
        let ranked = ranking(&board);
        let best = ranked.first().map(|best| best.trial.number);
        Ok(Self {
            by_hand: best.map_or(0, |best| board.changes_by_hand(best)),
            metric: definition.metric.clone(),
            goal: match definition.goal {
                Goal::Min => Good::Lower,
                Goal::Max => Good::Higher,
            },
            count: definition.count(),
            seeds: definition.seeds,
            unit: unit.to_owned(),
            rungs: definition.rungs().iter().collect(),
            params: params.collect(),
            ranked,
        })
    }

    /// The sweep in one or two sentences.
    pub fn lead(&self) -> String {
        let mut text = format!(
            "{} of {} trials have a value of {}",
            self.ranked.len(),
            self.count,
            self.metric
        );
        if self.seeds > 1 {
            let _ = write!(text, ", the median of up to {} seeds", self.seeds);
        }
        text.push('.');
        if let Some(best) = self.ranked.first() {
            let _ = write!(
                text,
                " The best is trial {} with {} at {} {}",
                best.trial.number,
                number::significant(best.median),
                number::thousands(self.rung(best)),
                self.unit
            );
            let (least, most) = best.spread();
            if best.values.len() > 1 {
                let _ = write!(
                    text,
                    ", its seeds from {} to {}",
                    number::significant(least),
                    number::significant(most)
                );
            }
            text.push('.');
            if self.by_hand > 0 {
                text.push_str(
                    " Somebody changed it while it trained: its values alone may not give that.",
                );
            }
        }
        if let [best, second, ..] = self.ranked.as_slice()
            && best.rung == second.rung
        {
            let (least, most) = best.spread();
            let (other_least, other_most) = second.spread();
            let is_sure = most < other_least || least > other_most;
            text.push_str(if best.values.len() < 2 && second.values.len() < 2 {
                " With one seed each, whether it is better than the next cannot be told."
            } else if is_sure {
                " All its seeds are better than all of the next."
            } else {
                " Its seeds overlap with those of the next: the difference may be chance."
            });
        }
        text
    }

    fn rung(&self, ranked: &Ranked) -> u64 {
        self.rungs.get(ranked.rung).copied().unwrap_or_default()
    }

    /// The trials, the best first.
    pub fn trials(&self) -> Table {
        let mut table = Table::of(&[("rank", true), ("trial", true), ("seeds", true)]);
        table.head.push((self.unit.clone(), true));
        table.head.push((self.metric.clone(), true));
        let keys = self.params.iter().map(|param| (param.key.clone(), true));
        table.head.extend(keys);
        for (place, ranked) in self.ranked.iter().enumerate() {
            let (least, most) = ranked.spread();
            let more = if ranked.values.len() > 1 {
                format!(
                    "{} to {}",
                    number::significant(least),
                    number::significant(most)
                )
            } else {
                String::new()
            };
            let value = number::significant(ranked.median);
            let mut row = vec![
                Cell::number((place + 1).to_string()),
                Cell::number(ranked.trial.number.to_string()),
                Cell::number(ranked.values.len().to_string()),
                Cell::number(number::thousands(self.rung(ranked))),
                if place == 0 {
                    Cell::Best(value, more)
                } else {
                    Cell::Number(value, more)
                },
            ];
            row.extend(self.params.iter().map(|param| {
                let value = ranked.trial.values.get(&param.key);
                Cell::number(value.cloned().unwrap_or_default())
            }));
            table.rows.push(row);
        }
        table.cut(LISTED)
    }
}
