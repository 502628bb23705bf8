//! A chart as SVG, and what the crosshair needs of it as JSON.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::chart::{At, Chart, Line};
use super::escape;
use crate::text::number;

/// The size of a chart, and the plot within it.
const WIDTH: f64 = 540.0;
const HEIGHT: f64 = 236.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

/// Where things lie on a chart.
struct Plot<'a> {
    chart: &'a Chart<'a>,
    width: f64,
    height: f64,
}

/// Draws a chart.
pub(super) fn chart(chart: &Chart<'_>) -> String {
    let plot = Plot {
        chart,
        width: WIDTH - LEFT - RIGHT,
        height: HEIGHT - TOP - BOTTOM,
    };
    let mut out = String::new();
    let label = escape::html(&format!("{} by step", chart.metric));
    let _ = write!(
        out,
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\" tabindex=\"0\">"
    );
    plot.axes(&mut out);
    plot.floor(&mut out);
    plot.marks(&mut out);
    for line in &chart.lines {
        plot.raw(line, &mut out);
    }
    for line in &chart.lines {
        plot.band(line, &mut out);
    }
    // Means lie in front of the runs that they are of.
    let (faint, strong): (Vec<_>, Vec<_>) = chart.lines.iter().partition(|line| line.is_faint);
    for line in faint.into_iter().chain(strong) {
        plot.line(line, &mut out);
    }
    plot.beyond(&mut out);
    out.push_str("<g class=\"h\"></g></svg>");
    out
}

/// What the crosshair says, as JSON.
pub(super) fn data(chart: &Chart<'_>) -> String {
    let (low, high) = chart.scale.ends();
    let mut out = format!(
        "{{\"end\":{},\"low\":{low:e},\"high\":{high:e},\"log\":{},\"box\":[{LEFT},{TOP},{},{}],\"lines\":[",
        chart.end,
        chart.scale.is_log(),
        WIDTH - LEFT - RIGHT,
        HEIGHT - TOP - BOTTOM
    );
    let said = chart.lines.iter().filter(|line| !line.is_faint);
    for (at, line) in said.enumerate() {
        if at > 0 {
            out.push(',');
        }
        let _ = write!(
            out,
            "{{\"n\":{},\"c\":{},\"x\":[",
            escape::json(&line.name),
            line.colour
        );
        list(&mut out, line.values.iter().map(|at| at.step.to_string()));
        out.push_str("],\"y\":[");
        list(
            &mut out,
            line.values.iter().map(|at| escape::number(at.value)),
        );
        out.push(']');
        if !line.band.is_empty() {
            let points = || line.band.iter().map(|(_, point)| point);
            out.push_str(",\"l\":[");
            list(&mut out, points().map(|point| escape::number(point.low)));
            out.push_str("],\"u\":[");
            list(&mut out, points().map(|point| escape::number(point.high)));
            out.push_str("],\"k\":[");
            list(&mut out, points().map(|point| point.count.to_string()));
            out.push(']');
        }
        out.push('}');
    }
    out.push_str("]}");
    out
}

fn list(out: &mut String, items: impl Iterator<Item = String>) {
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&item);
    }
}

