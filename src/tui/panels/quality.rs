//! How good the samples were found: a few lines among the values, and a panel with a bar for each class.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::bar::bar_spans;
use super::metric_line::{VALUE, metric_line, title_columns};
use super::pack::{Part, pack};
use crate::metric::Role;
use crate::metric::quality::with_role;
use crate::protocol::QualityAt;
use crate::text;
use crate::text::number;
use crate::tui::app::App;
use crate::tui::layout;
use crate::tui::look::Look;

/// The roles of what stands among the values with its course.
const AMONG_VALUES: [Role; 2] = [Role::FrechetDistance, Role::ClassifierScore];

/// The lines among the values: FID and score with their course, and how many classes there are, with a small bar for each.
/// None where nothing is evaluated.
pub fn lines(app: &App, look: &Look, width: u16) -> Vec<Line<'static>> {
    let info = app.run.info.iter();
    let measures = info.flat_map(|info| &info.measures);
    let shown = measures.filter(|m| AMONG_VALUES.contains(&m.role));
    if app.run.unjudged.is_some() {
        return Vec::new();
    }
    let mut lines: Vec<Line> = shown
        .zip(look.theme.series)
        .map(|(metric, style)| metric_line(app, look, metric, style, width))
        .collect();
    if let Some(seen) = &app.run.quality
        && let Some(modes) = modes(seen)
    {
        let columns = title_columns(width);
        let mut spans = vec![
            Span::styled(format!("{:<columns$}", "modes"), look.theme.dim),
            Span::styled(format!("{modes:>VALUE$}"), look.theme.strong),
        ];
        let bars = small_bars(&seen.classes, look);
        let used = columns + VALUE + 2;
        if used + seen.classes.len() <= usize::from(width) {
            spans.push(Span::styled(format!("  {bars}"), look.theme.bar));
        }
        lines.push(Line::from(spans));
    }
    lines
}

/// `8/10`.
fn modes(seen: &QualityAt) -> Option<String> {
    let modes = seen.value(with_role(Role::Modes)?.name)?;
    let classes = seen.classes.len();
    (classes > 0).then(|| format!("{modes:.0}/{classes}"))
}

/// A character for each class, as high as its share of twice what it would be if all were alike; a blank for one that is
/// not there.
fn small_bars(shares: &[f64], look: &Look) -> String {
    let spark = look.glyphs.spark;
    let each = shares.iter().map(|share| {
        let height = (share * shares.len() as f64 / 2.0).clamp(0.0, 1.0);
        if *share < MISSING {
            " "
        } else {
            spark[(height * (spark.len() - 1) as f64).round() as usize]
        }
    });
    each.collect()
}

/// The share below which a class is not counted as there.
const MISSING: f64 = 0.01;

/// Whether there is anything to say in a panel.
pub fn has_panel(app: &App) -> bool {
    app.run.quality.is_some() || app.run.unjudged.is_some()
}

/// Draws the panel: what the newest evaluation found, and what it took the samples for; or why there is none.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Look) {
    let block = look.titled("Samples as judged");
    let inner = block.inner(area).inner(Margin::new(1, 0));
    block.render(area, buffer);
    let lines = match (&app.run.quality, &app.run.unjudged) {
        (Some(seen), _) => found(seen, look, inner),
        (None, Some(reason)) => {
            let text = look.glyphs.text(reason);
            let lines = text::wrap(&text, usize::from(inner.width));
            let lines = lines.into_iter().map(|l| Line::styled(l, look.theme.dim));
            lines.collect()
        }
        (None, None) => Vec::new(),
    };
    for (i, line) in lines.into_iter().enumerate() {
        if let Some(place) = layout::row(inner, i) {
            line.render(place, buffer);
        }
    }
}

fn found(seen: &QualityAt, look: &Look, area: Rect) -> Vec<Line<'static>> {
    let theme = &look.theme;
    let fact = |rank, label: &str, value: String| {
        Part::new(
            rank,
            vec![
                Span::styled(format!("{label} "), theme.dim),
                Span::styled(value, theme.strong),
            ],
        )
    };
    let value = |rank, role| {
        let quantity = with_role(role);
        let value = quantity.and_then(|q| seen.value(q.name)).map(number::short);
        fact(
            rank,
            quantity.map_or("", |q| q.title),
            value.unwrap_or_else(|| "-".to_owned()),
        )
    };
    let gap = Span::raw("  ");
    let mut lines = vec![
        pack(
            area.width,
            &gap,
            vec![
                fact(2, "step", number::thousands(seen.step)),
                fact(3, "n", number::thousands(seen.n)),
                value(0, Role::FrechetDistance),
                value(1, Role::ClassifierScore),
                fact(1, "modes", modes(seen).unwrap_or_else(|| "-".to_owned())),
            ],
        ),
        pack(
            area.width,
            &gap,
            vec![
                value(0, Role::Precision),
                value(0, Role::Recall),
                value(1, Role::Coverage),
                value(2, Role::Unsure),
            ],
        ),
    ];
    lines.extend(bars(seen, look, area));
    lines
}

/// A bar for each class, in two columns where there is no room for one below the other.
fn bars(seen: &QualityAt, look: &Look, area: Rect) -> Vec<Line<'static>> {
    let count = seen.classes.len();
    let room = usize::from(area.height).saturating_sub(2);
    if room == 0 || count == 0 {
        return Vec::new();
    }
    let columns = if count <= room { 1 } else { 2 };
    let rows = count.div_ceil(columns);
    let width = area.width / columns as u16;
    let highest = seen.classes.iter().copied().fold(0.0, f64::max);
    let cell = |class: usize| -> Vec<Span<'static>> {
        let share = seen.classes[class];
        let text = format!("{:>5.1} % ", 100.0 * share);
        let style = if share < MISSING {
            look.theme.warn
        } else {
            look.theme.text
        };
        let mut spans = vec![
            Span::styled(format!("{class:>2} "), look.theme.dim),
            Span::styled(text, style),
        ];
        let used: usize = spans.iter().map(Span::width).sum();
        let bar = width.saturating_sub(used as u16 + 1);
        let fraction = share / highest.max(f64::MIN_POSITIVE);
        spans.extend(bar_spans(fraction, bar, look));
        spans.push(Span::raw(" "));
        spans
    };
    let line = |first: usize| {
        let classes = (first..count).step_by(rows);
        Line::from(classes.flat_map(cell).collect::<Vec<_>>())
    };
    (0..rows).map(line).collect()
}
