//! The title of a chart: the metric, and the value of each run or group, the best first.

use ratatui::text::{Line, Span};

use super::{Curve, GroupCurve, Overlay, Weight, ticks};
use crate::metric::Good;
use crate::text::{self, number};
use crate::tui::app::Height;
use crate::tui::appearance::Appearance;
use crate::workspace::{Axis, BandPoint, Statistics};

/// What a title says of the mean of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// The name of the group, of how many runs, and from where on.
    Named,
    /// Of how many, and from where on.
    Counted,
    /// Of how many.
    Short,
}

/// The mean of a group at a place.
struct Mean<'a> {
    group: &'a GroupCurve,
    value: String,
    /// How many runs it is of.
    count: usize,
    /// From where on it is one of so many, if they are fewer.
    from: Option<String>,
}

impl Mean<'_> {
    fn label(&self, detail: Detail, look: &Appearance) -> String {
        match detail {
            Detail::Named => {
                let name = look.glyphs.text(&self.group.name);
                format!("{} {name}", self.group.letter)
            }
            Detail::Counted | Detail::Short => self.group.letter.clone(),
        }
    }

    fn of(&self, detail: Detail) -> String {
        let (count, all) = (self.count, self.group.members);
        match (detail, &self.from) {
            (_, _) if all == 1 => String::new(),
            (Detail::Short, _) if count == all => format!(" ({all})"),
            (Detail::Short, _) => format!(" ({count}/{all})"),
            (_, _) if count == all => format!(" ({all} runs)"),
            (_, Some(from)) => format!(" ({count} of {all} runs from {from} on)"),
            (_, None) => format!(" ({count} of {all} runs)"),
        }
    }

    fn width(&self, detail: Detail, look: &Appearance) -> usize {
        let parts = [self.label(detail, look), self.of(detail)];
        parts.iter().map(|part| text::width(part)).sum::<usize>() + text::width(&self.value) + 2
    }
}

impl Overlay<'_> {
    /// The value of a run at the crosshair, or its newest one, as it was observed: what is smoothed is only a line.
    fn reading(&self, curve: &Curve) -> Option<f64> {
        let Some(place) = self.crosshair else {
            return curve.series.last().map(|last| last.stat.last);
        };
        let own = curve
            .across?
            .reading(curve.series, &self.range, place, curve.until);
        // Before a fork began, it was the run that it was forked from.
        own.or_else(|| {
            curve.past.iter().find_map(|past| {
                let range = *self.range.start()..=past.until;
                past.across.reading(past.series, &range, place, past.until)
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
        let found: Vec<_> = self
            .groups
            .iter()
            .zip(bands)
            .enumerate()
            .filter_map(|(number, (group, points))| {
                let values = self.readings_of_group(number);
                let mean = Statistics::of(&values)?.mean;
                Some(Mean {
                    group,
                    value: number::value(mean),
                    count: values.len(),
                    from: (self.crosshair.is_none() && values.len() < group.members)
                        .then(|| self.fewer_from(points, columns))
                        .flatten(),
                })
            })
            .collect();
        // As much as there is room for: names of groups, how many runs a mean is of, and from where on.
        let whole = |detail| {
            let widths = found.iter().map(|mean| mean.width(detail, look));
            used + widths.sum::<usize>() <= room
        };
        let details = [Detail::Named, Detail::Counted, Detail::Short];
        let detail = details.into_iter().find(|detail| whole(*detail));
        let detail = detail.unwrap_or(Detail::Short);
        for mean in found {
            let width = mean.width(detail, look);
            if used + width > room {
                break;
            }
            used += width;
            spans.extend([
                Span::raw(" "),
                Span::styled(mean.label(detail, look), mean.group.styles.0),
                Span::raw(" "),
                Span::styled(mean.value.clone(), theme.text),
                Span::styled(mean.of(detail), theme.dim),
            ]);
        }
        spans.push(Span::raw(" "));
        Line::from(spans)
    }

    /// The values of a group's runs at the crosshair, or the newest ones of those that come furthest.
    fn readings_of_group(&self, number: usize) -> Vec<f64> {
        let members = || self.curves.iter().filter(|c| c.group == Some(number));
        let reached = |curve: &Curve| curve.series.last().map(|last| last.to);
        let furthest = members().filter_map(reached).max();
        members()
            .filter(|curve| self.crosshair.is_some() || reached(curve) == furthest)
            .filter_map(|curve| self.reading(curve))
            .filter(|value| value.is_finite())
            .collect()
    }

    /// The place, as it is written, from which on the mean of a group is one of fewer runs than before, up to its end.
    fn fewer_from(&self, points: &[BandPoint], columns: u16) -> Option<String> {
        let last = points.last()?;
        let before = points.iter().rposition(|point| point.count != last.count)?;
        let first = points.get(before + 1)?;
        let share = f64::from(first.x) / f64::from(columns.saturating_sub(1).max(1));
        let (start, end) = self.ends;
        Some(ticks::exactly(start + share * (end - start), self.axis))
    }

    /// What the horizontal axis is measured in, where that is not as one expects, and the runs that have no place on it.
    pub(super) fn axis_line(&self, room: usize, look: &Appearance) -> Line<'static> {
        if *self.axis == Axis::Steps {
            return Line::default();
        }
        let mut words: Vec<String> = self.axis.word().into_iter().collect();
        let lost = self.curves.iter().filter(|c| c.across.is_none()).count();
        if lost > 0 {
            words.push(format!("{lost} without {}", self.axis.lacking()));
        }
        let dot = format!(" {} ", look.glyphs.dot);
        let text = look.glyphs.text(&words.join(&dot));
        let text = text::fit(&text, room.saturating_sub(2), look.glyphs.ellipsis);
        Line::styled(format!(" {text} "), look.theme.dim)
    }

    /// How the chart is drawn, where that is not as one expects.
    pub(super) fn options(&self, look: &Appearance) -> Line<'static> {
        let mut words = Vec::new();
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