impl Plot<'_> {
    fn x(&self, step: u64) -> f64 {
        LEFT + step as f64 / self.chart.end as f64 * self.width
    }

    /// The height of a value; what lies beyond an edge, lies on it.
    fn y(&self, value: f64) -> f64 {
        let place = self.chart.scale.place(value);
        let place = if place.is_nan() { 0.0 } else { place };
        TOP + (1.0 - place.clamp(0.0, 1.0)) * self.height
    }

    fn axes(&self, out: &mut String) {
        let (right, bottom) = (LEFT + self.width, TOP + self.height);
        for (value, text) in self.chart.scale.ticks(5) {
            let y = self.y(value);
            let _ = write!(
                out,
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/><text class=\"t\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                LEFT - 6.0,
                y + 3.5
            );
        }
        let steps = super::scale::Scale::linear(0.0, self.chart.end as f64);
        for (value, _) in steps.ticks(5) {
            let step = value.max(0.0) as u64;
            let x = self.x(step);
            let anchor = if x > right - 16.0 { "end" } else { "middle" };
            let _ = write!(
                out,
                "<path class=\"tick\" d=\"M{x:.1} {bottom}v4\"/><text class=\"t\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
                bottom + 17.0,
                number::compact(step as f64)
            );
        }
        let _ = write!(out, "<path class=\"axis\" d=\"M{LEFT} {bottom}H{right}\"/>");
    }

    fn floor(&self, out: &mut String) {
        let Some(floor) = self.chart.floor else {
            return;
        };
        if !(0.0..=1.0).contains(&self.chart.scale.place(floor)) {
            return;
        }
        let (y, right) = (self.y(floor), LEFT + self.width);
        let _ = write!(
            out,
            "<path class=\"floor\" d=\"M{LEFT} {y:.1}H{right}\"/><text class=\"t\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">real images {}</text>",
            right - 2.0,
            y - 4.0,
            number::value(floor)
        );
    }

    /// Commands, as marks on the axis.
    fn marks(&self, out: &mut String) {
        let bottom = TOP + self.height;
        for (step, colour, text) in &self.chart.marks {
            let x = self.x(*step);
            let _ = write!(
                out,
                "<path class=\"mark {}\" d=\"M{x:.1} {bottom}V{TOP}\"><title>{}</title></path>",
                class(*colour),
                escape::html(text)
            );
        }
    }

    /// The extremes of each column, one after the other: a spike is a spike.
    fn raw(&self, line: &Line, out: &mut String) {
        if line.raw.is_empty() {
            return;
        }
        let mut path = String::new();
        let mut is_up = false;
        for (step, low, high) in &line.raw {
            let (first, then) = if is_up { (high, low) } else { (low, high) };
            is_up = !is_up;
            let x = self.x(*step);
            let pen = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{pen}{x:.1} {:.1}", self.y(*first));
            if (self.y(*first) - self.y(*then)).abs() > 0.2 {
                let _ = write!(path, "V{:.1}", self.y(*then));
            }
        }
        let _ = write!(out, "<path class=\"raw {} d=\"{path}\"/>", whose(line));
    }

    fn band(&self, line: &Line, out: &mut String) {
        if line.band.len() < 2 {
            return;
        }
        let mut path = String::new();
        for (at, (step, point)) in line.band.iter().enumerate() {
            let pen = if at == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{pen}{:.1} {:.1}", self.x(*step), self.y(point.high));
        }
        for (step, point) in line.band.iter().rev() {
            let _ = write!(path, "L{:.1} {:.1}", self.x(*step), self.y(point.low));
        }
        let _ = write!(out, "<path class=\"band {} d=\"{path}Z\"/>", whose(line));
    }

    fn line(&self, line: &Line, out: &mut String) {
        let mut path = String::new();
        let mut dots = String::new();
        for piece in &line.pieces {
            for (at, point) in piece.iter().enumerate() {
                let (x, y) = self.place(*point);
                let pen = if at == 0 { 'M' } else { 'L' };
                let _ = write!(path, "{pen}{x:.1} {y:.1}");
                // A piece of one point has no length.
                if line.has_dots || piece.len() == 1 {
                    let _ = write!(dots, "M{x:.1} {y:.1}h0");
                }
            }
        }
        let kind = if line.is_faint { "faint" } else { "line" };
        let classes = whose(line);
        let _ = write!(out, "<path class=\"{kind} {classes} d=\"{path}\"/>");
        if !dots.is_empty() {
            let _ = write!(out, "<path class=\"dots {classes} d=\"{dots}\"/>");
        }
    }

    fn place(&self, at: At) -> (f64, f64) {
        (self.x(at.step), self.y(at.value))
    }

    /// What lies beyond the edges: a triangle where a value does, a cross where it was not finite.
    fn beyond(&self, out: &mut String) {
        let bottom = TOP + self.height;
        for line in &self.chart.lines {
            let side = |value: f64| self.chart.scale.beyond(value, self.height);
            let mut path = String::new();
            for (step, least, most) in line.drawn() {
                let x = self.x(step);
                if side(most) == Ordering::Greater {
                    let _ = write!(path, "M{x:.1} {:.1}l-3 5h6z", TOP - 5.0);
                }
                if side(least) == Ordering::Less {
                    let _ = write!(path, "M{x:.1} {:.1}l-3 -5h6z", bottom + 5.0);
                }
            }
            if !path.is_empty() {
                let _ = write!(
                    out,
                    "<path class=\"over {} d=\"{path}\"><title>{}: values beyond the edge</title></path>",
                    whose(line),
                    escape::html(&line.name)
                );
            }
            let mut crosses = String::new();
            for step in &line.odd {
                let _ = write!(
                    crosses,
                    "M{:.1} {:.1}l6 6m0 -6l-6 6",
                    self.x(*step) - 3.0,
                    TOP - 7.0
                );
            }
            if !crosses.is_empty() {
                let _ = write!(
                    out,
                    "<path class=\"odd {} d=\"{crosses}\"><title>{}: NaN or infinite</title></path>",
                    whose(line),
                    escape::html(&line.name)
                );
            }
        }
    }
}

/// The rest of a class attribute, and by what the lines of one run are found.
fn whose(line: &Line) -> String {
    format!("{}\" data-r=\"{}\"", class(line.colour), line.colour)
}

/// The class of a colour.
pub(super) fn class(colour: usize) -> String {
    format!("c{}", colour % crate::workspace::COLOURS)
}
