//! `card.md`: what a person should know of a run's generator before using its images. Made from the record when the run
//! ends, in Markdown.

use std::fmt::Write;
use std::path::Path;

use super::lines::{Lines, kind, parse};
use super::run_dir::EVENTS;
use super::{ReadError, RunSummary};
use crate::config::{Key, RunConfig, Sources, find_key, resolve};
use crate::protocol::{
    Body, Change, Command, EnergySource, Outcome, OwnTrainer, Recorded, RunInfo,
};

/// Interventions that are listed one by one.
const LISTED: usize = 100;

/// What the record says of a run, besides how it ended.
#[derive(Default)]
struct Highlights {
    info: Option<Box<RunInfo>>,
    interventions: Vec<(u64, String)>,
    more: usize,
    alarms: Vec<(String, usize)>,
    rewinds: bool,
}

/// The card of the run in `dir` that has ended so.
///
/// # Errors
/// When the record cannot be read.
pub(super) fn card(dir: &Path, summary: &RunSummary) -> Result<String, ReadError> {
    let highlights = read(&dir.join(EVENTS))?;
    let config = resolve(Sources::file(dir.join("config.toml"))).ok();
    let mut text = String::new();
    heading(&mut text, summary, highlights.info.as_deref());
    data(&mut text, summary, highlights.info.as_deref());
    if let Some(info) = &highlights.info {
        model(&mut text, info);
    }
    training(&mut text, summary, highlights.info.as_deref());
    if let Some(resolved) = config {
        settings(&mut text, &resolved.config);
    }
    interventions(&mut text, &highlights);
    quality(&mut text, summary, highlights.info.as_deref());
    cost(&mut text, summary);
    limits(&mut text, summary, &highlights);
    Ok(text)
}

fn read(events: &Path) -> Result<Highlights, ReadError> {
    let mut lines = Lines::open(events)?;
    let mut highlights = Highlights::default();
    while let Some(line) = lines.next() {
        let line = line?;
        if !matches!(kind(line), Some(b"started" | b"applied" | b"alarm")) {
            continue;
        }
        let Ok(event) = parse(line) else { continue };
        match event.body {
            Body::Recorded(Recorded::Started(info)) => highlights.info = Some(info),
            Body::Recorded(Recorded::Alarm { alarm, .. }) => {
                match highlights
                    .alarms
                    .iter_mut()
                    .find(|(name, _)| *name == alarm)
                {
                    Some((_, count)) => *count += 1,
                    None => highlights.alarms.push((alarm, 1)),
                }
            }
            Body::Recorded(Recorded::Applied {
                command, changes, ..
            }) => {
                highlights.rewinds |= matches!(command, Command::Rewind(_));
                if highlights.interventions.len() < LISTED {
                    let what = format!("`{command}`{}", in_words(&changes));
                    highlights.interventions.push((event.step, what));
                } else {
                    highlights.more += 1;
                }
            }
            _ => {}
        }
    }
    Ok(highlights)
}

fn in_words(changes: &[Change]) -> String {
    let all: Vec<String> = changes
        .iter()
        .map(|c| format!("{} {} → {}", c.key, c.from, c.to))
        .collect();
    if all.is_empty() {
        String::new()
    } else {
        format!(": {}", all.join(", "))
    }
}

/// A line; writing into a String cannot fail.
macro_rules! say {
    ($text:expr) => { let _ = writeln!($text); };
    ($text:expr, $($words:tt)*) => { let _ = writeln!($text, $($words)*); };
}

fn heading(text: &mut String, summary: &RunSummary, info: Option<&RunInfo>) {
    say!(text, "# {}", summary.name);
    say!(text);
    let version = info.map_or(env!("CARGO_PKG_VERSION"), |info| info.version.as_str());
    let own = info.and_then(RunInfo::own);
    let images = own.map_or_else(
        || "images".to_owned(),
        |own| format!("{} images", own.dataset.shape),
    );
    say!(
        text,
        "A generator of {images}, trained by genai-tui {version}; the run ended at {:.0}. All its images are \
         generated: none is a photograph or a scan.",
        summary.ended
    );
}

fn data(text: &mut String, summary: &RunSummary, info: Option<&RunInfo>) {
    say!(text, "\n## Data\n");
    match info.and_then(RunInfo::own) {
        Some(OwnTrainer { dataset, .. }) => {
            say!(
                text,
                "- {}: {} training images of {}, levels from 0 to 255 mapped to [-1, 1]",
                dataset.name,
                dataset.images,
                dataset.shape
            );
            if let Some(notice) = &dataset.notice {
                say!(text, "- {notice}");
            }
        }
        None => {
            say!(
                text,
                "- {}",
                summary.dataset.as_deref().unwrap_or("none was loaded")
            );
        }
    }
}

