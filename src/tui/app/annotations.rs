//! Annotations of the charts: interventions as marks, and which objective was in use when.

use crate::metric::{ObjectiveInfo, Reference};
use crate::protocol::{Change, Command, Source, Triggered};
use crate::text::number;

/// Maximum number of marks; the oldest are dropped first.
const CAPACITY: usize = 512;

/// One intervention.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// The step after which it took effect.
    pub step: u64,
    /// A few letters: `lr 1e-4`; empty where the training itself did not change.
    pub label: String,
    /// Whether the run itself did it: a guard or a rule, not a person or a script.
    pub guard: bool,
}

/// The steps during which one objective was in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The last step before it.
    pub from: u64,
    /// Its name.
    pub objective: String,
    /// Its reference lines.
    pub references: Vec<Reference>,
}

/// Marks and segments, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Annotations {
    marks: Vec<Mark>,
    segments: Vec<Segment>,
}

impl Annotations {
    /// This objective is in use from `step`, perhaps already before.
    pub(super) fn objective(&mut self, step: u64, objective: &ObjectiveInfo) {
        let last = self.segments.last_mut();
        if let Some(last) = last.filter(|s| s.objective == objective.name) {
            // A program may say more of it later.
            last.references.clone_from(&objective.references);
            return;
        }
        self.segments.push(Segment {
            from: step,
            objective: objective.name.clone(),
            references: objective.references.clone(),
        });
        keep(&mut self.segments);
    }

    /// A command took effect after `step`.
    pub(super) fn applied(
        &mut self,
        step: u64,
        source: Source,
        command: &Command,
        changes: &[Change],
    ) {
        let to = |key: &str| {
            changes
                .iter()
                .find(|c| c.key == key)
                .map(|c| c.to.to_string())
        };
        let label = match command {
            Command::Lr(..) => match (to("optimizer.d.lr"), to("optimizer.g.lr")) {
                (Some(d), Some(g)) if d == g => format!("lr {}", short(&d)),
                (Some(d), Some(g)) => format!("lr {}/{}", short(&d), short(&g)),
                (Some(d), None) => format!("lr D {}", short(&d)),
                (None, Some(g)) => format!("lr G {}", short(&g)),
                (None, None) => command.to_string(),
            },
            Command::Objective(name) => name.clone(),
            Command::Rewind(_) => "rewound".to_owned(),
            _ => String::new(),
        };
        self.marks.push(Mark {
            step,
            label,
            guard: matches!(source, Source::Guard | Source::Rule),
        });
        keep(&mut self.marks);
    }

    /// A rule triggered; the action it asks for has a separate mark.
    pub(super) fn triggered(&mut self, step: u64, rule: &Triggered) {
        self.marks.push(Mark {
            step,
            label: format!("{} {}", rule.action, rule.metric),
            guard: true,
        });
        keep(&mut self.marks);
    }

    /// An alarm was raised after `step`.
    pub(super) fn alarmed(&mut self, step: u64, alarm: &str) {
        // The rule that raised it has its mark.
        let raised = self.marks.last();
        if raised.is_some_and(|mark| mark.guard && mark.step == step) {
            return;
        }
        self.marks.push(Mark {
            step,
            label: alarm.to_owned(),
            guard: true,
        });
        keep(&mut self.marks);
    }

    /// Forgets what happened after `step`.
    pub(super) fn rewind(&mut self, step: u64) {
        self.marks.retain(|m| m.step <= step);
        let first = self.segments.first().cloned();
        self.segments.retain(|s| s.from <= step);
        if self.segments.is_empty() {
            self.segments.extend(first);
        }
    }

    /// All marks.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// All segments.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

fn keep<T>(items: &mut Vec<T>) {
    if items.len() > CAPACITY {
        items.remove(0);
    }
}

/// A learning rate in its shortest form: `1.25e-4`, not `0.000125`.
fn short(value: &str) -> String {
    value.parse::<f64>().map_or_else(
        |_| value.to_owned(),
        |v| {
            let text = number::rate(v);
            text.split_once('e')
                .map_or(text.clone(), |(digits, exponent)| {
                    format!(
                        "{}e{exponent}",
                        digits.trim_end_matches('0').trim_end_matches('.')
                    )
                })
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{LrChange, LrTarget, Value};

    #[test]
    fn a_mark_shows_the_new_value_not_the_key() {
        let mut annotations = Annotations::default();
        let change = |key: &str, to| Change {
            key: key.into(),
            from: Value::Float(2e-4),
            to: Value::Float(to),
        };
        let up = Command::Lr(LrTarget::Both, LrChange::Scale(1.25));
        annotations.applied(
            10,
            Source::Viewer,
            &up,
            &[
                change("optimizer.d.lr", 2.5e-4),
                change("optimizer.g.lr", 2.5e-4),
            ],
        );
        annotations.applied(20, Source::Viewer, &up, &[change("optimizer.g.lr", 1e-4)]);
        annotations.applied(30, Source::Viewer, &Command::Pause, &[]);
        let labels: Vec<&str> = annotations
            .marks()
            .iter()
            .map(|m| m.label.as_str())
            .collect();
        assert_eq!(labels, ["lr 2.5e-4", "lr G 1e-4", ""]);
    }
}
