//! The messages from a trainer, from a line to data. Pure.

use serde_json::{Map, Value as Json};

use super::declare::{Said, said};
use super::excerpt::beginning;
use super::fields::Fields;
use super::images::{Pictures, pictures};
use super::json::{self, kind, number};
use super::limits;
use super::problem::{Code, Problem};
use crate::protocol::{CheckpointReason, Distribution, Level, Metrics, Stat};

/// A message from a trainer.
#[derive(Debug, Clone, PartialEq)]
pub enum Up {
    /// It introduces itself.
    Hello(Box<Hello>),
    /// It says more of itself.
    Declare(Box<Said>),
    /// Metrics.
    Log(Log),
    /// Images.
    Images(Box<Pictures>),
    /// How the values of something are distributed.
    Distribution {
        /// The step.
        step: Option<u64>,
        /// The histogram.
        seen: Distribution,
    },
    /// A text.
    Text {
        /// The step.
        step: Option<u64>,
        /// What it is.
        name: Option<String>,
        /// The text.
        text: String,
    },
    /// A checkpoint is written.
    Checkpoint {
        /// The step of the state in it.
        step: Option<u64>,
        /// Where.
        path: String,
        /// Why.
        reason: CheckpointReason,
    },
    /// Where the run ends.
    Progress(Goal),
    /// Something needs attention.
    Alarm {
        /// The step.
        step: Option<u64>,
        /// Its short name.
        name: String,
        /// How bad.
        level: Level,
        /// What was seen.
        text: String,
    },
    /// It waits, or goes on.
    State {
        /// The step.
        step: Option<u64>,
        /// Whether it waits.
        paused: bool,
        /// What a person should know.
        detail: String,
    },
    /// It went back to this step.
    Rewound(u64),
    /// A command took effect.
    Applied {
        /// Which.
        id: u64,
        /// When.
        step: Option<u64>,
        /// The values that controls have now.
        values: Map<String, Json>,
    },
    /// A command did not take effect.
    Rejected {
        /// Which.
        id: u64,
        /// When.
        step: Option<u64>,
        /// Why.
        reason: String,
    },
    /// The training is complete.
    Finished {
        /// Steps done.
        step: Option<u64>,
        /// Why.
        reason: Option<String>,
    },
}

/// The content of `hello`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hello {
    /// The client.
    pub client: Option<String>,
    /// Its rank.
    pub rank: u64,
    /// Ranks in all.
    pub world_size: Option<u64>,
    /// Steps done when it begins.
    pub step: Option<u64>,
    /// What it declares.
    pub said: Said,
    /// Where it ends.
    pub goal: Goal,
}

/// The content of `progress`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Goal {
    /// Steps in all.
    pub steps: Option<u64>,
    /// Training examples in all.
    pub images: Option<u64>,
    /// Seconds in all.
    pub seconds: Option<f64>,
    /// Epochs in all.
    pub epochs: Option<u64>,
    /// Steps in an epoch.
    pub steps_per_epoch: Option<u64>,
}

/// The content of `log`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Log {
    /// The last step of the window.
    pub step: Option<u64>,
    /// The first one.
    pub from_step: Option<u64>,
    /// The epoch, from 1.
    pub epoch: Option<u64>,
    /// Batches done in it.
    pub batch: Option<u64>,
    /// Training examples used so far.
    pub images: Option<u64>,
    /// The metrics.
    pub metrics: Metrics,
    /// Messages that became part of this one.
    pub merged: u64,
}

/// Reads a line. Entries that are wrong are left out, and come with what is.
///
/// # Errors
/// When the whole line cannot be used.
pub fn read(line: &[u8]) -> Result<(Up, Vec<Problem>), Problem> {
    let object = json::object(line)?;
    let Some(Json::String(of)) = object.get("type") else {
        return Err(Problem::new(
            Code::UnknownType,
            "found no `type`; expected a text, such as log",
        ));
    };
    let mut problems = Vec::new();
    let up = message(of, &object, &mut problems).map_err(|problem| problem.of(of))?;
    let problems = problems.into_iter().map(|problem| problem.of(of)).collect();
    Ok((up, problems))
}

