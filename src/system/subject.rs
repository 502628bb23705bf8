//! Whose load is sampled.

/// What a run's load is that of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// This process, which trains on a device: `cpu`, `cuda:0`.
    OwnProcess {
        /// Which.
        device: String,
    },
    /// A program: its process, and all that it started.
    Program {
        /// Its process.
        process: u32,
    },
}
