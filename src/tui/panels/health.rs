//! How the training goes: every signal with its course, its value, its limits, a word, what it means and what may help;
//! and how D scores the samples one by one.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Look;
use super::values::sparkline;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::health::{Signal, Verdict, signals, worst};

/// Bars of the histogram of scores.
const BINS: usize = 10;

/// Draws the signals, from the one that was scrolled to.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Look) {
    let theme = &look.theme;
    let found = signals(app);
    let overall = worst(&found);
    let answer = match overall {
        Verdict::Waiting => "nothing is known yet",
        Verdict::Well => "it goes well",
        Verdict::Warn => "something is worth a look",
        Verdict::Hard => "the run is being lost",
    };
    let title = Line::from(vec![
        Span::styled(" Is this going well? ", theme.title),
        Span::styled(format!("{answer} "), style(overall, look)),
    ]);
    let block = look.frame().title_top(title);
    let inner = block.inner(area).inner(Margin::new(1, 0));
    block.render(area, buffer);
    let wide = inner.width >= 100;
    let mut lines: Vec<Line> = Vec::new();
    for signal in found
        .iter()
        .skip(app.scroll.min(found.len().saturating_sub(1)))
    {
        let mut line = head(signal, app, look, inner.width);
        let meaning = look.glyphs.text(signal.meaning);
        if wide && signal.help.is_empty() {
            line.push(Span::styled(meaning, theme.dim));
            lines.push(Line::from(line));
        } else {
            lines.push(Line::from(line));
            let mut text = meaning;
            if !signal.help.is_empty() {
                text = format!("{text}; may help: {}", look.glyphs.text(signal.help));
            }
            let room = usize::from(inner.width).saturating_sub(4);
            let style = if signal.verdict > Verdict::Well {
                theme.text
            } else {
                theme.dim
            };
            lines.extend(
                format::wrap(&text, room)
                    .into_iter()
                    .map(|part| Line::from(Span::styled(format!("    {part}"), style))),
            );
        }
    }
    lines.push(Line::default());
    lines.extend(scores(app, look));
    let room = usize::from(inner.height);
    let hidden = lines.len().saturating_sub(room);
    for (i, line) in lines.into_iter().take(room).enumerate() {
        if let Some(row) = super::row(inner, i) {
            line.render(row, buffer);
        }
    }
    if hidden > 0 {
        let text = format!(" {hidden} more lines: Down ");
        let width = text.len() as u16;
        let row = Rect {
            x: area.right().saturating_sub(width + 2),
            y: area.bottom().saturating_sub(1),
            width,
            height: 1,
        };
        Line::styled(text, theme.dim).render(row.intersection(area), buffer);
    }
}

fn style(verdict: Verdict, look: &Look) -> Style {
    match verdict {
        Verdict::Waiting => look.theme.dim,
        Verdict::Well => look.theme.good,
        Verdict::Warn => look.theme.warn,
        Verdict::Hard => look.theme.bad,
    }
}

/// Word, title, value, limits, and the course where there is room.
fn head(signal: &Signal, app: &App, look: &Look, width: u16) -> Vec<Span<'static>> {
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
            .map(|metric| sparkline(app, look, metric, room, None))
            .unwrap_or_default();
        spans.push(Span::styled(
            format!("{course:<width$}  ", width = usize::from(room)),
            theme.series[0],
        ));
    }
    spans
}

fn number(signal: &Signal, value: f64) -> String {
    if signal.metric.is_none() {
        format::thousands(value as u64)
    } else {
        format::value(value)
    }
}

/// D's scores of the samples as bars, and where the mean of real images lies.
fn scores(app: &App, look: &Look) -> Vec<Line<'static>> {
    let theme = &look.theme;
    let Some(picture) = app.shown_picture() else {
        return Vec::new();
    };
    let scores: Vec<f64> = picture
        .samples
        .scores
        .iter()
        .map(|s| f64::from(*s))
        .collect();
    let scores: Vec<f64> = scores.into_iter().filter(|s| s.is_finite()).collect();
    if scores.is_empty() {
        return Vec::new();
    }
    let probability = app
        .run
        .objective
        .as_ref()
        .is_some_and(|o| o.score_is_probability);
    let real = app
        .run
        .latest
        .get("d_real")
        .map(|s| s.mean)
        .filter(|m| m.is_finite());
    let (low, high) = if probability {
        (0.0, 1.0)
    } else {
        let ends = scores.iter().copied().chain(real);
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
            (l.min(v), h.max(v))
        })
    };
    let bin = |score: f64| {
        let place = (score - low) / (high - low).max(1e-12);
        ((place * BINS as f64) as usize).min(BINS - 1)
    };
    let mut counts = [0_usize; BINS];
    for score in &scores {
        counts[bin(*score)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    let spark = look.glyphs.spark;
    let bars: String = counts
        .iter()
        .map(|count| match count {
            0 => "  ".to_owned(),
            count => spark[(count * (spark.len() - 1))
                .div_ceil(most)
                .min(spark.len() - 1)]
            .repeat(2),
        })
        .collect();
    let mut below = " ".repeat(BINS * 2);
    if let Some(real) = real {
        below.replace_range(bin(real) * 2..=bin(real) * 2, "x");
    }
    let ends =
        |low: f64, high: f64| format!(" from {} to {}", format::short(low), format::short(high));
    vec![
        Line::from(vec![
            Span::styled(format!("{:<24}", "D's scores of samples"), theme.strong),
            Span::styled(bars, theme.series[1]),
            Span::styled(ends(low, high), theme.dim),
        ]),
        Line::from(vec![
            Span::raw(" ".repeat(24)),
            Span::styled(below, theme.series[0]),
            Span::styled(" x: mean of real images", theme.dim),
        ]),
    ]
}
