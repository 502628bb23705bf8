//! Columns of the table of runs: one list for the screen and for text.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::entry::Entry;
use super::good::good;
use crate::metric::Good;
use crate::protocol::Value;

/// What is said of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Of {
    /// Its newest value.
    Last,
    /// Its best value, and the step of it.
    Best,
    /// The mean of all.
    Mean,
    /// The standard deviation of all.
    Deviation,
    /// Its smallest value, and the step of it.
    Lowest,
    /// Its largest value, and the step of it.
    Highest,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Column {
    /// Whether the run is alive, or how it ended.
    State,
    /// Its name.
    Name,
    /// Who wrote its log.
    Origin,
    /// When its log was last written to.
    Age,
    /// Its newest step, and the one at which it ends.
    Steps,
    /// Its tags.
    Tags,
    /// The remark on it.
    Note,
    /// A setting.
    Setting(String),
    /// A metric.
    Metric(String, Of),
}

/// The columns that every run has, by their names.
const PLAIN: [(&str, Column); 7] = [
    ("state", Column::State),
    ("name", Column::Name),
    ("origin", Column::Origin),
    ("age", Column::Age),
    ("steps", Column::Steps),
    ("tags", Column::Tags),
    ("note", Column::Note),
];

/// In front of the name of a setting.
const SETTING: &str = "cfg.";
/// After the name of a metric.
const OF: [(&str, Of); 6] = [
    (".last", Of::Last),
    (".best", Of::Best),
    (".mean", Of::Mean),
    (".std", Of::Deviation),
    (".min", Of::Lowest),
    (".max", Of::Highest),
];

impl Column {
    /// The columns that every run has.
    pub fn plain() -> impl Iterator<Item = Self> {
        PLAIN.into_iter().map(|(_, column)| column)
    }

    /// What it says of a run.
    #[must_use]
    pub fn cell(&self, entry: &Entry, now: Timestamp) -> Cell {
        let known = entry.known.as_ref();
        let text = |text: String| {
            if text.is_empty() {
                Cell::Nothing
            } else {
                Cell::Text(text)
            }
        };
        match self {
            Self::State => entry.state(now).map_or(Cell::Nothing, Cell::State),
            Self::Name => Cell::Text(entry.name().to_owned()),
            Self::Origin => Cell::Text(entry.found.format.to_string()),
            Self::Age => known
                .and_then(|known| known.about.touched)
                .map_or(Cell::Nothing, |then| {
                    Cell::Age(now.duration_since(then).as_secs())
                }),
            Self::Steps => known
                .and_then(|known| Some(Cell::Steps(known.step?, known.about.target)))
                .unwrap_or(Cell::Nothing),
            Self::Tags => text(entry.tags().collect::<Vec<_>>().join(" ")),
            Self::Note => {
                let logged = known.and_then(|known| known.about.remark.as_ref());
                let note = entry.marks.note.as_ref().or(logged);
                text(note.cloned().unwrap_or_default())
            }
            Self::Setting(key) => match known.and_then(|known| known.about.config.get(key)) {
                None => Cell::Nothing,
                Some(Value::Integer(whole)) => Cell::Number(*whole as f64, Some(whole.to_string())),
                Some(value @ Value::Float(number)) => {
                    Cell::Number(*number, Some(value.to_string()))
                }
                Some(value) => text(value.to_string()),
            },
            Self::Metric(metric, of) => {
                let Some(facts) = entry.facts(metric) else {
                    // A summary states it without a step.
                    let stated = known.and_then(|known| known.about.results.get(metric));
                    return match (stated, of) {
                        (Some(value), Of::Last) => Cell::Number(*value, None),
                        _ => Cell::Nothing,
                    };
                };
                match of {
                    Of::Last => Cell::Number(facts.last.1, None),
                    Of::Mean => Cell::Number(facts.mean, None),
                    Of::Deviation => Cell::Number(facts.deviation, None),
                    Of::Lowest | Of::Highest => {
                        let extreme = if *of == Of::Lowest {
                            facts.lowest
                        } else {
                            facts.highest
                        };
                        extreme.map_or(Cell::Nothing, |(step, value)| Cell::At(value, step))
                    }
                    Of::Best => {
                        let best = match good(metric, known) {
                            Good::Higher => facts.highest,
                            Good::Lower => facts.lowest,
                            Good::Balance | Good::Neutral => None,
                        };
                        best.map_or(Cell::Nothing, |(step, value)| Cell::At(value, step))
                    }
                }
            }
        }
    }

