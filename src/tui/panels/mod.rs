//! The parts of the screens, one file each: state in, cells out. Nothing here changes state.

pub mod banner;
mod bar;
pub mod chart;
mod controls;
pub mod distribution;
pub mod ending;
pub mod header;
pub mod keys;
pub mod log;
mod metric_line;
pub mod output;
mod pack;
pub mod quality;
pub mod samples;
pub mod signals;
mod system;
mod trend;
pub mod values;

pub use bar::bar_spans;
pub use pack::{Part as Packed, pack};
