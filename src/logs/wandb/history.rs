//! Rows of the history: values, pictures and histograms by their keys.

use std::borrow::Cow;
use std::path::{Component, Path};

use serde_json::Value;

use crate::logs::json;
use crate::logs::picture::{Bytes, Picture};
use crate::logs::source::{Histogram, Point, Sink};
use crate::logs::wire::Fields;

/// Items of one row that are read.
const ITEMS: usize = 20_000;
/// Keys of one item that are read.
const KEYS: usize = 8;
/// Bins of a histogram that are read.
const BINS: usize = 4_096;

/// A key and what belongs to it, as JSON.
#[derive(Debug, Default, Clone)]
pub(super) struct Item<'a> {
    /// The key; of nested objects, one after another.
    keys: [&'a str; KEYS],
    count: usize,
    pub json: &'a [u8],
}

impl<'a> Item<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        let mut item = Self::default();
        for (number, value) in Fields::of(bytes) {
            match number {
                1 | 2 => {
                    let key = std::str::from_utf8(value.bytes()).unwrap_or("");
                    if let Some(place) = item.keys.get_mut(item.count).filter(|_| !key.is_empty()) {
                        *place = key;
                        item.count += 1;
                    }
                }
                16 => item.json = value.bytes(),
                _ => {}
            }
        }
        item
    }

    fn keys(&self) -> &[&'a str] {
        self.keys.get(..self.count).unwrap_or(&[])
    }

    /// The number that it is, if it is one.
    pub fn number(&self) -> Option<f64> {
        let text = std::str::from_utf8(self.json).ok()?;
        match text.as_bytes().first()? {
            b'0'..=b'9' | b'-' | b'N' | b'I' => text.parse().ok(),
            b'"' => json::word_of(text.trim_matches('"')),
            _ => None,
        }
    }

    /// The key; nested ones joined.
    pub fn key(&self, joint: &str) -> Cow<'a, str> {
        match self.keys() {
            [] => Cow::Borrowed(""),
            [only] => Cow::Borrowed(only),
            all => Cow::Owned(all.join(joint)),
        }
    }
}

/// Something that is no number: an object with its type.
#[derive(Debug, Default)]
struct Thing {
    key: String,
    fields: Vec<(String, Value)>,
}

impl Thing {
    fn field(&self, name: &str) -> Option<&Value> {
        let (_, value) = self.fields.iter().find(|(key, _)| key == name)?;
        Some(value)
    }

    fn numbers(&self, name: &str) -> Vec<f64> {
        let list = self.field(name).and_then(Value::as_array);
        let numbers = list.into_iter().flatten().filter_map(json::number);
        numbers.take(BINS + 1).collect()
    }
}

/// Tells a row. `row` is its number, which is the step where it says none; pictures lie below `folder`.
pub(super) fn tell(bytes: &[u8], row: u64, folder: &Path, sink: &mut dyn Sink) {
    let mut items: Vec<Item<'_>> = Vec::with_capacity(32);
    let mut step = None;
    let mut time = None;
    let mut has_things = false;
    for (number, value) in Fields::of(bytes) {
        match number {
            1 if items.len() < ITEMS => {
                let item = Item::of(value.bytes());
                match item.keys() {
                    ["_step"] => step = item.number().map(|v| v.max(0.0) as u64).or(step),
                    ["_timestamp"] => time = item.number(),
                    // Hidden from people.
                    [first, ..] if first.starts_with('_') => {}
                    [] => {}
                    keys => {
                        has_things |= keys.last() == Some(&"_type") || item.json.starts_with(b"{");
                        items.push(item);
                    }
                }
            }
            2 => {
                let num = Fields::of(value.bytes()).find(|(number, _)| *number == 1);
                step = step.or(Some(num.map_or(0, |(_, num)| num.integer().max(0) as u64)));
            }
            _ => {}
        }
    }
    let step = step.unwrap_or(row);
    let things = if has_things {
        take_things(&mut items)
    } else {
        Vec::new()
    };
    for item in &items {
        if let Some(value) = item.number() {
            sink.point(&item.key("."), Point { step, time, value });
        }
    }
    for thing in things {
        told(&thing, step, time, folder, sink);
    }
}

/// Takes the objects out of a row: those that older writers put under one key, and those whose fields have each their own.
fn take_things(items: &mut Vec<Item<'_>>) -> Vec<Thing> {
    let mut things: Vec<Thing> = Vec::new();
    for item in items.iter() {
        match item.keys() {
            [keys @ .., "_type"] if !keys.is_empty() => things.push(Thing {
                key: keys.join("."),
                fields: Vec::new(),
            }),
            keys if item.json.starts_with(b"{") => {
                if let Ok(Value::Object(fields)) = json::parse(item.json) {
                    things.push(Thing {
                        key: keys.join("."),
                        fields: fields.into_iter().collect(),
                    });
                }
            }
            _ => {}
        }
    }
    items.retain(|item| {
        let Some((last, keys)) = item.keys().split_last() else {
            return false;
        };
        let key = keys.join(".");
        let thing = things
            .iter_mut()
            .find(|thing| thing.key == key && !keys.is_empty());
        if let Some(thing) = thing {
            if let Ok(value) = json::parse(item.json) {
                thing.fields.push(((*last).to_owned(), value));
            }
            return false;
        }
        !item.json.starts_with(b"{")
    });
    things
}

fn told(thing: &Thing, step: u64, time: Option<f64>, folder: &Path, sink: &mut dyn Sink) {
    let mut picture = |path: &str, index| {
        // A log may name any path; its files lie in one folder.
        let is_below = Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if is_below {
            sink.picture(Picture {
                tag: thing.key.clone(),
                step,
                index,
                time,
                place: Bytes::whole(folder.join("files").join(path)),
                grid: None,
            });
        }
    };
    match thing.field("_type").and_then(Value::as_str) {
        Some("image-file") => {
            if let Some(path) = thing.field("path").and_then(Value::as_str) {
                picture(path, 0);
            }
        }
        Some("images/separated") => {
            let names = thing.field("filenames").and_then(Value::as_array);
            let names = names.into_iter().flatten().filter_map(Value::as_str);
            for (index, path) in names.take(1_000).enumerate() {
                picture(path, index);
            }
        }
        Some("histogram") => {
            let (edges, counts) = (thing.numbers("bins"), thing.numbers("values"));
            if edges.len() == counts.len() + 1 && counts.len() <= BINS {
                let histogram = Histogram {
                    edges,
                    counts,
                    mean: None,
                };
                sink.histogram(&thing.key, step, histogram);
            }
        }
        Some(_) => {}
        None => {
            let fields = thing.fields.iter().cloned().collect();
            json::flat(&Value::Object(fields), '.', &mut |key, value| {
                if let Some(value) = json::number(value) {
                    let key = format!("{}.{key}", thing.key);
                    sink.point(&key, Point { step, time, value });
                }
            });
        }
    }
}
