//! Durations as people write them: `30s`, `10m`, `1h 30m`. A bare number is not a duration: it has no unit.

use std::time::Duration;

use jiff::fmt::friendly::SpanParser;
pub use jiff::fmt::serde::unsigned_duration::friendly::compact::{
    optional as option, required::deserialize, required::serialize,
};

/// Reads a duration; returns nothing for any other text, for negative ones and for calendar units (days, months).
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    static PARSER: SpanParser = SpanParser::new();
    PARSER.parse_unsigned_duration(text.trim()).ok()
}
