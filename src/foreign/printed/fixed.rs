//! The patterns of this program.

use regex::Regex;

/// A pattern that is written in the source.
#[expect(
    clippy::expect_used,
    reason = "each one is built by the tests of the form that uses it"
)]
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this program")
}
