//! What the trainer and its viewers send each other: plain data, no tensors.
//!
//! An [`Event`] flows from the trainer to all its subscribers: the record, the terminal UI, the headless printer.
//! A [`Request`] flows back and carries one [`Command`]; each is answered by exactly one event: `applied`,
//! `rejected`, or `looked` where it only asked to see something.
//! The same types are the lines of `events.jsonl` and of `--format json`, so what is read back is what was sent.
//!
//! Two things here do more than hold data: `command` reads the written form of commands and suggests what a mistyped one may
//! mean, and `merge` joins neighbouring step windows.

mod alarm;
mod checkpoint;
mod command;
mod event;
mod images;
mod live;
mod look;
mod merge;
pub(crate) mod number;
mod program;
mod quality;
mod recorded;
mod rule;
mod run;
mod run_state;
mod stat;
mod system;
mod target;
mod value;
mod warning;

pub use alarm::DIVERGED;
pub use checkpoint::CheckpointReason;
pub use command::{
    Command, CommandHelp, GRAMMAR, LrChange, LrTarget, ParseCommandError, Request, Rewind,
    SWITCH_OBJECTIVE, Source, Timed,
};
pub use event::{Body, Event, Position, SCHEMA};
pub use images::{ImageGrid, Samples};
pub use live::{Live, OUTPUT, Output, State};
pub use look::{Look, Looked};
pub use merge::merge_steps;
pub use program::{ActionInfo, Control, ControlKind, ControlRole, Declaration, ProgramInfo};
pub use quality::{Quality, QualityAt};
pub use recorded::{Change, Distribution, Level, Recorded, StepWindow};
pub use rule::{Action, Checked, Reading, Triggered, Verdict};
pub use run::{
    DatasetInfo, DeviceInfo, Outcome, OwnTrainer, Resumed, RunInfo, RunOrigin, Summary, Trainer,
    ViewerInfo,
};
pub use run_state::RunState;
pub(crate) use stat::joint_mean;
pub use stat::{Metrics, Stat, merge_metrics};
pub use system::{Energy, EnergySource, GpuUse, SystemUse};
pub use target::Target;
pub use value::Value;
pub use warning::{Trouble, TroubleChange, TroubleState, Warning};
