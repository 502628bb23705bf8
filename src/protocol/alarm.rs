//! Names of alarms that programs look for.

/// The alarm of a run whose loss or gradient stopped being finite: it went back to its last good state.
pub const DIVERGED: &str = "diverged";
