//! Each parameter of a sweep against its metric, as SVG.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::escape;
use super::scale::Scale;
use super::sweep::{Sweep, Varied};
use crate::history::extent_of_points;
use crate::metric::Good;
use crate::sweep::{Domain, Ranked};
use crate::text::number;

const WIDTH: f64 = 350.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 26.0;

/// One picture for each parameter.
pub(super) fn all(sweep: &Sweep) -> String {
    if sweep.ranked.len() < 2 {
        return String::new();
    }
    let figures: String = sweep
        .params
        .iter()
        .map(|param| figure(sweep, param))
        .collect();
    format!("<div class=\"charts small\">{figures}</div>")
}

fn figure(sweep: &Sweep, param: &Varied) -> String {
    let extent = |clips| extent_of_points(sweep.ranked.iter().map(|r| r.median), clips);
    let (low, high) = extent(false);
    let whole = Scale::around(low, high);
    // Where not orders of magnitude are shown, few values that would flatten all others are beyond the edge.
    let scale = if whole.is_log() {
        whole
    } else {
        let (low, high) = extent(true);
        Scale::around(low, high)
    };
    let (width, height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let y = |value: f64| TOP + (1.0 - scale.place(value).clamp(0.0, 1.0)) * height;
    let (right, bottom) = (LEFT + width, TOP + height);
    let label = escape::html(&format!("{} against {}", param.key, sweep.metric));
    let mut out =
        format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\">");
    for (value, text) in scale.ticks(5) {
        let at = y(value);
        let _ = write!(
            out,
            "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{right}\"/><text class=\"t\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
            LEFT - 6.0,
            at + 3.5
        );
    }
    let _ = write!(out, "<path class=\"axis\" d=\"M{LEFT} {bottom}H{right}\"/>");
    for (place, text) in marks(&param.domain) {
        let x = LEFT + place * width;
        let _ = write!(
            out,
            "<path class=\"tick\" d=\"M{x:.1} {bottom}v4\"/><text class=\"t\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 17.0,
            escape::html(&text)
        );
    }
    let furthest = sweep.ranked.iter().map(|ranked| ranked.rung).max();
    // The best one lies in front.
    for (rank, ranked) in sweep.ranked.iter().enumerate().rev() {
        let value = ranked.trial.values.get(&param.key);
        let Some((place, value)) = value.and_then(|v| Some((place(&param.domain, v)?, v))) else {
            continue;
        };
        let class = match (rank, Some(ranked.rung) == furthest) {
            (0, _) => "best",
            (_, true) => "whole",
            _ => "short",
        };
        let radius = if rank == 0 { 5.5 } else { 4.0 };
        let x = LEFT + place * width;
        let said = escape::html(&title(sweep, param, ranked, value));
        let triangle = match scale.beyond(ranked.median, height) {
            Ordering::Greater => Some((TOP - 7.0, 7.0)),
            Ordering::Less => Some((bottom + 7.0, -7.0)),
            Ordering::Equal => None,
        };
        let _ = match triangle.filter(|_| ranked.median.is_finite()) {
            Some((tip, down)) => write!(
                out,
                "<path class=\"{class}\" d=\"M{x:.1} {tip:.1}l-4 {down}h8z\"><title>{said}</title></path>"
            ),
            None => write!(
                out,
                "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{:.1}\" r=\"{radius}\"><title>{said}</title></circle>",
                if ranked.median.is_finite() {
                    y(ranked.median)
                } else {
                    worst(sweep, bottom)
                }
            ),
        };
    }
    out.push_str("</svg>");
    format!(
        "<figure><figcaption><strong>{}</strong><span>{}</span></figcaption>{out}</figure>",
        escape::html(&param.key),
        escape::html(&sweep.metric)
    )
}

/// Where what is no number lies: at the edge that is worse.
fn worst(sweep: &Sweep, bottom: f64) -> f64 {
    if sweep.goal == Good::Higher {
        bottom
    } else {
        TOP
    }
}

fn title(sweep: &Sweep, param: &Varied, ranked: &Ranked, value: &str) -> String {
    format!(
        "trial {}: {} = {value}, {} {}",
        ranked.trial.number,
        param.key,
        sweep.metric,
        number::significant(ranked.median)
    )
}

/// Where a value lies, from 0 to 1.
fn place(domain: &Domain, value: &str) -> Option<f64> {
    let found = match domain {
        Domain::Choice(values) => {
            let at = values.iter().position(|known| known == value)?;
            (at as f64 + 0.5) / values.len() as f64
        }
        Domain::Linear(low, high, _) => Scale::linear(*low, *high).place(value.parse().ok()?),
        Domain::Log(low, high, _) => Scale::log(*low, *high).place(value.parse().ok()?),
        Domain::Integer(low, high) => {
            Scale::linear(*low as f64 - 0.5, *high as f64 + 0.5).place(value.parse().ok()?)
        }
    };
    found.is_finite().then(|| found.clamp(0.0, 1.0))
}

/// The marks below the axis.
fn marks(domain: &Domain) -> Vec<(f64, String)> {
    let of = |scale: Scale| {
        let ticks = scale.ticks(4).into_iter();
        ticks
            .map(|(value, text)| (scale.place(value).clamp(0.0, 1.0), text))
            .collect()
    };
    match domain {
        Domain::Choice(values) => {
            let count = values.len() as f64;
            let named = values.iter().enumerate();
            named
                .take(12)
                .map(|(at, value)| {
                    let short: String = value.chars().take(12).collect();
                    ((at as f64 + 0.5) / count, short)
                })
                .collect()
        }
        Domain::Linear(low, high, _) => of(Scale::linear(*low, *high)),
        Domain::Log(low, high, _) => of(Scale::log(*low, *high)),
        Domain::Integer(low, high) => of(Scale::linear(*low as f64 - 0.5, *high as f64 + 0.5)),
    }
}
