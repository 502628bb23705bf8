//! Looks: pictures that a viewer asks for. They change nothing in the run and are not recorded.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ImageGrid;

/// What to show next to the samples. Samples are counted from 1, as on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// An interpolation between the latents of two samples, along the sphere.
    Walk(usize, usize),
    /// A sample, and a dimension of its latent (from 0) from one end to the other.
    Dimension(usize, usize),
    /// The training images nearest to a sample.
    Neighbours(usize),
    /// Images that the run trains on.
    Real,
    /// The samples by the generator's weights themselves, where they are generated with an average of them.
    Raw,
}

impl Look {
    /// Returns whether a command of this name is one of these.
    pub(super) fn is_named(word: &str) -> bool {
        ["walk", "dimension", "neighbours", "real", "raw"].contains(&word)
    }

    /// The look of this name with what follows it; nothing where that does not fit.
    pub(super) fn parse(word: &str, rest: &str) -> Option<Self> {
        let numbers = || -> Option<Vec<usize>> {
            let words = rest.split_whitespace();
            words.map(|n| n.parse().ok()).collect()
        };
        let numbers = numbers().unwrap_or_else(|| vec![0]);
        let sample = |n: &usize| *n > 0;
        match (word, &numbers[..]) {
            ("walk", [a, b]) if sample(a) && sample(b) => Some(Self::Walk(*a, *b)),
            ("dimension", [a, index]) if sample(a) => Some(Self::Dimension(*a, *index)),
            ("neighbours", [a]) if sample(a) => Some(Self::Neighbours(*a)),
            ("real", []) => Some(Self::Real),
            ("raw", []) => Some(Self::Raw),
            _ => None,
        }
    }

    /// What a word of these expects behind it.
    pub(super) fn expected(word: &str) -> (&'static str, &'static str) {
        match word {
            "walk" => ("walk", "the numbers of two samples, from 1"),
            "dimension" => (
                "dimension",
                "the number of a sample, from 1, and a dimension, from 0",
            ),
            "neighbours" => ("neighbours", "the number of a sample, from 1"),
            "raw" => ("raw", "nothing more"),
            _ => ("real", "nothing more"),
        }
    }
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Walk(from, to) => write!(f, "walk {from} {to}"),
            Self::Dimension(sample, index) => write!(f, "dimension {sample} {index}"),
            Self::Neighbours(sample) => write!(f, "neighbours {sample}"),
            Self::Real => write!(f, "real"),
            Self::Raw => write!(f, "raw"),
        }
    }
}

/// The result of a look.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// The request it answers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<u64>,
    /// What is seen: `from sample 3 to sample 17`.
    pub title: String,
    /// The images; between processes they are sent separately.
    #[serde(skip)]
    pub images: Arc<ImageGrid>,
    /// A caption for each image; may be empty.
    pub captions: Vec<String>,
}
