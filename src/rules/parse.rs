//! Parses a text into a [`Condition`], left to right; the first error is reported.

mod filter;

use std::str::FromStr;

use super::condition::{Comparison, Condition, Property, Test, When};
use super::error::ConditionError;
use super::token::{Kind, Token, tokens};

/// The largest step accepted: above it, floats do not represent every whole number.
const MOST_STEPS: f64 = 9_007_199_254_740_992.0;

impl Condition {
    /// Parses a condition. `known` accepts the name of a metric, or returns what is wrong with it.
    ///
    /// # Errors
    /// The first error in it.
    pub fn parse(
        text: &str,
        known: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Self, ConditionError> {
        condition(text, known)
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    /// Parses a condition on a metric of any name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, |_| Ok(()))
    }
}

impl TryFrom<String> for Condition {
    type Error = ConditionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Parses a condition.
fn condition(
    text: &str,
    known: impl Fn(&str) -> Result<(), String>,
) -> Result<Condition, ConditionError> {
    let mut parser = Parser {
        text,
        tokens: tokens(text),
        next: 0,
    };
    let metric = parser.metric(known)?;
    let test = parser.test()?;
    let (when, steps) = parser.when()?;
    Ok(Condition {
        metric,
        test,
        when,
        steps,
    })
}

/// The tokens of a condition, and how many of them were read.
struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    next: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.next += usize::from(token.is_some());
        token
    }

    /// Takes the next token if it is this one.
    fn takes(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(text));
        self.next += usize::from(found);
        found
    }

    /// An error about a token, or about the end of the text if there is none.
    fn wrong(&self, token: Option<&Token>, problem: String) -> ConditionError {
        let end = self.text.trim_end().chars().count();
        let (at, width) = token.map_or((end, 1), |t| (t.at, t.width()));
        ConditionError::new(self.text, at, width, problem)
    }

    fn expected(&self, what: &str, found: Option<&Token>, hint: &str) -> ConditionError {
        let found_text = found.map_or_else(|| "nothing".to_owned(), |t| format!("`{}`", t.text));
        self.wrong(found, format!("expected {what}; found {found_text}{hint}"))
    }

    fn metric(
        &mut self,
        known: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String, ConditionError> {
        match self.take() {
            Some(token) if token.kind == Kind::Word => match known(&token.text) {
                Ok(()) => Ok(token.text),
                Err(problem) => Err(self.wrong(Some(&token), problem)),
            },
            None => Err(self.expected("a condition, such as `fid > 60 @ 20000`", None, "")),
            found => Err(self.expected("the name of a metric first", found.as_ref(), "")),
        }
    }

    fn test(&mut self) -> Result<Test, ConditionError> {
        let found = self.take();
        let Some(token) = &found else {
            return Err(self.expected(COMPARISON, None, ""));
        };
        if token.is("is") {
            let wanted = !self.takes("not");
            return self.property().map(|property| Test::Is(wanted, property));
        }
        match Comparison::ALL.iter().find(|c| token.is(c.sign())) {
            Some(comparison) => {
                let bound = self.number(comparison.sign())?;
                Ok(Test::Compare(*comparison, bound))
            }
            None => Err(self.expected(COMPARISON, found.as_ref(), meant(&token.text))),
        }
    }

    fn property(&mut self) -> Result<Property, ConditionError> {
        let found = self.take();
        [Property::Nan, Property::Finite]
            .into_iter()
            .find(|p| {
                found
                    .as_ref()
                    .is_some_and(|t| t.text.eq_ignore_ascii_case(p.word()))
            })
            .ok_or_else(|| {
                let what = "`nan`, `finite`, `not nan` or `not finite` after `is`";
                self.expected(what, found.as_ref(), "")
            })
    }

    /// The number after `before`.
    fn number(&mut self, before: &str) -> Result<f64, ConditionError> {
        let found = self.take();
        let value = found.as_ref().and_then(|token| number(&token.text));
        match value {
            Some(value) if value.is_nan() => {
                let problem = "nothing compares with NaN: `is nan` and `is not nan` ask for it";
                Err(self.wrong(found.as_ref(), problem.to_owned()))
            }
            Some(value) => Ok(value),
            None => Err(self.expected(&format!("a number after `{before}`"), found.as_ref(), "")),
        }
    }

    /// The whole number after `before`, at least `least`.
    fn steps(&mut self, before: &str, least: u64) -> Result<u64, ConditionError> {
        let found = self.take();
        let value = found.as_ref().and_then(|token| number(&token.text));
        value
            .filter(|v| v.fract() == 0.0 && *v >= least as f64 && *v <= MOST_STEPS)
            .map(|v| v as u64)
            .ok_or_else(|| {
                let what = format!("a whole number of steps of at least {least} after `{before}`");
                self.expected(&what, found.as_ref(), "")
            })
    }

    /// Everything after the test.
    fn when(&mut self) -> Result<(When, u64), ConditionError> {
        let (mut when, mut steps) = (When::Always, None);
        while let Some(token) = self.take() {
            let again = |parser: &Self| {
                let problem = format!("`{}` stands here for the second time", token.text);
                Err(parser.wrong(Some(&token), problem))
            };
            match (token.text.as_str(), when, steps) {
                ("@", When::At(_), _) | ("after", When::After(_), _) | ("for", _, Some(_)) => {
                    return again(self);
                }
                ("@", When::After(_), _) | ("after", When::At(_), _) => {
                    let problem =
                        "`@` looks once and `after` at all that follows: expected one of them";
                    return Err(self.wrong(Some(&token), problem.to_owned()));
                }
                ("@", _, Some(_)) | ("for", When::At(_), _) => {
                    let problem = "`@` looks once, `for` asks for steps in a row: `after STEP for STEPS` has both";
                    return Err(self.wrong(Some(&token), problem.to_owned()));
                }
                ("@", ..) => when = When::At(self.steps("@", 1)?),
                ("after", ..) => when = When::After(self.steps("after", 0)?),
                ("for", ..) => steps = Some(self.steps("for", 1)?),
                _ => return Err(self.expected(REST, Some(&token), joined(&token.text))),
            }
        }
        Ok((when, steps.unwrap_or(1)))
    }
}

