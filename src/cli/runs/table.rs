//! A list of runs as a table, no wider than the terminal.

use crate::text;

const COLUMNS: usize = 8;

/// A run: one cell for each column.
pub(super) type Row = [String; COLUMNS];

const HEAD: [&str; COLUMNS] = [
    "RUN",
    "STATUS",
    "STEP",
    "LOSSES",
    "OBJECTIVE",
    "DATASET",
    "SEEN",
    "WHERE",
];
/// Where the name stands, which is never left out.
const RUN: usize = 0;
/// Columns that are left out where there is no room, the first one first.
const OPTIONAL: [usize; COLUMNS - 2] = [7, 5, 4, 3, 6, 2];
/// A cell is not wider than this, but for the last column's, which is to be copied.
const WIDEST: usize = 40;

/// The table with its head. With a `limit` on its width, columns are left out, and finally names are cut.
pub(super) fn text(rows: &[Row], limit: Option<usize>) -> String {
    let head = HEAD.map(str::to_owned);
    let rows: Vec<&Row> = std::iter::once(&head).chain(rows).collect();
    let mut widths = [0; COLUMNS];
    for row in &rows {
        for (column, (width, cell)) in widths.iter_mut().zip(*row).enumerate() {
            let widest = if column + 1 == COLUMNS {
                usize::MAX
            } else {
                WIDEST
            };
            *width = (*width).max(text::width(cell)).min(widest);
        }
    }
    let mut shown: Vec<usize> = (0..COLUMNS).collect();
    let total = |shown: &[usize]| {
        let shown: Vec<usize> = shown.iter().map(|column| widths[*column]).collect();
        text::table_width(&shown)
    };
    if let Some(limit) = limit {
        for column in OPTIONAL {
            if total(&shown) > limit {
                shown.retain(|there| *there != column);
            }
        }
        let excess = total(&shown).saturating_sub(limit);
        widths[RUN] = widths[RUN].saturating_sub(excess).max(1);
    }
    let mut table = String::new();
    for row in rows {
        let cells = shown
            .iter()
            .map(|column| (row[*column].as_str(), widths[*column]));
        table.push_str(&text::table_line(cells));
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, status: &str) -> Row {
        [
            name,
            status,
            "1,200/5,000",
            "d_loss 0.6931  g_loss 0.6931",
            "wgan-gp",
            "fashion-mnist",
            "5 min ago",
            "runs/elsewhere/with/a/long/path/that/is/to/be/copied",
        ]
        .map(str::to_owned)
    }

    fn rows() -> Vec<Row> {
        vec![
            row("plain", "live, process 12345"),
            row("数字-7", "finished"),
            row("e\u{301}te\u{301}-😀", "crashed"),
        ]
    }

    /// In which column of the screen the second column of each line begins.
    fn begins(table: &str) -> Vec<usize> {
        let status = ["STATUS", "live", "finished", "crashed"];
        table
            .lines()
            .zip(status)
            .map(|(line, word)| line.find(word).map_or(0, |at| text::width(&line[..at])))
            .collect()
    }

    #[test]
    fn names_in_any_script_line_up() {
        for limit in [None, Some(80), Some(60)] {
            assert_eq!(begins(&text(&rows(), limit)), [8; 4], "{limit:?}");
        }
    }

    #[test]
    fn a_table_is_no_wider_than_the_terminal_and_keeps_names_and_states() {
        for limit in [40, 60, 80, 100, 120] {
            let table = text(&rows(), Some(limit));
            for line in table.lines() {
                assert!(text::width(line) <= limit, "{limit}: {line}");
            }
            assert!(
                table.contains("数字-7") && table.contains("finished"),
                "{table}"
            );
        }
        assert!(text(&rows(), Some(60)).contains("1,200/5,000"));
    }

    #[test]
    fn names_that_are_too_long_are_cut_last() {
        let table = text(&[row(&"数字".repeat(20), "finished")], Some(40));
        for line in table.lines() {
            assert!(text::width(line) <= 40, "{line}");
        }
        // A wide character that does not fit whole leaves a column empty.
        assert!(table.contains("数字…   finished"), "{table}");
    }

    #[test]
    fn without_a_terminal_nothing_is_cut() {
        let table = text(&rows(), None);
        assert!(table.contains("runs/elsewhere/with/a/long/path/that/is/to/be/copied"));
        assert!(table.contains("fashion-mnist"));
    }
}
