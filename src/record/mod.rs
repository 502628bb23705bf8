//! The run directory: all that is known of a run, in formats that other tools read.
//!
//! [`RunDir`] makes and guards the directory; [`Recorder`] takes every event of the run and writes what belongs there:
//! `events.jsonl`, `samples/*.png`, `summary.json`; [`read_events`] reads a record back; [`survey()`] lists runs. Whole files appear complete or
//! not at all ([`crate::files::write`]); only `events.jsonl` is appended to. A disk that refuses never stops the run.

mod atomic;
mod belongings;
mod card;
mod checkpoints;
mod error;
mod event_log;
mod head_tail;
mod holder;
mod lineage;
mod lines;
mod lock;
mod process;
mod reader;
mod recorder;
pub mod reference;
mod repair;
mod replay;
mod run_dir;
mod samples;
mod standing;
mod summary;
mod survey;
mod waiting;

use atomic::write_atomic;
pub use belongings::{Belongings, HOST_LOG};
pub use checkpoints::{checkpoints, counting_checkpoints, counts, latest_checkpoint};
pub use error::{ReadError, RecordError};
pub use holder::{Holder, Silence};
pub use lineage::{Lineage, read_abandoned, read_counting};
pub use lines::parse as parse_event;
pub use lock::TookOver;
pub use process::host;
pub use reader::{Events, read_events};
pub use recorder::Recorder;
pub use repair::{Tail, repair};
pub use replay::{Replay, replay};
pub use run_dir::{CHECKPOINTS, CONFIG, EVENTS, RUNS_DIR, RunDir, SUMMARY};
pub use summary::{RunEnergy, RunSummary};
pub use survey::{RunFacts, Status, facts, is_held, is_taken, survey};
pub use waiting::{WaitFor, wait_for_holder};
