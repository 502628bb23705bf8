//! The title of a chart: the metric, and the value of each run or group, the best first.

use ratatui::text::{Line, Span};

use super::{Curve, Overlay, Weight};
use crate::metric::Good;
use crate::text::{self, number};
use crate::tui::app::Height;
use crate::tui::appearance::Appearance;
use crate::workspace::{Axis, BandPoint};

impl Overlay<'_> {
    /// The value of a run at the crosshair, or its newest one.
    fn reading(&self, curve: &Curve) -> Option<f64> {
        let Some(place) = self.crosshair else {
            return curve.series.last().map(|last| last.stat.last);
        };
        let smoothing = self.view.smoothing;
        let own = curve
            .across?
            .reading(curve.series, &self.range, place, smoothing);
        // Before a fork began, it was the run that it was forked from.
        own.or_else(|| {
            curve.past.iter().find_map(|past| {
                let range = *self.range.start()..=past.until;
                past.across.reading(past.series, &range, place, smoothing)
            })
        })
    }

    /// The metric, and the value of each run, the best first.
    pub(super) fn title(&self, room: usize, look: &Appearance) -> Line<'static> {
        let theme = &look.theme;
        let (mut spans, mut used) = self.beginning(room, look);
        let mut values: Vec<(&Curve, f64)> = self
            .curves
            .iter()
            .filter(|curve| curve.weight > Weight::Faint)
            .filter_map(|curve| Some((curve, self.reading(curve)?)))
            .collect();
        values.sort_by(|(_, a), (_, b)| {
            let order = a.is_nan().cmp(&b.is_nan());
            order.then_with(|| match self.good {
                Good::Higher => b.total_cmp(a),
                _ => a.total_cmp(b),
            })
        });
        // The highlighted run's value is never left out.
        values.sort_by_key(|(curve, _)| curve.weight < Weight::Front);
        let mut chosen = Vec::new();
        for (curve, value) in values {
            let written = number::value(value);
            let width = text::width(&curve.letter) + text::width(&written) + 3;
            if used + width > room {
                break;
            }
            used += width;
            chosen.push((curve, value, written));
        }
        chosen.sort_by(|(_, a, _), (_, b, _)| match self.good {
            Good::Higher => b.total_cmp(a),
            _ => a.total_cmp(b),
        });
        for (curve, value, written) in chosen {
            let style = if value.is_finite() {
                theme.text
            } else {
                theme.bad
            };
            spans.extend([
                Span::raw(" "),
                Span::styled(curve.letter.clone(), curve.styles.0),
                Span::raw(" "),
                Span::styled(written, style),
            ]);
        }
        spans.push(Span::raw(" "));
        Line::from(spans)
    }

    fn beginning(&self, room: usize, look: &Appearance) -> (Vec<Span<'static>>, usize) {
        let name = text::fit(&look.glyphs.text(self.metric), room, look.glyphs.ellipsis);
        let used = text::width(&name) + 2;
        let spans = vec![
            Span::raw(" "),
            Span::styled(name, look.theme.title),
            Span::raw(" "),
        ];
        (spans, used)
    }

    /// The metric, and the mean of each group at the crosshair or at its end, of how many of its runs. Bands are those of a
    /// plot with so many columns.
    pub(super) fn title_of_groups(
        &self,
        bands: &[Vec<BandPoint>],
        columns: u16,
        room: usize,
        look: &Appearance,
    ) -> Line<'static> {
        let theme = &look.theme;
        let (mut spans, mut used) = self.beginning(room, look);
        let place = self
            .crosshair_place()
            .map(|at| (at * f64::from(columns.saturating_sub(1))).round() as u16);
        let found: Vec<_> = self
            .groups
            .iter()
            .zip(bands)
            .filter_map(|(group, points)| {
                let point = match place {
                    None => points.last(),
                    Some(x) => points.iter().find(|point| point.x == x),
                }?;
                // A mean says of how many.
                let of = if point.count == group.members {
                    format!(" of {}", group.members)
                } else {
                    format!(" of {} in {}", point.count, group.members)
                };
                Some((group, number::value(point.mean), of))
            })
            .collect();
        let width = |label: &str, value: &str, of: &str| {
            text::width(label) + text::width(value) + text::width(of) + 3
        };
        let named = |group: &super::GroupCurve| {
            format!("{} {}", group.letter, look.glyphs.text(&group.name))
        };
        // Names where there is room for all; else the list says what the numbers mean.
        let whole: usize = found
            .iter()
            .map(|(group, value, of)| width(&named(group), value, of))
            .sum();
        let with_names = used + whole <= room;
        for (group, value, of) in found {
            let label = if with_names {
                named(group)
            } else {
                group.letter.clone()
            };
            let width = width(&label, &value, &of);
            if used + width > room {
                break;
            }
            used += width;
            spans.extend([
                Span::raw(" "),
                Span::styled(label, group.styles.0),
                Span::raw(" "),
                Span::styled(value, theme.text),
                Span::styled(of, theme.dim),
            ]);
        }
        spans.push(Span::raw(" "));
        Line::from(spans)
    }

    /// How the chart is drawn, where that is not as one expects.
    pub(super) fn options(&self, look: &Appearance) -> Line<'static> {
        let mut words = Vec::new();
        let lost = self.curves.iter().filter(|c| c.across.is_none()).count();
        if lost > 0 {
            words.push(format!("{lost} without {}", self.axis.lacking()));
        }
        if *self.axis != Axis::Steps {
            words.extend(self.axis.word());
        }
        if self.view.height == Height::Log {
            words.push("log".to_owned());
        }
        if !self.groups.is_empty() {
            words.push(format!("mean, {}", self.band.word()));
        }
        if words.is_empty() {
            return Line::default();
        }
        let dot = format!(" {} ", look.glyphs.dot);
        let text = look.glyphs.text(&words.join(&dot));
        Line::styled(format!(" {text} "), look.theme.dim)
    }
}
