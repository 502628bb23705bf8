//! The non-saturating GAN (Goodfellow et al. 2014, section 3): D distinguishes real from generated images, G makes D say "real".
//!
//! `L_D = ½[E sp(−D(x)) + E sp(D(G(z)))]`, `L_G = E sp(−D(G(z)))`, `sp` = softplus on logits. At balance both are ln 2.
//! With labels smoothed by s, the target of real images is 1 − s: `(1 − s)·sp(−D(x)) + s·sp(D(x))`.

use candle_core::{Result, Tensor};
use candle_nn::ops::sigmoid;

use super::{
    Adversarial, CriticSide, Family, GeneratorSide, Objective, SwitchRule, per_row, share, softplus,
};
use crate::metric::{Description, names, objectives};

pub(super) struct Gan;

impl Objective for Gan {
    fn description(&self) -> &'static Description {
        &objectives::GAN
    }

    fn family(&self) -> Family<'_> {
        Family::Adversarial(self)
    }

    fn switch(&self) -> SwitchRule {
        // A critic's scores have no scale; as logits, those beyond ±3 leave G without a gradient.
        SwitchRule {
            warm_up: false,
            logit_rms: Some(3.0),
        }
    }
}

impl Adversarial for Gan {
    fn critic(&self, real: &Tensor, fake: &Tensor, smoothing: f64) -> Result<CriticSide> {
        let mut of_real = softplus(&real.neg()?)?.mean_all()?;
        if smoothing > 0.0 {
            // (1 − s)·sp(−r) + s·sp(r), since sp(r) = sp(−r) + r.
            of_real = (of_real + (real.mean_all()? * smoothing)?)?;
        }
        let loss = ((of_real + softplus(fake)?.mean_all()?)? * 0.5)?;
        let (p_real, p_fake) = (sigmoid(real)?, sigmoid(fake)?);
        let scale = 0.5 * per_row(real)?;
        Ok(CriticSide {
            // ∂sp(−r)/∂r = σ(r) − 1.
            real_grad: ((&p_real - (1.0 - smoothing))? * scale)?,
            fake_grad: (&p_fake * scale)?,
            observed: vec![
                (names::D_LOSS, loss),
                (names::D_REAL, p_real.mean_all()?),
                (names::D_FAKE, p_fake.mean_all()?),
                (names::ACCURACY_REAL, share(&real.gt(0.0)?)?),
                (names::ACCURACY_FAKE, share(&fake.lt(0.0)?)?),
            ],
        })
    }

    fn generator(&self, fake: &Tensor, _: Option<&Tensor>) -> Result<GeneratorSide> {
        let loss = softplus(&fake.neg()?)?.mean_all()?;
        let fake_grad = ((sigmoid(fake)? - 1.0)? * per_row(fake)?)?;
        Ok(GeneratorSide {
            fake_grad,
            observed: vec![(names::G_LOSS, loss)],
        })
    }
}
