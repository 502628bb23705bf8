//! A program of someone's own that trains: what is known of it from the start, and what it declares of itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Target, Value};
use crate::metric::{MetricInfo, Network, ObjectiveInfo, Reference};

/// The program of a run: the content of `program` in `started`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramInfo {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The directory that it was started in.
    pub folder: PathBuf,
    /// Its process, which leads a process group; 0 of a log, which has none.
    pub pid: u32,
    /// Whether its output is a pseudo-terminal; else it is a pipe.
    pub terminal: bool,
}

impl ProgramInfo {
    /// Returns whether it is no program that runs, but the log of another tool that is read.
    #[must_use]
    pub fn is_log(&self) -> bool {
        self.pid == 0
    }
}

/// What a program has declared of itself so far, and what the panel has learned by itself: the content of `declared`. Each
/// such event holds all of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Declaration {
    /// What is trained, in a few words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// The client that speaks for the program; `None` where it only prints.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<String>,
    /// The dataset that its samples imitate, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dataset: Option<String>,
    /// What the judge of that dataset measures, most important first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub measures: Vec<MetricInfo>,
    /// Its configuration, by dotted keys.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub config: BTreeMap<String, Value>,
    /// What is measured, most important first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub metrics: Vec<MetricInfo>,
    /// Reference lines.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub references: Vec<Reference>,
    /// What can be set while it trains.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub controls: Vec<Control>,
    /// The commands that it takes, by their first words: `pause`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub commands: Vec<String>,
    /// Commands of its own.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub actions: Vec<ActionInfo>,
    /// Where it ends.
    #[serde(default)]
    pub target: Target,
    /// Epochs in all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub epochs: Option<u64>,
    /// Steps in an epoch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub steps_per_epoch: Option<u64>,
}

/// Something that can be set while a program trains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Its name: `lr`.
    pub name: String,
    /// What it takes.
    #[serde(rename = "type")]
    pub kind: ControlKind,
    /// Its value as the program has acknowledged it.
    pub value: Value,
    /// The least value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub min: Option<f64>,
    /// The greatest value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max: Option<f64>,
    /// What it can be, of a choice.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub choices: Vec<String>,
    /// Its unit.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub unit: String,
    /// One line about it.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub about: String,
    /// What it is for the panel's own commands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<ControlRole>,
    /// The network that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub network: Option<Network>,
}

/// What a control takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlKind {
    /// A number.
    Float,
    /// A whole number.
    Integer,
    /// true or false.
    Boolean,
    /// One of its choices.
    Choice,
    /// Any text.
    Text,
}

/// What a control is for the panel's own commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlRole {
    /// A learning rate: `lr` sets it.
    LearningRate,
    /// The objective: `loss` sets it.
    Objective,
}

/// A command of a program's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionInfo {
    /// Its name.
    pub name: String,
    /// Usage of what may follow the name; empty if nothing may.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub arguments: String,
    /// One line about it.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub about: String,
}

impl Declaration {
    /// The control of this name.
    #[must_use]
    pub fn control(&self, name: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.name == name)
    }

    /// The control that chooses the objective.
    #[must_use]
    pub fn objective_control(&self) -> Option<&Control> {
        let is_it = |control: &&Control| control.role == Some(ControlRole::Objective);
        self.controls.iter().find(is_it)
    }

    /// The learning rates that a command about `network` (`None`: about both) means.
    pub fn rates(&self, network: Option<Network>) -> impl Iterator<Item = &Control> {
        self.controls.iter().filter(move |control| {
            let fits = match (network, control.network) {
                (Some(asked), Some(of)) => asked == of,
                _ => true,
            };
            control.role == Some(ControlRole::LearningRate) && fits
        })
    }

    /// Returns whether it takes the command of this first word.
    #[must_use]
    pub fn takes(&self, command: &str) -> bool {
        self.commands.iter().any(|known| known == command)
    }

    /// Returns whether a command in advice means something to it: `lr g /2`, `loss wgan-gp`, `checkpoint`. A rate for all networks
    /// makes none of them slower than the others.
    #[must_use]
    pub fn can_follow(&self, command: &str) -> bool {
        let mut words = command.split_whitespace();
        let of = |network| {
            self.rates(Some(network))
                .any(|rate| rate.network == Some(network))
        };
        match (words.next(), words.next()) {
            (Some("lr"), Some("d")) => of(Network::Discriminator),
            (Some("lr"), Some("g")) => of(Network::Generator),
            (Some("lr"), _) => self.rates(None).next().is_some(),
            (Some("loss"), Some(name)) => self
                .objective_control()
                .is_some_and(|control| control.choices.iter().any(|choice| choice == name)),
            (Some(word), _) => self.takes(word),
            (None, _) => false,
        }
    }

    /// What is measured as the description of an objective, whose name is the present value of the control that chooses
    /// it, and empty where there is none.
    #[must_use]
    pub fn objective(&self) -> ObjectiveInfo {
        let name = self
            .objective_control()
            .map_or_else(String::new, |control| control.value.to_string());
        ObjectiveInfo {
            title: name.clone(),
            name,
            about: String::new(),
            metrics: self.metrics.clone(),
            references: self.references.clone(),
            score_is_probability: false,
        }
    }
}