fn message(
    of: &str,
    object: &Map<String, Json>,
    problems: &mut Vec<Problem>,
) -> Result<Up, Problem> {
    let fields = Fields::of(object, of);
    let step = || fields.step("step");
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok(match of {
        "hello" => Up::Hello(Box::new(hello(object, problems)?)),
        "declare" => {
            let (said, wrong) = said(object, of)?;
            problems.extend(wrong);
            Up::Declare(Box::new(said))
        }
        "log" => Up::Log(log(&fields, problems)?),
        "images" => Up::Images(Box::new(pictures(&fields)?)),
        "distribution" => Up::Distribution {
            step: step()?,
            seen: distribution(&fields)?,
        },
        "text" => {
            let text = fields.text_within("text", limits::TEXT)?;
            Up::Text {
                step: step()?,
                name: owned(fields.name("name")?),
                text: fields.needed("text", text, "a text")?.to_owned(),
            }
        }
        "checkpoint" => checkpoint(&fields)?,
        "progress" => Up::Progress(goal(&fields)?),
        "alarm" => {
            let text = fields.text_within("text", limits::TEXT)?;
            let levels = [
                ("warn", Level::Warn),
                ("critical", Level::Critical),
                ("hard", Level::Critical),
            ];
            Up::Alarm {
                step: step()?,
                name: fields
                    .needed("name", fields.name("name")?, "a name")?
                    .to_owned(),
                level: fields.one_of("level", &levels)?.unwrap_or(Level::Warn),
                text: fields
                    .needed("text", text, "a text")?
                    .replace(char::is_control, " "),
            }
        }
        "state" => {
            let paused = fields.one_of("state", &[("running", false), ("paused", true)])?;
            let detail = fields.text_within("detail", limits::TEXT)?;
            Up::State {
                step: step()?,
                paused: fields.needed("state", paused, "running or paused")?,
                detail: remark(detail.unwrap_or_default()),
            }
        }
        "rewound" => Up::Rewound(fields.needed("step", step()?, "a step")?),
        "applied" => Up::Applied {
            id: fields.needed("id", fields.whole("id")?, "the number of a command")?,
            step: step()?,
            values: fields.object("values")?.cloned().unwrap_or_default(),
        },
        "rejected" => {
            let reason = fields.text_within("reason", limits::TEXT)?;
            let reason = reason.unwrap_or("the program gives no reason");
            Up::Rejected {
                id: fields.needed("id", fields.whole("id")?, "the number of a command")?,
                step: step()?,
                reason: remark(reason),
            }
        }
        "finished" => {
            let reason = fields.text_within("reason", limits::TEXT)?;
            Up::Finished {
                step: step()?,
                reason: reason.map(remark),
            }
        }
        other => {
            return Err(Problem::new(
                Code::UnknownType,
                format!(
                    "found the type `{}`, which version {} of the protocol does not know",
                    other.chars().take(40).collect::<String>(),
                    limits::VERSION
                ),
            ));
        }
    })
}

/// A reason or a remark.
fn remark(text: &str) -> String {
    const LONGEST: usize = 500;
    beginning(text, LONGEST)
}

/// A checkpoint that is written.
fn checkpoint(fields: &Fields<'_>) -> Result<Up, Problem> {
    let path = fields.text_within("path", limits::TEXT)?;
    let reasons = [
        ("request", CheckpointReason::Request),
        ("interval", CheckpointReason::Interval),
        ("best", CheckpointReason::Best),
        ("final", CheckpointReason::Final),
    ];
    let path = path.filter(|path| !path.trim().is_empty());
    let path = fields.needed("path", path, "a path")?;
    Ok(Up::Checkpoint {
        step: fields.step("step")?,
        path: path.replace(char::is_control, "?"),
        reason: fields
            .one_of("reason", &reasons)?
            .unwrap_or(CheckpointReason::Interval),
    })
}

fn hello(object: &Map<String, Json>, problems: &mut Vec<Problem>) -> Result<Hello, Problem> {
    let fields = Fields::of(object, "hello");
    let protocol = fields.whole("protocol")?;
    let protocol = fields.needed("protocol", protocol, "the version of the protocol")?;
    if protocol != limits::VERSION {
        return Err(Problem::new(
            Code::Version,
            format!(
                "found version {protocol} of the protocol; this panel speaks version {}",
                limits::VERSION
            ),
        ));
    }
    let (said, wrong) = said(object, "hello")?;
    problems.extend(wrong);
    let client = fields.text_within("client", limits::TEXT)?;
    Ok(Hello {
        client: client.map(|text| {
            let text: String = text.chars().take(limits::NAME).collect();
            text.replace(char::is_control, " ")
        }),
        rank: fields.whole("rank")?.unwrap_or(0),
        world_size: fields.whole("world_size")?,
        step: fields.step("step")?,
        goal: match fields.object("progress") {
            Ok(Some(progress)) => {
                goal(&Fields::of(progress, "hello: `progress`")).unwrap_or_else(|problem| {
                    problems.push(problem);
                    Goal::default()
                })
            }
            Ok(None) => Goal::default(),
            Err(problem) => {
                problems.push(problem);
                Goal::default()
            }
        },
        said,
    })
}

fn goal(fields: &Fields<'_>) -> Result<Goal, Problem> {
    Ok(Goal {
        steps: fields.step("steps")?,
        images: fields.step("images")?,
        seconds: fields.finite("seconds")?.filter(|seconds| *seconds > 0.0),
        epochs: fields.step("epochs")?,
        steps_per_epoch: fields.step("steps_per_epoch")?,
    })
}

