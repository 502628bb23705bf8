//! Reads fields of a message: what is there must be of its kind, and is named where it is not.

use serde_json::{Map, Value};

use super::json::{number, shown};
use super::limits;
use super::problem::Problem;

/// The fields of an object, with its name for messages.
#[derive(Debug)]
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    of: &'a str,
}

impl<'a> Fields<'a> {
    /// The fields of what is called so.
    pub fn of(object: &'a Map<String, Value>, of: &'a str) -> Self {
        Self { object, of }
    }

    /// The value of a field, unless it is left out or null.
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, expected: &str) -> Problem {
        let found = self.object.get(name).map_or("nothing".to_owned(), shown);
        Problem::invalid(format!(
            "{}: `{name}`: found {found}; expected {expected}",
            self.of
        ))
    }

    /// A field that cannot be left out.
    pub fn needed<T>(&self, name: &str, found: Option<T>, expected: &str) -> Result<T, Problem> {
        found.ok_or_else(|| self.wrong(name, expected))
    }

    /// A field that may be left out.
    fn optional<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        read(value)
            .map(Some)
            .ok_or_else(|| self.wrong(name, expected))
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<Option<&'a str>, Problem> {
        self.optional(name, "a text", Value::as_str)
    }

    /// A text of at most so many bytes.
    pub fn text_within(&self, name: &str, most: usize) -> Result<Option<&'a str>, Problem> {
        match self.text(name)? {
            Some(text) if text.len() > most => Err(Problem::invalid(format!(
                "{}: `{name}`: found {} bytes; expected at most {most}",
                self.of,
                text.len()
            ))),
            text => Ok(text),
        }
    }

    /// A name: of a metric, a control, an action.
    pub fn name(&self, name: &str) -> Result<Option<&'a str>, Problem> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        check_name(text)
            .map_err(|problem| Problem::invalid(format!("{}: `{name}`: {problem}", self.of)))?;
        Ok(Some(text))
    }

    /// A whole number that is not negative.
    pub fn whole(&self, name: &str) -> Result<Option<u64>, Problem> {
        self.optional(name, "a whole number of at least 0", whole)
    }

    /// A step.
    pub fn step(&self, name: &str) -> Result<Option<u64>, Problem> {
        let step = |value: &Value| whole(value).filter(|step| *step <= limits::STEP);
        self.optional(name, "a whole number from 0 to 2^53", step)
    }

    /// A number that is one.
    pub fn finite(&self, name: &str) -> Result<Option<f64>, Problem> {
        let finite = |value: &Value| number(value).filter(|v| v.is_finite());
        self.optional(name, "a finite number", finite)
    }

    /// true or false.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        self.optional(name, "true or false", Value::as_bool)
    }

    /// A list.
    pub fn list(&self, name: &str) -> Result<Option<&'a [Value]>, Problem> {
        self.optional(name, "a list", |value| value.as_array().map(Vec::as_slice))
    }

    /// A list of which some entries may be no texts: of each the text, or what it is.
    pub fn texts_and_others(
        &self,
        name: &str,
    ) -> Result<Option<Vec<Result<&'a str, String>>>, Problem> {
        let Some(all) = self.list(name)? else {
            return Ok(None);
        };
        let entries = all.iter();
        Ok(Some(
            entries
                .map(|entry| entry.as_str().ok_or_else(|| shown(entry)))
                .collect(),
        ))
    }

    /// A list of texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Problem> {
        let texts = |value: &Value| {
            let all = value.as_array()?.iter();
            all.map(|text| text.as_str().map(str::to_owned)).collect()
        };
        self.optional(name, "a list of nothing but texts", texts)
    }

    /// A list of numbers, which may be those that JSON lacks.
    pub fn numbers(&self, name: &str) -> Result<Option<Vec<f64>>, Problem> {
        let numbers = |value: &Value| value.as_array()?.iter().map(number).collect();
        self.optional(name, "a list of nothing but numbers", numbers)
    }

    /// An object.
    pub fn object(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, Problem> {
        self.optional(name, "an object", Value::as_object)
    }

    /// Any value.
    pub fn any(&self, name: &str) -> Option<&'a Value> {
        self.value(name)
    }

    /// One of these words.
    pub fn one_of<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| Some(*value)).ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            Problem::invalid(format!(
                "{}: `{name}`: found `{}`; expected one of {}",
                self.of,
                text.chars().take(40).collect::<String>(),
                known.join(", ")
            ))
        })
    }
}

fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        // A step that was a float: 100.0.
        let float = value.as_f64()?;
        (float >= 0.0 && float.fract() == 0.0 && float <= limits::STEP as f64)
            .then_some(float as u64)
    })
}

/// What is wrong with a name, if anything.
pub fn check_name(name: &str) -> Result<(), String> {
    let length = name.chars().count();
    if length == 0 || length > limits::NAME {
        return Err(format!(
            "found {length} characters; expected a name of 1 to {} characters",
            limits::NAME
        ));
    }
    let odd = |c: char| c.is_whitespace() || c.is_control();
    if name.contains(odd) {
        return Err(format!(
            "found `{}`; expected a name without white space and control characters",
            name.replace(odd, "·")
        ));
    }
    Ok(())
}
