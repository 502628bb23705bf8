//! The hinge loss (Lim and Ye 2017, "Geometric GAN"; Miyato et al. 2018, eq. 16 and 17): D learns from images within its
//! margins only.
//!
//! `L_D = E max(0, 1 − D(x)) + E max(0, 1 + D(G(z)))`, `L_G = −E D(G(z))`. Where D cannot tell, `L_D` is 2.

use candle_core::{DType, Result, Tensor};

use super::wgan::generator_side;
use super::{
    Adversarial, CriticSide, Family, GeneratorSide, Objective, SwitchRule, per_row, share,
};
use crate::metric::{Description, names, objectives};

pub(super) struct Hinge;

impl Objective for Hinge {
    fn description(&self) -> &'static Description {
        &objectives::HINGE
    }

    fn family(&self) -> Family<'_> {
        Family::Adversarial(self)
    }

    fn switch(&self) -> SwitchRule {
        // A critic's scores far beyond the margins would leave D without a gradient.
        SwitchRule {
            warm_up: false,
            logit_rms: Some(1.0),
        }
    }
}

impl Adversarial for Hinge {
    fn critic(&self, real: &Tensor, fake: &Tensor, _: f64) -> Result<CriticSide> {
        let (short, over) = ((1.0 - real)?.relu()?, (fake + 1.0)?.relu()?);
        let loss = (short.mean_all()? + over.mean_all()?)?;
        let scale = per_row(real)?;
        let within = |miss: &Tensor| miss.gt(0.0)?.to_dtype(DType::F32);
        Ok(CriticSide {
            real_grad: (within(&short)? * -scale)?,
            fake_grad: (within(&over)? * scale)?,
            observed: vec![
                (names::D_LOSS, loss),
                (names::D_REAL, real.mean_all()?),
                (names::D_FAKE, fake.mean_all()?),
                (names::ACCURACY_REAL, share(&real.gt(0.0)?)?),
                (names::ACCURACY_FAKE, share(&fake.lt(0.0)?)?),
            ],
        })
    }

    fn generator(&self, fake: &Tensor, _: Option<&Tensor>) -> Result<GeneratorSide> {
        generator_side(fake)
    }
}