fn model(text: &mut String, info: &RunInfo) {
    say!(text, "\n## Model\n");
    if let Some(own) = info.own() {
        say!(text, "- {}: {}", own.objective.title, own.objective.about);
        say!(
            text,
            "- latents of {} dimensions from N(0, 1)",
            own.latent_dim
        );
        say!(
            text,
            "- parameters: {} (generator or decoder), {} (discriminator or encoder)",
            own.generator_parameters,
            own.discriminator_parameters
        );
    }
    if let Some(origin) = &info.origin {
        say!(
            text,
            "- begun from step {} of run {}",
            origin.step,
            origin.run
        );
    }
}

fn training(text: &mut String, run: &RunSummary, info: Option<&RunInfo>) {
    let summary = &run.summary;
    say!(text, "\n## Training\n");
    say!(
        text,
        "- {} steps, {} real images shown ({:.2} epochs), {:.0} s of training",
        summary.step,
        summary.images,
        summary.epochs,
        summary.seconds
    );
    say!(text, "- ended: {}", summary.reason);
    if let Some(own) = info.and_then(RunInfo::own) {
        say!(
            text,
            "- device {}, seed {}, batch size {}",
            own.device.name,
            own.seed,
            own.batch_size
        );
    }
    if let Some(checkpoint) = &summary.checkpoint {
        say!(text, "- weights: `{checkpoint}`");
    }
}

fn settings(text: &mut String, config: &RunConfig) {
    let Ok(all) = config.settings() else {
        return;
    };
    say!(text, "\n## Settings at the beginning\n");
    say!(text, "| key | value |\n|---|---|");
    for (key, value) in all {
        if find_key(key).is_some_and(Key::acts_on_training) {
            say!(text, "| `{key}` | {value} |");
        }
    }
    say!(
        text,
        "\nAll of them are in `config.toml`, with which the run can be made again."
    );
}

fn interventions(text: &mut String, highlights: &Highlights) {
    say!(text, "\n## Interventions\n");
    if highlights.interventions.is_empty() {
        say!(text, "None.");
    }
    for (step, what) in &highlights.interventions {
        say!(text, "- step {step}: {what}");
    }
    if highlights.more > 0 {
        say!(text, "- and {} more, in `events.jsonl`", highlights.more);
    }
    if highlights.rewinds {
        say!(
            text,
            "\nThe run went back; what was taken back is listed as well."
        );
    }
}

fn quality(text: &mut String, run: &RunSummary, info: Option<&RunInfo>) {
    say!(text, "\n## Quality\n");
    let Some(found) = &run.summary.quality else {
        say!(text, "Not evaluated. `genai-tui eval` does it.");
        return;
    };
    say!(
        text,
        "{} samples of step {} against {} held-out images, by a frozen judge of this data; the floor is the score of the same number of real \
         training images.\n",
        found.n,
        found.step,
        found.real
    );
    say!(text, "| measure | value | floor |\n|---|---|---|");
    let title = |name: &str| {
        let measures = info.map_or(&[][..], |info| &info.measures);
        let known = measures.iter().find(|m| m.name == name);
        known.map_or_else(|| name.to_owned(), |m| m.title.clone())
    };
    for (name, value) in &found.values {
        let floor = found.floor.get(name).map(|f| format!("{f:.4}"));
        say!(
            text,
            "| {} | {value:.4} | {} |",
            title(name),
            floor.unwrap_or_default()
        );
    }
}

fn cost(text: &mut String, run: &RunSummary) {
    let Some(energy) = &run.energy else {
        return;
    };
    say!(text, "\n## What it cost\n");
    let total = &energy.total;
    let source = match total.energy_source {
        EnergySource::Measured => "by counters of the processors",
        EnergySource::PartlyEstimated => {
            "the GPU's by its counter, the processor's estimated from its load"
        }
        EnergySource::Estimated => "an estimate from the load of the processor",
    };
    say!(
        text,
        "- {:.2} Wh, {:.2} g CO₂e ({source})",
        total.watt_hours,
        total.grams_co2e
    );
    if let Some(each) = energy.watt_hours_per_1000_images {
        say!(text, "- {each:.6} Wh per 1,000 images shown");
    }
}

fn limits(text: &mut String, run: &RunSummary, highlights: &Highlights) {
    say!(text, "\n## Known limits\n");
    if run.summary.outcome != Outcome::Completed {
        say!(
            text,
            "- the run did not reach its end: {}",
            run.summary.reason
        );
    }
    for (alarm, count) in &highlights.alarms {
        let times = if *count == 1 { "once" } else { "several times" };
        say!(text, "- the alarm `{alarm}` was raised {times}");
    }
    if let Some(found) = &run.summary.quality {
        let missing: Vec<String> = found
            .classes
            .iter()
            .enumerate()
            .filter(|(_, share)| **share < 0.01)
            .map(|(class, _)| class.to_string())
            .collect();
        if !missing.is_empty() {
            say!(text, "- it hardly generates class {}", missing.join(", "));
        }
    }
    say!(
        text,
        "- the judge is this program's own small classifier: its FID compares only with itself"
    );
    say!(
        text,
        "- whether it repeats training images was not measured: `genai-tui eval` and `genai-tui latent … neighbours` do that"
    );
    say!(
        text,
        "- it knows nothing but images like those it was trained on"
    );
}
