//! Durations as people write them: `30s`, `10m`, `1h 30m`.

pub use jiff::fmt::serde::unsigned_duration::friendly::compact::{
    optional as option, required::deserialize, required::serialize,
};
