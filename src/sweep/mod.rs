//! Sweeps: many runs of one configuration with some of its keys varied, made by any number of workers that share a directory.
//!
//! | in the directory | what |
//! |---|---|
//! | `sweep.toml` | the [`Definition`]: what is varied, how many trials, what counts as good |
//! | `trials/0003.toml` | a [`Trial`]: the values that it has; written once, by whoever draws it |
//! | `runs/0003-0/` | an ordinary run directory: trial 3 with the first of its seeds |
//! | `claims/0003-0/` | the lock of the worker that is at it |
//! | `decisions/0003-0-1.json` | why it was trained up to the second rung |
//! | `failures/0003-0-1.txt` | why its first attempt did not begin |
//!
//! Each file has one writer, and everybody reads all. What to do next ([`decide`]) is a function of what runs recorded, so that
//! every worker comes to the same answer; a claim is the lock of a directory, with the beat that run directories have.

mod board;
mod claim;
mod decide;
mod definition;
mod domain;
mod error;
mod once;
mod param;
mod ranking;
mod rungs;
mod sampler;
mod submit;
mod trial;

pub use board::{Board, RunSeen};
pub use claim::Claim;
pub use decide::{Job, Next, Replicate, Stage, decide};
pub use definition::{Budget, Definition, Goal, Scheduler, is_one};
pub use domain::Domain;
pub use error::SweepError;
pub use param::Param;
pub use ranking::{Ranked, ranking};
pub use rungs::Rungs;
pub use sampler::Sampler;
pub use submit::{Kubernetes, Slurm, kubernetes, parallel, slurm};
pub use trial::Trial;

#[cfg(test)]
mod tests;
