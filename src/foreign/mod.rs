//! A trainer that is a process of its own: `genai-tui run -- COMMAND …`.
//!
//! [`Program`] is the engine of a session: it starts the process, speaks with it in lines of JSON over a socket
//! (`docs/trainer-protocol.md`), keeps what it prints, and ends with it. Everything behind the hub is as for this program's own
//! trainer.
//!
//! | file | holds |
//! |---|---|
//! | `engine.rs` | the engine: threads, the loop, the summary |
//! | `run/` | the state of the run: what comes in, what goes out; no I/O |
//! | `child.rs`, `ending.rs` | the process and all that it starts; how it is ended |
//! | `warden.rs` | a process that ends what is left where the panel was killed |
//! | `connection.rs`, `lines.rs` | the socket |
//! | `message.rs`, `declare.rs`, `fields.rs`, `images.rs`, `json.rs`, `excerpt.rs`, `problem.rs`, `limits.rs` | messages from the program, and what is wrong with them |
//! | `down.rs` | messages to the program |
//! | `desk.rs` | commands: what each means to the program, and which are open |
//! | `declared.rs`, `roles.rs`, `by_name.rs` | what is known of the program; limits of roles; roles of usual names |
//! | `windows.rs`, `ledger.rs` | metrics and events on their way out |
//! | `output.rs`, [`printed`] | what the program prints, and the metrics in it |
//! | `judge.rs` | the thread that judges samples |
//! | `watching.rs` | logs of other tools that it writes |

mod by_name;
mod child;
mod connection;
mod declare;
mod declared;
mod desk;
mod down;
mod ending;
mod engine;
mod error;
mod excerpt;
mod fields;
mod images;
mod json;
mod judge;
mod ledger;
mod limits;
mod lines;
pub mod logged;
mod message;
mod output;
pub mod printed;
mod problem;
mod roles;
mod run;
mod warden;
mod watching;
mod windows;

pub use child::{become_program, find};
pub use engine::{Program, RunningProcess};
pub use error::ForeignError;
pub use warden::guard;
