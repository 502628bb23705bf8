//! The library's rooms from outside. A single test binary, because each would have to be linked with all of candle.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod architecture;
mod config_arguments;
mod config_layers;
mod config_mistakes;
mod conventions;
#[cfg(target_os = "linux")]
mod cuda_kernels;
mod data_download;
mod docs;
mod logs_damage;
mod logs_following;
mod logs_fuzz;
mod logs_readers;
mod loopback;
mod picture_probe;
#[cfg(target_os = "linux")]
mod record_disk;
mod record_kit;
mod record_lock;
mod record_replay;
mod record_run;
mod record_survey;
mod session_engine;
mod tui_screen;
mod workspace;
