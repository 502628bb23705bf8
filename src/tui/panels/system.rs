//! The run's use of the machine, in one line.

use ratatui::text::{Line, Span};

use super::pack::{Part, pack};
use crate::protocol::{EnergySource, SystemUse};
use crate::text::number;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;

/// What others take before it is worth saying: it is why the run is slow.
const OTHERS: f64 = 0.15;

/// As much of it as fits into `width`; nothing before the machine was asked.
pub fn line(width: u16, app: &App, look: &Appearance) -> Option<Line<'static>> {
    let seen = app.run.system.as_ref()?;
    let line = pack(width, &Span::raw("  "), parts(seen, app, look));
    (!line.spans.is_empty()).then_some(line)
}

fn parts(seen: &SystemUse, app: &App, look: &Appearance) -> Vec<Part> {
    // An ended run uses nothing; its totals stay.
    let mut parts = if app.run.has_ended() {
        Vec::new()
    } else {
        load(seen, look)
    };
    parts.extend(energy(seen, app, look));
    parts
}

/// Its current use.
fn load(seen: &SystemUse, look: &Appearance) -> Vec<Part> {
    let theme = &look.theme;
    let fact = |rank, label: &str, value, unit: &str| fact(look, rank, label, value, unit);
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    let mut parts = vec![fact(0, "cpu ", percent(seen.run_cpu), " %")];
    let others = seen.cpu - seen.run_cpu;
    if others > OTHERS {
        let text = format!("others {} %", percent(others));
        parts.push(Part::new(3, vec![Span::styled(text, theme.warn)]));
    }
    parts.push(fact(1, "mem ", number::bytes(seen.run_memory), ""));
    if let Some(gpu) = &seen.gpu {
        parts.push(fact(0, "gpu ", percent(gpu.busy), " %"));
        let of = format!("/{}", number::bytes(gpu.memory_total));
        parts.push(fact(2, "", number::bytes(gpu.memory), &of));
        if let Some(celsius) = gpu.celsius {
            let degrees = look.glyphs.text(" °C");
            parts.push(fact(5, "", celsius.to_string(), &degrees));
        }
    }
    parts
}

/// The energy it took so far, and what that emits.
fn energy(seen: &SystemUse, app: &App, look: &Appearance) -> Vec<Part> {
    let energy = &seen.energy;
    let about = match energy.energy_source {
        EnergySource::Measured => String::new(),
        _ => look.glyphs.text("≈"),
    };
    let about = about.as_str();
    let carbon = look.glyphs.text(" gCO₂e");
    let fact = |rank, label: &str, value, unit: &str| fact(look, rank, label, value, unit);
    let mut parts = Vec::new();
    if !app.run.has_ended() {
        parts.push(fact(4, about, format!("{:.0}", energy.watts), " W"));
    }
    parts.push(fact(2, about, number::amount(energy.watt_hours), " Wh"));
    parts.push(fact(6, about, number::amount(energy.grams_co2e), &carbon));
    if let Some(each) = energy.watt_hours_per_1000(app.run.at.images) {
        parts.push(fact(
            7,
            about,
            number::amount(each * 1e3),
            " mWh per 1,000 images",
        ));
    }
    parts
}

/// A value with the text before and after it.
fn fact(look: &Appearance, rank: u8, label: &str, value: String, unit: &str) -> Part {
    let theme = &look.theme;
    Part::new(
        rank,
        vec![
            Span::styled(label.to_owned(), theme.dim),
            Span::styled(value, theme.text),
            Span::styled(unit.to_owned(), theme.dim),
        ],
    )
}
