//! A list as a table, no wider than the terminal.

use crate::text;

/// A cell is not wider than this, but for the last column's, which is to be copied.
const WIDEST: usize = 40;

/// The table with its head. With a `limit` on its width, the `optional` columns are left out, the first one first, and finally the
/// first column is cut.
pub(super) fn text(
    head: &[String],
    rows: &[Vec<String>],
    optional: &[usize],
    limit: Option<usize>,
) -> String {
    let mut widths = vec![0; head.len()];
    for row in std::iter::once(head).chain(rows.iter().map(Vec::as_slice)) {
        for (column, (width, cell)) in widths.iter_mut().zip(row).enumerate() {
            let widest = if column + 1 == head.len() {
                usize::MAX
            } else {
                WIDEST
            };
            *width = (*width).max(text::width(cell)).min(widest);
        }
    }
    let mut shown: Vec<usize> = (0..head.len()).collect();
    let total = |shown: &[usize]| {
        let shown: Vec<usize> = shown.iter().map(|column| widths[*column]).collect();
        text::table_width(&shown)
    };
    if let Some(limit) = limit {
        for column in optional {
            if total(&shown) > limit {
                shown.retain(|there| there != column);
            }
        }
        let excess = total(&shown).saturating_sub(limit);
        if let Some(first) = widths.first_mut() {
            *first = first.saturating_sub(excess).max(1);
        }
    }
    let mut table = String::new();
    // Titles are told apart from each other, as the cells of a column are.
    let titles = shown
        .iter()
        .map(|column| (head[*column].clone(), widths[*column]));
    let titles = text::fit_apart(&titles.collect::<Vec<_>>(), "…");
    let cells = |column: usize| {
        let cells = rows.iter().map(|row| (row[column].clone(), widths[column]));
        text::fit_apart(&cells.collect::<Vec<_>>(), "…")
    };
    let columns: Vec<Vec<String>> = shown.iter().map(|column| cells(*column)).collect();
    let rows = (0..rows.len()).map(|row| columns.iter().map(|cells| cells[row].as_str()).collect());
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    for row in std::iter::once(titles).chain(rows) {
        let widths = shown.iter().map(|column| widths[*column]);
        table.push_str(&text::table_line(row.into_iter().zip(widths)));
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rows: &[Vec<String>], limit: Option<usize>) -> String {
        let head = [
            "RUN",
            "STATUS",
            "STEP",
            "LOSSES",
            "OBJECTIVE",
            "DATASET",
            "SEEN",
            "WHERE",
        ];
        text(&head.map(str::to_owned), rows, &[7, 5, 4, 3, 6, 2], limit)
    }

    fn row(name: &str, status: &str) -> Vec<String> {
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
        .into()
    }

    fn rows() -> Vec<Vec<String>> {
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
            assert_eq!(begins(&shown(&rows(), limit)), [8; 4], "{limit:?}");
        }
    }

    #[test]
    fn a_table_is_no_wider_than_the_terminal_and_keeps_names_and_states() {
        for limit in [40, 60, 80, 100, 120] {
            let table = shown(&rows(), Some(limit));
            for line in table.lines() {
                assert!(text::width(line) <= limit, "{limit}: {line}");
            }
            assert!(
                table.contains("数字-7") && table.contains("finished"),
                "{table}"
            );
        }
        assert!(shown(&rows(), Some(60)).contains("1,200/5,000"));
    }

    #[test]
    fn names_that_are_too_long_are_cut_last() {
        let table = shown(&[row(&"数字".repeat(20), "finished")], Some(40));
        for line in table.lines() {
            assert!(text::width(line) <= 40, "{line}");
        }
        // A wide character that does not fit whole leaves a column empty.
        assert!(table.contains("数字…   finished"), "{table}");
    }

    #[test]
    fn names_that_differ_at_their_end_stay_different() {
        let names = ["a", "b"].map(|end| row(&format!("{}{end}", "name-".repeat(12)), "live"));
        let table = shown(&names, Some(60));
        let lines: Vec<&str> = table.lines().skip(1).collect();
        assert_ne!(lines[0], lines[1], "{table}");
    }

    #[test]
    fn without_a_terminal_nothing_is_cut() {
        let table = shown(&rows(), None);
        assert!(table.contains("runs/elsewhere/with/a/long/path/that/is/to/be/copied"));
        assert!(table.contains("fashion-mnist"));
    }
}
