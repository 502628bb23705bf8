//! How the run ended.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::protocol::{Outcome, Summary};
use crate::text;
use crate::text::{duration, number};
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::layout;

/// Rows the panel takes, its frame included.
pub fn rows(app: &App, width: u16, look: &Appearance) -> u16 {
    let closing = u16::from(app.closes_in().is_some());
    match (&app.run.summary, &app.run.failed) {
        (_, Some(error)) => {
            text::wrap(
                &look.glyphs.text(error),
                usize::from(width.saturating_sub(4)),
            )
            .len() as u16
                + 4
                + closing
        }
        (Some(summary), None) => {
            (facts(summary, app).len() + reason(summary, width, look).len()) as u16 + 2 + closing
        }
        (None, None) => 0,
    }
}

/// Draws the panel over another one, in its middle.
pub fn draw_over(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let width = area.width.min(64);
    let place = layout::centred(area, width, rows(app, width, look));
    Clear.render(place, buffer);
    draw(place, buffer, app, look);
}

/// Draws the panel.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let theme = &look.theme;
    let mut lines = Vec::new();
    let (title, style) = match (&app.run.summary, &app.run.failed) {
        (_, Some(error)) => {
            let width = usize::from(area.width.saturating_sub(4));
            lines.extend(
                text::wrap(&look.glyphs.text(error), width)
                    .into_iter()
                    .map(|l| Line::styled(l, theme.bad)),
            );
            lines.push(Line::default());
            lines.push(Line::styled("press q to leave", theme.dim));
            ("Failed", theme.bad)
        }
        (Some(summary), None) => {
            let (title, style) = match summary.outcome {
                Outcome::Diverged => ("Diverged", theme.bad),
                Outcome::FailedCondition | Outcome::Failed => ("Failed", theme.bad),
                Outcome::Stopped | Outcome::Interrupted => ("Stopped", theme.good),
                Outcome::Completed => ("Finished", theme.good),
                Outcome::Unknown => ("Unknown", theme.dim),
            };
            let reason = reason(summary, area.width, look);
            lines.extend(reason.into_iter().map(|row| Line::styled(row, style)));
            for (label, value) in facts(summary, app) {
                let room = usize::from(area.width.saturating_sub(4 + 12));
                let value = text::fit(&look.glyphs.text(&value), room, look.glyphs.ellipsis);
                lines.push(Line::from(vec![
                    Span::styled(format!("{label:<12}"), theme.dim),
                    Span::raw(value),
                ]));
            }
            (title, style)
        }
        (None, None) => return,
    };
    if let Some(left) = app.closes_in() {
        // In whole seconds that are not over yet.
        let seconds = left.as_millis().div_ceil(1000);
        let text = format!("closes in {seconds} s · any key keeps it open");
        lines.push(Line::styled(look.glyphs.text(&text), theme.dim));
    }
    let block = look.titled(title).border_style(style);
    let inner = block.inner(area).inner(Margin::new(1, 0));
    block.render(area, buffer);
    for (i, line) in lines.into_iter().enumerate() {
        if let Some(row) = layout::row(inner, i) {
            line.render(row, buffer);
        }
    }
}

/// Why it ended, in the rows that a panel of this width has for it.
fn reason(summary: &Summary, width: u16, look: &Appearance) -> Vec<String> {
    text::wrap(
        &look.glyphs.text(&summary.reason),
        usize::from(width.saturating_sub(4)),
    )
}

fn facts(summary: &Summary, app: &App) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        (
            "trained",
            match summary.exit_code {
                None if !app.run.is_program() => format!(
                    "{} steps · {:.1} epochs · {} images",
                    number::thousands(summary.step),
                    summary.epochs,
                    number::thousands(summary.images)
                ),
                _ => format!("{} steps", number::thousands(summary.step)),
            },
        ),
        (
            "time",
            match duration::clock(summary.seconds) {
                time if summary.steps_per_second.is_nan() => time,
                time => format!(
                    "{time} · {} steps/s",
                    number::speed(summary.steps_per_second)
                ),
            },
        ),
    ];
    // The logs of other tools may have no times.
    if !summary.seconds.is_finite() {
        facts.retain(|(label, _)| *label != "time");
    }
    if summary.interventions > 0 {
        facts.push((
            "changed",
            format!("{} interventions", number::thousands(summary.interventions)),
        ));
    }
    if let Some(checkpoint) = &summary.checkpoint {
        facts.push(("checkpoint", checkpoint.clone()));
    }
    if let Some(info) = &app.run.info {
        facts.push(("run", info.dir.display().to_string()));
    }
    facts
}
