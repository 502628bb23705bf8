//! Lines that look like metrics and may be settings: they wait until one with the same names comes again.

use std::collections::BTreeMap;

/// At most so many kinds of lines are remembered.
const MOST: usize = 256;

/// A kind of line: its names.
type Names = Vec<String>;

/// Metrics, and the step at which they were printed.
pub(super) type Waiting = (Vec<(String, f64)>, u64);

/// The kinds of lines so far: `None` for those that came again.
#[derive(Debug, Default)]
pub(super) struct Held {
    kinds: BTreeMap<Names, Option<Waiting>>,
}

impl Held {
    /// Takes a line from before the training is known to have begun, and returns what is known to be metrics now.
    pub fn again(&mut self, metrics: Vec<(String, f64)>, step: u64) -> Vec<Waiting> {
        let names = names(&metrics);
        if let Some(kind) = self.kinds.get_mut(&names) {
            return kind.take().into_iter().chain([(metrics, step)]).collect();
        }
        if self.kinds.len() < MOST {
            self.kinds.insert(names, Some((metrics, step)));
        }
        Vec::new()
    }

    /// Whether a line from the midst of a training holds metrics: numbers with decimals, or a kind that comes again.
    pub fn is_metric(&mut self, metrics: &[(String, f64)]) -> bool {
        if metrics.iter().any(|(_, value)| value.fract() != 0.0) {
            return true;
        }
        let names = names(metrics);
        if self.kinds.contains_key(&names) {
            return true;
        }
        if self.kinds.len() < MOST {
            self.kinds.insert(names, None);
        }
        false
    }
}

fn names(metrics: &[(String, f64)]) -> Names {
    metrics.iter().map(|(name, _)| name.clone()).collect()
}
