//! CSV in long form: `step,wall_time,metric,value`, a line for each point.

use std::io::{self, Write};

use super::{Exported, number};

pub(super) fn write(runs: &[Exported], out: &mut dyn Write) -> io::Result<()> {
    let is_one = runs.len() == 1;
    let first = if is_one { "" } else { "run," };
    writeln!(out, "{first}step,wall_time,metric,value")?;
    for run in runs {
        let run_cell = if is_one {
            String::new()
        } else {
            cell(&run.name) + ","
        };
        for (metric, points) in run.points.metrics() {
            let metric = cell(metric);
            for point in points {
                let (step, value) = (point.step, number(point.value));
                let time = point.time.map(number).unwrap_or_default();
                writeln!(out, "{run_cell}{step},{time},{metric},{value}")?;
            }
        }
    }
    Ok(())
}

/// A text as a cell.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
