//! Sample quality: a few lines among the values, and a panel with a bar for each class.

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
use crate::tui::appearance::Appearance;
use crate::tui::layout;

/// The roles of the measures that are listed among the values.
const AMONG_VALUES: [Role; 2] = [Role::FrechetDistance, Role::ClassifierScore];

/// The lines among the values: FID and score with sparklines, and the number of classes with a small bar for each. Empty without
/// evaluations.
pub fn lines(app: &App, look: &Appearance, width: u16) -> Vec<Line<'static>> {
    let info = app.run.info.iter();
    let measures = info.flat_map(|info| &info.measures);
    let shown = measures.filter(|m| AMONG_VALUES.contains(&m.role));
    if app.run.unjudged.is_some() && app.run.quality.is_none() {
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
            Span::styled(format!("{:<columns$}", title(Role::Modes)), look.theme.dim),
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

/// The title of the measure of this role.
fn title(role: Role) -> &'static str {
    with_role(role).map_or("", |quantity| quantity.title)
}

/// `8/10`.
fn modes(seen: &QualityAt) -> Option<String> {
    let modes = seen.value(with_role(Role::Modes)?.name)?;
    let classes = seen.classes.len();
    (classes > 0).then(|| format!("{modes:.0}/{classes}"))
}

/// A character for each class, its height relative to twice the uniform share; a blank for a missing class.
fn small_bars(shares: &[f64], look: &Appearance) -> String {
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

/// The share below which a class counts as missing.
const MISSING: f64 = 0.01;

/// Returns whether the panel has content.
pub fn has_panel(app: &App) -> bool {
    app.run.quality.is_some() || app.run.unjudged.is_some()
}

/// Draws the panel: the newest evaluation and the predicted classes; or why there is no evaluation.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let block = look.titled("Sample quality");
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

fn found(seen: &QualityAt, look: &Appearance, area: Rect) -> Vec<Line<'static>> {
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
        let measured = with_role(role).and_then(|quantity| seen.value(quantity.name));
        let value = measured.map_or_else(|| "-".to_owned(), number::short);
        fact(rank, title(role), value)
    };
    let gap = Span::raw("  ");
    let steps = match seen.from_step {
        Some(from) => (
            "steps",
            format!(
                "{} to {}",
                number::thousands(from),
                number::thousands(seen.step)
            ),
        ),
        None => ("step", number::thousands(seen.step)),
    };
    let mut lines = vec![
        pack(
            area.width,
            &gap,
            vec![
                fact(2, steps.0, steps.1),
                fact(3, "images", number::thousands(seen.n)),
                value(0, Role::FrechetDistance),
                value(1, Role::ClassifierScore),
                fact(
                    1,
                    title(Role::Modes),
                    modes(seen).unwrap_or_else(|| "-".to_owned()),
                ),
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

/// A bar for each class, in two columns if one is too long.
fn bars(seen: &QualityAt, look: &Appearance, area: Rect) -> Vec<Line<'static>> {
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
