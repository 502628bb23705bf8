//! What was measured, as a table and as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::eval::judge::Card;
use crate::eval::{Evaluation, OfClass};
use crate::metric::quality::{CLASS_ACCURACY, FID, Quantity};
use crate::metric::{Good, names};
use crate::text;
use crate::text::number::significant;
use crate::train::Elbo;

/// An evaluation with everything that it depends on.
pub(super) struct Report {
    /// What was measured, in words.
    pub samples: String,
    /// What it was compared with, in words.
    pub against: String,
    pub seed: u64,
    /// The judge; `None` for given features.
    pub judge: Option<Card>,
    /// Share of each class in the data; empty where there are no classes.
    pub prior: Vec<f64>,
    pub class_names: Vec<String>,
    pub found: Evaluation,
    pub floor: Option<Evaluation>,
    /// Of a VAE.
    pub elbo: Option<Elbo>,
}

impl Report {
    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{} (seed {}), against {} {}\n",
            self.samples, self.seed, self.found.real, self.against
        );
        // Writing into a String cannot fail.
        if let Some(card) = &self.judge {
            let _ = writeln!(text, "{}", card.words());
        }
        let _ = write!(text, "\n{:22}{:>12}", "", "value");
        text.push_str(if self.floor.is_some() {
            "       floor   better\n"
        } else {
            "   better\n"
        });
        for (quantity, value) in &self.found.values {
            let _ = write!(text, "{:22}{:>12}", quantity.title, significant(*value));
            if let Some(floor) = &self.floor {
                let floor = floor.value(quantity.name).map(significant);
                let _ = write!(text, "{:>12}", floor.unwrap_or_default());
            }
            let _ = writeln!(text, "   {}", better(quantity.good));
        }
        for note in &self.found.notes {
            let _ = writeln!(text, "\n{note}");
        }
        if let Some(floor) = &self.floor {
            let _ = writeln!(
                text,
                "\nfloor: {} training images in place of samples, against {} others",
                floor.samples, floor.real
            );
            self.classes(&mut text, floor);
        }
        if let Some(elbo) = &self.elbo {
            let _ = writeln!(
                text,
                "\nnegative ELBO {:.2} nats an image = reconstruction {:.2} + KL {:.2}: {} held-out images",
                elbo.negative, elbo.recon, elbo.kl, elbo.images
            );
        }
        text
    }

    /// The share of each class, in samples and in the floor's real images.
    fn classes(&self, text: &mut String, floor: &Evaluation) {
        let width = self.class_names.iter().map(|name| text::width(name));
        let width = width.max().unwrap_or_default().max(7);
        let mut row = |title: &str, cells: &mut dyn Iterator<Item = String>| {
            let _ = write!(text, "{title:10}");
            for cell in cells {
                let _ = write!(text, " {}", text::pad_left(&cell, width));
            }
            text.push('\n');
        };
        let percent = |share: &f64| format!("{:.1} %", 100.0 * share);
        row(
            "\nclass     ",
            &mut self.class_names.iter().map(ToString::to_string),
        );
        row("samples", &mut self.found.classes.iter().map(percent));
        row("floor", &mut floor.classes.iter().map(percent));
        let (found, real) = (&self.found.by_class, &floor.by_class);
        if found.is_empty() {
            return;
        }
        let none = || "–".to_owned();
        let accuracy = |class: &OfClass| class.accuracy.as_ref().map_or_else(none, percent);
        let fid = |class: &OfClass| class.fid.map_or_else(none, significant);
        row("accuracy", &mut found.iter().map(accuracy));
        row("  floor", &mut real.iter().map(accuracy));
        row(FID.title, &mut found.iter().map(fid));
        row("  floor", &mut real.iter().map(fid));
    }

    /// For programs: one object on one line.
    pub fn json(&self) -> String {
        let mut measures = Map::new();
        for (quantity, value) in &self.found.values {
            let mut entry = json!({ "value": json_number(*value) });
            if let Some(floor) = self.floor.as_ref().and_then(|f| f.value(quantity.name)) {
                entry["floor"] = json_number(floor);
            }
            entry["better"] = json!(better_word(quantity));
            measures.insert(quantity.name.to_owned(), entry);
        }
        let mut object = json!({
            "samples": self.samples,
            "against": self.against,
            "n": self.found.samples,
            "real": self.found.real,
            "seed": self.seed,
            "judge": self.judge,
            "measures": measures,
            "notes": self.found.notes,
        });
        if let Some(floor) = &self.floor {
            object["floor"] = json!({ "n": floor.samples, "real": floor.real });
            object["classes"] = json!({
                "names": self.class_names,
                "samples": self.found.classes,
                "data": self.prior,
            });
            let (found, real) = (&self.found.by_class, &floor.by_class);
            if !found.is_empty() {
                let accuracy = |class: &OfClass| class.accuracy;
                let fid = |class: &OfClass| class.fid;
                for (of, ending) in [(found, ""), (real, "_floor")] {
                    let values: Vec<_> = of.iter().map(accuracy).collect();
                    object["classes"][format!("{}{ending}", CLASS_ACCURACY.name)] = json!(values);
                    let values: Vec<_> = of.iter().map(fid).collect();
                    object["classes"][format!("{}{ending}", FID.name)] = json!(values);
                }
            }
        }
        if let Some(elbo) = &self.elbo {
            object["negative_elbo"] = json!({
                "value": json_number(elbo.negative),
                names::RECONSTRUCTION: json_number(elbo.recon),
                names::DIVERGENCE: json_number(elbo.kl),
                "n": elbo.images,
            });
        }
        format!("{object}\n")
    }
}

fn better(good: Good) -> &'static str {
    match good {
        Good::Lower => "lower",
        Good::Higher => "higher",
        Good::Balance => "near the floor",
        Good::Neutral => "",
    }
}

fn better_word(quantity: &Quantity) -> &'static str {
    match quantity.good {
        Good::Balance => "floor",
        Good::Neutral => "neither",
        other => better(other),
    }
}

/// `null` where there is no number.
fn json_number(value: f64) -> Value {
    if value.is_finite() {
        // Zero without a sign.
        json!(value + 0.0)
    } else {
        Value::Null
    }
}
