//! A table, on whatever kind of page.

use crate::metric::Good;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// A text.
    Text(String),
    /// A text as it was typed.
    Code(String),
    /// A number, and what stands smaller behind it.
    Number(String, String),
    /// The same, the best of its column.
    Best(String, String),
    /// A run or a group, with the number of its colour.
    Run(String, usize),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn number(text: impl Into<String>) -> Self {
        Self::Number(text.into(), String::new())
    }

    pub(super) fn nothing() -> Self {
        Self::Text(String::new())
    }
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Table {
    /// What stands above each column, and whether numbers stand in it.
    pub head: Vec<(String, bool)>,
    pub rows: Vec<Vec<Cell>>,
    /// What is to be known of it.
    pub note: Option<String>,
}

impl Table {
    pub(super) fn of(head: &[(&str, bool)]) -> Self {
        Self {
            head: head.iter().map(|(t, n)| ((*t).to_owned(), *n)).collect(),
            ..Self::default()
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The same with so many rows at most.
    pub(super) fn cut(mut self, most: usize) -> Self {
        let more = self.rows.len().saturating_sub(most);
        if more > 0 {
            self.rows.truncate(most);
            let note = format!("{more} more are not listed.");
            self.note = Some(match self.note {
                Some(known) => format!("{known} {note}"),
                None => note,
            });
        }
        self
    }

    /// Marks the best number of a column.
    pub(super) fn mark_best(&mut self, column: usize, values: &[Option<f64>], good: Good) {
        let finite = values
            .iter()
            .enumerate()
            .filter_map(|(at, value)| Some((at, (*value).filter(|v| v.is_finite())?)));
        let order = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
        let best = match good {
            Good::Lower => finite.clone().min_by(order),
            Good::Higher => finite.clone().max_by(order),
            Good::Balance | Good::Neutral => None,
        };
        // The best of one says nothing.
        if finite.count() > 1
            && let Some((row, _)) = best
            && let Some(cell) = self.rows.get_mut(row).and_then(|row| row.get_mut(column))
            && let Cell::Number(text, more) = cell
        {
            *cell = Cell::Best(text.clone(), more.clone());
        }
    }
}
