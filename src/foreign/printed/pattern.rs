//! A pattern of one's own: a regular expression whose named groups are metrics and the position.

use regex::Regex;

use super::position::Position;
use super::{Line, name, number};

/// Groups that are the position, not metrics.
const POSITIONS: &[&str] = &["step", "steps", "epoch", "epochs"];

/// A regular expression with named groups. `step`, `steps`, `epoch` and `epochs` are the position; with `name` and `value` the line
/// names its metric itself, as often as the pattern is found in it; every other name is a metric.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    groups: Vec<String>,
}

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is no regular expression.
    #[error("not a regular expression: {0}")]
    Syntax(String),
    /// Nothing in it is a metric.
    #[error(
        "`{0}` has no named group for a metric; expected one, such as (?P<loss>[-+.0-9e]+), or the two groups `name` and `value`"
    )]
    NoMetric(String),
    /// Only one of the groups `name` and `value`.
    #[error("`{0}` has only one of the groups `name` and `value`; expected both or neither")]
    HalfAPair(String),
}

impl std::str::FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let regex = Regex::new(text).map_err(|error| {
            let said = error.to_string();
            let last = said.lines().last().unwrap_or_default();
            PatternError::Syntax(last.trim_start_matches("error: ").to_owned())
        })?;
        let groups: Vec<String> = regex.capture_names().flatten().map(str::to_owned).collect();
        let has = |name: &str| groups.iter().any(|group| group == name);
        if has("name") != has("value") {
            return Err(PatternError::HalfAPair(text.to_owned()));
        }
        if !groups
            .iter()
            .any(|group| !POSITIONS.contains(&group.as_str()))
        {
            return Err(PatternError::NoMetric(text.to_owned()));
        }
        Ok(Self { regex, groups })
    }
}

impl Pattern {
    /// What it finds in a line.
    pub(super) fn read(&self, line: &str) -> Option<Line> {
        let mut position = Position::default();
        let mut metrics = Vec::new();
        for found in self
            .regex
            .captures_iter(line)
            .take(super::MOST_IN_A_LINE + 1)
        {
            let number = |group: &str| number::whole(found.name(group)?.as_str());
            let count = |group: &str| {
                super::classic::number(found.name(group)?.as_str().trim())
                    .or_else(|| number(group).and_then(number::count))
            };
            position.step = position.step.or(count("step"));
            position.steps = position.steps.or(count("steps"));
            position.epoch = position.epoch.or(count("epoch"));
            position.epochs = position.epochs.or(count("epochs"));
            let pair = found.name("name").zip(number("value"));
            if let Some((name, value)) =
                pair.and_then(|(name, value)| Some((name::metric(name.as_str())?, value)))
            {
                super::pairs::add(&mut metrics, name, value);
            }
            for group in &self.groups {
                let group = group.as_str();
                if POSITIONS.contains(&group) || matches!(group, "name" | "value") {
                    continue;
                }
                if let Some(value) = number(group) {
                    super::pairs::add(&mut metrics, group.to_owned(), value);
                }
            }
        }
        let is_placed = position.step.or(position.epoch).is_some();
        (is_placed || !metrics.is_empty()).then_some(Line {
            position: is_placed.then_some(position),
            metrics,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn groups_are_metrics_and_the_position() {
        let pattern: Pattern =
            r"^E(?P<epoch>\d+)/(?P<epochs>\d+) b(?P<step>\d+) \| (?P<d_loss>\S+) (?P<g_loss>\S+)$"
                .parse()
                .unwrap();
        let line = pattern.read("E2/5 b100 | 0.69 nope").unwrap();
        assert_eq!(line.metrics, [("d_loss".to_owned(), 0.69)]);
        let position = line.position.unwrap();
        assert_eq!(
            (position.epoch, position.epochs, position.step),
            (Some(2), Some(5), Some(100))
        );
        assert_eq!(pattern.read("something else"), None);
    }

    #[test]
    fn thousands_may_have_commas() {
        let pattern: Pattern = r"(?<step>[\d,]+)/(?<steps>[\d,]+) (?<loss>\S+)"
            .parse()
            .unwrap();
        let position = pattern.read("1,000/10,000 0.5").unwrap().position.unwrap();
        assert_eq!((position.step, position.steps), (Some(1000), Some(10_000)));
    }

    #[test]
    fn a_line_may_name_its_metrics() {
        let pattern: Pattern = r"(?P<name>\w+)<-(?P<value>\S+)".parse().unwrap();
        let line = pattern.read("a<-1 b<-2.5 c<-x").unwrap();
        assert_eq!(line.metrics, [("a".to_owned(), 1.0), ("b".to_owned(), 2.5)]);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (pattern, said) in [
            ("(?P<loss>", "not a regular expression: unclosed group"),
            ("loss: (.*)", "`loss: (.*)` has no named group for a metric"),
            (r"(?P<step>\d+)", "has no named group for a metric"),
            (
                r"(?P<name>\w+)",
                "only one of the groups `name` and `value`",
            ),
        ] {
            let error = pattern.parse::<Pattern>().unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
