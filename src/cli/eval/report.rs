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

    /// The share of each class, in samples and in the floor's real images: a column for each class where they fit, else a row
    /// for each; of very many those that have gone farthest from the floor.
    fn classes(&self, text: &mut String, floor: &Evaluation) {
        /// The widest line.
        const WIDTH: usize = 120;
        const MOST_ROWS: usize = 20;
        if self.class_names.is_empty() {
            return;
        }
        let rows = self.class_rows(floor);
        let width = self.class_names.iter().map(|name| text::width(name));
        let width = width.max().unwrap_or_default().max(7);
        text.push('\n');
        if 10 + self.class_names.len() * (width + 1) <= WIDTH {
            let names = self.class_names.iter().map(String::as_str);
            line(text, ("class", 10), names, width);
            for (title, cells) in &rows {
                line(text, (title, 10), cells.iter().map(String::as_str), width);
            }
            return;
        }
        let mut shown: Vec<usize> = (0..self.class_names.len()).collect();
        if shown.len() > MOST_ROWS {
            let _ = writeln!(
                text,
                "{MOST_ROWS} of {} classes, those whose shares differ most from the floor's:",
                shown.len()
            );
            let distance = |class: &usize| self.distance(*class, floor);
            shown.sort_by(|a, b| distance(b).total_cmp(&distance(a)).then(a.cmp(b)));
            shown.truncate(MOST_ROWS);
        }
        line(
            text,
            ("class", width),
            rows.iter().map(|row| row.0.trim()),
            9,
        );
        for class in shown {
            let cells = rows
                .iter()
                .map(|(_, cells)| cells.get(class).map_or("", |cell| cell));
            line(text, (&self.class_names[class], width), cells, 9);
        }
    }

    /// What is said of classes: a title, and a cell for each class.
    fn class_rows(&self, floor: &Evaluation) -> Vec<(&'static str, Vec<String>)> {
        // The share of one class in very many is small.
        let digits = if self.class_names.len() > 50 { 3 } else { 1 };
        let share = |share: &f64| format!("{:.digits$} %", 100.0 * share);
        let percent = |share: &f64| format!("{:.1} %", 100.0 * share);
        let shares = |of: &Evaluation| of.classes.iter().map(share).collect();
        let mut rows = vec![("samples", shares(&self.found)), ("floor", shares(floor))];
        let (found, real) = (&self.found.by_class, &floor.by_class);
        if found.is_empty() {
            return rows;
        }
        let none = || "–".to_owned();
        let accuracy = |class: &OfClass| class.accuracy.as_ref().map_or_else(none, percent);
        let fid = |class: &OfClass| class.fid.map_or_else(none, significant);
        rows.push(("accuracy", found.iter().map(accuracy).collect()));
        rows.push(("  floor", real.iter().map(accuracy).collect()));
        rows.push((FID.title, found.iter().map(fid).collect()));
        rows.push(("  floor", real.iter().map(fid).collect()));
        rows
    }

    /// By how many standard errors of the difference the share of a class in the samples differs from the floor's.
    fn distance(&self, class: usize, floor: &Evaluation) -> f64 {
        let of = |evaluation: &Evaluation| {
            let share = evaluation.classes.get(class).copied().unwrap_or_default();
            (share, 1.0 / evaluation.samples.max(1) as f64)
        };
        let ((found, rows), (real, real_rows)) = (of(&self.found), of(floor));
        let variance = f64::midpoint(found, real) * (rows + real_rows);
        if variance > 0.0 {
            (found - real).abs() / variance.sqrt()
        } else {
            0.0
        }
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
                "floor": floor.classes,
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

/// One line of a table: a title in its width, and cells in theirs.
fn line<'a>(
    text: &mut String,
    (title, title_width): (&str, usize),
    cells: impl Iterator<Item = &'a str>,
    width: usize,
) {
    text.push_str(&text::pad(title, title_width));
    for cell in cells {
        text.push(' ');
        text.push_str(&text::pad_left(cell, width));
    }
    text.push('\n');
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A report whose samples have these shares of classes, and whose floor has them in equal shares.
    fn report(shares: Vec<f64>) -> Report {
        let classes = shares.len();
        let evaluation = |classes: Vec<f64>| Evaluation {
            samples: 1000,
            real: 1000,
            values: Vec::new(),
            classes,
            by_class: Vec::new(),
            notes: Vec::new(),
        };
        Report {
            samples: "1000 samples".to_owned(),
            against: "test images".to_owned(),
            seed: 0,
            judge: None,
            prior: Vec::new(),
            class_names: (0..classes).map(|class| class.to_string()).collect(),
            found: evaluation(shares),
            floor: Some(evaluation(vec![1.0 / classes as f64; classes])),
            elbo: None,
        }
    }

    #[test]
    fn ten_classes_are_columns() {
        let text = report(vec![0.1; 10]).text();
        let class = text.lines().position(|line| line.starts_with("class"));
        let rows: Vec<&str> = text.lines().skip(class.unwrap_or_default()).collect();
        assert_eq!(rows.len(), 3, "{text}");
        assert!(rows[1].starts_with("samples     10.0 %  10.0 %"), "{text}");
    }

    #[test]
    fn of_a_thousand_classes_the_twenty_farthest_from_the_floor_are_rows() {
        let mut shares = vec![0.001; 1000];
        (shares[7], shares[30]) = (0.0, 0.005);
        shares[31] = 0.7;
        let text = report(shares).text();
        assert!(text.lines().all(|line| line.len() <= 120), "{text}");
        let title = text
            .lines()
            .position(|line| line.contains("of 1000 classes"));
        let rows: Vec<&str> = text.lines().skip(title.unwrap_or_default()).collect();
        assert_eq!(rows.len(), 22, "{text}");
        assert_eq!(rows[1], "class     samples     floor");
        assert_eq!(rows[2], "31       70.000 %   0.100 %");
        assert_eq!(rows[3], "30        0.500 %   0.100 %");
        assert_eq!(rows[4], "7         0.000 %   0.100 %");
    }
}
