//! Parses a text into a [`Filter`], with the tests of conditions.

use std::str::FromStr;

use regex::RegexBuilder;

use super::{COMPARISON, Parser, number};
use crate::protocol::RunState;
use crate::rules::condition::{Comparison, Test};
use crate::rules::error::ConditionError;
use crate::rules::filter::{Filter, Relation};
use crate::rules::token::{Kind, Token, is_keyword, words};

/// How deep parentheses and `not` may be nested.
const DEPTH: usize = 64;
/// Bytes that a compiled regular expression may take.
const REGEX: usize = 1 << 20;

impl FromStr for Filter {
    type Err = ConditionError;

    /// Parses a filter; an empty text wants every run.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parser = Parser {
            text,
            tokens: words(text),
            next: 0,
        };
        if parser.tokens.is_empty() {
            return Ok(Self::default());
        }
        let filter = parser.any(0)?;
        match parser.take() {
            None => Ok(filter),
            found => {
                let found = found.as_ref();
                Err(parser.expected("`and`, `or` or the end", found, hint(found)))
            }
        }
    }
}

impl Parser<'_> {
    fn takes_word(&mut self, word: &str) -> bool {
        let found = self
            .peek()
            .is_some_and(|token| token.kind == Kind::Word && token.text.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }

    fn any(&mut self, depth: usize) -> Result<Filter, ConditionError> {
        let mut parts = vec![self.all(depth)?];
        while self.takes_word("or") {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Filter::Any))
    }

    /// Parts that follow each other are joined, with or without `and`.
    fn all(&mut self, depth: usize) -> Result<Filter, ConditionError> {
        let mut parts = vec![self.part(depth)?];
        loop {
            let is_joined = self.takes_word("and");
            let follows = self.peek().is_some_and(|token| match token.kind {
                Kind::Word => !token.text.eq_ignore_ascii_case("or"),
                Kind::Number | Kind::Text | Kind::Regex => true,
                Kind::Sign => token.is("("),
            });
            if !is_joined && !follows {
                return Ok(one_or(parts, Filter::All));
            }
            parts.push(self.part(depth)?);
        }
    }

    fn part(&mut self, depth: usize) -> Result<Filter, ConditionError> {
        let found = self.take();
        let Some(token) = &found else {
            return Err(self.expected(PART, None, ""));
        };
        if depth > DEPTH {
            return Err(self.wrong(found.as_ref(), "this is nested too deep".to_owned()));
        }
        match token.kind {
            Kind::Sign if token.is("(") => {
                let inner = self.any(depth + 1)?;
                match self.take() {
                    Some(close) if close.is(")") => Ok(inner),
                    other => Err(self.expected("`)`", other.as_ref(), "")),
                }
            }
            Kind::Word if token.text.eq_ignore_ascii_case("not") => {
                Ok(Filter::Not(Box::new(self.part(depth + 1)?)))
            }
            Kind::Regex => RegexBuilder::new(&token.text)
                .case_insensitive(true)
                .size_limit(REGEX)
                .build()
                .map(Filter::Matches)
                .map_err(|error| {
                    let problem = error.to_string();
                    let last = problem.lines().last().unwrap_or_default();
                    let last = last.trim_start_matches("error: ");
                    self.wrong(found.as_ref(), format!("no regular expression: {last}"))
                }),
            Kind::Word | Kind::Number | Kind::Text if !is_joint(token) => self.term(token),
            _ => Err(self.expected(PART, found.as_ref(), "")),
        }
    }

    /// What begins with a name: a test, a tag, or a text by itself.
    fn term(&mut self, first: &Token) -> Result<Filter, ConditionError> {
        if first.kind == Kind::Word
            && let Some((prefix, rest)) = first.text.split_once(':')
            && ["tag", "has"].contains(&prefix)
        {
            let name = match (rest, self.peek()) {
                ("", Some(next))
                    if next.kind == Kind::Text && next.at == first.at + first.width() =>
                {
                    let text = next.text.clone();
                    self.next += 1;
                    text
                }
                ("", next) => {
                    let next = next.cloned();
                    let what = format!("a name right after `{prefix}:`");
                    return Err(self.expected(&what, next.as_ref(), ""));
                }
                (rest, _) => rest.to_owned(),
            };
            return Ok(match prefix {
                "tag" => Filter::Tag(name),
                _ => Filter::Has(name),
            });
        }
        let is_test = self
            .peek()
            .is_some_and(|next| next.is("is") && next.kind == Kind::Word || next.is_comparison());
        if !is_test {
            return Ok(Filter::Text(first.text.clone()));
        }
        let name = first.text.clone();
        if self.peek().is_some_and(|next| next.kind == Kind::Word) {
            return Ok(Filter::Number(name, self.test()?));
        }
        let sign = self.take();
        let sign_text = sign.as_ref().map_or("", |sign| sign.text.as_str());
        let relation = Relation::ALL.into_iter().find(|relation| {
            relation.sign() == sign_text || sign_text == "==" && *relation == Relation::Is
        });
        let comparison = Comparison::ALL
            .into_iter()
            .find(|comparison| comparison.sign() == sign_text)
            .or_else(|| (sign_text == "=").then_some(Comparison::Equal));
        if relation.is_none() && comparison.is_none() {
            return Err(self.expected(COMPARISON, sign.as_ref(), super::meant(sign_text)));
        }
        let value = self.take();
        let is_value = value.as_ref().is_some_and(|value| {
            matches!(value.kind, Kind::Word | Kind::Number | Kind::Text) && !is_joint(value)
        });
        let Some(value) = value.as_ref().filter(|_| is_value) else {
            let what = format!("a value after `{sign_text}`");
            return Err(self.expected(&what, value.as_ref(), ""));
        };
        let is_whole = matches!(relation, Some(Relation::Is | Relation::IsNot));
        let states = RunState::ALL.map(RunState::word);
        let is_state = states
            .iter()
            .any(|state| value.text.eq_ignore_ascii_case(state));
        if name == "state" && is_whole && !is_state {
            let what = format!("one of {}", states.join(", "));
            return Err(self.expected(&what, Some(value), ""));
        }
        let amount = Some(&value.text)
            .filter(|_| value.kind == Kind::Number)
            .and_then(|text| number(text).or_else(|| seconds(text)));
        match (comparison, amount, relation) {
            (Some(comparison), Some(amount), _) => {
                Ok(Filter::Number(name, Test::Compare(comparison, amount)))
            }
            (_, None, Some(relation)) | (None, Some(_), Some(relation)) => Ok(Filter::Word {
                name,
                relation,
                word: value.text.clone(),
            }),
            _ => {
                let what = format!("a number after `{sign_text}`");
                Err(self.expected(&what, Some(value), ""))
            }
        }
    }
}

const PART: &str =
    "a condition such as `fid < 10` or `state = live`, `tag:NAME`, a text, `/regex/`, `not` or `(`";

/// Whether a token joins parts, so that it is no text by itself.
fn is_joint(token: &Token) -> bool {
    token.kind == Kind::Word && is_keyword(&token.text)
}

/// A hint at what filters cannot say.
fn hint(found: Option<&Token>) -> &'static str {
    match found.map(|token| token.text.as_str()) {
        Some("@") => " (a filter looks at a run as a whole; steps are for conditions)",
        Some("|" | "||") => " (did you mean `or`?)",
        Some("&" | "&&" | ",") => " (did you mean `and`?)",
        _ => "",
    }
}

fn one_or(mut parts: Vec<Filter>, several: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            several(parts)
        }
    }
}

/// A time, in seconds: `90s`, `30m`, `2h`, `7d`.
fn seconds(text: &str) -> Option<f64> {
    let split = text.len().checked_sub(1)?;
    let (digits, unit) = (text.get(..split)?, text.get(split..)?);
    let unit = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Some(digits.parse::<f64>().ok()? * unit)
}
