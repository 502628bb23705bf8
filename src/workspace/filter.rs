//! A run as filters see it: by the names of columns.

use jiff::Timestamp;

use super::cell::Cell;
use super::column::{Column, Of};
use super::entry::Entry;
use crate::protocol::Value;
use crate::rules::Subject;

/// A run at a time.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The run.
    pub entry: &'a Entry,
    /// When.
    pub now: Timestamp,
}

impl Subject for Seen<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        let Self { entry, now } = *self;
        if name == "archived" {
            return Some(Value::Bool(entry.marks.archived));
        }
        // A metric may be named like anything else.
        let column = match entry.facts(name) {
            Some(_) => Column::Metric(name.to_owned(), Of::Last),
            None => Column::from(name.to_owned()),
        };
        match &column {
            Column::Origin => return Some(Value::Text(entry.found.format.word().to_owned())),
            Column::Setting(key) => {
                return entry.known.as_ref()?.about.config.get(key).cloned();
            }
            _ => {}
        }
        match column.cell(entry, now) {
            Cell::Nothing => None,
            Cell::Text(text) => Some(Value::Text(text)),
            Cell::Number(value, _) | Cell::At(value, _) => Some(Value::Float(value)),
            Cell::Steps(step, _) => i64::try_from(step).ok().map(Value::Integer),
            Cell::Age(seconds) => Some(Value::Integer(seconds)),
            Cell::State(state) => Some(Value::Text(state.word().to_owned())),
        }
    }

    fn texts(&self, seen: &mut dyn FnMut(&str)) {
        seen(self.entry.name());
        if self.entry.name() != self.entry.found.name {
            seen(&self.entry.found.name);
        }
        self.entry.tags().for_each(&mut *seen);
        let known = self.entry.known.as_ref().map(|known| &known.about);
        let logged = known.and_then(|about| about.remark.as_deref());
        let group = known.and_then(|about| about.group.as_deref());
        let note = self.entry.marks.note.as_deref();
        [logged, group, note].into_iter().flatten().for_each(seen);
    }

    fn has_tag(&self, tag: &str) -> bool {
        self.entry
            .tags()
            .any(|known| known.eq_ignore_ascii_case(tag))
    }
}
