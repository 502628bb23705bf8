//! The one written form of commands: their words, how they are read, and what is wrong with what cannot be.

use std::fmt;
use std::str::FromStr;

use super::{Command, LrChange, LrTarget, Rewind};
use crate::protocol::Look;
use crate::text::{did_you_mean, nearest};

/// Characters of a remark at most.
const LONGEST_NOTE: usize = 1000;

/// First word of the command that switches the objective. A metric has this name as well.
pub const SWITCH_OBJECTIVE: &str = "loss";

/// One line of help about a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandHelp {
    /// First word.
    pub name: &'static str,
    /// What follows it, as usage text.
    pub arguments: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// Every command, in the order a person meets them.
pub const GRAMMAR: &[CommandHelp] = &[
    CommandHelp {
        name: "pause",
        arguments: "",
        about: "wait at the next step boundary",
    },
    CommandHelp {
        name: "resume",
        arguments: "",
        about: "resume training",
    },
    CommandHelp {
        name: "step",
        arguments: "[N]",
        about: "make one step (or N), then wait",
    },
    CommandHelp {
        name: "lr",
        arguments: "[d|g] VALUE|*FACTOR|/FACTOR",
        about: "set or scale the learning rate of D, G or both",
    },
    CommandHelp {
        name: SWITCH_OBJECTIVE,
        arguments: "NAME",
        about: "switch the objective",
    },
    CommandHelp {
        name: "set",
        arguments: "KEY VALUE",
        about: "change another setting: ema.decay, augment.noise, …; a control of a program",
    },
    CommandHelp {
        name: "rewind",
        arguments: "[N] [lr VALUE|*FACTOR|/FACTOR]",
        about: "go back N steps or more, if asked with other learning rates",
    },
    CommandHelp {
        name: "checkpoint",
        arguments: "",
        about: "save both networks now",
    },
    CommandHelp {
        name: "sample",
        arguments: "",
        about: "generate images of the fixed latents now and keep them",
    },
    CommandHelp {
        name: "walk",
        arguments: "SAMPLE SAMPLE",
        about: "see the way between two samples' latents",
    },
    CommandHelp {
        name: "dimension",
        arguments: "SAMPLE INDEX",
        about: "see one dimension of a sample's latent, from end to end",
    },
    CommandHelp {
        name: "neighbours",
        arguments: "SAMPLE",
        about: "see the training images nearest to a sample",
    },
    CommandHelp {
        name: "real",
        arguments: "",
        about: "show training images next to the samples",
    },
    CommandHelp {
        name: "raw",
        arguments: "",
        about: "show the samples by the weights without average",
    },
    CommandHelp {
        name: "action",
        arguments: "NAME [ARGUMENTS]",
        about: "carry out an action of the program that trains",
    },
    CommandHelp {
        name: "note",
        arguments: "TEXT",
        about: "write a remark into the record",
    },
    CommandHelp {
        name: "stop",
        arguments: "",
        about: "save and end the run",
    },
];

/// Why a text is not a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseCommandError {
    /// Nothing was given.
    #[error("expected a command, found nothing; one of: {}", names())]
    Empty,
    /// The first word is not a command.
    #[error(
        "unknown command `{found}`{}; expected one of: {}",
        hint(found),
        names()
    )]
    Unknown {
        /// The word.
        found: String,
    },
    /// A command that takes no argument got one.
    #[error("`{command}` takes no argument, found `{found}`")]
    Unexpected {
        /// The command.
        command: &'static str,
        /// What followed it.
        found: String,
    },
    /// An argument is missing or wrong.
    #[error("`{command}`: expected {expected}, found {found}")]
    Argument {
        /// The command.
        command: &'static str,
        /// What was expected.
        expected: &'static str,
        /// What was there.
        found: String,
    },
}

fn names() -> String {
    GRAMMAR
        .iter()
        .map(|c| c.name)
        .collect::<Vec<_>>()
        .join(", ")
}

fn hint(found: &str) -> String {
    did_you_mean(nearest(found, GRAMMAR.iter().map(|c| c.name)))
}

