//! Durations as people write them: `30s`, `10m`, `1h 30m`. A number alone is none: nobody can tell its unit.

use std::time::Duration;

use jiff::fmt::friendly::SpanParser;
pub use jiff::fmt::serde::unsigned_duration::friendly::compact::{
    optional as option, required::deserialize, required::serialize,
};

/// Reads a duration, or nothing if the text is none. Negative ones and calendar units (days, months) are none either.
pub(super) fn parse(text: &str) -> Option<Duration> {
    static PARSER: SpanParser = SpanParser::new();
    PARSER.parse_unsigned_duration(text.trim()).ok()
}
