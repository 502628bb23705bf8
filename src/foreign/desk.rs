//! Commands on their way to the program and back: what each means to it, whether it takes that, and which are not answered yet.
//! Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::declare::acknowledged;
use super::down::{Down, json};
use crate::metric::Network;
use crate::protocol::{
    Change, Command, Control, ControlKind, Declaration, LrChange, LrTarget, Request, Value,
};
use crate::text::{did_you_mean, nearest};

/// What is to be done about a command.
#[derive(Debug, PartialEq)]
pub enum Fate {
    /// Send this.
    Send(Down),
    /// It does not take effect, for this reason.
    Reject(String),
    /// It is the panel's own business.
    Own,
}

/// A command that was sent and is not answered yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    /// Who asked for what.
    pub request: Request,
    /// The values that it is to set.
    pub values: Map<String, Json>,
    /// The checkpoint that the program has written since.
    pub checkpoint: Option<(u64, String)>,
}

/// The commands that are not answered yet, by the numbers that the program knows.
#[derive(Debug, Default)]
pub struct Desk {
    open: BTreeMap<u64, Open>,
    last: u64,
}

impl Desk {
    /// The number of the next command.
    pub fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// A command was sent with this number.
    pub fn sent(&mut self, id: u64, request: Request, down: &Down) {
        let values = match down {
            Down::Set { values, .. } => values.clone(),
            _ => Map::new(),
        };
        let open = Open {
            request,
            values,
            checkpoint: None,
        };
        self.open.insert(id, open);
    }

    /// The command of this number, which is answered now.
    pub fn answered(&mut self, id: u64) -> Option<Open> {
        self.open.remove(&id)
    }

    /// Returns whether a command of this number is not answered yet.
    pub fn is_open(&self, id: u64) -> bool {
        self.open.contains_key(&id)
    }

    /// A checkpoint was written: that of the oldest command that asks for one, if there is any. Returns whether it is.
    pub fn saved(&mut self, step: u64, path: &str) -> bool {
        let mut waiting = self.open.values_mut();
        let asked = waiting
            .find(|open| open.request.command == Command::Checkpoint && open.checkpoint.is_none());
        match asked {
            Some(open) => {
                open.checkpoint = Some((step, path.to_owned()));
                true
            }
            None => false,
        }
    }

    /// Every command that is not answered, oldest first: none will be.
    pub fn close(&mut self) -> Vec<Open> {
        std::mem::take(&mut self.open).into_values().collect()
    }
}

/// Who of the program would hear a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearing {
    /// Nobody: it has no connection, or has none any more.
    Nobody,
    /// There is a connection that has not introduced itself.
    Stranger,
    /// The one that leads.
    Leader,
}

/// What a command means to the program.
pub fn fate(command: &Command, id: u64, known: &Declaration, hearing: Hearing) -> Fate {
    match command {
        Command::Note(_) | Command::Stop => return Fate::Own,
        Command::Rewind(_) | Command::Look(_) => {
            return Fate::Reject(
                "the trainer of this run is another program, which cannot do that".to_owned(),
            );
        }
        _ if hearing != Hearing::Leader => return Fate::Reject(unheard(known, hearing)),
        _ => {}
    }
    let sent = match command {
        Command::Pause => takes(known, "pause").map(|()| Down::Pause { id }),
        Command::Resume => takes(known, "resume").map(|()| Down::Resume { id }),
        Command::Step(count) => takes(known, "step").map(|()| Down::Step { id, count: *count }),
        Command::Checkpoint => takes(known, "checkpoint").map(|()| Down::Checkpoint { id }),
        Command::Sample => takes(known, "sample").map(|()| Down::Sample { id }),
        Command::Set { key, value } => {
            set(known, key, value).map(|values| Down::Set { id, values })
        }
        Command::Objective(name) => objective(known, name).map(|values| Down::Set { id, values }),
        Command::Lr(target, change) => {
            rates(known, *target, *change).map(|values| Down::Set { id, values })
        }
        Command::Action { name, arguments } => {
            action(known, name, arguments).map(|()| Down::Action {
                id,
                name: name.clone(),
                arguments: arguments.clone(),
            })
        }
        Command::Note(_) | Command::Stop | Command::Rewind(_) | Command::Look(_) => {
            return Fate::Own;
        }
    };
    match sent {
        Ok(down) => Fate::Send(down),
        Err(reason) => Fate::Reject(reason),
    }
}

fn unheard(known: &Declaration, hearing: Hearing) -> String {
    if hearing == Hearing::Stranger {
        "the program is connected and has not introduced itself (`hello`): it takes no commands but `stop`".to_owned()
    } else if known.client.is_some() {
        "the program has closed its connection, and takes no commands but `stop`".to_owned()
    } else {
        "the program has not connected, and takes no commands but `stop`: six lines make it listen (docs/own-loop.md)"
            .to_owned()
    }
}

