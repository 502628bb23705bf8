//! Objects on a line: JSON, and Python's `{'loss': 0.69, 'lr': tensor(0.1)}`, also behind the start of a log line.

use super::position::Position;
use super::{Line, name, number};

/// Objects in objects up to this depth.
const DEEPEST: usize = 8;

/// Names of the step, the best first.
const STEPS: &[&str] = &[
    "global_step",
    "trainer/global_step",
    "num_updates",
    "step",
    "_step",
    "iteration",
    "iter",
    "update",
    "it",
];

pub(super) fn read(line: &str) -> Option<Line> {
    let line = line.trim();
    if !line.ends_with('}') {
        return None;
    }
    let start = line.find('{')?;
    let mut reader = Reader {
        rest: line.get(start..)?,
        found: Vec::new(),
        is_epoch_decimal: false,
    };
    reader.object("", 0)?;
    if !reader.rest.trim().is_empty() {
        return None;
    }
    Some(sort(reader.found, reader.is_epoch_decimal))
}

/// Tells the position from the metrics. An epoch with decimals is how far the training is in all epochs.
fn sort(numbers: Vec<(String, f64)>, is_epoch_decimal: bool) -> Line {
    let of = |wanted: &str| {
        let found = numbers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| *value)
    };
    let named = STEPS
        .iter()
        .find_map(|name| Some((*name, number::count(of(name)?)?)));
    let epoch = of("epoch");
    let position = (named.is_some() || epoch.is_some()).then(|| Position {
        epoch: epoch.map(f64::ceil).and_then(number::count),
        is_within: is_epoch_decimal,
        step: named.map(|(_, step)| step),
        is_global: named
            .is_some_and(|(name, _)| !matches!(name, "it" | "iter" | "iteration" | "step")),
        ..Position::default()
    });
    let mut metrics = Vec::new();
    for (printed, value) in numbers {
        let is_position = named.is_some_and(|(name, _)| printed.eq_ignore_ascii_case(name))
            || printed.eq_ignore_ascii_case("epoch");
        if is_position {
            continue;
        }
        if let Some(name) = name::metric(&printed)
            && !name::is_moment(&name, value)
        {
            super::pairs::add(&mut metrics, name, value);
        }
    }
    Line { position, metrics }
}

/// Reads the numbers of an object. A reader that meets what is none ends with `None`.
struct Reader<'a> {
    rest: &'a str,
    found: Vec<(String, f64)>,
    /// Whether the epoch was written with decimals: `1.0` is the end of the first, `1` may be the second.
    is_epoch_decimal: bool,
}

impl<'a> Reader<'a> {
    fn object(&mut self, of: &str, depth: usize) -> Option<()> {
        self.sign('{')?;
        if depth >= DEEPEST {
            return None;
        }
        while self.sign('}').is_none() {
            let key = self.text()?;
            self.sign(':')?;
            let name = if of.is_empty() {
                key.to_owned()
            } else {
                format!("{of}/{key}")
            };
            self.value(&name, depth)?;
            if self.sign(',').is_none() {
                return self.sign('}');
            }
        }
        Some(())
    }

    fn value(&mut self, name: &str, depth: usize) -> Option<()> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '{' => self.object(name, depth + 1),
            '[' | '(' => self.list(depth),
            '"' | '\'' => {
                // Numbers that a logger made texts.
                let text = self.text()?;
                if let Some(value) = number::whole(text) {
                    self.add(name, value);
                }
                Some(())
            }
            _ => {
                if let Some((value, rest)) = number::leading(self.rest) {
                    if !rest.trim_start().starts_with([',', '}', ']', ')']) {
                        return None;
                    }
                    let written = self.rest.len() - rest.len();
                    let written = self.rest.get(..written).unwrap_or_default();
                    self.is_epoch_decimal |=
                        name.eq_ignore_ascii_case("epoch") && written.contains('.');
                    self.add(name, value);
                    self.rest = rest;
                    return Some(());
                }
                self.word(depth)
            }
        }
    }

    /// `true`, `None`, and scalars of numpy that are no numbers.
    fn word(&mut self, depth: usize) -> Option<()> {
        let end = self
            .rest
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')?;
        if end == 0 {
            return None;
        }
        self.rest = self.rest.get(end..)?;
        if self.rest.starts_with('(') {
            return self.list(depth);
        }
        Some(())
    }

    /// Passes over a list.
    fn list(&mut self, depth: usize) -> Option<()> {
        let close = if self.sign('[').is_some() {
            ']'
        } else {
            self.sign('(')?;
            ')'
        };
        if depth >= DEEPEST {
            return None;
        }
        let kept = self.found.len();
        while self.sign(close).is_none() {
            self.value("", depth + 1)?;
            if self.sign('=').is_some() {
                self.value("", depth + 1)?;
            }
            if self.sign(',').is_none() {
                self.sign(close)?;
                break;
            }
        }
        self.found.truncate(kept);
        Some(())
    }

    fn text(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_start();
        let quote = self
            .rest
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''))?;
        let inner = self.rest.get(1..)?;
        let mut is_escaped = false;
        for (at, c) in inner.char_indices() {
            if c == quote && !is_escaped {
                self.rest = inner.get(at + 1..)?;
                return inner.get(..at);
            }
            is_escaped = c == '\\' && !is_escaped;
        }
        None
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(sign)?;
        Some(())
    }

    fn add(&mut self, name: &str, value: f64) {
        // With what is no metric, such as the step.
        if self.found.len() < 2 * super::MOST_IN_A_LINE {
            self.found.push((name.to_owned(), value));
        }
    }
}
