//! The list as text, JSON, CSV and Markdown.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::listed::{Listed, place};
use super::{ago, plain, status, step, table};
use crate::logs::{Format, State};
use crate::metric::MAIN_PANEL;
use crate::record::RunFacts;
use crate::text::number::{thousands, value};
use crate::workspace::{Cell, Column, Known, Of};

const NOTHING: &str = "–";
/// Losses of another tool's run that are shown.
const LOSSES: usize = 2;

/// The usual list, no wider than `limit`.
pub(super) fn overview(runs: &[Listed], now: Timestamp, limit: Option<usize>) -> String {
    let is_mixed = runs.iter().any(|run| run.facts.is_none());
    let head = [
        "RUN",
        "STATUS",
        "STEP",
        "LOSSES",
        "OBJECTIVE",
        "DATASET",
        "SEEN",
        "FORMAT",
        "WHERE",
    ];
    let rows = runs.iter().map(|run| match (&run.facts, &run.entry.known) {
        (Some(facts), _) => own(facts, now),
        (None, known) => foreign(run, known.as_ref(), now),
    });
    let mut rows: Vec<Vec<String>> = rows.collect();
    let mut head: Vec<String> = head.map(str::to_owned).into();
    if !is_mixed {
        for row in rows.iter_mut().chain([&mut head]) {
            row.remove(7);
        }
    }
    let optional: &[usize] = if is_mixed {
        &[8, 5, 4, 3, 6, 7, 2]
    } else {
        &[7, 5, 4, 3, 6, 2]
    };
    table::text(&head, &rows, optional, limit)
}

fn own(run: &RunFacts, now: Timestamp) -> Vec<String> {
    let or_dash = |text: &Option<String>| text.as_deref().map_or_else(|| NOTHING.to_owned(), plain);
    let losses = run.losses.iter();
    let losses: Vec<String> = losses
        .map(|(name, stat)| format!("{} {}", plain(name), value(stat.last)))
        .collect();
    vec![
        plain(&run.name),
        status(run),
        step(run),
        or_nothing(losses.join("  ")),
        or_dash(&run.objective),
        or_dash(&run.dataset),
        run.last_sign
            .map_or_else(|| NOTHING.to_owned(), |then| ago(now, then)),
        Format::Own.to_string(),
        // The last column needs no width, and is to be copied.
        run.dir.display().to_string().replace(char::is_control, "?"),
    ]
}

fn foreign(run: &Listed, known: Option<&Known>, now: Timestamp) -> Vec<String> {
    let metrics = known.map(|known| &known.metrics);
    let losses = metrics.into_iter().flatten();
    let losses = losses.filter(|(name, _)| name.to_lowercase().contains(MAIN_PANEL));
    let losses = losses
        .take(LOSSES)
        .map(|(name, facts)| format!("{} {}", plain(name), value(facts.last.1)));
    let losses: Vec<String> = losses.collect();
    let setting = |key: &str| known.and_then(|known| known.about.config.get(key));
    let setting = |key: &str| {
        setting(key).map_or_else(|| NOTHING.to_owned(), |value| plain(&value.to_string()))
    };
    let state = match &run.entry.problem {
        Some(problem) => plain(problem),
        None => run.entry.state(now).map_or(NOTHING, State::word).to_owned(),
    };
    let step = match known.and_then(|known| Some((known.step?, known.about.target))) {
        Some((step, Some(target))) => format!("{}/{}", thousands(step), thousands(target)),
        Some((step, None)) => thousands(step),
        None => NOTHING.to_owned(),
    };
    vec![
        plain(run.entry.name()),
        state,
        step,
        or_nothing(losses.join("  ")),
        setting("objective"),
        setting("dataset"),
        run.last_sign()
            .map_or_else(|| NOTHING.to_owned(), |then| ago(now, then)),
        run.entry.found.format.to_string(),
        place(run)
            .display()
            .to_string()
            .replace(char::is_control, "?"),
    ]
}

fn or_nothing(text: String) -> String {
    if text.is_empty() {
        NOTHING.to_owned()
    } else {
        text
    }
}

/// All that is known of each run, an object a line. Those of other tools have the same fields, null where they have no such thing.
pub(super) fn facts(runs: &[Listed], now: Timestamp) -> serde_json::Result<String> {
    let mut text = String::new();
    for run in runs {
        let mut object = match &run.facts {
            Some(facts) => serde_json::to_value(facts)?,
            None => of_another(run, now)?,
        };
        if let Value::Object(fields) = &mut object {
            let (entry, marks) = (&run.entry, &run.entry.marks);
            let known = entry.known.as_ref();
            let remark = known.and_then(|known| known.about.remark.clone());
            let all = [
                ("format", entry.found.format.word().into()),
                ("tags", entry.tags().collect()),
                ("note", marks.note.clone().or(remark).into()),
                ("archived", marks.archived.into()),
            ];
            fields.extend(all.map(|(key, value)| (key.to_owned(), value)));
        }
        text.push_str(&serde_json::to_string(&object)?);
        text.push('\n');
    }
    Ok(text)
}

