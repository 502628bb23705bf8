//! Least-squares GAN (Mao et al. 2017, eq. 9 with a = 0, b = c = 1): targets 1 for real and 0 for generated.
//!
//! `L_D = ½E(D(x) − 1)² + ½E D(G(z))²`, `L_G = ½E(D(G(z)) − 1)²`. At balance, D = ½: ¼ and ⅛. With labels smoothed by s, D aims
//! at 1 − s for real images.

use candle_core::{Result, Tensor};

use super::{
    Adversarial, CriticSide, Family, GeneratorSide, Objective, SwitchRule, per_row, share,
};
use crate::metric::{Description, names, objectives};

pub(super) struct Lsgan;

impl Objective for Lsgan {
    fn description(&self) -> &'static Description {
        &objectives::LSGAN
    }

    fn family(&self) -> Family<'_> {
        Family::Adversarial(self)
    }

    fn switch(&self) -> SwitchRule {
        // Logits of ±10 against targets of 0 and 1 would be a loss near 50.
        SwitchRule {
            warm_up: false,
            logit_rms: Some(1.0),
        }
    }
}

impl Adversarial for Lsgan {
    fn critic(&self, real: &Tensor, fake: &Tensor, smoothing: f64) -> Result<CriticSide> {
        let miss = (real - (1.0 - smoothing))?;
        let loss = ((miss.sqr()?.mean_all()? + fake.sqr()?.mean_all()?)? * 0.5)?;
        let scale = per_row(real)?;
        Ok(CriticSide {
            real_grad: (&miss * scale)?,
            fake_grad: (fake * scale)?,
            observed: vec![
                (names::D_LOSS, loss),
                (names::D_REAL, real.mean_all()?),
                (names::D_FAKE, fake.mean_all()?),
                (names::ACCURACY_REAL, share(&real.gt(0.5)?)?),
                (names::ACCURACY_FAKE, share(&fake.lt(0.5)?)?),
            ],
        })
    }

    fn generator(&self, fake: &Tensor, _: Option<&Tensor>) -> Result<GeneratorSide> {
        let miss = (fake - 1.0)?;
        Ok(GeneratorSide {
            observed: vec![(names::G_LOSS, (miss.sqr()?.mean_all()? * 0.5)?)],
            fake_grad: (miss * per_row(fake)?)?,
        })
    }
}