fn log(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Result<Log, Problem> {
    let found = fields.object("metrics")?;
    let found = fields.needed("metrics", found, "an object of numbers by name")?;
    let mut metrics = Metrics::new();
    for (name, value) in found {
        match super::fields::check_name(name).and_then(|()| stat(name, value)) {
            Ok(stat) => {
                metrics.insert(name.clone(), stat);
            }
            Err(text) => problems.push(Problem::invalid(format!("log: `metrics`: {text}"))),
        }
    }
    Ok(Log {
        step: fields.step("step")?,
        from_step: fields.step("from_step")?,
        epoch: fields.step("epoch")?,
        batch: fields.step("batch")?,
        images: fields.step("images")?,
        merged: fields.step("merged")?.unwrap_or(0),
        metrics,
    })
}

/// A number, or a window of numbers.
fn stat(name: &str, value: &Json) -> Result<Stat, String> {
    let wrong = |found: &str| {
        format!(
            "`{name}`: found {found}; expected a number, or count, min, mean, max and last of a window"
        )
    };
    if let Some(single) = number(value) {
        return Ok(Stat::of(single));
    }
    let Some(window) = value.as_object() else {
        return Err(wrong(kind(value)));
    };
    let part = |part: &str| {
        let found = window.get(part).and_then(number);
        found.ok_or_else(|| wrong(&format!("a window without `{part}`")))
    };
    let count = part("count")?;
    if !(1.0..=limits::STEP as f64).contains(&count) {
        return Err(wrong(&format!("a count of {count:e}")));
    }
    let (min, mean, max, last) = (part("min")?, part("mean")?, part("max")?, part("last")?);
    let slack = 1e-3 * (max - min).abs().max(max.abs()).max(min.abs());
    let is_within = |value: f64, slack: f64| !(value < min - slack || value > max + slack);
    if min > max || !is_within(last, 0.0) || mean.is_finite() && !is_within(mean, slack) {
        return Err(format!(
            "`{name}`: found min {min}, mean {mean}, max {max} and last {last}; expected mean and last from min to max"
        ));
    }
    Ok(Stat {
        count: count as u64,
        min,
        // A sum that is rounded, or too great for a number.
        mean: if min <= max {
            mean.clamp(min, max)
        } else {
            mean
        },
        max,
        last,
    })
}

fn distribution(fields: &Fields<'_>) -> Result<Distribution, Problem> {
    let name = fields
        .needed("name", fields.name("name")?, "a name")?
        .to_owned();
    if let Some(values) = fields.numbers("values")? {
        if values.len() > limits::VALUES {
            return Err(Problem::invalid(format!(
                "distribution: `values`: found {}; expected at most {}",
                values.len(),
                limits::VALUES
            )));
        }
        return Ok(histogram(name, &values));
    }
    let edges = fields.numbers("edges")?;
    let edges = fields.needed("edges", edges, "a list of numbers, or `values`")?;
    let counts = fields.numbers("counts")?;
    let counts = fields.needed("counts", counts, "a list of numbers")?;
    let rising = edges.windows(2).all(|two| two[0] < two[1]);
    let all_finite = edges.iter().chain(&counts).all(|v| v.is_finite());
    if let Some(negative) = counts.iter().find(|count| **count < 0.0) {
        return Err(Problem::invalid(format!(
            "distribution: `counts`: found {negative}; expected none below 0"
        )));
    }
    if edges.len() != counts.len() + 1 || counts.len() > limits::BINS || !rising || !all_finite {
        return Err(Problem::invalid(format!(
            "distribution: found {} edges and {} counts; expected finite edges in rising order, one more than counts, and at \
             most {} counts",
            edges.len(),
            counts.len(),
            limits::BINS
        )));
    }
    let mean = fields.finite("mean")?;
    let reach = edges.first().copied().zip(edges.last().copied());
    if let (Some(mean), Some((low, high))) = (mean, reach)
        && !(low..=high).contains(&mean)
    {
        return Err(Problem::invalid(format!(
            "distribution: `mean`: found {mean}; expected a number within the edges, from {low} to {high}"
        )));
    }
    Ok(Distribution {
        name,
        edges,
        counts,
        mean,
        odd: 0,
    })
}

/// Bins of a histogram of plain values.
const BINS: usize = 64;

fn histogram(name: String, values: &[f64]) -> Distribution {
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let odd = (values.len() - finite.len()) as u64;
    let low = finite.iter().copied().fold(f64::INFINITY, f64::min);
    let high = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let count = finite.len() as f64;
    // Divided one by one: the sum of large values has no number.
    let mean = finite.iter().map(|value| value / count).sum::<f64>();
    let (edges, counts) = match () {
        () if finite.is_empty() => (Vec::new(), Vec::new()),
        () if high <= low => {
            // One value: a narrow bin around it.
            let around = (low.abs() * 1e-3).max(1e-3);
            (vec![low - around, low + around], vec![count])
        }
        () => {
            let width = (high / BINS as f64 - low / BINS as f64).max(f64::MIN_POSITIVE);
            let mut counts = vec![0.0; BINS];
            for value in &finite {
                let bin = (((value - low) / width) as usize).min(BINS - 1);
                counts[bin] += 1.0;
            }
            let shares = (0..=BINS).map(|i| i as f64 / BINS as f64);
            let edges = shares.map(|share| low * (1.0 - share) + high * share);
            (edges.collect(), counts)
        }
    };
    Distribution {
        name,
        edges,
        counts,
        mean: (!finite.is_empty()).then(|| mean.clamp(low, high)),
        odd,
    }
}

#[cfg(test)]
mod tests;