fn of_another(run: &Listed, now: Timestamp) -> serde_json::Result<Value> {
    let known = run.entry.known.as_ref();
    let about = known.map(|known| &known.about);
    let mut metrics = Map::new();
    for (name, facts) in known.iter().flat_map(|known| &known.metrics) {
        let extreme =
            |at: Option<(u64, f64)>| at.map(|(step, value)| json!({"value": value, "step": step}));
        let value = json!({
            "count": facts.count,
            "last": number(facts.last.1),
            "step": facts.last.0,
            "lowest": extreme(facts.lowest),
            "highest": extreme(facts.highest),
            "mean": number(facts.mean),
        });
        metrics.insert(name.clone(), value);
    }
    let elapsed = about.and_then(|about| Some((about.started?, about.ended.or(about.touched)?)));
    Ok(json!({
        "name": run.entry.name(),
        "dir": place(run).to_string_lossy(),
        "status": run.entry.state(now).map(State::word),
        "paused": false,
        "objective": null,
        "dataset": null,
        "device": null,
        "program": null,
        "step": known.and_then(|known| known.step),
        "images": null,
        "elapsed": elapsed.map(|(from, to)| to.duration_since(from).as_secs_f64()),
        "target": about.and_then(|about| about.target).map(|steps| json!({"steps": steps})),
        "losses": {},
        "started": about.and_then(|about| about.started),
        "ended": about.and_then(|about| about.ended),
        "last_sign": about.and_then(|about| about.touched),
        "checkpoints": 0,
        "newest_checkpoint": null,
        "resumed": null,
        "origin": null,
        "config": serde_json::to_value(about.map(|about| &about.config))?,
        "group": about.and_then(|about| about.group.as_ref()),
        "metrics": metrics,
        "notes": about.map(|about| &about.notes),
        "problem": run.entry.problem,
    }))
}

/// A number in JSON; what JSON has no number for is its name.
fn number(value: f64) -> Value {
    if value.is_finite() {
        value.into()
    } else {
        word(value).into()
    }
}

fn word(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

fn cells(run: &Listed, columns: &[Column], now: Timestamp) -> Vec<String> {
    let cells = columns.iter().map(|column| column.cell(&run.entry, now));
    cells.map(|cell| plain(&cell.text(NOTHING))).collect()
}

/// These columns as a table, no wider than `limit`.
pub(super) fn text(
    runs: &[Listed],
    columns: &[Column],
    now: Timestamp,
    limit: Option<usize>,
) -> String {
    let head: Vec<String> = columns
        .iter()
        .map(|column| plain(&column.title()).to_uppercase())
        .collect();
    let rows: Vec<Vec<String>> = runs.iter().map(|run| cells(run, columns, now)).collect();
    // The columns that were named first stay.
    let name = columns.iter().position(|column| *column == Column::Name);
    let optional: Vec<usize> = (0..columns.len())
        .rev()
        .filter(|at| Some(*at) != name)
        .collect();
    table::text(&head, &rows, &optional, limit)
}

/// These columns in Markdown.
pub(super) fn markdown(runs: &[Listed], columns: &[Column], now: Timestamp) -> String {
    let cell = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|");
    let line = |cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let titles = columns
        .iter()
        .map(|column| plain(&column.title()))
        .collect();
    let mut text = line(titles);
    text.push('|');
    text.push_str(&"---|".repeat(columns.len()));
    text.push('\n');
    for run in runs {
        text.push_str(&line(cells(run, columns, now)));
    }
    text
}

fn is_best(column: &Column) -> bool {
    matches!(column, Column::Metric(_, Of::Best))
}

/// A value for programs: its key, and the value with all its digits. The best value of a metric has its step, too.
fn values(run: &Listed, column: &Column, now: Timestamp) -> Vec<(String, Value)> {
    let key = column.to_string();
    let is_best = is_best(column);
    let (value, step) = match column.cell(&run.entry, now) {
        Cell::Nothing => (Value::Null, Value::Null),
        Cell::Text(text) => (text.into(), Value::Null),
        // A whole number stays one.
        Cell::Number(value, written) => match written.and_then(|text| text.parse::<i64>().ok()) {
            Some(whole) => (whole.into(), Value::Null),
            None => (number(value), Value::Null),
        },
        Cell::At(value, step) => (number(value), step.into()),
        Cell::Steps(step, _) => (step.into(), Value::Null),
        Cell::State(state) => (state.word().into(), Value::Null),
        Cell::Age(seconds) => (seconds.into(), Value::Null),
    };
    let mut all = vec![(key.clone(), value)];
    if is_best {
        all.push((format!("{key}.step"), step));
    }
    all
}

/// These columns and the path, an object a line.
pub(super) fn json(
    runs: &[Listed],
    columns: &[Column],
    now: Timestamp,
) -> serde_json::Result<String> {
    let mut text = String::new();
    for run in runs {
        let mut object: Map<String, Value> = Map::new();
        object.extend(columns.iter().flat_map(|column| values(run, column, now)));
        object.insert("dir".to_owned(), place(run).to_string_lossy().into());
        text.push_str(&serde_json::to_string(&object)?);
        text.push('\n');
    }
    Ok(text)
}

/// These columns and the path, as CSV.
pub(super) fn csv(runs: &[Listed], columns: &[Column], now: Timestamp) -> String {
    let cell = |text: &str| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let head = columns.iter().flat_map(|column| {
        let step = is_best(column).then(|| format!("{column}.step"));
        [Some(column.to_string()), step].into_iter().flatten()
    });
    let mut head: Vec<String> = head.map(|key| cell(&key)).collect();
    head.push("dir".to_owned());
    let mut text = head.join(",") + "\n";
    for run in runs {
        let all = columns.iter().flat_map(|column| values(run, column, now));
        let mut row: Vec<String> = all
            .map(|(_, value)| match value {
                Value::Null => String::new(),
                Value::String(text) => cell(&text),
                other => other.to_string(),
            })
            .collect();
        row.push(cell(&place(run).to_string_lossy()));
        text.push_str(&row.join(","));
        text.push('\n');
    }
    text
}
