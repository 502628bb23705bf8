//! Tables: cells aligned in columns.

use super::{fit, pad, width};

/// Spaces between two columns.
const GAP: usize = 2;

/// The width of a table with columns of these widths.
#[must_use]
pub fn table_width(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

/// A table row from cells and their column widths. Cells that are too wide are cut.
#[must_use]
pub fn table_line<'a>(cells: impl IntoIterator<Item = (&'a str, usize)>) -> String {
    let cells = cells.into_iter();
    let padded: Vec<String> = cells
        .map(|(cell, columns)| pad(&fit(cell, columns, "…"), columns))
        .collect();
    padded.join(&" ".repeat(GAP)).trim_end().to_owned()
}

/// Table rows; each column is as wide as its widest cell.
#[must_use]
pub fn table<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let mut widths = [0; N];
    for row in rows {
        for (columns, cell) in widths.iter_mut().zip(row) {
            *columns = width(cell).max(*columns);
        }
    }
    let line = |row: &[String; N]| table_line(row.iter().map(String::as_str).zip(widths));
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_in_any_script_line_up() {
        let rows =
            ["plain", "数字", "e\u{301}", "😀"].map(|name| [name.to_owned(), "|".to_owned()]);
        for line in table(&rows) {
            assert_eq!(
                line.find('|').map(|at| width(&line[..at])),
                Some(7),
                "{line}"
            );
        }
    }

    #[test]
    fn wide_cells_are_cut_without_trailing_space() {
        assert_eq!(table_line([("数字が", 5), ("", 3)]), "数字…");
        assert_eq!(table_width(&[5, 3]), 10);
    }
}
