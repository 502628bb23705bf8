//! Logs of runs, whoever wrote them: bytes in, series out.
//!
//! A viewer never asks which tool wrote a log. It looks for runs below a path ([`find()`]), opens one ([`Run::open`]), and
//! reads it as far as it wants, again and again while the log grows ([`Run::read`]):
//!
//! ```no_run
//! use genai_tui::logs::{self, Reached, Run};
//!
//! let found = logs::find(std::path::Path::new("runs"))?;
//! for place in &found.runs {
//!     let mut run = Run::open(place);
//!     // In pieces, so that a long log does not hold up a screen.
//!     while run.read(1 << 20)? == Reached::More {}
//!     let about = run.about();
//!     println!("{} ({}): {} settings", about.name, about.format, about.config.len());
//!     for metric in run.history().metrics() {
//!         let facts = run.history().series(metric).and_then(|series| series.facts());
//!         println!("  {metric}: {facts:?}");
//!     }
//! }
//! # Ok::<(), genai_tui::logs::LogError>(())
//! ```
//!
//! | to | use |
//! |---|---|
//! | see what is there, cheaply | [`find()`], then [`Run::read`] with a small budget: configurations stand at the beginning of most logs |
//! | draw charts | [`Run::history`]: the bounded series of [`crate::history`], which keep every extreme |
//! | show pictures | [`Run::pictures`], and [`load`] for the pixels |
//! | get every single point, to pass it on | [`Points`], or a [`Sink`] of one's own with [`open`] |
//!
//! # A format
//!
//! is one file here that implements [`Source`], and one line in `kind.rs`, which tells formats apart by their content, and in `found.rs`,
//! which opens them:
//!
//! | format | file |
//! |---|---|
//! | runs of this program | `own.rs`, through [`crate::record`] |
//! | TensorBoard's event files | `tensorboard/` |
//! | `.wandb` files of Weights & Biases | `wandb/` |
//! | CSV with a header | `csv.rs` |
//! | JSON lines | `json_lines.rs` |
//! | `trainer_state.json` of Hugging Face's Trainer | `trainer_state.rs` |
//!
//! [`Events`] writes TensorBoard's event files, and [`Mirror`] those of a run that trains.
//!
//! # What holds for all of them
//!
//! - A file read from outside is hostile until it is parsed: no bytes make a reader panic, wait for ever or take memory that
//!   the file does not account for.
//! - A record that is cut off at the end waits for the rest. One that is damaged is skipped, counted, and mentioned in
//!   [`About::notes`].
//! - A file that was replaced, or written anew from its beginning, is read anew, and the sink is told to forget
//!   ([`Sink::restart`]).
//! - NaN and infinities are values like others.

mod about;
mod csv;
mod error;
mod find;
mod found;
mod json;
mod json_lines;
mod kind;
mod mirror;
mod naming;
mod own;
mod picture;
mod points;
mod pulse;
mod removal;
mod run;
mod siblings;
mod source;
mod tail;
mod tensorboard;
mod text;
mod trainer_state;
mod wandb;
mod wire;

pub use crate::protocol::RunState as State;
pub use about::{About, Config, Ending, Format, Origin};
pub use error::LogError;
pub use find::{Finding, find, find_each};
pub use found::{Found, files, open, touched};
pub use mirror::Mirror;
pub use picture::{Bytes, Picture, TOGETHER, encoded, load, load_step, samples_tag};
pub use points::Points;
pub use removal::{Removal, RemovalError};
pub use run::{Run, Text};
pub use source::{Histogram, Point, Reached, Sink, Source};
pub use tensorboard::{Encoded, Events};