impl FromStr for Command {
    type Err = ParseCommandError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let bare = |command: Self, name: &'static str| {
            if rest.is_empty() {
                Ok(command)
            } else {
                Err(ParseCommandError::Unexpected {
                    command: name,
                    found: rest.to_owned(),
                })
            }
        };
        let wrong = |command, expected| ParseCommandError::Argument {
            command,
            expected,
            found: if rest.is_empty() {
                "nothing".to_owned()
            } else {
                format!("`{rest}`")
            },
        };
        match word {
            "" => Err(ParseCommandError::Empty),
            "pause" => bare(Self::Pause, "pause"),
            "resume" => bare(Self::Resume, "resume"),
            "step" if rest.is_empty() => Ok(Self::Step(1)),
            "step" => rest
                .parse()
                .ok()
                .filter(|n| *n > 0)
                .map(Self::Step)
                .ok_or_else(|| wrong("step", "a number of steps of at least 1")),
            "lr" => parse_lr(rest).ok_or_else(|| {
                wrong(
                    "lr",
                    "[d|g] and a positive number of at most 1, *FACTOR or /FACTOR",
                )
            }),
            SWITCH_OBJECTIVE | "objective" if rest.is_empty() || rest.contains(char::is_whitespace) => {
                Err(wrong(SWITCH_OBJECTIVE, "the name of one objective"))
            }
            SWITCH_OBJECTIVE | "objective" => Ok(Self::Objective(rest.to_owned())),
            "set" => rest
                .split_once(char::is_whitespace)
                .map(|(key, value)| Self::Set {
                    key: key.to_owned(),
                    // An empty text is written so.
                    value: match value.trim() {
                        "\"\"" | "''" => String::new(),
                        value => value.to_owned(),
                    },
                })
                .ok_or_else(|| wrong("set", "a key and a value (an empty text is \"\")")),
            "rewind" => parse_rewind(rest).map(Self::Rewind).ok_or_else(|| {
                wrong(
                    "rewind",
                    "a number of steps of at least 1, then perhaps lr and a rate, *FACTOR or /FACTOR",
                )
            }),
            "checkpoint" => bare(Self::Checkpoint, "checkpoint"),
            "sample" => bare(Self::Sample, "sample"),
            "action" if rest.is_empty() => Err(wrong("action", "the name of an action")),
            "action" => {
                let (name, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                Ok(Self::Action {
                    name: name.to_owned(),
                    arguments: on_one_line(arguments.trim()),
                })
            }
            "note" if rest.is_empty() => Err(wrong("note", "a text")),
            "note" if rest.chars().count() > LONGEST_NOTE => Err(ParseCommandError::Argument {
                command: "note",
                expected: "a text of at most 1000 characters",
                found: format!("{} characters", rest.chars().count()),
            }),
            "note" => Ok(Self::Note(on_one_line(rest))),
            "stop" => bare(Self::Stop, "stop"),
            word if Look::is_named(word) => {
                Look::parse(word, rest).map(Self::Look).ok_or_else(|| {
                    let (command, expected) = Look::expected(word);
                    wrong(command, expected)
                })
            }
            other => Err(ParseCommandError::Unknown {
                found: other.to_owned(),
            }),
        }
    }
}

/// Replaces control characters and line breaks by spaces, because remarks are shown on the terminals of all viewers.
fn on_one_line(text: &str) -> String {
    let harmless = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(harmless).collect()
}

fn parse_lr(rest: &str) -> Option<Command> {
    let (target, value) = match rest.split_once(char::is_whitespace) {
        Some(("d", value)) => (LrTarget::D, value.trim()),
        Some(("g", value)) => (LrTarget::G, value.trim()),
        Some(_) => return None,
        None => (LrTarget::Both, rest),
    };
    Some(Command::Lr(target, parse_lr_change(value)?))
}

fn parse_lr_change(value: &str) -> Option<LrChange> {
    let positive = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|v| v.is_finite() && *v > 0.0)
    };
    Some(if let Some(factor) = value.strip_prefix('*') {
        LrChange::Scale(positive(factor)?)
    } else if let Some(divisor) = value.strip_prefix('/') {
        LrChange::Scale(1.0 / positive(divisor)?)
    } else {
        LrChange::Set(positive(value).filter(|rate| *rate <= 1.0)?)
    })
}

fn parse_rewind(rest: &str) -> Option<Rewind> {
    let (steps, lr) = match rest.split_once("lr") {
        Some((steps, lr)) => (steps.trim(), Some(parse_lr_change(lr.trim())?)),
        None => (rest, None),
    };
    let steps = match steps {
        "" => None,
        steps => Some(steps.parse().ok().filter(|n| *n > 0)?),
    };
    Some(Rewind { steps, lr })
}

