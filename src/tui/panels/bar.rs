//! A bar that is filled as far as something is done.

use ratatui::text::Span;

use crate::tui::appearance::Appearance;

/// A bar of `width` columns, filled from the left.
pub fn bar_spans(fraction: f64, width: u16, look: &Appearance) -> [Span<'static>; 2] {
    let width = usize::from(width);
    let filled = ((fraction.clamp(0.0, 1.0) * width as f64) as usize).min(width);
    [
        Span::styled(look.glyphs.bar.0.repeat(filled), look.theme.bar),
        Span::styled(
            look.glyphs.bar.1.repeat(width - filled),
            look.theme.bar_rest,
        ),
    ]
}
