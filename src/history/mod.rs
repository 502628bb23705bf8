//! What a viewer remembers of a run's metrics: bounded series that keep every extreme, and their smoothed lines.
//!
//! Invariants: memory does not grow with steps; the smallest and largest finite value ever pushed are still there; a
//! value that was not finite leaves a mark that no later value hides; smoothing happens on the raw windows, before
//! anything is reduced, and restarts where two objectives meet.

mod clock;
mod columns;
mod extent;
mod ruler;
mod series;
mod smooth;
mod store;
mod times;

pub use clock::{Clock, Moment};
pub use columns::{Column, InColumn, Point, columns, columns_by, narrow, points_by};
pub use extent::{beyond, extent, extent_of_lines, extent_of_points};
pub use ruler::{Ruler, Unit};
pub use series::{Bucket, CAPACITY, Facts, Series};
pub use smooth::{EmaBank, LEVELS};
pub use store::{History, Reached};
pub use times::Times;
