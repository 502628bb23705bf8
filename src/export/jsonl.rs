//! JSON lines: an object for each point.

use std::io::{self, Write};

use serde::Serialize;

use super::Exported;

#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    step: u64,
    wall_time: Option<f64>,
    metric: &'a str,
    #[serde(with = "crate::protocol::number")]
    value: f64,
}

pub(super) fn write(runs: &[Exported], out: &mut dyn Write) -> io::Result<()> {
    for run in runs {
        for (metric, points) in run.points.metrics() {
            for point in points {
                let line = Line {
                    run: (runs.len() > 1).then_some(&run.name),
                    step: point.step,
                    wall_time: point.time.filter(|time| time.is_finite()),
                    metric,
                    value: point.value,
                };
                serde_json::to_writer(&mut *out, &line)?;
                out.write_all(b"\n")?;
            }
        }
    }
    Ok(())
}
