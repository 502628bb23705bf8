//! The event log, newest last.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::text;
use crate::text::number;
use crate::tui::app::{App, Entry, Kind};
use crate::tui::appearance::Appearance;
use crate::tui::layout;

/// Columns from which the time of day is shown.
const WITH_TIME: usize = 54;

/// Draws the log; a selected entry, counted from the newest, stays visible.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance, chosen: Option<usize>) {
    let block = look.titled("Events");
    let inner = block.inner(area).inner(Margin::new(1, 0));
    block.render(area, buffer);
    let rows = usize::from(inner.height);
    // The newest entry is at the bottom: lines are gathered from there upwards.
    let mut lines: Vec<(Line, bool)> = Vec::with_capacity(rows);
    // Entries below the selected one are shown as long as both fit.
    let first = chosen.map_or(0, |chosen| chosen.saturating_sub(rows / 2));
    for (index, entry) in app.log.newest().enumerate().skip(first) {
        if lines.len() >= rows {
            break;
        }
        let is_chosen = chosen == Some(index);
        lines.extend(
            entry_lines(entry, usize::from(inner.width), look)
                .into_iter()
                .rev()
                .map(|line| (line, is_chosen)),
        );
    }
    lines.truncate(rows);
    for (i, (line, is_chosen)) in lines.into_iter().rev().enumerate() {
        if let Some(row) = layout::row(inner, i) {
            line.render(row, buffer);
            if is_chosen {
                // One bar, without the colours of its words.
                buffer.set_style(row, Style::reset().patch(look.theme.selected));
            }
        }
    }
}

/// Draws the newest entry in one row.
pub fn draw_status(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let Some(entry) = app.log.last() else { return };
    let room = usize::from(area.width).saturating_sub(entry.kind.word().len() + 4);
    let line = Line::from(vec![
        Span::raw(" "),
        Span::styled(entry.kind.word(), style(entry.kind, look)),
        Span::raw("  "),
        Span::styled(
            text::fit(&look.glyphs.text(&entry.text), room, look.glyphs.ellipsis),
            look.theme.dim,
        ),
    ]);
    line.render(area, buffer);
}

fn entry_lines(entry: &Entry, width: usize, look: &Appearance) -> Vec<Line<'static>> {
    let theme = &look.theme;
    // The time of day is dropped first, then the step.
    let mut head = Vec::new();
    if entry.kind == Kind::More {
        head.push(Span::raw(" ".repeat(if width >= WITH_TIME {
            28
        } else {
            18
        })));
    } else {
        if width >= WITH_TIME {
            head.push(Span::styled(format!("{}  ", entry.time), theme.dim));
        }
        head.push(Span::styled(
            format!("{:>7}  ", number::thousands(entry.step)),
            theme.dim,
        ));
        head.push(Span::styled(
            format!("{:<9}", entry.kind.word()),
            style(entry.kind, look),
        ));
    }
    let indent: usize = head.iter().map(Span::width).sum();
    let text_style = if entry.kind == Kind::More {
        theme.dim
    } else {
        theme.text
    };
    let mut lines = Vec::new();
    for (i, text) in text::wrap(&look.glyphs.text(&entry.text), width.saturating_sub(indent))
        .into_iter()
        .enumerate()
    {
        let mut spans = if i == 0 {
            std::mem::take(&mut head)
        } else {
            vec![Span::raw(" ".repeat(indent))]
        };
        spans.push(Span::styled(text, text_style));
        lines.push(Line::from(spans));
    }
    lines
}

fn style(kind: Kind, look: &Appearance) -> Style {
    let theme = &look.theme;
    match kind {
        Kind::Run => theme.accent,
        Kind::Applied => theme.mark,
        Kind::Rejected | Kind::Alarm | Kind::Warning | Kind::Rule => theme.warn,
        Kind::CriticalAlarm => theme.bad,
        Kind::Saved => theme.good,
        Kind::Note => theme.strong,
        Kind::More => theme.dim,
    }
}
