//! What runs and groups reached, and their settings, in tables.

use super::gather::{Report, Seen};
use super::lead::spread;
use super::table::{Cell, Table};
use crate::metric::Good;
use crate::text::{duration, number};
use crate::workspace::{Cell as Value, Column, Of, Statistics};

/// Runs of one table.
pub(super) const ROWS: usize = 60;
/// So many runs have their settings in columns beside each other.
const SIDE_BY_SIDE: usize = 8;

/// What each run reached, the best first.
pub(super) fn runs(report: &Report) -> Table {
    let headlines = report.headlines();
    let mut table = Table::of(&[("run", false), ("state", false), ("origin", false)]);
    table.head.push(("steps".to_owned(), true));
    table.head.push(("time".to_owned(), true));
    for metric in &headlines {
        let word = if report.good(metric) == Good::Higher {
            "highest"
        } else {
            "lowest"
        };
        table.head.push((format!("{word} {metric}"), true));
        table.head.push(("last".to_owned(), true));
    }
    let ranked = report.ranked();
    for run in &ranked {
        let cell = |column: Column| column.cell(&run.entry, report.now);
        let time = time(run).map_or_else(Cell::nothing, |s| Cell::number(duration::clock(s)));
        let mut row = vec![
            Cell::Run(run.name.clone(), run.colour),
            Cell::text(cell(Column::State).text("")),
            Cell::text(cell(Column::Origin).text("")),
            Cell::number(cell(Column::Steps).text("")),
            time,
        ];
        for metric in &headlines {
            row.push(at(report.best(run, metric)));
            let last = cell(Column::Metric((*metric).to_owned(), Of::Last));
            row.push(match last {
                Value::Nothing => Cell::nothing(),
                last => Cell::number(last.text("")),
            });
        }
        table.rows.push(row);
    }
    for (at, metric) in headlines.iter().enumerate() {
        let values: Vec<Option<f64>> = ranked
            .iter()
            .map(|run| report.best(run, metric).map(|(value, _)| value))
            .collect();
        table.mark_best(5 + 2 * at, &values, report.good(metric));
    }
    table.cut(ROWS)
}

fn at(found: Option<(f64, u64)>) -> Cell {
    found.map_or_else(Cell::nothing, |(value, step)| {
        Cell::Number(
            number::value(value),
            format!("at {}", number::compact(step as f64)),
        )
    })
}

/// Seconds of training, where they are known.
fn time(run: &Seen) -> Option<f64> {
    let known = [run.account.seconds, run.elapsed];
    known.into_iter().find(|seconds| *seconds > 0.0)
}

/// What groups reached: means of their runs' best values.
pub(super) fn groups(report: &Report) -> Table {
    let headlines = report.headlines();
    let mut table = Table::of(&[("group", false), ("settings", false), ("runs", true)]);
    for metric in &headlines {
        table.head.push((format!("best {metric}"), true));
    }
    let mut means: Vec<Vec<Option<f64>>> = vec![Vec::new(); headlines.len()];
    for (colour, group) in report.groups.iter().enumerate() {
        let settings: Vec<String> = group
            .values
            .iter()
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        let mut row = vec![
            Cell::Run(report.group_name(group), colour),
            Cell::Code(settings.join(", ")),
            Cell::number(group.members.len().to_string()),
        ];
        for (at, metric) in headlines.iter().enumerate() {
            let best: Vec<f64> = report
                .members(group)
                .filter_map(|run| Some(report.best(run, metric)?.0))
                .collect();
            let found = Statistics::of(&best);
            if let Some(means) = means.get_mut(at) {
                means.push(found.map(|found| found.mean));
            }
            row.push(found.map_or_else(Cell::nothing, |found| {
                let more = match found.count {
                    1 => "one run".to_owned(),
                    _ => format!("± {}", spread(found.deviation)),
                };
                Cell::Number(number::value(found.mean), more)
            }));
        }
        table.rows.push(row);
    }
    for (at, metric) in headlines.iter().enumerate() {
        let values = means.get(at).cloned().unwrap_or_default();
        table.mark_best(3 + at, &values, report.good(metric));
    }
    if !table.is_empty() {
        table.note = Some("Mean of the runs' best values, ± one standard deviation.".to_owned());
    }
    table
}

/// The settings in which runs differ: a column for each run; of many runs a row.
pub(super) fn differences(report: &Report) -> Table {
    let mut table = Table::default();
    if report.runs.len() < 2 {
        return table;
    }
    let mut differences = report.differences();
    // Where logs of several tools are compared, each has settings that no other knows.
    let of_values = differences.iter().filter(|row| row.is_of_values()).count();
    let left_out = if of_values > 0 {
        differences.len() - of_values
    } else {
        0
    };
    differences.truncate(differences.len() - left_out);
    if left_out > 0 {
        let settings = if left_out == 1 {
            "setting is"
        } else {
            "settings are"
        };
        table.note = Some(format!(
            "{left_out} more {settings} only in some of the logs."
        ));
    }
    let value = |value: Option<&String>| match value {
        Some(value) => Cell::Code(value.clone()),
        None => Cell::text("–"),
    };
    if report.runs.len() <= SIDE_BY_SIDE {
        table.head.push(("setting".to_owned(), false));
        let names = report.runs.iter().map(|run| (run.name.clone(), false));
        table.head.extend(names);
        for difference in differences {
            let values = difference.values.iter();
            let values = values.map(|known| value(known.as_ref()));
            let key = Cell::Code(difference.key);
            table
                .rows
                .push(std::iter::once(key).chain(values).collect());
        }
        return table;
    }
    if differences.is_empty() {
        return table;
    }
    table.head.push(("run".to_owned(), false));
    let keys = differences.iter().map(|row| (row.key.clone(), false));
    table.head.extend(keys);
    for (at, run) in report.runs.iter().enumerate() {
        let values = differences.iter().map(|row| row.values.get(at));
        let values = values.map(|known| value(known.and_then(Option::as_ref)));
        let name = Cell::Run(run.name.clone(), run.colour);
        table
            .rows
            .push(std::iter::once(name).chain(values).collect());
    }
    table.cut(ROWS)
}

/// All settings of the only run.
pub(super) fn settings(report: &Report) -> Table {
    let mut table = Table::of(&[("setting", false), ("value", false)]);
    if let [run] = report.runs.as_slice() {
        let known = run.entry.known.iter();
        for (key, value) in known.flat_map(|known| &known.about.config) {
            let row = vec![Cell::Code(key.clone()), Cell::Code(value.to_string())];
            table.rows.push(row);
        }
    }
    table
}
