//! The resolved, validated configuration of a run.
//!
//! Settings come in layers, weakest first: built-in defaults, the objective's preset (`configs/NAME.toml`), a
//! configuration file, the environment, `--set KEY=VALUE`, named flags. The layers meet key by key: a [`Sources`] becomes,
//! through [`resolve`], a [`RunConfig`] together with the [`Origin`] of every value. All keys stand in one table,
//! [`KEYS`]; what a value must be is said once, in [`Takes`]. Nothing here reads the process's own environment or
//! arguments: the caller passes them in.
//!
//! `steps` and `epochs` are two measures of one length: a layer that names one replaces what weaker layers said in either.
//! The built-in limit of epochs also yields to `max_time`.

mod conditions;
mod duration;
mod environment;
mod error;
mod file;
mod go_on;
mod keys;
mod layers;
mod origin;
mod preset;
mod render;
mod resolve;
mod run_config;
mod run_name;
mod service_links;
mod takes;
mod ui;

pub use conditions::{condition, condition_metrics, is_evaluated};
pub use environment::{ENVIRONMENT_PREFIX, environment_variable, service_links};
pub use error::ConfigError;
pub use go_on::{ForkPlan, Resumption, begin_again, fork, resume};
pub use keys::{GROUPS, KEYS, Key, find as find_key};
pub use origin::Origin;
pub use preset::{LIVE, Preset, objective_about, preset};
pub use resolve::{FlagValue, ReadPath, Resolved, Sources, resolve};
pub use run_config::{
    AtSignal, AugmentConfig, CheckpointConfig, CriticConfig, EmaConfig, EvaluationConfig,
    EventsConfig, OptimizerConfig, OptimizerKind, Optimizers, RewindConfig, RunConfig,
    SamplesConfig, SignalsConfig, SwitchConfig, SystemConfig, UiConfig, VaeConfig,
};
pub use run_name::{check_run_name, default_run_name};
pub use takes::{Misfit, Takes, timed};
pub use ui::{Frames, Notify, SampleGraphics, ThemeName};
