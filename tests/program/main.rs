//! Tests of the program from outside: the real binary as a process, with and without a terminal. They check its exit
//! code, its two streams, its screen and its run directory, but not its internals.
//!
//! A single test binary, because each would have to be linked with all of candle.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod again;
mod albums;
mod conditions;
mod datasets;
mod eval;
mod evaluation;
mod examples;
mod file_systems;
mod headless;
mod input;
mod latent;
mod link;
mod measure;
mod network;
mod networks;
mod output_files;
mod output_places;
mod own_loop;
mod pipes;
mod places;
mod python_client;
mod pytorch;
mod repeat;
mod report;
mod resume;
mod roll_back;
mod run_dir;
mod shapes;
// The host of a front is found through /proc.
#[cfg(target_os = "linux")]
mod runs;
mod screen;
mod signals;
mod stopped;
mod surroundings;
mod sweep;
mod switching;
mod tensorboard;
mod tools;
mod workbench;
