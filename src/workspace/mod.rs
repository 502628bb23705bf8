//! Many runs as one table: which there are, what is known of each, in which order they stand, what a person decided about them.
//!
//! Pure, except for [`Reading`], the thread that reads logs, and [`Remembered`], which lies in a file. A run is known by its
//! [`RunId`], which it keeps as long as the workspace is open.
//!
//! | file | holds |
//! |---|---|
//! | `index.rs`, `entry.rs` | the runs, and what is known of each |
//! | `column.rs`, `cell.rs` | columns of the table: what they show of a run, and how two runs compare in one |
//! | `rows.rs` | which runs are listed, in which order |
//! | `filter.rs` | which runs match a filter |
//! | `good.rs` | which way a metric is better |
//! | `groups.rs`, `band.rs`, `statistics.rs` | runs that differ in nothing but the seed, and their mean |
//! | `curves.rs`, `axis.rs` | what of a run is drawn, and where its steps lie on the horizontal axis |
//! | `differences.rs`, `lineage.rs` | settings in which runs differ; the runs that they were forked from |
//! | `palette.rs` | the colours of runs |
//! | `marks.rs`, `remembered.rs` | what a person decided: selection, colours, pins, tags, notes, columns; kept for each directory |
//! | `decided.rs` | what of it there is about a run, for commands without a screen |
//! | `reading.rs` | the thread that looks for runs and reads them |

mod axis;
mod band;
mod cell;
mod column;
mod curves;
mod decided;
mod differences;
mod entry;
mod filter;
mod good;
mod groups;
mod index;
mod lineage;
mod marks;
pub mod palette;
mod reading;
mod remembered;
mod rows;
mod statistics;

pub use axis::{Across, Axis};
pub use band::{Band, BandPoint, band};
pub use cell::{Cell, natural};
pub use column::{Column, Of};
pub use curves::{Curves, Pictures};
pub use decided::Decided;
pub use differences::{Difference, differences};
pub use entry::{Entry, Known};
pub use filter::Seen;
pub use good::{good, liked};
pub use groups::{Group, groups, is_seed};
pub use index::{Index, RunId};
pub use lineage::ancestors;
pub use marks::{COLOURS, Marks};
pub use reading::{News, Reading, Wanted};
pub use remembered::{Opened, Remembered, Saved, Sort};
pub use rows::rows;
pub use statistics::Statistics;