    /// Which way the column is better, if one is.
    #[must_use]
    pub fn good(&self, entry: &Entry) -> Good {
        match self {
            Self::Metric(_, Of::Deviation) => Good::Neutral,
            Self::Metric(metric, _) => good(metric, entry.known.as_ref()),
            _ => Good::Neutral,
        }
    }

    /// Whether its numbers are those of the whole log.
    #[must_use]
    pub fn needs_all(&self) -> bool {
        matches!(self, Self::Metric(..))
    }

    /// The order in which it is of most use: the newest, the furthest and the best first.
    #[must_use]
    pub fn falls(&self) -> bool {
        match self {
            Self::Steps => true,
            Self::Metric(metric, of) => *of != Of::Deviation && good(metric, None) == Good::Higher,
            _ => false,
        }
    }

    /// Its title above the table.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Setting(key) => key.clone(),
            Self::Metric(metric, Of::Last) => metric.clone(),
            Self::Metric(metric, Of::Best) => format!("best {metric}"),
            Self::Metric(metric, Of::Mean) => format!("mean {metric}"),
            Self::Metric(metric, Of::Deviation) => format!("std {metric}"),
            Self::Metric(metric, Of::Lowest) => format!("min {metric}"),
            Self::Metric(metric, Of::Highest) => format!("max {metric}"),
            Self::Age => "written".to_owned(),
            other => other.to_string(),
        }
    }

    /// Whether it holds numbers, which stand at the right.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        matches!(
            self,
            Self::Steps | Self::Metric(..) | Self::Setting(_) | Self::Age
        )
    }
}

impl fmt::Display for Column {
    /// As it is typed: `state`, `cfg.lr`, `fid`, `fid.best`, `fid.mean`, `fid.std`, as in filters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(key) => write!(f, "{SETTING}{key}"),
            Self::Metric(metric, of) => {
                // The newest value needs no word, unless its name would be taken for something else.
                let is_plain = metric.parse() == Ok(self.clone());
                let suffix = OF.iter().find(|(_, known)| known == of);
                match suffix.filter(|_| *of != Of::Last || !is_plain) {
                    Some((suffix, _)) => write!(f, "{metric}{suffix}"),
                    None => f.write_str(metric),
                }
            }
            plain => {
                let name = PLAIN.iter().find(|(_, column)| column == plain);
                f.write_str(name.map_or("", |(name, _)| name))
            }
        }
    }
}

impl FromStr for Column {
    type Err = Infallible;

    /// Whatever is no other column is a metric.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        if let Some((_, column)) = PLAIN.iter().find(|(name, _)| *name == text) {
            return Ok(column.clone());
        }
        if let Some(key) = text.strip_prefix(SETTING).filter(|key| !key.is_empty()) {
            return Ok(Self::Setting(key.to_owned()));
        }
        let said = OF
            .iter()
            .find_map(|(suffix, of)| Some((text.strip_suffix(suffix)?, *of)));
        let (metric, of) = said.unwrap_or((text, Of::Last));
        Ok(Self::Metric(metric.to_owned(), of))
    }
}

impl From<String> for Column {
    fn from(text: String) -> Self {
        text.parse().unwrap_or(Self::Name)
    }
}

impl From<Column> for String {
    fn from(column: Column) -> Self {
        column.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_read_as_it_is_written() {
        let metric = |of| Column::Metric("loss/d: real".to_owned(), of);
        let own = [
            Column::Setting("optimizer.d.lr".to_owned()),
            metric(Of::Last),
            metric(Of::Best),
            metric(Of::Mean),
            metric(Of::Deviation),
            metric(Of::Lowest),
            metric(Of::Highest),
            Column::Metric("name".to_owned(), Of::Last),
            Column::Metric("x.best".to_owned(), Of::Last),
        ];
        for column in Column::plain().chain(own) {
            assert_eq!(Column::from(String::from(column.clone())), column);
        }
    }
}
