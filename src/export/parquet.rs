//! Parquet in long form: the columns `step`, `wall_time`, `metric` and `value`, a row for each point.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::Exported;
use crate::logs::Point;

/// Rows that are written together.
const GROUP: usize = 1 << 20;

/// The columns; `run` only of several runs.
const RUN: &str = "REQUIRED BYTE_ARRAY run (UTF8);";
const COLUMNS: &str = "REQUIRED INT64 step; OPTIONAL DOUBLE wall_time; REQUIRED BYTE_ARRAY metric (UTF8); REQUIRED DOUBLE value;";

/// A point, with the run and the metric that it is of.
type Row<'a> = (&'a ByteArray, &'a ByteArray, Point);

pub(super) fn write(runs: &[Exported], out: &mut dyn Write) -> io::Result<()> {
    // The writer wants an output that may go to another thread.
    let bytes = file(runs).map_err(io::Error::other)?;
    out.write_all(&bytes)
}

fn file(runs: &[Exported]) -> Result<Vec<u8>, ParquetError> {
    let run = if runs.len() == 1 { "" } else { RUN };
    let schema = parse_message_type(&format!("message points {{ {run} {COLUMNS} }}"))?;
    let mut bytes = Vec::new();
    let properties = Arc::new(WriterProperties::builder().build());
    let mut file = SerializedFileWriter::new(&mut bytes, Arc::new(schema), properties)?;
    for run in runs {
        let name = ByteArray::from(run.name.as_str());
        let metrics: Vec<(ByteArray, &[Point])> = run
            .points
            .metrics()
            .map(|(metric, points)| (ByteArray::from(metric), points))
            .collect();
        let rows = metrics
            .iter()
            .flat_map(|(metric, points)| points.iter().map(move |point| (metric, *point)));
        let rows: Vec<Row<'_>> = rows.map(|(metric, point)| (&name, metric, point)).collect();
        for group in rows.chunks(GROUP) {
            write_group(&mut file, group, runs.len() > 1)?;
        }
    }
    file.close()?;
    Ok(bytes)
}

fn write_group(
    file: &mut SerializedFileWriter<&mut Vec<u8>>,
    rows: &[Row<'_>],
    with_run: bool,
) -> Result<(), ParquetError> {
    let mut group = file.next_row_group()?;
    let mut at = usize::from(!with_run);
    while let Some(mut column) = group.next_column()? {
        match at {
            0 | 3 => {
                let texts = rows
                    .iter()
                    .map(|(run, metric, _)| if at == 0 { *run } else { *metric });
                let texts: Vec<ByteArray> = texts.cloned().collect();
                column
                    .typed::<ByteArrayType>()
                    .write_batch(&texts, None, None)?;
            }
            1 => {
                let steps = rows
                    .iter()
                    .map(|(.., point)| i64::try_from(point.step).unwrap_or(i64::MAX));
                let steps: Vec<i64> = steps.collect();
                column
                    .typed::<Int64Type>()
                    .write_batch(&steps, None, None)?;
            }
            2 => {
                let times: Vec<f64> = rows.iter().filter_map(|(.., point)| point.time).collect();
                let there: Vec<i16> = rows
                    .iter()
                    .map(|(.., point)| i16::from(point.time.is_some()))
                    .collect();
                column
                    .typed::<DoubleType>()
                    .write_batch(&times, Some(&there), None)?;
            }
            _ => {
                let values: Vec<f64> = rows.iter().map(|(.., point)| point.value).collect();
                column
                    .typed::<DoubleType>()
                    .write_batch(&values, None, None)?;
            }
        }
        column.close()?;
        at += 1;
    }
    group.close()?;
    Ok(())
}
