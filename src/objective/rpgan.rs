//! The relativistic pairing GAN (Jolicoeur-Martineau 2019, "`RpGAN`"; Huang et al. 2024, "R3GAN", eq. 1 and 2): D says of a
//! pair of a real and a generated image which is which.
//!
//! `L_D = E sp(D(G(z)) − D(x))`, `L_G = E sp(D(x) − D(G(z)))` over pairs, `sp` = softplus on logits. At balance both are ln 2.
//! A generated image is compared with real ones everywhere in the data, so that leaving out a mode never pays. It converges
//! with penalties on D's gradient at real and at generated images: `critic.r1` and `critic.r2`.

use candle_core::{Result, Tensor, bail};
use candle_nn::ops::sigmoid;

use super::{
    Adversarial, CriticSide, Family, GeneratorSide, Objective, SwitchRule, per_row, share, softplus,
};
use crate::metric::{Description, names, objectives};

pub(super) struct Rpgan;

impl Objective for Rpgan {
    fn description(&self) -> &'static Description {
        &objectives::RPGAN
    }

    fn family(&self) -> Family<'_> {
        Family::Adversarial(self)
    }

    fn switch(&self) -> SwitchRule {
        // As with gan: where a critic's scores are far apart, D has nothing more to learn.
        SwitchRule {
            warm_up: false,
            logit_rms: Some(3.0),
        }
    }
}

impl Adversarial for Rpgan {
    fn critic(&self, real: &Tensor, fake: &Tensor, _: f64) -> Result<CriticSide> {
        let lead = (real - fake)?;
        let loss = softplus(&lead.neg()?)?.mean_all()?;
        // ∂sp(f − r)/∂f = σ(f − r).
        let fake_grad = (sigmoid(&lead.neg()?)? * per_row(real)?)?;
        Ok(CriticSide {
            real_grad: fake_grad.neg()?,
            fake_grad,
            observed: vec![
                (names::D_LOSS, loss),
                (names::D_REAL, real.mean_all()?),
                (names::D_FAKE, fake.mean_all()?),
                (names::ACCURACY_PAIRS, share(&lead.gt(0.0)?)?),
            ],
        })
    }

    fn compares(&self) -> bool {
        true
    }

    fn generator(&self, fake: &Tensor, real: Option<&Tensor>) -> Result<GeneratorSide> {
        let Some(real) = real else {
            bail!("expected logits of real images to compare with, found none");
        };
        let lead = (real - fake)?;
        let loss = softplus(&lead)?.mean_all()?;
        Ok(GeneratorSide {
            fake_grad: (sigmoid(&lead)? * -per_row(fake)?)?,
            observed: vec![(names::G_LOSS, loss)],
        })
    }
}
