//! The settings that a command may change during a run, and what changed between two of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::config::{ArchKind, LIVE, OptimizerConfig, OptimizerKind, Preset, RunConfig};
use crate::data::ImageSet;
use crate::nn::{Architecture, Described, Kind};
use crate::optim::Rule;
use crate::protocol::{Change, Value};
use crate::shape::ImageShape;

/// The sizes of a run's networks for these images.
pub(super) fn architecture(config: &RunConfig, images: &ImageSet) -> Architecture {
    let classes = if config.arch.conditional {
        images.classes()
    } else {
        0
    };
    sizes(config, images.shape(), classes)
}

/// The sizes of the networks of a configuration for images of this shape and so many classes; 0 for none.
#[must_use]
pub fn sizes(config: &RunConfig, image: ImageShape, classes: usize) -> Architecture {
    Architecture {
        kind: kind(
            config.arch.kind,
            [&config.arch.generator, &config.arch.discriminator],
        ),
        classes,
        latent_dim: config.latent_dim,
        width: config.arch.width,
        image,
    }
}

/// The networks of this name; of one's own, those of these modules.
pub(super) fn kind(name: ArchKind, [generator, discriminator]: [&Option<String>; 2]) -> Kind {
    match name {
        ArchKind::Mlp => Kind::Mlp,
        ArchKind::Dcgan => Kind::Dcgan,
        ArchKind::SnCnn => Kind::SnCnn,
        ArchKind::Resnet => Kind::Resnet,
        ArchKind::Custom => Kind::Described(Arc::new(Described {
            generator: generator.clone().unwrap_or_default(),
            discriminator: discriminator.clone().unwrap_or_default(),
        })),
    }
}

/// The update rule that an optimizer's settings describe.
pub(super) fn rule(config: &OptimizerConfig) -> Rule {
    match config.kind {
        OptimizerKind::Adam => Rule::Adam {
            beta1: config.beta1,
            beta2: config.beta2,
            eps: config.eps,
        },
        OptimizerKind::Rmsprop => Rule::Rmsprop {
            alpha: config.beta2,
            eps: config.eps,
        },
    }
}

/// The settings, besides learning rates, that can change during a run.
pub(super) fn live_settings(settings: &Preset) -> BTreeMap<String, Value> {
    let all = serde_json::to_value(settings).unwrap_or_default();
    let value = |key: &str| {
        all.pointer(&format!("/{}", key.replace('.', "/")))
            .map(plain)
    };
    LIVE.iter()
        .filter_map(|key| Some(((*key).to_owned(), value(key)?)))
        .collect()
}

/// Every key whose value differs, by its configuration key.
pub(super) fn changes(before: &Preset, after: &Preset) -> Vec<Change> {
    let mut found = Vec::new();
    if let (Ok(before), Ok(after)) = (serde_json::to_value(before), serde_json::to_value(after)) {
        collect("", &before, &after, &mut found);
    }
    found
}

fn collect(prefix: &str, before: &Json, after: &Json, found: &mut Vec<Change>) {
    match (before, after) {
        (Json::Object(b), Json::Object(a)) => {
            for (key, value) in a {
                let key_path = if prefix.is_empty() {
                    key.clone()
                } else {
                    format!("{prefix}.{key}")
                };
                collect(&key_path, b.get(key).unwrap_or(&Json::Null), value, found);
            }
        }
        (b, a) if b != a => found.push(Change {
            key: prefix.to_owned(),
            from: plain(b),
            to: plain(a),
        }),
        _ => {}
    }
}

fn plain(json: &Json) -> Value {
    match json {
        Json::Bool(v) => Value::Bool(*v),
        Json::Number(n) => n.as_i64().map_or_else(
            || Value::Float(n.as_f64().unwrap_or(f64::NAN)),
            Value::Integer,
        ),
        Json::String(s) => Value::Text(s.clone()),
        other => Value::Text(other.to_string()),
    }
}
