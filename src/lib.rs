//! `genai-tui` trains small generative image models and is the instrument panel for that training.
//!
//! # The map
//!
//! | room | holds | may name |
//! |---|---|---|
//! | [`shape`] | the shape of an image: channels, height, width; the order of its numbers | – |
//! | [`text`] | text for people: its width in columns, cutting, padding, wrapping; numbers, durations, the nearest name, shell words | – |
//! | [`metric`] | descriptions of objectives and metrics: how to read, chart and judge a number; plain data | – |
//! | [`protocol`] | events, commands and the plain data they carry; no tensors | text, metric, shape |
//! | [`awake`] | time in which this process could run | – |
//! | [`files`] | whole files, what a person named as output, a directory that may be moved, syncing, mapping; what a file system may lack | – |
//! | [`memory`] | large blocks of memory from the system, and what the allocator gives back to it | – |
//! | [`paths`] | what a person means by a path: `~` | – |
//! | [`checkpoint`] | checkpoints as a list sees them: name, score, which is the best, which are kept | files, protocol |
//! | [`rng`] | the run's own seeded, savable random numbers | – |
//! | [`config`] | [`config::RunConfig`]: validated, layered | protocol, rules, text, metric, files, shape |
//! | [`data`] | dataset registry: idx, npy and npz files, download, built-in digits; batches with labels | rng, files, memory, protocol, paths, text, shape |
//! | [`nn`] | networks, their passes, and the backends that compute them | rng, shape |
//! | [`optim`] | Adam and RMSprop: the constants of each step | nn |
//! | [`objective`] | one file per loss: formula, gradient, metrics; registry | metric, shape |
//! | [`health`] | alarms: pure state machines over metrics | protocol, metric, history |
//! | [`history`] | bounded series that keep every extreme; smoothing | protocol, metric |
//! | [`rules`] | the grammar of conditions, and what they trigger: pure | protocol, text |
//! | [`system`] | which cores and memory this process may use, and what they do; energy | awake, protocol |
//! | [`judging`] | who judges samples while a run trains, as those see it who have the samples: traits | metric, protocol, shape |
//! | [`train`] | the loop, the step, commands, switching, checkpoints | data, nn, optim, objective, rng, health, rules, awake, system, files, memory, protocol, config, metric, checkpoint, judging, shape |
//! | [`eval`] | the frozen judge; FID, KID, precision, recall, modes and more | data, rng, files, protocol, metric, text, shape |
//! | [`picture`] | grids of images as PNG, idx, npy, characters and terminal graphics | files, protocol, shape |
//! | [`record`] | the run directory | protocol, picture, awake, files, config, text, metric, checkpoint |
//! | [`logs`] | logs of runs, whoever wrote them: one file per format; bytes in, series out; writing TensorBoard's files | history, record, files, picture, protocol, metric, shape |
//! | [`export`] | runs in formats that other tools read: CSV, JSON lines, Parquet, TensorBoard, Markdown | logs, files, picture, protocol, text |
//! | [`workspace`] | many runs as one table: index, columns, filter, groups, differences, what a person decided; the thread that reads them | logs, history, metric, rules, files, protocol, text |
//! | [`session`] | owns the threads of a run and runs the engine that it is handed; fan-out to subscribers, here and over a socket; signals; front and host | logs, record, history, system, awake, files, protocol, config, shape |
//! | [`terminal`] | what the terminal can show; entering, leaving and restoring it; its keys, its answers, its pictures | session, picture, protocol, text, config |
//! | [`foreign`] | a trainer that is a process of its own: its protocol in JSON lines, what it prints, how it is ended; the engine of its session; the log of another tool as a run | session, record, logs, history, health, rules, system, config, metric, judging, protocol, shape, text |
//! | [`sweep`] | many runs of one configuration: what is varied, samplers, rungs, claims, decisions; texts for schedulers | config, record, logs, metric, protocol, rng, files, text |
//! | [`report`] | one page about runs, in HTML or Markdown: charts, groups, samples, settings, what happened, quality, energy, a sweep | workspace, logs, history, sweep, record, metric, rules, picture, files, protocol, text |
//! | [`launch`] | plans a run, and starts a session with this program's trainer as its engine; finds the judge of samples | session, train, eval, data, memory, record, config, rules, checkpoint, judging, metric, protocol, shape |
//! | [`assessment`] | sample quality of a checkpoint or a file, outside of any run | config, data, eval, files, record, rng, train, shape |
//! | [`headless`] | a subscriber that prints | protocol, session, text, metric |
//! | [`tui`] | the terminal UI, a subscriber | protocol, session, history, picture, config, terminal, text, metric, health, shape, workspace, logs, rules, sweep |
//! | [`testkit`] | a run that never happened, for tests and for `bench ui`: events, run information, samples, a small dataset | protocol, metric, rng, shape |
//! | [`mod@bench`] | what `genai-tui bench` measures | testkit, train, nn, tui, terminal, protocol, config, data, logs, picture, rng, system, metric, shape, sweep, files, record, workspace |
//! | [`cli`] | arguments and subcommands | everything |
//!
//! Free of tensors: shape, judging, checkpoint, metric, protocol, awake, files, memory, paths, text, config, foreign, health, history, rules, system, picture, record, logs, workspace, sweep, export, report, session, terminal, headless, tui.
//!
//! They name no candle, and nothing that does, however far: [`session`] is handed what trains ([`session::Engine`]), and
//! [`launch`] hands it the trainer. `tests/rooms/architecture` reads the table and this list, and holds the source to them.
//! There is no cycle between rooms, and none inside a room.
//!
//! # The flow
//!
//! ```text
//!  RunConfig ─► trainer thread ──Event──► Hub ──► record (always)
//!                   ▲                      ├────► tui or headless
//!                   └──────Request─────────┴────► `genai-tui attach`, through a socket
//! ```
//!
//! The trainer never waits for a viewer: a slow subscriber gets merged step windows and the newest samples, never a
//! growing queue and never a lost extreme. Commands take effect at step boundaries and every one is answered by an
//! `applied` or a `rejected` event.

#[cfg(not(unix))]
compile_error!(
    "genai-tui needs Unix: job control, sockets in the file system, and terminals that answer"
);

pub mod assessment;
pub mod awake;
pub mod bench;
pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod data;
pub mod eval;
pub mod export;
pub mod files;
pub mod foreign;
pub mod headless;
pub mod health;
pub mod history;
pub mod judging;
pub mod launch;
pub mod logs;
pub mod memory;
pub mod metric;
pub mod nn;
pub mod objective;
pub mod optim;
pub mod paths;
pub mod picture;
pub mod protocol;
pub mod record;
pub mod report;
pub mod rng;
pub mod rules;
pub mod session;
pub mod shape;
pub mod sweep;
pub mod system;
pub mod terminal;
pub mod testkit;
pub mod text;
pub mod train;
pub mod tui;
pub mod workspace;
