//! Markdown: what a run is, its settings, and each metric in a few numbers.

use std::io::{self, Write};

use jiff::Timestamp;

use super::Exported;
use crate::logs::Point;
use crate::text::number::significant;

pub(super) fn write(runs: &[Exported], out: &mut dyn Write) -> io::Result<()> {
    let now = Timestamp::now();
    for (i, run) in runs.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        let about = &run.about;
        writeln!(out, "# {}\n", plain(&about.name))?;
        write!(out, "{}, {}", about.format, about.state(now))?;
        for (word, time) in [("began", about.started), ("ended", about.ended)] {
            if let Some(time) = time {
                write!(out, ", {word} {time:.0}")?;
            }
        }
        writeln!(out)?;
        if let Some(remark) = &about.remark {
            writeln!(out, "\n{}", plain(remark))?;
        }
        metrics(run, out)?;
        if !about.config.is_empty() {
            writeln!(out, "\n| setting | value |\n|---|---|")?;
            for (key, value) in &about.config {
                writeln!(out, "| {} | {} |", cell(key), cell(&value.to_string()))?;
            }
        }
        for note in &about.notes {
            writeln!(out, "\n{}", plain(note))?;
        }
    }
    Ok(())
}

fn metrics(run: &Exported, out: &mut dyn Write) -> io::Result<()> {
    if run.points.metrics().len() == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "\n| metric | points | last | lowest | highest | mean |\n|---|---|---|---|---|---|"
    )?;
    for (name, points) in run.points.metrics() {
        let finite = || points.iter().filter(|point| point.value.is_finite());
        let order = |a: &&Point, b: &&Point| a.value.total_cmp(&b.value);
        let at = |point: Option<&Point>| {
            point.map_or_else(String::new, |point| {
                format!("{} at {}", significant(point.value), point.step)
            })
        };
        let count = finite().count();
        let mean = finite()
            .map(|point| point.value / count as f64)
            .sum::<f64>();
        let last = points.last().map(|point| {
            if point.value.is_finite() {
                at(Some(point))
            } else {
                format!("{} at {}", super::number(point.value), point.step)
            }
        });
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            cell(name),
            points.len(),
            last.unwrap_or_default(),
            // Of equal ones the first.
            at(finite().rev().min_by(order)),
            at(finite().rev().max_by(order)),
            if count == 0 {
                String::new()
            } else {
                significant(mean)
            },
        )?;
    }
    Ok(())
}

/// One line of text.
fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// A cell of a table.
fn cell(text: &str) -> String {
    plain(text).replace('\\', "\\\\").replace('|', "\\|")
}