impl fmt::Display for LrChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(v) => write!(f, "{v:e}"),
            Self::Scale(v) => write!(f, "*{v}"),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pause => write!(f, "pause"),
            Self::Action { name, arguments } if arguments.is_empty() => write!(f, "action {name}"),
            Self::Action { name, arguments } => write!(f, "action {name} {arguments}"),
            Self::Resume => write!(f, "resume"),
            Self::Step(n) => write!(f, "step {n}"),
            Self::Lr(target, change) => {
                let who = match target {
                    LrTarget::Both => "",
                    LrTarget::D => "d ",
                    LrTarget::G => "g ",
                };
                write!(f, "lr {who}{change}")
            }
            Self::Objective(name) => write!(f, "{SWITCH_OBJECTIVE} {name}"),
            Self::Set { key, value } if value.is_empty() => write!(f, "set {key} \"\""),
            Self::Set { key, value } => write!(f, "set {key} {value}"),
            Self::Rewind(Rewind { steps, lr }) => {
                write!(f, "rewind")?;
                if let Some(steps) = steps {
                    write!(f, " {steps}")?;
                }
                lr.map_or(Ok(()), |change| write!(f, " lr {change}"))
            }
            Self::Checkpoint => write!(f, "checkpoint"),
            Self::Sample => write!(f, "sample"),
            Self::Look(look) => write!(f, "{look}"),
            Self::Note(text) => write!(f, "note {text}"),
            Self::Stop => write!(f, "stop"),
        }
    }
}

impl TryFrom<String> for Command {
    type Error = ParseCommandError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Command> for String {
    fn from(command: Command) -> Self {
        command.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Timed;

    #[test]
    fn every_command_survives_a_round_trip() {
        for text in [
            "pause",
            "resume",
            "step 1",
            "step 20",
            "lr 1e-4",
            "lr d 2e-4",
            "lr g *1.25",
            "loss wgan-gp",
            "rewind",
            "rewind 500",
            "rewind 500 lr *0.5",
            "rewind lr 1e-4",
            "checkpoint",
            "sample",
            "walk 3 17",
            "dimension 3 0",
            "neighbours 64",
            "real",
            "raw",
            "note the loss fell",
            "set augment.noise 0.1",
            "stop",
        ] {
            let command: Command = text.parse().unwrap_or_else(|e| unreachable!("{text}: {e}"));
            assert_eq!(command.to_string(), text);
        }
        assert_eq!(
            "lr /2".parse(),
            Ok(Command::Lr(LrTarget::Both, LrChange::Scale(0.5)))
        );
        assert_eq!(
            "500: loss wgan".parse(),
            Ok(Timed {
                step: 500,
                command: Command::Objective("wgan".into())
            })
        );
    }

    #[test]
    fn a_remark_has_no_control_characters_and_a_maximum_length() {
        let written = |text: &str| text.parse::<Command>().map(|c| c.to_string());
        assert_eq!(
            written("note a\nb\x1b]0;c\x07d"),
            Ok("note a b ]0;c d".to_owned())
        );
        let long = format!("note {}", "x".repeat(1001));
        assert!(written(&long).is_err_and(|e| e.to_string().contains("1001 characters")));
        assert!(written(&long[..long.len() - 1]).is_ok());
    }

    #[test]
    fn an_invalid_command_names_what_was_expected() {
        for (text, says) in [
            ("", "found nothing"),
            ("puase", "did you mean `pause`?"),
            ("lr", "found nothing"),
            ("lr d -1", "`d -1`"),
            ("lr nan", "positive number"),
            ("lr x 1e-4", "[d|g]"),
            ("loss", "name of one objective"),
            ("stop now", "takes no argument"),
            ("step 0", "at least 1"),
            ("rewind 0", "at least 1"),
            ("rewind 5 lr", "*FACTOR"),
            ("set", "a key and a value"),
            ("set ema.decay", "a key and a value"),
        ] {
            let error = text
                .parse::<Command>()
                .map_or_else(|e| e.to_string(), |c| c.to_string());
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(
            "loss wgan"
                .parse::<Timed>()
                .is_err_and(|e| e.contains("STEP:COMMAND"))
        );
    }
}
