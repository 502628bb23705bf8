//! Conditions on metrics, and what they trigger. Pure: measurements in, at most one [`Triggered`] per rule out; no
//! clock, no I/O. `--fail-if`, `fail_if` and `[[rules]]` in a configuration use the same grammar.
//!
//! ```text
//! CONDITION  = METRIC TEST [ "@" STEP | "after" STEP ] [ "for" STEPS ]
//! TEST       = ( "<" | "<=" | ">" | ">=" | "==" | "!=" ) NUMBER  |  "is" [ "not" ] ( "nan" | "finite" )
//! NUMBER     = 60, -0.5, 1e-4, 20_000, 20k, 1.5M, inf
//! ```
//!
//! - Each measurement is tested unsmoothed. Nothing is measured before the first step is done.
//! - `@ STEP` tests once: the first measurement at that step or later. A training metric is measured at every step, so it
//!   is tested at exactly that step; an evaluation may come later.
//! - `after STEP` ignores measurements up to and including that step.
//! - `for STEPS` requires that every measurement over so many steps passes the test, counted from the first passing
//!   measurement to the newest, both included. A step without a measurement neither extends a row nor breaks it.
//! - A comparison with NaN is false, except `!=`, which is true (IEEE 754). `is nan` and `is not finite` test for it.
//! - While a condition keeps holding, that is one episode, which triggers once; it can trigger again after a measurement
//!   that does not pass the test.
//!
//! A filter of runs joins such tests, on a run as a whole, and adds tests of texts:
//!
//! ```text
//! FILTER     = ALL { "or" ALL }
//! ALL        = PART { [ "and" ] PART }
//! PART       = "not" PART | "(" FILTER ")" | NAME TEST | NAME ( "=" | "!=" | "~" | "!~" ) VALUE
//!            | "tag:" NAME | "has:" NAME | TEXT | "/" REGEX "/"
//! NAME       = state, cfg.lr, fid, fid.best, loss/d_loss, "a name with spaces"
//! ```
//!
//! - `~` and `!~`: contains, or does not. Texts are compared whatever the case of their letters.
//! - A time may have a unit: `age < 2h`. A comparison with what a run does not have is false.
//!
//! All state is serialisable, so a resumed run neither forgets a row nor triggers twice.
//!
//! [`Triggered`]: crate::protocol::Triggered

mod condition;
mod error;
mod filter;
mod parse;
mod token;
mod watch;

pub use condition::{Comparison, Condition, Property, Test, When};
pub use error::ConditionError;
pub use filter::{Filter, Relation, Subject};
pub use watch::{Progress, Rule, Watch};

#[cfg(test)]
mod tests;
