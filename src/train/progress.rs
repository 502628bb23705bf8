//! How far a run has come, and what it counts over all its branches.

use serde::{Deserialize, Serialize};

/// The counters of a run. A rewind takes back the first two; the others count over all branches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done.
    step: u64,
    /// Real images shown to the discriminator.
    images: u64,
    /// The branch of the run.
    branch: u32,
    /// Number of the last recorded event.
    seq: u64,
    /// Commands applied.
    interventions: u64,
    /// How often the run returned to an earlier state; each time it samples other latents from there.
    rewinds: u64,
    /// How often that was because its numbers stopped being finite.
    recoveries: u32,
    /// The step that the newest `rewind` returned to.
    rewound_to: Option<u64>,
}

impl Progress {
    /// Steps done.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Real images shown to the discriminator.
    #[must_use]
    pub fn images(&self) -> u64 {
        self.images
    }

    /// The branch of the run.
    #[must_use]
    pub fn branch(&self) -> u32 {
        self.branch
    }

    /// Number of the last recorded event.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Commands applied.
    #[must_use]
    pub fn interventions(&self) -> u64 {
        self.interventions
    }

    /// How often the run returned to an earlier state.
    #[must_use]
    pub fn rewinds(&self) -> u64 {
        self.rewinds
    }

    /// How often it did so because its numbers stopped being finite, without a person.
    #[must_use]
    pub fn recoveries(&self) -> u32 {
        self.recoveries
    }

    /// The step that the newest `rewind` returned to.
    #[must_use]
    pub fn rewound_to(&self) -> Option<u64> {
        self.rewound_to
    }

    /// What another run keeps that starts from this state: where it is. Everything else that is counted is its own.
    #[must_use]
    pub fn forked(&self) -> Self {
        Self {
            step: self.step,
            images: self.images,
            ..Self::default()
        }
    }

    /// The progress of the same run in another process: on a new branch, above `branch` and after event `seq`, which are the
    /// highest in its record.
    #[must_use]
    pub(super) fn resumed(&self, branch: u32, seq: u64) -> Self {
        Self {
            branch: branch.max(self.branch) + 1,
            seq: seq.max(self.seq),
            ..self.clone()
        }
    }

    /// Takes back the steps after `earlier`.
    pub(super) fn restore(&mut self, earlier: &Self) {
        (self.step, self.images) = (earlier.step, earlier.images);
    }

    /// Starts a branch at a state that was returned to.
    pub(super) fn start_branch(&mut self) {
        self.branch += 1;
        self.rewinds += 1;
    }

    /// Counts a step that has shown this many images.
    pub(super) fn count_step(&mut self, images: u64) {
        self.step += 1;
        self.images += images;
    }

    /// Counts a command that was applied.
    pub(super) fn count_intervention(&mut self) {
        self.interventions += 1;
    }

    /// Counts a return to the last good state without a person.
    pub(super) fn count_recovery(&mut self) {
        self.recoveries += 1;
    }

    /// Remembers that a `rewind` returned to the present step.
    pub(super) fn note_rewind(&mut self) {
        self.rewound_to = Some(self.step);
    }

    /// The number of the next recorded event.
    pub(super) fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy() -> Progress {
        Progress {
            step: 12,
            images: 600,
            branch: 3,
            seq: 40,
            interventions: 5,
            rewinds: 2,
            recoveries: 1,
            rewound_to: Some(11),
        }
    }

    #[test]
    fn a_fork_keeps_only_its_position() {
        let expected = Progress {
            step: 12,
            images: 600,
            ..Progress::default()
        };
        assert_eq!(busy().forked(), expected);
    }

    #[test]
    fn a_resumed_run_keeps_its_counts_on_a_new_branch() {
        let resumed = busy().resumed(5, 44);
        let expected = Progress {
            branch: 6,
            seq: 44,
            ..busy()
        };
        assert_eq!(resumed, expected);
        assert_eq!(
            (busy().resumed(0, 0).branch, busy().resumed(0, 0).seq),
            (4, 40)
        );
    }

    #[test]
    fn totals_over_all_branches_are_not_taken_back() {
        let mut progress = busy();
        let earlier = Progress {
            step: 10,
            images: 500,
            ..Progress::default()
        };
        progress.restore(&earlier);
        progress.start_branch();
        let expected = Progress {
            step: 10,
            images: 500,
            branch: 4,
            rewinds: 3,
            ..busy()
        };
        assert_eq!(progress, expected);
    }
}
