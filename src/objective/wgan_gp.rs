//! WGAN with gradient penalty (Gulrajani et al. 2017): the losses of WGAN, and a critic whose gradient is asked to have
//! norm 1 between real and generated images. The penalty itself is [`crate::nn::gradient_penalty`]; it is switched on by
//! `critic.gp_weight`, and adds `penalty` and `input_grad_norm` to what this objective observes.

use candle_core::{Result, Tensor};

use super::wgan::{critic_side, generator_side};
use super::{Adversarial, CriticSide, Family, GeneratorSide, Objective, SwitchRule};
use crate::metric::{Description, objectives};

pub(super) struct WganGp;

impl Objective for WganGp {
    fn description(&self) -> &'static Description {
        &objectives::WGAN_GP
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

impl Adversarial for WganGp {
    fn critic(&self, real: &Tensor, fake: &Tensor, _: f64) -> Result<CriticSide> {
        critic_side(real, fake)
    }

    fn generator(&self, fake: &Tensor, _: Option<&Tensor>) -> Result<GeneratorSide> {
        generator_side(fake)
    }
}
