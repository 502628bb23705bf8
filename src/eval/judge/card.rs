//! The metadata of a judge's file, and the file's format.

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde::{Deserialize, Serialize};

use crate::files::md5_hex;

/// The key of the metadata entry. There is only one, because several would be written in varying order.
const KEY: &str = "genai-tui-judge";

/// How a judge came by its features.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was trained to tell the dataset's classes apart.
    #[default]
    Trained,
    /// A judge of grey images that looks at each colour channel by itself; an image's class is those of its channels, read
    /// as the digits of a number.
    Channels,
    /// It was not trained: random weights.
    Random,
}

/// The facts about a judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Version of the network's architecture.
    pub architecture: u32,
    /// How it came by its features.
    #[serde(default)]
    pub kind: Kind,
    /// Name of the dataset it was trained for.
    pub dataset: String,
    /// Identifies its training images: their dataset's digest, or the MD5 of their pixels.
    pub data: String,
    /// Channels of the images it looks at.
    #[serde(default = "grey")]
    pub channels: usize,
    /// Number of classes.
    pub classes: usize,
    /// Accuracy on held-out images.
    pub accuracy: f64,
    /// Number of held-out images for `accuracy`.
    pub held_out: usize,
    /// Number of training epochs.
    pub epochs: usize,
    /// Seed of the initial weights, and of the order and shifts of the images.
    pub seed: u64,
    /// MD5 of its tensors' values, in the order of their names.
    pub weights: String,
}

fn grey() -> usize {
    1
}

impl Card {
    /// Whether the judge is less than a quarter of the way from guessing to being always right, so that its measures say
    /// little.
    #[must_use]
    pub fn is_little_better_than_guessing(&self) -> bool {
        let guessed = 1.0 / self.classes.max(1) as f64;
        self.accuracy < guessed + (1.0 - guessed) / 4.0
    }

    /// The judge in words: `judge of mnist, 99.20 % accuracy, weights 0a1b…`.
    #[must_use]
    pub fn words(&self) -> String {
        let of = &self.dataset;
        let weights = format!("weights {}", self.weights);
        let accuracy = format!("{:.2} % accuracy", 100.0 * self.accuracy);
        match self.kind {
            Kind::Trained => format!("judge of {of}, {accuracy}, {weights}"),
            Kind::Channels => format!("judge of {of} for each channel, {accuracy}, {weights}"),
            Kind::Random => format!(
                "random features, {weights}: those of an untrained network, standardised on {of}; compare them only with others of \
                 the same weights"
            ),
        }
    }
}

/// A judge's file: tensors by name, and the card.
pub(super) struct File {
    pub card: Card,
    pub tensors: Vec<(String, Tensor)>,
}

impl File {
    /// The MD5 of the tensors, for [`Card::weights`].
    pub fn sum(&self) -> candle_core::Result<String> {
        let mut named: Vec<_> = self.tensors.iter().collect();
        named.sort_by(|a, b| a.0.cmp(&b.0));
        let mut all = Vec::new();
        for (_, tensor) in named {
            all.extend(bytes(tensor)?);
        }
        Ok(md5_hex(all))
    }

    /// Encodes as safetensors.
    pub fn encode(&self) -> Result<Vec<u8>, String> {
        let wrong = |e: &dyn std::fmt::Display| e.to_string();
        let mut data = Vec::new();
        for (name, tensor) in &self.tensors {
            let bytes = bytes(tensor).map_err(|e| wrong(&e))?;
            data.push((name, tensor.dims().to_vec(), bytes));
        }
        let mut views = Vec::new();
        for (name, shape, bytes) in &data {
            let view = TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes)
                .map_err(|e| wrong(&e))?;
            views.push((name.as_str(), view));
        }
        let card = serde_json::to_string(&self.card).map_err(|e| wrong(&e))?;
        let metadata = HashMap::from([(KEY.to_owned(), card)]);
        safetensors::serialize(views, Some(metadata)).map_err(|e| wrong(&e))
    }

    /// Decodes safetensors; the weights must match the card.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let wrong = |e: &dyn std::fmt::Display| e.to_string();
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| wrong(&e))?;
        let card = header
            .metadata()
            .as_ref()
            .and_then(|entries| entries.get(KEY))
            .ok_or_else(|| format!("found no metadata `{KEY}`: not a judge's weights"))?;
        let card: Card = serde_json::from_str(card).map_err(|e| wrong(&e))?;
        let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu);
        let file = Self {
            card,
            tensors: tensors.map_err(|e| wrong(&e))?.into_iter().collect(),
        };
        let found = file.sum().map_err(|e| wrong(&e))?;
        if found == file.card.weights {
            Ok(file)
        } else {
            let expected = &file.card.weights;
            Err(format!(
                "the weights are damaged: expected MD5 {expected}, found {found}"
            ))
        }
    }
}

fn bytes(tensor: &Tensor) -> candle_core::Result<Vec<u8>> {
    let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
    Ok(values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_judge_must_do_better_than_guessing() {
        let is_little = |classes, accuracy| {
            let card = Card {
                architecture: 1,
                kind: Kind::Trained,
                dataset: "noise".to_owned(),
                data: String::new(),
                channels: 1,
                classes,
                accuracy,
                held_out: 100,
                epochs: 1,
                seed: 0,
                weights: String::new(),
            };
            card.is_little_better_than_guessing()
        };
        assert!(is_little(10, 0.0) && is_little(10, 0.3) && !is_little(10, 0.4));
        assert!(is_little(2, 0.6) && !is_little(2, 0.7));
        assert!(is_little(100, 0.2) && !is_little(100, 0.3));
    }
}
