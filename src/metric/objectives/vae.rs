//! The variational autoencoder.

use super::shared::{Titles, networks};
use crate::metric::description::{Description, Networks};
use crate::metric::info::{Good, MetricInfo};
use crate::metric::names;
use crate::metric::objective::ObjectiveInfo;
use crate::metric::role::{Network, Role};

/// The variational autoencoder.
pub static VAE: Description = Description {
    name: "vae",
    preset: include_str!("../../../configs/vae.toml"),
    networks: Networks::Variational,
    smooths_labels: false,
    info,
};

fn info() -> ObjectiveInfo {
    let mut metrics = vec![
        MetricInfo::new(
            "loss",
            names::LOSS,
            "loss",
            Good::Lower,
            "reconstruction and divergence in nats per image; with β = 1 the negative ELBO",
        )
        .role(Role::Loss),
        MetricInfo::new(
            "loss",
            names::RECONSTRUCTION,
            "recon",
            Good::Lower,
            "reconstruction error in nats: cross-entropy over all pixels; of colours, the likelihood of a normal distribution",
        )
        .role(Role::Reconstruction),
        MetricInfo::new(
            "loss",
            names::DIVERGENCE,
            "KL",
            Good::Neutral,
            "information in the code, in nats; near 0: posterior collapse, the decoder ignores the latent",
        )
        .role(Role::Divergence),
        MetricInfo::new(
            "code",
            names::ACTIVE_LATENTS,
            "active",
            Good::Higher,
            "share of the latent's dimensions that carry information about an image",
        )
        .role(Role::ActiveLatents),
    ];
    metrics.extend(networks(&[
        Titles {
            network: Network::Discriminator,
            short: "enc",
            long: "encoder",
        },
        Titles {
            network: Network::Generator,
            short: "dec",
            long: "decoder",
        },
    ]));
    ObjectiveInfo {
        name: VAE.name.to_owned(),
        title: "VAE".to_owned(),
        about: "encoder and decoder: likelihood of the data, codes near N(0, 1)".to_owned(),
        metrics,
        references: Vec::new(),
        score_is_probability: false,
    }
}