fn takes(known: &Declaration, command: &str) -> Result<(), String> {
    if known.takes(command) {
        return Ok(());
    }
    let mut all: Vec<&str> = known.commands.iter().map(String::as_str).collect();
    if !known.controls.is_empty() {
        all.push("set");
    }
    if !known.actions.is_empty() {
        all.push("action");
    }
    Err(if all.is_empty() {
        format!("the program does not take `{command}`; it takes no commands but `stop`")
    } else {
        format!(
            "the program does not take `{command}`; it takes {}",
            all.join(", ")
        )
    })
}

fn action(known: &Declaration, name: &str, arguments: &str) -> Result<(), String> {
    let Some(action) = known.actions.iter().find(|action| action.name == name) else {
        let names: Vec<&str> = known.actions.iter().map(|a| a.name.as_str()).collect();
        return Err(unknown("action", name, &names));
    };
    if action.arguments.is_empty() && !arguments.is_empty() {
        return Err(format!(
            "the action `{name}` takes no argument, found `{arguments}`"
        ));
    }
    Ok(())
}

/// `there is no control `lt` (did you mean `lr`?)`
fn unknown(what: &str, name: &str, names: &[&str]) -> String {
    if names.is_empty() {
        return format!("the program has declared no {what}");
    }
    let hint = did_you_mean(nearest(name, names.iter().copied()));
    let others = if hint.is_empty() {
        format!("; there are {}", names.join(", "))
    } else {
        hint
    };
    format!("there is no {what} `{name}`{others}")
}

type Values = Map<String, Json>;

fn one(control: &Control, value: &Value) -> Result<Values, String> {
    check_range(control, value)?;
    Ok(Map::from_iter([(control.name.clone(), json(value))]))
}

fn set(known: &Declaration, key: &str, written: &str) -> Result<Values, String> {
    let Some(control) = known.control(key) else {
        let names: Vec<&str> = known.controls.iter().map(|c| c.name.as_str()).collect();
        return Err(unknown("control", key, &names));
    };
    one(control, &parse(control, written)?)
}

fn objective(known: &Declaration, name: &str) -> Result<Values, String> {
    let control = known
        .objective_control()
        .ok_or("the program has declared no control for its loss (role `objective`)")?;
    one(control, &parse(control, name)?)
}

fn rates(known: &Declaration, target: LrTarget, change: LrChange) -> Result<Values, String> {
    let network = match target {
        LrTarget::Both => None,
        LrTarget::D => Some(Network::Discriminator),
        LrTarget::G => Some(Network::Generator),
    };
    let mut values = Values::new();
    for control in known.rates(network) {
        let new = match (change, &control.value) {
            (LrChange::Set(value), _) => value,
            (LrChange::Scale(factor), Value::Float(now)) => now * factor,
            (LrChange::Scale(factor), Value::Integer(now)) => *now as f64 * factor,
            (LrChange::Scale(_), _) => continue,
        };
        values.extend(one(control, &Value::Float(new))?);
    }
    if values.is_empty() {
        return Err(match network {
            None => "the program has declared no learning rate (role `learning_rate`)".to_owned(),
            Some(_) => "the program has declared no learning rate of this network".to_owned(),
        });
    }
    Ok(values)
}

/// Reads a value that was written for a control.
fn parse(control: &Control, written: &str) -> Result<Value, String> {
    let wrong =
        |expected: String| format!("`{}`: expected {expected}, found `{written}`", control.name);
    match control.kind {
        ControlKind::Float => {
            let value = written.parse::<f64>().ok().filter(|v| v.is_finite());
            value
                .map(Value::Float)
                .ok_or_else(|| wrong("a number".to_owned()))
        }
        ControlKind::Integer => written
            .parse()
            .map(Value::Integer)
            .map_err(|_| wrong("a whole number".to_owned())),
        ControlKind::Boolean => match written {
            "true" | "on" | "yes" | "1" => Ok(Value::Bool(true)),
            "false" | "off" | "no" | "0" => Ok(Value::Bool(false)),
            _ => Err(wrong("true or false".to_owned())),
        },
        ControlKind::Choice if control.choices.iter().any(|choice| choice == written) => {
            Ok(Value::Text(written.to_owned()))
        }
        ControlKind::Choice => Err(wrong(format!("one of {}", control.choices.join(", ")))),
        ControlKind::Text => Ok(Value::Text(written.to_owned())),
    }
}

fn check_range(control: &Control, value: &Value) -> Result<(), String> {
    let number = match value {
        Value::Float(value) => *value,
        Value::Integer(value) => *value as f64,
        Value::Bool(_) | Value::Text(_) => return Ok(()),
    };
    let low = control.min.is_some_and(|min| number < min);
    let high = control.max.is_some_and(|max| number > max);
    if !low && !high {
        return Ok(());
    }
    let number = |value: f64| Value::Float(value).to_string();
    let range = match (control.min, control.max) {
        (Some(min), Some(max)) => format!("from {} to {}", number(min), number(max)),
        (Some(min), None) => format!("of at least {}", number(min)),
        (None, max) => format!("of at most {}", number(max.unwrap_or(f64::INFINITY))),
    };
    Err(format!(
        "`{}`: expected a value {range}, found `{value}`",
        control.name
    ))
}

