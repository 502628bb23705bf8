//! Signals as a list: a line each, and what it means where there is room; D's scores in a frame below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::{head, inside, meaning, title};
use crate::health::Signal;
use crate::text;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::layout;
use crate::tui::panels::distribution;
use crate::tui::panels::metric_line::sparkline;

/// Where a healthy signal explains itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Below,
    Behind,
}

/// Draws the signals, starting at the scroll position.
pub(super) fn draw(
    area: Rect,
    buffer: &mut Buffer,
    app: &App,
    look: &Appearance,
    signals: &[Signal],
    has_scores: bool,
) {
    let first = if has_scores {
        signals.len()
    } else {
        signals.len().saturating_sub(1)
    };
    let shown = &signals[app.scroll.min(first)..];
    let width = usize::from(inside(area, look).width);
    let room = usize::from(inside(area, look).height);
    // Meanings are below their signals if all fit; otherwise behind them, or omitted for healthy signals.
    let described = |said: Said| -> Vec<Line> {
        let lines = shown
            .iter()
            .map(|signal| tell(signal, app, look, width, said));
        lines.flatten().collect()
    };
    let least = if has_scores {
        usize::from(distribution::LEAST)
    } else {
        0
    };
    let mut lines = described(Said::Below);
    if lines.len() + least > room {
        lines = described(Said::Behind);
    }
    // Scrolled or not, the list is as high: the frame below it stands still.
    let all = lines.len() + (signals.len() - shown.len());
    let below = room
        .saturating_sub(all)
        .min(usize::from(distribution::MOST)) as u16;
    let below = if has_scores && below >= distribution::LEAST {
        below
    } else {
        0
    };
    if has_scores && below == 0 {
        // Where there is no room for a frame they end the list, and scroll with it.
        let rest = room.saturating_sub(lines.len() + 2) / 2;
        let rows = rest.clamp(1, usize::from(distribution::LEAST));
        let scores = distribution::lines(app, look, width, rows);
        let each = scores.len() / distribution::count(app).max(1);
        let above = app.scroll.saturating_sub(signals.len()) * each;
        if !scores.is_empty() {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.extend(scores.into_iter().skip(above));
        }
    }
    let list = Rect {
        height: area.height - below,
        ..area
    };
    look.frame()
        .title_top(title(signals, look))
        .render(list, buffer);
    if below > 0 {
        let scores = Rect {
            y: list.bottom(),
            height: below,
            ..area
        };
        distribution::draw(scores, buffer, app, look);
    }
    let inner = inside(list, look);
    let hidden = lines.len().saturating_sub(usize::from(inner.height));
    for (i, line) in lines.into_iter().enumerate() {
        if let Some(row) = layout::row(inner, i) {
            line.render(row, buffer);
        }
    }
    if hidden > 0 {
        let text = format!(" {hidden} more lines: Down ");
        look.note_in_corner(list, buffer, text);
    }
}

/// A signal in one line or more.
fn tell(
    signal: &Signal,
    app: &App,
    look: &Appearance,
    width: usize,
    said: Said,
) -> Vec<Line<'static>> {
    let mut head = head(signal, look);
    head.extend(course(signal, app, look, width));
    if signal.advice.is_empty() && said == Said::Behind {
        let used: usize = head.iter().map(Span::width).sum();
        let room = width.saturating_sub(used);
        // A few truncated words say nothing.
        if room >= 30 {
            let meaning = look.glyphs.text(&signal.meaning);
            let text = text::fit(&meaning, room, look.glyphs.ellipsis);
            head.push(Span::styled(text, look.theme.dim));
        }
        return vec![Line::from(head)];
    }
    let mut lines = vec![Line::from(head)];
    lines.extend(meaning(signal, look, width));
    lines
}

/// A sparkline, if it fits.
fn course(signal: &Signal, app: &App, look: &Appearance, width: usize) -> Option<Span<'static>> {
    let room = match width {
        140.. => 36,
        100.. => 20,
        76.. => 14,
        _ => return None,
    };
    let course = signal
        .metric
        .as_deref()
        .map(|metric| sparkline(app, look, metric, room, None))
        .unwrap_or_default();
    let padded = text::pad(&course, usize::from(room) + 2);
    Some(Span::styled(padded, look.theme.series[0]))
}
