//! Which trials are best, and how sure that is.

use super::board::Board;
use super::decide::Stage;
use super::trial::Trial;

/// A trial with what its runs reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The trial.
    pub trial: Trial,
    /// The highest rung that its first run reached.
    pub rung: usize,
    /// The values of its runs there, in the order of their seeds.
    pub values: Vec<f64>,
    /// Their median: how good it is. Smaller or larger is better, as the goal says.
    pub median: f64,
}

impl Ranked {
    /// The lowest and the highest value.
    #[must_use]
    pub fn spread(&self) -> (f64, f64) {
        let least = self.values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self
            .values
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        (least, most)
    }
}

/// The trials that have a value, the best first: those that got farther before others, because values of different rungs
/// say little of each other.
#[must_use]
pub fn ranking(board: &Board) -> Vec<Ranked> {
    let goal = board.definition().goal;
    let mut found: Vec<Ranked> = board
        .trials()
        .filter_map(|trial| {
            let runs: Vec<_> = (0..board.definition().seeds)
                .filter_map(|seed| board.run(trial.number, seed))
                .collect();
            let first = runs
                .first()
                .filter(|run| run.replicate.stage != Stage::Failed)?;
            let rung = first.values.iter().rposition(Option::is_some)?;
            let counted = runs.iter().filter_map(|run| run.counted(rung, goal));
            let values: Vec<f64> = counted.collect();
            let median = median(&values)?;
            Some(Ranked {
                trial: trial.clone(),
                rung,
                values,
                median,
            })
        })
        .collect();
    found.sort_by(|a, b| {
        let cost = |ranked: &Ranked| goal.cost(ranked.median);
        b.rung
            .cmp(&a.rung)
            .then(cost(a).total_cmp(&cost(b)))
            .then(a.trial.number.cmp(&b.trial.number))
    });
    found
}

/// The value in the middle, or between the two that are.
fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}
