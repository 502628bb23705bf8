//! What is known of the quality of a run's samples.

use serde::{Deserialize, Serialize};

use crate::checkpoint::Score;
use crate::protocol::QualityAt;

/// The newest and the best that evaluations found: part of a run's state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QualitySeen {
    /// The newest evaluation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub newest: Option<QualityAt>,
    /// The best score of a state, on any branch: it is on disk.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub best: Option<Score>,
}

impl QualitySeen {
    /// Takes the score of a state that was evaluated. Returns whether it is the best so far.
    pub(super) fn is_best(&mut self, score: Option<Score>) -> bool {
        let is_best = match (&score, &self.best) {
            (Some(score), Some(best)) => {
                best.metric != score.metric || score.badness < best.badness
            }
            (score, _) => score.is_some(),
        };
        if is_best {
            self.best = score;
        }
        is_best
    }

    /// Takes the score of a checkpoint that the run continues from: nothing worse is the best from here on.
    pub(super) fn know(&mut self, score: Score) {
        let is_better = self
            .best
            .as_ref()
            .is_none_or(|best| best.metric == score.metric && score.badness < best.badness);
        if is_better {
            self.best = Some(score);
        }
    }
}
