//! Sweeps: many runs of one configuration with some of its keys varied, made by any number of workers that share a directory.
//!
//! | in the directory | what |
//! |---|---|
//! | `sweep.toml` | the [`Definition`]: what is varied, how many trials, what counts as good |
//! | `trials/0003.toml` | a [`Trial`]: the values that it has; written once, by whoever draws it |
//! | `runs/0003-0/` | an ordinary run directory: trial 3 with the first of its seeds |
//! | `claims/0003-0/` | the lock of the worker that is at it |
//! | `decisions/0003-0-900.json` | why it is trained up to the rung at 900; written before that |
//! | `results/0003-0-900-fid-12.25.json` | a [`Mark`]: what it reached there; written while it is claimed |
//! | `failures/0003-0-1.txt` | why its second attempt did not get there |
//! | `failures/0003-0-stopped.txt` | that a person has stopped the trial |
//! | `jobs/slurm-1234.json` | a [`Submitted`]: workers that a scheduler was given |
//!
//! Each file has one writer and is never changed, and everybody reads all. What to do next ([`decide`]) is a function of what runs
//! recorded, so that every worker comes to the same answer; a claim is the lock of a directory, with the beat that run directories
//! have. A run that was decided on, has no result and is not claimed was left by a worker that died.
//!
//! A worker may decide by what is out of date: over NFS a listing shows what was there half a minute ago ([`Disk`]). So it claims first,
//! which no two can, and then makes sure that the job is still to be done.

mod board;
mod budget;
mod by_hand;
mod check;
mod claim;
mod course;
mod decide;
mod definition;
mod disk;
mod domain;
mod error;
mod fitted;
mod goal;
mod importance;
mod mark;
mod param;
mod place;
mod queue;
mod ranking;
mod remains;
mod run_seen;
mod rungs;
mod sampler;
mod scale;
mod state;
mod steering;
mod submit;
mod submitted;
mod trial;
mod watching;
mod worker;
mod written;

pub use board::Board;
pub use budget::Budget;
pub use by_hand::changed_by_hand;
pub use course::Until;
pub use decide::{Job, Next, Replicate, Stage, decide};
pub use definition::{Definition, Scheduler, value_of};
pub use disk::{Disk, Local};
pub use domain::Domain;
pub use error::SweepError;
pub use goal::Goal;
pub use importance::{Importance, Share, importance};
pub use mark::Mark;
pub use param::Param;
pub use place::{is_of_one, is_one, is_own_file};
pub use queue::Queue;
pub use ranking::{Ranked, ranking};
pub use run_seen::RunSeen;
pub use rungs::Rungs;
pub use sampler::{Known, Sampler};
pub use state::TrialState;
pub use steering::{add_trials, stop_trial};
pub use submit::{Kubernetes, Slurm, kubernetes, parallel, slurm, with_workers};
pub use submitted::{Engine, Submitted};
pub use trial::Trial;
pub use watching::{Change, ReplicateSeen, Seen, TrialSeen, Watching};
pub use worker::{Task, Turn, patience};

#[cfg(test)]
mod tests;
