//! The page in Markdown: tables, small charts of characters, and pictures as files beside it.

use std::fmt::Write as _;

use super::chart::{Chart, Line};
use super::escape;
use super::gather::Report;
use super::samples::{self, Sample};
use super::table::{Cell, Table};
use super::{lead, records, tables};
use crate::metric::Good;
use crate::text::number;

/// Characters of a small chart.
const WIDTH: usize = 32;
/// Its levels, low to high.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A file that belongs beside the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its content: a PNG.
    pub bytes: Vec<u8>,
}

/// The page, and the pictures that it names. They are to lie in `folder`, a path as seen from the page; without one the page
/// has none.
#[must_use]
pub fn markdown(report: &Report, folder: Option<&str>) -> (String, Vec<File>) {
    let mut out = format!("# {}\n\n", escape::markdown(&report.title));
    let count = report.runs.len();
    let runs = if count == 1 { "run" } else { "runs" };
    let when = report.now.strftime("%-d %B %Y, %H:%M UTC");
    let _ = writeln!(out, "{count} {runs}, {when}.");
    if let Some(lead) = lead::lead(report) {
        let _ = writeln!(out, "\n{}", escape::markdown(&lead));
    }
    let mut files = Vec::new();
    if let Some(sweep) = &report.sweep {
        section(&mut out, "Sweep", &sweep.trials());
    }
    section(&mut out, "Runs", &tables::runs(report));
    section(&mut out, "Groups", &tables::groups(report));
    charts(&mut out, report);
    if let Some(folder) = folder {
        pictures(&mut out, report, folder, &mut files);
    }
    section(
        &mut out,
        "Settings that differ",
        &tables::differences(report),
    );
    section(&mut out, "Settings", &tables::settings(report));
    section(&mut out, "What happened", &records::happenings(report));
    section(&mut out, "Quality", &records::quality(report));
    section(&mut out, "Energy", &records::energy(report));
    if !report.problems.is_empty() {
        out.push_str("\n## What could not be read\n\n");
        for problem in &report.problems {
            let _ = writeln!(out, "- {}", escape::markdown(problem));
        }
    }
    (out, files)
}

fn section(out: &mut String, title: &str, content: &Table) {
    if !content.is_empty() {
        let _ = writeln!(out, "\n## {title}");
        out.push_str(&table(content));
    }
}

fn table(table: &Table) -> String {
    let titles = table.head.iter().map(|(title, _)| escape::markdown(title));
    let titles: Vec<String> = titles.collect();
    let rules = table
        .head
        .iter()
        .map(|(_, n)| if *n { "---:" } else { "---" });
    let rules: Vec<&str> = rules.collect();
    let mut out = format!("\n| {} |\n|{}|\n", titles.join(" | "), rules.join("|"));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(cell).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    if let Some(note) = &table.note {
        let _ = writeln!(out, "\n{}", escape::markdown(note));
    }
    out
}

fn cell(cell: &Cell) -> String {
    let with = |text: String, more: &str| match more {
        "" => text,
        more => format!("{text} {}", escape::markdown(more)),
    };
    match cell {
        Cell::Text(text) | Cell::Code(text) | Cell::Run(text, _) => escape::markdown(text),
        Cell::Number(text, more) => with(escape::markdown(text), more),
        Cell::Best(text, more) => with(format!("**{}**", escape::markdown(text)), more),
    }
}

fn charts(out: &mut String, report: &Report) {
    let charts = Chart::all(report);
    if charts.is_empty() {
        return;
    }
    out.push_str("\n## Charts\n");
    for chart in &charts {
        let arrow = match chart.good {
            Good::Lower => " ↓",
            Good::Higher => " ↑",
            Good::Balance | Good::Neutral => "",
        };
        let _ = writeln!(out, "\n**{}**{arrow}", escape::markdown(chart.metric));
        out.push_str("\n| | | first | last |\n|---|---|---:|---:|\n");
        for line in chart.lines.iter().filter(|line| !line.is_faint) {
            let value = |at: Option<&super::chart::At>| {
                at.map_or_else(String::new, |at| number::value(at.value))
            };
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                escape::markdown(&line.name),
                sparkline(line, chart),
                value(line.values.first()),
                value(line.values.last())
            );
        }
    }
    if report.left_out > 0 {
        let _ = writeln!(out, "\n{} more metrics are not charted.", report.left_out);
    }
}

/// A line in a few characters, on the scale that it has with the others; blank where it has no values.
fn sparkline(line: &Line, chart: &Chart<'_>) -> String {
    let mut cells: [Option<f64>; WIDTH] = [None; WIDTH];
    for at in line.pieces.iter().flatten() {
        let place = at.step as f64 / chart.end as f64 * (WIDTH - 1) as f64;
        if let Some(cell) = cells.get_mut(place.round() as usize) {
            *cell = Some(at.value);
        }
    }
    let level = |value: f64| {
        let place = chart.scale.place(value).clamp(0.0, 1.0);
        let at = (place * (LEVELS.len() - 1) as f64).round() as usize;
        LEVELS.get(at).copied().unwrap_or(' ')
    };
    // Between rare values a line goes on.
    let last = cells.iter().rposition(Option::is_some);
    let mut newest = None;
    let cells = cells.iter().enumerate().map(|(at, cell)| {
        newest = cell.or(newest);
        newest.filter(|_| Some(at) <= last).map_or('\u{a0}', level)
    });
    cells.collect()
}

fn pictures(out: &mut String, report: &Report, folder: &str, files: &mut Vec<File>) {
    let found = samples::albums(report);
    if found.albums.is_empty() {
        return;
    }
    out.push_str("\n## Samples\n");
    let mut number = 0;
    for album in found.albums {
        if let Some(tag) = album.tag {
            let _ = writeln!(out, "\n### {}", escape::markdown(tag));
        }
        let columns = album.rows.iter().map(|row| row.samples.len()).max();
        let columns = columns.unwrap_or(0);
        let _ = writeln!(out, "\n| |{}", " |".repeat(columns));
        let _ = writeln!(out, "|---|{}", "---|".repeat(columns));
        for row in album.rows {
            let tag = row.tag.map(|tag| format!(" ({tag})")).unwrap_or_default();
            let name = escape::markdown(&format!("{}{tag}", row.run.name));
            let _ = write!(out, "| {name} |");
            for sample in row.samples {
                out.push_str(&cell_of(sample, folder, number, files));
            }
            out.push('\n');
            number += 1;
        }
    }
    if found.left_out > 0 {
        let _ = writeln!(
            out,
            "\n{} more rows of pictures are not shown.",
            found.left_out
        );
    }
}

/// A cell with pictures at a step, in the row of this number.
fn cell_of(sample: Option<Sample>, folder: &str, number: usize, files: &mut Vec<File>) -> String {
    let Some(sample) = sample else {
        return " |".to_owned();
    };
    let step = number::thousands(sample.step);
    match sample.png {
        Ok(bytes) => {
            let name = format!("samples-{number:02}-{:08}.png", sample.step);
            let cell = format!(" ![step {step}]({folder}/{name}) step {step} |");
            files.push(File { name, bytes });
            cell
        }
        Err(problem) => format!(" step {step}: {} |", escape::markdown(&problem)),
    }
}
