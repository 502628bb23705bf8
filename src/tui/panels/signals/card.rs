//! A signal as a card: what it says, and below that its course on a scale of its own.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::{INDENT, head, meaning, style};
use crate::health::{Signal, Verdict};
use crate::metric::Role;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::layout;
use crate::tui::panels::trend::{self, Trend};

/// Draws a card.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance, signal: &Signal) {
    let width = usize::from(area.width);
    let mut lines = vec![Line::from(head(signal, look))];
    lines.extend(meaning(signal, look, width));
    let used = lines.len().min(usize::from(area.height)) as u16;
    for (i, line) in lines.into_iter().enumerate() {
        if let Some(row) = layout::row(area, i) {
            line.render(row, buffer);
        }
    }
    let room = Rect {
        y: area.y + used,
        // The last row parts it from the next card.
        height: area.height.saturating_sub(used + 1),
        ..area
    };
    trend::draw(
        room,
        buffer,
        app,
        look,
        INDENT as u16,
        &trends(signal, app, look),
    );
}

/// The lines that show how a signal came to its value.
fn trends<'a>(signal: &'a Signal, app: &'a App, look: &Appearance) -> Vec<Trend<'a>> {
    let Some(name) = signal.metric.as_deref() else {
        return Vec::new();
    };
    let objective = app.run.objective.as_deref();
    let role = objective.and_then(|o| o.metric(name)).map(|m| m.role);
    let one = |metric: &'a str, style| Trend {
        metric,
        value: |value| value,
        style,
    };
    let [first, second, ..] = look.theme.series;
    match role {
        // Judged by both; coloured as in the histograms.
        Some(Role::FakeAccuracy) => {
            let on_real = objective.and_then(|o| o.with_role(Role::RealAccuracy));
            let on_real = on_real.map(|metric| one(&metric.name, first));
            on_real.into_iter().chain([one(name, second)]).collect()
        }
        // Judged by the mean sign of what the accuracy counts.
        Some(Role::RealAccuracy) => vec![Trend {
            value: |accuracy| 2.0 * accuracy - 1.0,
            ..one(name, first)
        }],
        _ if signal.verdict > Verdict::Healthy => vec![one(name, style(signal.verdict, look))],
        _ => vec![one(name, first)],
    }
}
