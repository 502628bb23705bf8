//! Why a host cannot be reached.

use std::io;
use std::path::PathBuf;

/// Why a host cannot be reached, or could not answer.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No host listens at the run.
    #[error("no process listens at `{}`", path.display())]
    NobodyThere {
        /// Where its socket would be.
        path: PathBuf,
    },
    /// The host would not talk.
    #[error("the host of the run refused: {reason}")]
    Refused {
        /// Why, in its words.
        reason: String,
    },
    /// It speaks another version of the protocol.
    #[error(
        "the host of the run is genai-tui {version}, which speaks version {theirs} of the link; this program speaks \
         version {ours}: use the program that started the run"
    )]
    Version {
        /// The host's program version.
        version: String,
        /// The host's protocol.
        theirs: u32,
        /// This one's.
        ours: u32,
    },
    /// What came was not what a host says.
    #[error("what listens at `{}` does not speak as a genai-tui host does: {reason}", path.display())]
    Strange {
        /// The socket.
        path: PathBuf,
        /// What was wrong.
        reason: String,
    },
    /// It belongs to someone else.
    #[error("what listens at `{}` belongs to another user", path.display())]
    Stranger {
        /// The socket.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot reach the host at `{}`: {source}", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
}
