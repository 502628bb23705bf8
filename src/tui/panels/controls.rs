//! The controls of a program: each with its value as acknowledged, since when, and what it was asked to become.

use ratatui::text::{Line, Span};

use super::metric_line::{VALUE, title_columns};
use crate::metric::Network;
use crate::protocol::{Command, Control, ControlRole, LrChange, LrTarget, Value};
use crate::text;
use crate::text::number;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;

/// What a program is that says nothing to the panel.
const SILENT: &str = "The program has not connected: its metrics are read from what it prints, and it takes no commands but \
                      to stop. A few lines in it make it listen: `genai-tui client python`, docs/own-loop.md.";

/// A line for each control. Where the program has not connected, what that means.
pub fn lines(app: &App, look: &Appearance, width: u16) -> Vec<Line<'static>> {
    let is_silent = app.run.declared.as_ref().is_none_or(|d| d.client.is_none());
    if is_silent && !app.run.is_log() && !app.run.has_ended() {
        let lines = text::wrap(SILENT, usize::from(width)).into_iter();
        let mut lines: Vec<Line<'static>> = lines
            .map(|line| Line::styled(line, look.theme.dim))
            .collect();
        lines.push(Line::default());
        return lines;
    }
    let controls = app.run.declared.iter().flat_map(|d| &d.controls);
    controls
        .map(|control| line(app, look, control, width))
        .collect()
}

fn line(app: &App, look: &Appearance, control: &Control, width: u16) -> Line<'static> {
    let theme = &look.theme;
    let columns = title_columns(width);
    let title = text::fit(
        &look.glyphs.text(&control.name),
        columns - 1,
        look.glyphs.ellipsis,
    );
    let room = usize::from(width).saturating_sub(columns).min(24);
    let value = text::fit(
        &look.glyphs.text(&written(&control.value)),
        room,
        look.glyphs.ellipsis,
    );
    let mut spans = vec![
        Span::styled(text::pad(&title, columns), theme.accent),
        Span::styled(text::pad_left(&value, VALUE), theme.strong),
    ];
    if !control.unit.is_empty() {
        spans.push(Span::styled(
            format!(" {}", look.glyphs.text(&control.unit)),
            theme.dim,
        ));
    }
    if let Some(to) = pending(app, control) {
        let text = format!("  {} {} {to}", look.glyphs.pending, look.glyphs.arrow);
        spans.push(Span::styled(text, theme.warn));
    } else if let Some(since) = app.run.set_at.get(&control.name) {
        let since = format!("  since step {}", number::thousands(*since));
        spans.push(Span::styled(since, theme.dim));
    } else if let Some(range) = range(control) {
        spans.push(Span::styled(format!("  {range}"), theme.dim));
    }
    // A truncated number would be misread.
    while spans.len() > 2 && spans.iter().map(Span::width).sum::<usize>() > usize::from(width) {
        spans.pop();
    }
    Line::from(spans)
}

fn written(value: &Value) -> String {
    match value {
        Value::Float(value) if *value != 0.0 && value.abs() < 1e-2 => number::rate(*value),
        other => other.to_string(),
    }
}

/// What the control will be once all commands are answered, if one is to change it.
fn pending(app: &App, control: &Control) -> Option<String> {
    let mut to = None;
    for command in app.pending.commands() {
        match command {
            Command::Set { key, value } if *key == control.name => to = Some(value.clone()),
            Command::Objective(name) if control.role == Some(ControlRole::Objective) => {
                to = Some(name.clone());
            }
            Command::Lr(target, change) if is_meant(*target, control) => {
                to = match (change, &control.value) {
                    (LrChange::Set(value), _) => Some(number::rate(*value)),
                    (LrChange::Scale(factor), Value::Float(now)) => {
                        Some(number::rate(now * factor))
                    }
                    _ => to,
                };
            }
            _ => {}
        }
    }
    to
}

fn is_meant(target: LrTarget, control: &Control) -> bool {
    let fits = matches!(
        (target, control.network),
        (LrTarget::Both, _)
            | (_, None)
            | (LrTarget::D, Some(Network::Discriminator))
            | (LrTarget::G, Some(Network::Generator))
    );
    fits && control.role == Some(ControlRole::LearningRate)
}

/// `0 to 1`; the choices of a choice.
fn range(control: &Control) -> Option<String> {
    if !control.choices.is_empty() {
        return Some(control.choices.join(", "));
    }
    let number = |value: f64| written(&Value::Float(value));
    match (control.min, control.max) {
        (Some(min), Some(max)) => Some(format!("{} to {}", number(min), number(max))),
        // Every rate is.
        (Some(0.0), None) if control.role == Some(ControlRole::LearningRate) => None,
        (Some(min), None) => Some(format!("at least {}", number(min))),
        (None, Some(max)) => Some(format!("at most {}", number(max))),
        (None, None) => None,
    }
}
