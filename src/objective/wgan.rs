//! Wasserstein GAN (Arjovsky et al. 2017, algorithm 1): a critic with clipped weights estimates a distance.
//!
//! `L_D = E D(G(z)) − E D(x)`, `L_G = −E D(G(z))`. `−L_D` estimates the distance up to a factor that clipping sets.

use candle_core::{Result, Tensor};

use super::metrics::{metric, reference, shared};
use super::{Adversarial, CriticSide, Family, GeneratorSide, Objective, SwitchRule, per_row};
use crate::metric::{Good, MetricInfo, ObjectiveInfo};

pub(super) struct Wgan;

/// What both critics of this family measure.
pub(super) fn critic_metrics() -> Vec<MetricInfo> {
    vec![
        metric(
            "loss",
            "d_loss",
            "d_loss",
            Good::Neutral,
            "the critic's loss: minus the estimated distance; towards 0 as drawings get better",
        ),
        metric(
            "loss",
            "g_loss",
            "g_loss",
            Good::Neutral,
            "minus the mean score of drawn digits; its level means nothing by itself",
        ),
        metric(
            "scores",
            "wasserstein",
            "W estimate",
            Good::Lower,
            "estimated distance between real and drawn digits, in units of the critic's own",
        ),
        metric(
            "scores",
            "d_real",
            "D(x)",
            Good::Neutral,
            "mean score of real digits, in units of the critic's own",
        ),
        metric(
            "scores",
            "d_fake",
            "D(G(z))",
            Good::Neutral,
            "mean score of drawn digits, in units of the critic's own",
        ),
    ]
}

/// `L_D` and its gradients.
pub(super) fn critic_side(real: &Tensor, fake: &Tensor) -> Result<CriticSide> {
    let (d_real, d_fake) = (real.mean_all()?, fake.mean_all()?);
    let scale = per_row(real)?;
    Ok(CriticSide {
        real_grad: real.ones_like()?.affine(-scale, 0.0)?,
        fake_grad: fake.ones_like()?.affine(scale, 0.0)?,
        observed: vec![
            ("d_loss", (&d_fake - &d_real)?),
            ("wasserstein", (&d_real - &d_fake)?),
            ("d_real", d_real),
            ("d_fake", d_fake),
        ],
    })
}

/// `L_G` and its gradient.
pub(super) fn generator_side(fake: &Tensor) -> Result<GeneratorSide> {
    Ok(GeneratorSide {
        fake_grad: fake.ones_like()?.affine(-per_row(fake)?, 0.0)?,
        observed: vec![("g_loss", fake.mean_all()?.neg()?)],
    })
}

impl Objective for Wgan {
    fn name(&self) -> &'static str {
        "wgan"
    }

    fn preset(&self) -> &'static str {
        include_str!("../../configs/wgan.toml")
    }

    fn info(&self) -> ObjectiveInfo {
        let mut metrics = critic_metrics();
        metrics.push(metric(
            "critic",
            "clip_saturation",
            "clipped",
            Good::Neutral,
            "share of the critic's weights at the clip; high from the start, a worry only together with a vanishing gradient",
        ));
        metrics.extend(shared());
        ObjectiveInfo {
            name: self.name().to_owned(),
            title: "WGAN".to_owned(),
            about: "Wasserstein distance, critic kept smooth by clipping its weights".to_owned(),
            metrics,
            references: vec![reference("d_loss", 0.0, "no distance")],
            score_is_probability: false,
        }
    }

    fn family(&self) -> Family<'_> {
        Family::Adversarial(self)
    }

    fn switch(&self) -> SwitchRule {
        SwitchRule {
            warm_up: true,
            logit_rms: None,
        }
    }
}

impl Adversarial for Wgan {
    fn critic(&self, real: &Tensor, fake: &Tensor, _: f64) -> Result<CriticSide> {
        critic_side(real, fake)
    }

    fn generator(&self, fake: &Tensor) -> Result<GeneratorSide> {
        generator_side(fake)
    }
}
