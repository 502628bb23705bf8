//! The report for people: a line per check, followed by advice.

use std::fmt::Write as _;

use super::{Report, Status};
use crate::text;

/// Columns of the mark before a name, with its margins.
const MARK: usize = 8;
/// With fewer columns than this next to the names, what was found goes below its name.
const ROOM: usize = 36;

/// The report, wrapped to `columns` if given.
pub(super) fn of(report: &Report, colored: bool, columns: Option<usize>) -> String {
    let features = if report.features.is_empty() {
        "none".to_owned()
    } else {
        report.features.join(", ")
    };
    let mut text = format!("genai-tui {}, features: {features}\n", report.version);
    let names = report.checks.iter().map(|check| text::width(&check.name));
    let names = names.max().unwrap_or(0);
    // Two spaces after the names.
    let column = MARK + names + 2;
    let is_narrow = columns.is_some_and(|columns| columns < column + ROOM);
    let indent = if is_narrow { MARK } else { column };
    let lines = |text: &str| match columns {
        Some(columns) => text::wrap(text, columns.saturating_sub(indent)),
        None => vec![text.to_owned()],
    };
    let mut group = "";
    for check in &report.checks {
        if check.group != group {
            group = check.group;
            let _ = write!(text, "\n{group}\n");
        }
        let found = match &check.why {
            Some(why) => format!("{} ({why})", check.found),
            None => check.found.clone(),
        };
        let mark = mark(check.status, colored);
        let mut below = Vec::new();
        if is_narrow {
            let _ = writeln!(text, "  {mark}  {}", check.name);
            below.extend(lines(&found));
        } else {
            let mut found = lines(&found).into_iter();
            let first = found.next().unwrap_or_default();
            let name = text::pad(&check.name, names);
            let line = format!("  {mark}  {name}  {first}");
            let _ = writeln!(text, "{}", line.trim_end());
            below.extend(found);
        }
        if let Some(advice) = &check.advice {
            below.extend(lines(advice));
        }
        for line in below {
            let _ = writeln!(text, "{:indent$}{line}", "");
        }
    }
    let is_warning = |status| status == Status::Warn;
    let warnings = report
        .checks
        .iter()
        .filter(|c| is_warning(c.status))
        .count();
    let _ = match warnings {
        0 => writeln!(text, "\nno warnings"),
        1 => writeln!(text, "\n1 warning"),
        n => writeln!(text, "\n{n} warnings"),
    };
    text
}

fn mark(status: Status, colored: bool) -> String {
    let (mark, color) = match status {
        Status::Ok => ("ok  ", "32"),
        Status::Note => ("-   ", "2"),
        Status::Warn => ("warn", "33"),
    };
    if colored {
        format!("\x1b[{color}m{mark}\x1b[0m")
    } else {
        mark.to_owned()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Check;
    use super::*;

    pub(in crate::cli::doctor) fn report() -> Report {
        let warning = Check {
            group: "data",
            name: "mnist".to_owned(),
            status: Status::Warn,
            found: "not there".to_owned(),
            why: Some("looked in /data".to_owned()),
            advice: Some("get it".to_owned()),
        };
        let fine = Check {
            status: Status::Ok,
            why: None,
            advice: None,
            group: "runs",
            ..warning.clone()
        };
        Report {
            version: "1.2.3",
            features: vec!["cuda"],
            checks: vec![warning, fine],
        }
    }

    #[test]
    fn each_check_is_a_line_under_its_group_with_its_advice_below() {
        let expected = "genai-tui 1.2.3, features: cuda\n\ndata\n  warn  mnist  not there (looked in /data)\n\
                        \x20              get it\n\nruns\n  ok    mnist  not there\n\n1 warning\n";
        assert_eq!(of(&report(), false, None), expected);
    }

    #[test]
    fn colours_come_only_where_wanted() {
        assert!(!of(&report(), false, None).contains('\x1b'));
        assert!(of(&report(), true, None).contains("\x1b[33mwarn\x1b[0m"));
    }

    fn long() -> Report {
        let mut report = report();
        report.checks[0].found =
            "a file in 数字のフォルダ that is not what it should be, by far".to_owned();
        report.checks[0].advice =
            Some("genai-tui data fetch mnist --mirror https://example.org/a/long/path/".to_owned());
        report.checks[1].name = "数字-1".to_owned();
        report
    }

    #[test]
    fn lines_fit_a_narrow_terminal() {
        for columns in [40, 60, 80, 100] {
            let text = of(&long(), false, Some(columns));
            for line in text.lines() {
                assert!(text::width(line) <= columns, "{columns}: {line}");
            }
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                words.contains("that is not what it should be, by far (looked in"),
                "{text}"
            );
        }
    }

    #[test]
    fn names_in_any_script_line_up() {
        let text = of(&long(), false, Some(100));
        let begins = |found: &str| {
            let line = text
                .lines()
                .find(|line| line.contains(found))
                .unwrap_or_default();
            line.find(found).map(|at| text::width(&line[..at]))
        };
        assert_eq!(begins("a file in"), Some(16));
        assert_eq!(begins("not there"), Some(16));
    }
}
