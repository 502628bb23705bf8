//! Conditions on metrics, and what they trigger. Pure: measurements in, at most one [`Triggered`] per rule out; no clock,
//! no I/O. The same grammar is that of `--fail-if`, of `fail_if` and of `[[rules]]` in a configuration.
//!
//! ```text
//! CONDITION  = METRIC TEST [ "@" STEP | "after" STEP ] [ "for" STEPS ]
//! TEST       = ( "<" | "<=" | ">" | ">=" | "==" | "!=" ) NUMBER  |  "is" [ "not" ] ( "nan" | "finite" )
//! NUMBER     = 60, -0.5, 1e-4, 20_000, 20k, 1.5M, inf
//! ```
//!
//! - Every measurement is looked at as it is, not smoothed. Nothing is measured before the first step is done.
//! - `@ STEP` looks once: at the first measurement at that step or later. A training metric is measured at every step,
//!   so that is that step; an evaluation may come later.
//! - `after STEP` leaves aside what is measured up to that step, that step included.
//! - `for STEPS` asks that every measurement of so many steps in a row passes the test: the steps from the first of them to
//!   the newest are counted, both included. A step at which the metric is not measured neither adds to a row nor breaks it.
//! - A comparison with NaN is false, but for `!=`, which is true, as in any language that follows IEEE 754. `is nan` and
//!   `is not finite` say what is meant.
//! - While a condition continues to hold, that is one episode and triggers once; it can trigger again after a measurement that does
//!   not pass the test.
//!
//! All state is serialisable, so that a resumed run neither forgets a row nor triggers twice.
//!
//! [`Triggered`]: crate::protocol::Triggered

mod condition;
mod error;
mod parse;
mod token;
mod watch;

pub use condition::{Comparison, Condition, Property, Test, When};
pub use error::ConditionError;
pub use watch::{Progress, Rule, Watch};

#[cfg(test)]
mod tests;
