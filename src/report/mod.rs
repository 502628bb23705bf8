//! One page about runs, whoever wrote their logs: what they reached, their charts, groups with bands, samples, what was done to
//! them, what they cost.
//!
//! The page is one file that needs no network: as HTML its charts are SVG and its pictures lie in it; as Markdown it has tables
//! and small charts of characters, and its pictures lie beside it. [`gather`] reads, [`html`] and [`markdown`] write; both
//! say the same, because both take what they say from the same tables and charts.
//!
//! | file | holds |
//! |---|---|
//! | `gather.rs` | the runs of a report, as far as it needs them |
//! | `account.rs` | what a record says beyond its series: commands, alarms, evaluations, energy |
//! | `sweep.rs`, `scatter.rs` | the part about a sweep: its trials, its best one, parameters against the metric |
//! | `chart.rs`, `scale.rs` | a metric of all runs as lines and bands; axes |
//! | `samples.rs` | which samples are shown, and their pictures |
//! | `table.rs`, `tables.rs`, `records.rs`, `lead.rs` | what stands in tables, and in a few words |
//! | `html.rs`, `svg.rs`, `style.css`, `script.js` | the page in HTML |
//! | `markdown.rs` | the page in Markdown |
//! | `escape.rs` | texts that no one here wrote, made harmless |

mod account;
mod chart;
mod escape;
mod gather;
mod html;
mod lead;
mod markdown;
mod records;
mod samples;
mod scale;
mod scatter;
mod svg;
mod sweep;
mod table;
mod tables;

pub use gather::{Grouping, Options, Report, gather};
pub use html::html;
pub use markdown::{File, markdown};
