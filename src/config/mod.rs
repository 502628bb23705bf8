//! The resolved, validated configuration of a run.

mod duration;
mod preset;
mod run_config;

pub use preset::{Preset, preset};
pub use run_config::{
    CheckpointConfig, CriticConfig, EventsConfig, OptimizerConfig, OptimizerKind, Optimizers,
    RunConfig, SamplesConfig, SwitchConfig, UiConfig,
};
