//! A condition, and its one written form.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::protocol::Value;

/// A condition on one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Condition {
    /// The metric.
    pub metric: String,
    /// The test that a value has to pass.
    pub test: Test,
    /// Which measurements are tested.
    pub when: When,
    /// How many steps in a row the test has to be passed; at least 1.
    pub steps: u64,
}

/// The test that a value has to pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// Compare with this number.
    Compare(Comparison, f64),
    /// Have this property (`true`), or not have it (`false`).
    Is(bool, Property),
}

/// How a value compares with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

/// A special property of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// Not a number.
    Nan,
    /// Neither NaN nor infinite.
    Finite,
}

/// Which measurements are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// All.
    Always,
    /// Only the first one at this step or later.
    At(u64),
    /// Those after this step.
    After(u64),
}

impl Comparison {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Less,
        Self::AtMost,
        Self::Greater,
        Self::AtLeast,
        Self::Equal,
        Self::Unequal,
    ];

    /// As written in a condition.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
            Self::Unequal => "!=",
        }
    }
}

impl Property {
    /// As written in a condition.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Nan => "nan",
            Self::Finite => "finite",
        }
    }
}

impl Test {
    /// Returns whether a value passes.
    #[must_use]
    #[expect(
        clippy::float_cmp,
        reason = "`==` asks for exactly this value, as for a number of modes"
    )]
    pub fn passes(self, value: f64) -> bool {
        match self {
            Self::Compare(Comparison::Less, bound) => value < bound,
            Self::Compare(Comparison::AtMost, bound) => value <= bound,
            Self::Compare(Comparison::Greater, bound) => value > bound,
            Self::Compare(Comparison::AtLeast, bound) => value >= bound,
            Self::Compare(Comparison::Equal, bound) => value == bound,
            Self::Compare(Comparison::Unequal, bound) => value != bound,
            Self::Is(wanted, Property::Nan) => value.is_nan() == wanted,
            Self::Is(wanted, Property::Finite) => value.is_finite() == wanted,
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(comparison, bound) => {
                write!(f, "{} {}", comparison.sign(), Value::Float(*bound))
            }
            Self::Is(true, property) => write!(f, "is {}", property.word()),
            Self::Is(false, property) => write!(f, "is not {}", property.word()),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.metric, self.test)?;
        match self.when {
            When::Always => {}
            When::At(step) => write!(f, " @ {step}")?,
            When::After(step) => write!(f, " after {step}")?,
        }
        if self.steps > 1 {
            write!(f, " for {}", self.steps)?;
        }
        Ok(())
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.to_string()
    }
}
