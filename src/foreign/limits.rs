//! The limits of the trainer protocol, as its page states them.

use std::time::Duration;

/// Version of the protocol.
pub const VERSION: u64 = 1;
/// Bytes of a line.
pub const LINE: usize = 16 << 20;
/// The largest step.
pub const STEP: u64 = 1 << 53;
/// Characters of a name.
pub const NAME: usize = 100;
/// Metrics, and as many controls, actions and keys of the configuration.
pub const COUNT: usize = 1000;
/// Images of one message.
pub const IMAGES: usize = 4096;
/// Observations of a distribution.
pub const VALUES: usize = 10_000;
/// Bins of a histogram.
pub const BINS: usize = 1000;
/// Bytes of a text.
pub const TEXT: usize = 64 << 10;
/// Connections at one time.
pub const CONNECTIONS: usize = 64;
/// Messages that wait for a trainer that does not read.
pub const WAITING: usize = 1000;
/// `error` messages in a second on one connection.
pub const ERRORS: u32 = 10;
/// Time that one `log` should cover.
pub const LOG: Duration = Duration::from_millis(100);
