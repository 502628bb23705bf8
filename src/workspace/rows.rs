//! Which runs are listed, and in which order.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::cell::Cell;
use super::column::Column;
use super::entry::Entry;
use super::filter::Seen;
use super::index::{Index, RunId};
use super::remembered::Sort;
use crate::rules::Filter;

/// The runs that match a filter: pinned ones first, then as `sort` says. Those that are archived are listed only `with_archived`.
#[must_use]
pub fn rows(
    index: &Index,
    filter: &Filter,
    sort: &Sort,
    with_archived: bool,
    now: Timestamp,
) -> Vec<RunId> {
    let matching = index.iter().filter(|(_, entry)| {
        (with_archived || !entry.marks.archived) && filter.wants(&Seen { entry, now })
    });
    // Ages are shown in whole seconds, which would change the order with the time of day.
    let age = |entry: &Entry| {
        let touched = entry.known.as_ref()?.about.touched?;
        Some(Cell::Number(
            now.duration_since(touched).as_secs_f64(),
            None,
        ))
    };
    let cell = |entry: &Entry| match sort.column {
        Column::Age => age(entry).unwrap_or(Cell::Nothing),
        _ => sort.column.cell(entry, now),
    };
    let mut keyed: Vec<(RunId, bool, Cell)> = matching
        .map(|(id, entry)| (id, entry.marks.pinned, cell(entry)))
        .collect();
    let name = |id: RunId| {
        index
            .get(id)
            .map(|entry| Cell::Text(entry.name().to_owned()))
    };
    keyed.sort_by(|(a, a_pinned, a_cell), (b, b_pinned, b_cell)| {
        b_pinned
            .cmp(a_pinned)
            .then_with(|| a_cell.compare(b_cell, sort.falling))
            .then_with(|| match (name(*a), name(*b)) {
                (Some(a), Some(b)) => a.compare(&b, false),
                _ => Ordering::Equal,
            })
            .then_with(|| a.cmp(b))
    });
    keyed.into_iter().map(|(id, ..)| id).collect()
}
