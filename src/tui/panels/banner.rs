//! Problems that need attention, above the chart until they are resolved: a run that diverged and is paused, a full disk.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::protocol::State;
use crate::text;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::layout;

/// Maximum number of rows for one text.
const ROWS: usize = 3;
/// Rows a chart needs below it.
const CHART: u16 = 5;
/// What can be done when the run is paused after diverging.
const WAYS: [(&str, &str); 3] = [
    ("-", "lower the learning rates"),
    ("space", "resume"),
    ("u", "rewind further"),
];

/// Draws it into the top rows of `area`; returns the rest.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) -> Rect {
    for (i, line) in fitting(area, app, look).into_iter().enumerate() {
        if let Some(row) = layout::row(area, i) {
            line.render(row, buffer);
        }
    }
    below(area, app, look)
}

/// The rest of `area` below it.
#[must_use]
pub fn below(area: Rect, app: &App, look: &Appearance) -> Rect {
    let rows = fitting(area, app, look).len() as u16;
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

/// As many of its lines as leave room for a chart.
fn fitting(area: Rect, app: &App, look: &Appearance) -> Vec<Line<'static>> {
    let mut lines = lines(usize::from(area.width), app, look);
    lines.truncate(usize::from(area.height.saturating_sub(CHART)));
    lines
}

fn lines(width: usize, app: &App, look: &Appearance) -> Vec<Line<'static>> {
    let run = &app.run;
    let mut lines = Vec::new();
    if run.has_ended() {
        return lines;
    }
    if let Some(lost) = run.lost.as_ref().filter(|_| run.state == State::Paused) {
        let what = if run.detail.is_empty() {
            lost
        } else {
            &run.detail
        };
        lines.extend(labelled("LOST", what, look.theme.bad, width, look));
        lines.push(ways(width, look));
    }
    for trouble in run.troubles.texts() {
        lines.extend(labelled("WARNING", trouble, look.theme.warn, width, look));
    }
    lines
}

/// A word followed by a text of a few rows.
fn labelled(
    word: &'static str,
    text: &str,
    style: Style,
    width: usize,
    look: &Appearance,
) -> Vec<Line<'static>> {
    let indent = word.len() + 3;
    let room = width.saturating_sub(indent + 1).max(1);
    let mut rows = text::wrap(&look.glyphs.text(text), room);
    if rows.len() > ROWS {
        let rest = rows.split_off(ROWS - 1).join(" ");
        rows.push(text::fit(&rest, room, look.glyphs.ellipsis));
    }
    let rows = rows.into_iter().enumerate();
    rows.map(|(i, row)| {
        let head = if i == 0 {
            Span::styled(format!(" {word}  "), style)
        } else {
            Span::raw(" ".repeat(indent))
        };
        Line::from(vec![head, Span::styled(row, look.theme.text)])
    })
    .collect()
}

fn ways(width: usize, look: &Appearance) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    for (key, does) in WAYS {
        spans.push(Span::styled(key, look.theme.accent));
        spans.push(Span::styled(format!(" {does}   "), look.theme.dim));
    }
    let line = Line::from(spans);
    if line.width() <= width {
        return line;
    }
    // The keys alone are explained below and in the help.
    let short = "- lower lr   space resume   u rewind";
    Line::from(Span::styled(format!(" {short}"), look.theme.accent))
}