/// What the acknowledged values change. Those that are no values of a control are left out, and named.
pub fn changes(known: &Declaration, values: &Values) -> (Vec<Change>, Vec<String>) {
    let (mut changes, mut strange) = (Vec::new(), Vec::new());
    for (name, value) in values {
        let control = known.control(name);
        let Some((control, to)) = control.and_then(|c| Some((c, acknowledged(c, value)?))) else {
            strange.push(name.clone());
            continue;
        };
        if control.value != to {
            changes.push(Change {
                key: name.clone(),
                from: control.value.clone(),
                to,
            });
        }
    }
    (changes, strange)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::json;

    use super::super::declare::said;
    use super::super::declared::Known;
    use super::*;

    fn known() -> Declaration {
        let message = json!({
            "commands": ["pause", "step"],
            "controls": [
                {"name": "lr_g", "type": "float", "value": 2e-4, "max": 0.1, "role": "learning_rate", "network": "generator"},
                {"name": "lr_d", "type": "float", "value": 1e-4, "role": "learning_rate", "network": "discriminator"},
                {"name": "loss", "type": "choice", "value": "gan", "choices": ["gan", "wgan"], "role": "objective"},
                {"name": "k", "type": "integer", "value": 1, "min": 1},
                {"name": "aug", "type": "boolean", "value": true},
            ],
            "actions": [{"name": "reset"}, {"name": "seed", "arguments": "N"}],
        });
        let mut known = Known::default();
        let (said, problems) = said(message.as_object().unwrap(), "hello").unwrap();
        assert!(problems.is_empty());
        known.said(said);
        known.now().clone()
    }

    fn of(command: &str) -> Result<Json, String> {
        match fate(&command.parse().unwrap(), 7, &known(), Hearing::Leader) {
            Fate::Send(down) => Ok(serde_json::to_value(down).unwrap()),
            Fate::Reject(reason) => Err(reason),
            Fate::Own => Err("own".to_owned()),
        }
    }

    #[test]
    fn commands_become_messages() {
        for (command, message) in [
            ("pause", json!({"type": "pause", "id": 7})),
            ("step 3", json!({"type": "step", "id": 7, "count": 3})),
            (
                "set k 5",
                json!({"type": "set", "id": 7, "values": {"k": 5}}),
            ),
            (
                "set aug off",
                json!({"type": "set", "id": 7, "values": {"aug": false}}),
            ),
            (
                "loss wgan",
                json!({"type": "set", "id": 7, "values": {"loss": "wgan"}}),
            ),
            (
                "lr 1e-3",
                json!({"type": "set", "id": 7, "values": {"lr_g": 1e-3, "lr_d": 1e-3}}),
            ),
            (
                "lr g /2",
                json!({"type": "set", "id": 7, "values": {"lr_g": 1e-4}}),
            ),
            (
                "action seed 3",
                json!({"type": "action", "id": 7, "name": "seed", "arguments": "3"}),
            ),
        ] {
            assert_eq!(of(command), Ok(message), "{command}");
        }
        assert_eq!(of("stop"), Err("own".to_owned()));
    }

    #[test]
    fn what_it_does_not_take_is_rejected_in_words() {
        for (command, reason) in [
            (
                "checkpoint",
                "does not take `checkpoint`; it takes pause, step, set, action",
            ),
            (
                "set lr_x 1",
                "there is no control `lr_x` (did you mean `lr_",
            ),
            ("set k x", "`k`: expected a whole number, found `x`"),
            ("set k 0", "`k`: expected a value of at least 1, found `0`"),
            (
                "set lr_g 0.5",
                "`lr_g`: expected a value of at most 0.1, found `0.5`",
            ),
            (
                "loss hinge",
                "`loss`: expected one of gan, wgan, found `hinge`",
            ),
            ("action fly", "there is no action `fly`"),
            ("action reset 3", "takes no argument, found `3`"),
            ("rewind", "another program, which cannot do that"),
        ] {
            let found = of(command).unwrap_err();
            assert!(found.contains(reason), "{command}: {found}");
        }
        let silent = fate(&Command::Pause, 1, &Declaration::default(), Hearing::Nobody);
        assert!(matches!(silent, Fate::Reject(reason) if reason.contains("has not connected")));
    }

    #[test]
    fn only_what_differs_is_a_change() {
        let values = json!({"k": 1, "lr_g": 1e-4, "x": 1, "aug": "no"});
        let (changes, strange) = changes(&known(), values.as_object().unwrap());
        assert_eq!(changes.len(), 1);
        assert_eq!(
            (changes[0].key.as_str(), &changes[0].to),
            ("lr_g", &Value::Float(1e-4))
        );
        assert_eq!(strange, ["x", "aug"]);
    }
}
