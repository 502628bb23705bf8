//! Fits parts of a line, dropping the least important first.

use ratatui::text::{Line, Span};

/// A part of a line that stays or goes as a whole.
#[derive(Debug, Clone)]
pub struct Part {
    /// 0 is dropped last.
    rank: u8,
    spans: Vec<Span<'static>>,
}

impl Part {
    /// A part.
    pub fn new(rank: u8, spans: Vec<Span<'static>>) -> Self {
        Self { rank, spans }
    }

    /// Columns it takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(Span::width).sum()
    }
}

/// The parts that fit into `width` columns with `gap` in between.
pub fn pack(width: u16, gap: &Span<'static>, mut parts: Vec<Part>) -> Line<'static> {
    parts.retain(|p| p.width() > 0);
    let total = |parts: &[Part]| {
        parts.iter().map(Part::width).sum::<usize>() + parts.len().saturating_sub(1) * gap.width()
    };
    while total(&parts) > usize::from(width) {
        // Of equal rank, the last one is dropped first.
        let Some(worst) = (0..parts.len()).max_by_key(|i| (parts[*i].rank, *i)) else {
            break;
        };
        parts.remove(worst);
    }
    let mut spans = Vec::new();
    for (i, part) in parts.into_iter().enumerate() {
        if i > 0 {
            spans.push(gap.clone());
        }
        spans.extend(part.spans);
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_important_part_is_dropped_first() {
        let parts = || {
            [("one", 1), ("two", 2), ("three", 0)]
                .map(|(t, r)| Part::new(r, vec![t.into()]))
                .to_vec()
        };
        let packed = |width| pack(width, &Span::raw(" "), parts()).to_string();
        assert_eq!(packed(13), "one two three");
        assert_eq!(packed(12), "one three");
        assert_eq!(packed(8), "three");
        assert_eq!(packed(2), "");
    }
}
