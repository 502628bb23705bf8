//! Training health: every signal with its trend, value, limits, verdict, meaning and remedy; and the distribution of D's
//! scores.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::distribution;
use super::metric_line::sparkline;
use crate::health::{Signal, Verdict, worst};
use crate::text;
use crate::text::number;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::layout;

/// Rows of a histogram of scores, at most and where the signals' meanings should not take more room.
const HIGHEST: usize = 6;
const LOWEST: usize = 2;
/// Columns from which the histograms stand next to the signals, and their rows there.
const WIDE: u16 = 150;
const HIGHEST_BESIDE: usize = 12;
/// Columns in front of what a signal means: it stands below the signal's name.
const INDENT: usize = 8;

/// Where a healthy signal explains itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Below,
    Behind,
}

/// Draws the signals, starting at the scroll position.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let theme = &look.theme;
    let found = app.signals();
    let overall = worst(&found);
    let title = Line::from(vec![
        Span::styled(" Training health: ", theme.title),
        Span::styled(format!("{} ", overall.of_training()), style(overall, look)),
    ]);
    let block = look.frame().title_top(title);
    let inner = block.inner(area).inner(Margin::new(1, 0));
    block.render(area, buffer);
    let found = &found[app.scroll.min(found.len().saturating_sub(1))..];
    let is_wide = inner.width >= WIDE;
    let [left, right] = if is_wide {
        Layout::horizontal([Constraint::Fill(1); 2]).areas(inner)
    } else {
        [inner; 2]
    };
    let (width, room) = (usize::from(left.width), usize::from(inner.height));
    let scored = |rows: usize| distribution::lines(app, look, usize::from(right.width), rows);
    // Meanings are below their signals if all fit; otherwise behind them, or omitted for healthy signals.
    let described = |said: Said| -> Vec<Line> {
        let lines = found
            .iter()
            .map(|signal| tell(signal, app, look, width, said));
        lines.flatten().collect()
    };
    let mut lines = described(Said::Below);
    let under = if is_wide { 0 } else { 2 * LOWEST + 2 };
    if lines.len() + under > room {
        lines = described(Said::Behind);
    }
    if is_wide {
        let scores = scored((room.saturating_sub(2) / 2).clamp(1, HIGHEST_BESIDE));
        for (i, line) in scores.into_iter().enumerate() {
            if let Some(row) = layout::row(right, i) {
                line.render(row, buffer);
            }
        }
    } else {
        let rest = room.saturating_sub(lines.len() + 2);
        let scores = scored((rest / 2).clamp(1, HIGHEST));
        if !scores.is_empty() {
            lines.push(Line::default());
            lines.extend(scores);
        }
    }
    let hidden = lines.len().saturating_sub(room);
    for (i, line) in lines.into_iter().take(room).enumerate() {
        if let Some(row) = layout::row(left, i) {
            line.render(row, buffer);
        }
    }
    if hidden > 0 {
        let text = format!(" {hidden} more lines: Down ");
        look.note_in_corner(area, buffer, text);
    }
}

fn style(verdict: Verdict, look: &Appearance) -> Style {
    match verdict {
        Verdict::Waiting => look.theme.dim,
        Verdict::Healthy => look.theme.good,
        Verdict::Watch => look.theme.warn,
        Verdict::Failing => look.theme.bad,
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
    let theme = &look.theme;
    let mut head = head(signal, app, look, width);
    let meaning = look.glyphs.text(&signal.meaning);
    if signal.advice.is_empty() && said == Said::Behind {
        let used: usize = head.iter().map(Span::width).sum();
        let room = width.saturating_sub(used);
        // A few truncated words say nothing.
        if room >= 30 {
            let text = text::fit(&meaning, room, look.glyphs.ellipsis);
            head.push(Span::styled(text, theme.dim));
        }
        return vec![Line::from(head)];
    }
    let text = if signal.advice.is_empty() {
        meaning
    } else {
        format!("{meaning}; try: {}", look.glyphs.text(&signal.advice))
    };
    let style = if signal.verdict > Verdict::Healthy {
        theme.text
    } else {
        theme.dim
    };
    let mut lines = vec![Line::from(head)];
    lines.extend(
        text::wrap(&text, width.saturating_sub(INDENT))
            .into_iter()
            .map(|part| Line::from(Span::styled(format!("{:INDENT$}{part}", ""), style))),
    );
    lines
}

/// Verdict, title, value, limits, and a sparkline if it fits.
fn head(signal: &Signal, app: &App, look: &Appearance, width: usize) -> Vec<Span<'static>> {
    let theme = &look.theme;
    let value = signal
        .value
        .map_or_else(|| "-".to_owned(), |value| number(signal, value));
    let mut spans = vec![
        Span::styled(
            format!("{:<8}", signal.verdict.word()),
            style(signal.verdict, look),
        ),
        Span::styled(format!("{:<16}", signal.title), theme.strong),
        Span::styled(format!("{value:>9}  "), theme.text),
        Span::styled(format!("{:<20}", signal.limits), theme.dim),
    ];
    let room = match width {
        140.. => 36,
        100.. => 20,
        76.. => 14,
        _ => 0,
    };
    if room > 0 {
        let course = signal
            .metric
            .as_deref()
            .map(|metric| sparkline(app, look, metric, room, None))
            .unwrap_or_default();
        spans.push(Span::styled(
            text::pad(&course, usize::from(room) + 2),
            theme.series[0],
        ));
    }
    spans
}

fn number(signal: &Signal, value: f64) -> String {
    if signal.metric.is_none() {
        number::thousands(value as u64)
    } else {
        number::value(value)
    }
}
