//! Training health: every signal with its trend, value, limits, verdict, meaning and remedy; and the distribution of D's
//! scores next to what is computed from them.
//!
//! Where there is room each signal is a card with a chart of its own, else a line or two of a list that scrolls.

mod arrange;
mod card;
mod list;

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use arrange::{Cards, Rest};

use super::distribution;
use crate::health::{Signal, Verdict, worst};
use crate::metric::Role;
use crate::text;
use crate::text::number;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;

/// Columns in front of what a signal means: it stands below the signal's name.
const INDENT: usize = 8;

/// Draws the signals; a list from the scroll position.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let signals = app.signals();
    let of_scores = signals
        .iter()
        .filter(|signal| explains_scores(signal, app))
        .count();
    let has_scores = distribution::has_scores(app);
    // The first one is about all numbers and has no chart.
    let rest = signals.len().saturating_sub(1 + of_scores);
    let places = if has_scores {
        Cards::beside_scores(area, of_scores, rest)
    } else {
        Cards::alone(area, of_scores + rest)
    };
    let Some(places) = places else {
        return list::draw(area, buffer, app, look, &signals, has_scores);
    };
    let title = title(&signals, look);
    look.frame().title_top(title).render(places.first, buffer);
    if let Some(Rest { scores, others }) = places.rest {
        distribution::draw(scores, buffer, app, look);
        // A frame of nothing is none.
        if rest > 0 {
            look.titled("Networks and samples").render(others, buffer);
        }
    }
    for (signal, place) in signals.iter().zip(places.each) {
        card::draw(place, buffer, app, look, signal);
    }
}

/// Whether D's scores of single images show more of what a signal says.
fn explains_scores(signal: &Signal, app: &App) -> bool {
    let mut declared = app.run.objective.iter().flat_map(|o| &o.metrics);
    let metric = declared.find(|metric| signal.metric.as_ref() == Some(&metric.name));
    metric.is_some_and(|metric| metric.role < Role::GradientNorm)
}

/// What is said about training as a whole.
fn title(signals: &[Signal], look: &Appearance) -> Line<'static> {
    let overall = worst(signals);
    let early = signals.iter().filter(|s| s.verdict == Verdict::Early);
    let mut spans = vec![
        Span::styled(" Training health: ", look.theme.title),
        Span::styled(format!("{} ", overall.of_training()), style(overall, look)),
    ];
    match early.count() {
        0 => {}
        _ if overall == Verdict::Early => {}
        count => spans.push(Span::styled(
            format!("{} {count} too early to judge ", look.glyphs.dot),
            look.theme.dim,
        )),
    }
    Line::from(spans)
}

fn style(verdict: Verdict, look: &Appearance) -> Style {
    match verdict {
        Verdict::Waiting | Verdict::Early => look.theme.dim,
        Verdict::Healthy => look.theme.good,
        Verdict::Watch => look.theme.warn,
        Verdict::Failing => look.theme.bad,
    }
}

/// Verdict, title, value, limits.
fn head(signal: &Signal, look: &Appearance) -> Vec<Span<'static>> {
    let theme = &look.theme;
    let value = signal
        .value
        .map_or_else(|| "-".to_owned(), |value| number(signal, value));
    vec![
        Span::styled(
            format!("{:<INDENT$}", signal.verdict.word()),
            style(signal.verdict, look),
        ),
        Span::styled(format!("{:<16}", signal.title), theme.strong),
        Span::styled(format!("{value:>9}  "), theme.text),
        Span::styled(format!("{:<20}", signal.limits), theme.dim),
    ]
}

/// What a signal means and what may help, in lines below its name.
fn meaning(signal: &Signal, look: &Appearance, width: usize) -> Vec<Line<'static>> {
    let meaning = look.glyphs.text(&signal.meaning);
    let text = if signal.advice.is_empty() {
        meaning
    } else {
        format!("{meaning}; try: {}", look.glyphs.text(&signal.advice))
    };
    let style = if signal.verdict > Verdict::Healthy {
        look.theme.text
    } else {
        look.theme.dim
    };
    text::wrap(&text, width.saturating_sub(INDENT))
        .into_iter()
        .map(|part| Line::from(Span::styled(format!("{:INDENT$}{part}", ""), style)))
        .collect()
}

fn number(signal: &Signal, value: f64) -> String {
    if signal.metric.is_none() {
        number::thousands(value as u64)
    } else {
        number::value(value)
    }
}

/// The inside of a frame, with a space to its sides.
fn inside(frame: Rect, look: &Appearance) -> Rect {
    look.frame().inner(frame).inner(Margin::new(1, 0))
}
