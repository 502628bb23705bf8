//! What records say beyond series, in tables: quality, energy, what happened.

use super::account::Kind;
use super::gather::Report;
use super::table::{Cell, Table};
use super::tables::ROWS;
use crate::metric::Good;
use crate::metric::quality::QUANTITIES;
use crate::protocol::EnergySource;
use crate::text::number;

/// Happenings of all runs that are listed.
const LISTED: usize = 300;

/// The newest evaluation of each run beside its floor, the score of real images.
pub(super) fn quality(report: &Report) -> Table {
    let judged: Vec<_> = report
        .runs
        .iter()
        .filter_map(|run| Some((run, run.account.quality.as_ref()?)))
        .collect();
    let measured = QUANTITIES.iter().filter(|quantity| {
        judged
            .iter()
            .any(|(_, quality)| quality.values.contains_key(quantity.name))
    });
    let measured: Vec<_> = measured
        .filter(|quantity| quantity.good != Good::Neutral)
        .collect();
    let mut table = Table::of(&[("run", false), ("step", true), ("samples", true)]);
    if judged.is_empty() {
        return table;
    }
    let titles = measured.iter().map(|q| (q.title.to_owned(), true));
    table.head.extend(titles);
    for (run, quality) in &judged {
        let mut row = vec![
            Cell::Run(run.name.clone(), run.colour),
            Cell::number(number::thousands(quality.step)),
            Cell::number(number::thousands(quality.n)),
        ];
        row.extend(measured.iter().map(|quantity| {
            let value = quality.values.get(quantity.name);
            value.map_or_else(Cell::nothing, |value| {
                Cell::number(number::significant(*value))
            })
        }));
        table.rows.push(row);
    }
    for (at, quantity) in measured.iter().enumerate() {
        let values: Vec<Option<f64>> = judged
            .iter()
            .map(|(_, quality)| quality.values.get(quantity.name).copied())
            .collect();
        table.mark_best(3 + at, &values, quantity.good);
    }
    let floors: Vec<Cell> = measured
        .iter()
        .map(|quantity| {
            let of_runs = judged.iter().map(|(run, _)| run);
            let known = of_runs.filter_map(|run| run.account.floors.get(quantity.name));
            let floor = known.copied().next();
            floor.map_or_else(Cell::nothing, |floor| {
                Cell::number(number::significant(floor))
            })
        })
        .collect();
    table = table.cut(ROWS);
    if floors.iter().any(|cell| *cell != Cell::nothing()) {
        let mut row = vec![Cell::text("real images"), Cell::nothing(), Cell::nothing()];
        row.extend(floors);
        table.rows.push(row);
        let floor = "The last row is the floor: the score of as many real training images, which no generator is expected to beat.";
        table.note = Some(match table.note {
            Some(known) => format!("{known} {floor}"),
            None => floor.to_owned(),
        });
    }
    table
}

/// What runs cost.
pub(super) fn energy(report: &Report) -> Table {
    let mut table = Table::of(&[
        ("run", false),
        ("watt-hours", true),
        ("g CO₂e", true),
        ("mean watts", true),
        ("Wh per 1,000 images", true),
        ("known", false),
    ]);
    let (mut hours, mut grams) = (0.0, 0.0);
    for run in &report.runs {
        let account = &run.account;
        let Some(energy) = &account.energy else {
            continue;
        };
        hours += energy.watt_hours;
        grams += energy.grams_co2e;
        let watts = energy.watt_hours * 3600.0 / account.seconds;
        let known = match energy.energy_source {
            EnergySource::Measured => "measured",
            EnergySource::PartlyEstimated => "partly estimated",
            EnergySource::Estimated => "estimated from the load",
        };
        let each = energy.watt_hours_per_1000(account.images);
        table.rows.push(vec![
            Cell::Run(run.name.clone(), run.colour),
            Cell::number(number::amount(energy.watt_hours)),
            Cell::number(number::amount(energy.grams_co2e)),
            if watts.is_finite() {
                Cell::number(number::amount(watts))
            } else {
                Cell::nothing()
            },
            each.map_or_else(Cell::nothing, |each| {
                Cell::number(number::significant(each))
            }),
            Cell::text(known),
        ]);
    }
    let count = table.rows.len();
    table = table.cut(ROWS);
    if count > 1 {
        table.rows.push(vec![
            Cell::text("together"),
            Cell::number(number::amount(hours)),
            Cell::number(number::amount(grams)),
            Cell::nothing(),
            Cell::nothing(),
            Cell::nothing(),
        ]);
    }
    table
}

/// Commands, alarms, conditions and notes, by steps.
pub(super) fn happenings(report: &Report) -> Table {
    let mut table = Table::of(&[
        ("step", true),
        ("run", false),
        ("", false),
        ("what happened", false),
    ]);
    let mut all: Vec<_> = report
        .runs
        .iter()
        .flat_map(|run| run.account.happenings.iter().map(move |seen| (run, seen)))
        .collect();
    all.sort_by_key(|(_, seen)| seen.step);
    let more: usize = report.runs.iter().map(|run| run.account.more).sum();
    let more = more + all.len().saturating_sub(LISTED);
    for (run, seen) in all.into_iter().take(LISTED) {
        let text = if seen.is_void {
            format!("{} (the run went back to before this)", seen.text)
        } else {
            seen.text.clone()
        };
        let is_command = matches!(seen.kind, Kind::Command(_));
        table.rows.push(vec![
            Cell::number(number::thousands(seen.step)),
            Cell::Run(run.name.clone(), run.colour),
            Cell::text(seen.kind.word()),
            if is_command {
                Cell::Code(text)
            } else {
                Cell::text(text)
            },
        ]);
    }
    if more > 0 {
        table.note = Some(format!(
            "{} more are not listed.",
            number::thousands(more as u64)
        ));
    }
    table
}