const COMPARISON: &str = "a comparison (<, <=, >, >=, ==, !=) or `is`";
const REST: &str = "`@ STEP`, `after STEP`, `for STEPS` or the end";

/// What was meant by a comparison operator of another language.
fn meant(sign: &str) -> &'static str {
    match sign {
        "=" | "===" => " (did you mean `==`?)",
        "=<" | "≤" => " (did you mean `<=`?)",
        "=>" | "≥" => " (did you mean `>=`?)",
        "<>" | "!" | "!==" | "~=" | "≠" => " (did you mean `!=`?)",
        _ => "",
    }
}

/// What to do instead of joining two conditions.
fn joined(text: &str) -> &'static str {
    match text.to_ascii_lowercase().as_str() {
        "or" | "|" | "," | ";" => ": a condition is one comparison; give the other separately",
        "and" | "&" => ": a condition is one comparison, and two cannot be joined",
        _ => "",
    }
}

/// A number as people write it: `60`, `1e-4`, `20_000`, `20k`, `1.5M`, `inf`, `NaN`.
fn number(text: &str) -> Option<f64> {
    let plain = text.replace('_', "");
    let scaled = [('k', "e3"), ('K', "e3"), ('M', "e6")]
        .into_iter()
        .find_map(|(suffix, exponent)| {
            let digits = plain.strip_suffix(suffix)?;
            // As text, because a product would be rounded twice. A number with an exponent takes no suffix.
            Some(format!("{digits}{exponent}")).filter(|_| !digits.contains(['e', 'E']))
        });
    scaled.unwrap_or(plain).parse().ok()
}
