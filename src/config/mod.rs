//! The resolved, validated configuration of a run.
//!
//! Settings come in layers, weakest first: built-in defaults, the objective's preset (`configs/NAME.toml`), a
//! configuration file, the environment, `--set KEY=VALUE`, named flags. The layers meet key by key: a [`Sources`] becomes,
//! through [`resolve`], a [`RunConfig`] together with the [`Origin`] of every value. All keys stand in one table,
//! [`KEYS`]; what a value must be is said once, in [`ValueType`]. Nothing here reads the process's own environment or
//! arguments: the caller passes them in.
//!
//! `steps` and `epochs` are two measures of one length: a layer that names one replaces what weaker layers said in either.
//! The built-in limit of epochs also yields to `max_time`.

mod arch;
mod check_value;
mod choice;
mod conditions;
mod duration;
mod environment;
mod error;
mod file;
mod invalid_value;
mod keys;
mod layers;
mod origin;
mod preset;
mod render;
mod resolve;
mod resume;
mod run_config;
mod run_name;
mod service_links;
mod ui;
mod value_type;

pub use arch::{ArchConfig, ArchKind};
pub use check_value::timed;
pub use conditions::{condition, condition_metrics, is_evaluated};
pub use duration::parse as parse_duration;
pub use environment::{
    ENVIRONMENT_PREFIX, RunVariable, TRAINER_VARIABLES, environment_variable, run_variables,
    service_links,
};
pub use error::ConfigError;
pub use invalid_value::InvalidValue;
pub use keys::{GROUPS, Group, KEYS, Key, find as find_key, group as find_group};
pub use origin::Origin;
pub use preset::{LIVE, Preset, preset, preset_about, preset_names};
pub use resolve::{FlagValue, ReadPath, Resolved, Sources, resolve, resolve_for_program};
pub use resume::{ForkPlan, Resumption, begin_again, fork, makes_the_run, resume};
pub use run_config::{
    AtSignal, AugmentConfig, CheckpointConfig, CriticConfig, EmaConfig, EvaluationConfig,
    EventsConfig, OptimizerConfig, OptimizerKind, Optimizers, RewindConfig, RunConfig,
    SamplesConfig, SignalsConfig, SwitchConfig, SystemConfig, UiConfig, VaeConfig,
};
pub use run_name::{check_run_name, default_run_name};
pub use ui::{Frames, Notify, SampleGraphics, ThemeName};
pub use value_type::ValueType;
