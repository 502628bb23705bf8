//! A parameter: a key of the configuration that a sweep varies.

use std::fmt;
use std::str::FromStr;

use super::domain::Domain;

/// A key of the configuration that a sweep varies.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The key: `optimizer.g.lr`.
    pub key: String,
    /// What it may be.
    pub domain: Domain,
    /// Another key and the value that it must have, or else this one is not set.
    pub when: Option<(String, String)>,
}

impl Param {
    /// Reads the part after the key: a domain, and ` if KEY=VALUE` where the parameter depends on another.
    ///
    /// # Errors
    /// What was found and what was expected.
    pub fn of(key: &str, text: &str) -> Result<Self, String> {
        let (domain, when) = match text.split_once(" if ") {
            None => (text, None),
            Some((domain, condition)) => {
                let (other, value) = condition
                    .split_once('=')
                    .ok_or_else(|| format!("found `if {condition}`, expected `if KEY=VALUE`"))?;
                (
                    domain,
                    Some((other.trim().to_owned(), value.trim().to_owned())),
                )
            }
        };
        Ok(Self {
            key: key.to_owned(),
            domain: domain.parse()?,
            when,
        })
    }

    /// The part after the key.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.domain.to_string();
        if let Some((key, value)) = &self.when {
            text = format!("{text} if {key}={value}");
        }
        text
    }
}

impl FromStr for Param {
    type Err = String;

    /// Reads `KEY=DOMAIN`, or `KEY=DOMAIN if KEY=VALUE`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, rest) = text
            .split_once('=')
            .filter(|(key, _)| !key.trim().is_empty())
            .ok_or_else(|| {
                format!("found `{text}`, expected KEY=DOMAIN such as optimizer.d.lr=log(1e-5,1e-3)")
            })?;
        Self::of(key.trim(), rest.trim())
    }
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.text())
    }
}
