//! What the plugin `hparams` says of a run: its settings, its group, its end.

use crate::logs::about::{About, Ending};
use crate::logs::wire::{Fields, Value as Wire};
use crate::protocol::Value;

/// How a run ended: the content of `session_end_info`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct End {
    pub ending: Option<Ending>,
    /// Seconds since 1970, where it says so.
    pub time: Option<f64>,
}

/// Takes in an `HParamsPluginData`. Returns how the run ended, if that is what it says.
pub(super) fn take_in(content: &[u8], about: &mut About) -> Option<End> {
    let mut end = None;
    for (number, part) in Fields::of(content) {
        match number {
            2 => experiment(part.bytes(), about),
            3 => start(part.bytes(), about),
            4 => end = Some(ended(part.bytes())),
            _ => {}
        }
    }
    end
}

fn experiment(bytes: &[u8], about: &mut About) {
    for (number, value) in Fields::of(bytes) {
        if number == 1 && !value.bytes().is_empty() {
            about.remark = Some(value.text().chars().take(1_000).collect());
        }
    }
}

fn start(bytes: &[u8], about: &mut About) {
    for (number, value) in Fields::of(bytes) {
        match number {
            1 => {
                let (mut key, mut setting) = (String::new(), None);
                for (number, value) in Fields::of(value.bytes()) {
                    match number {
                        1 => key = value.text(),
                        2 => setting = Fields::of(value.bytes()).find_map(of_struct),
                        _ => {}
                    }
                }
                about.set(&key, setting.unwrap_or(Value::Text("null".to_owned())));
            }
            4 if !value.bytes().is_empty() => {
                about.group = Some(value.text().chars().take(200).collect());
            }
            _ => {}
        }
    }
}

/// A `google.protobuf.Value`.
fn of_struct((number, value): (u64, Wire<'_>)) -> Option<Value> {
    match number {
        1 => Some(Value::Text("null".to_owned())),
        2 => Some(number_of(value.double())),
        3 => Some(Value::Text(value.text())),
        4 => Some(Value::Bool(value.integer() != 0)),
        _ => None,
    }
}

/// Whole numbers are written as doubles too.
fn number_of(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        Value::Integer(value as i64)
    } else {
        Value::Float(value)
    }
}

fn ended(bytes: &[u8]) -> End {
    let mut end = End {
        ending: None,
        time: None,
    };
    for (number, value) in Fields::of(bytes) {
        match (number, value.integer()) {
            (1, 1) => end.ending = Some(Ending::Finished),
            (1, 2) => end.ending = Some(Ending::Failed),
            (2, _) => end.time = Some(value.double()),
            _ => {}
        }
    }
    end
}
