//! Wasserstein GAN (Arjovsky et al. 2017, algorithm 1): a critic with clipped weights estimates a distance.
//!
//! `L_D = E D(G(z)) − E D(x)`, `L_G = −E D(G(z))`. `−L_D` estimates the distance up to a factor that clipping sets.

use candle_core::{Result, Tensor};

use super::{Adversarial, CriticSide, Family, GeneratorSide, Objective, SwitchRule, per_row};
use crate::metric::{Description, names, objectives};

pub(super) struct Wgan;

/// `L_D` and its gradients.
pub(super) fn critic_side(real: &Tensor, fake: &Tensor) -> Result<CriticSide> {
    let (d_real, d_fake) = (real.mean_all()?, fake.mean_all()?);
    let scale = per_row(real)?;
    Ok(CriticSide {
        real_grad: real.ones_like()?.affine(-scale, 0.0)?,
        fake_grad: fake.ones_like()?.affine(scale, 0.0)?,
        observed: vec![
            (names::D_LOSS, (&d_fake - &d_real)?),
            (names::DISTANCE, (&d_real - &d_fake)?),
            (names::D_REAL, d_real),
            (names::D_FAKE, d_fake),
        ],
    })
}

/// `L_G` and its gradient.
pub(super) fn generator_side(fake: &Tensor) -> Result<GeneratorSide> {
    Ok(GeneratorSide {
        fake_grad: fake.ones_like()?.affine(-per_row(fake)?, 0.0)?,
        observed: vec![(names::G_LOSS, fake.mean_all()?.neg()?)],
    })
}

impl Objective for Wgan {
    fn description(&self) -> &'static Description {
        &objectives::WGAN
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

    fn generator(&self, fake: &Tensor, _: Option<&Tensor>) -> Result<GeneratorSide> {
        generator_side(fake)
    }
}
