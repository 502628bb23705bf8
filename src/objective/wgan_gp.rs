//! WGAN with gradient penalty (Gulrajani et al. 2017): the losses of WGAN, and a critic whose gradient is asked to have
//! norm 1 between real and generated images. The penalty itself is [`crate::nn::gradient_penalty`]; it is switched on by
//! `critic.gp_weight`, and adds `penalty` and `input_grad_norm` to what this objective observes.

use candle_core::{Result, Tensor};

use super::metrics::{metric, reference, shared};
use super::wgan::{critic_metrics, critic_side, generator_side};
use super::{Adversarial, CriticSide, Family, GeneratorSide, Objective, SwitchRule};
use crate::metric::{Good, ObjectiveInfo};

pub(super) struct WganGp;

impl Objective for WganGp {
    fn name(&self) -> &'static str {
        "wgan-gp"
    }

    fn preset(&self) -> &'static str {
        include_str!("../../configs/wgan-gp.toml")
    }

    fn info(&self) -> ObjectiveInfo {
        let mut metrics = critic_metrics();
        metrics.push(metric(
            "critic",
            "input_grad_norm",
            "‖∇ₓD‖",
            Good::Balance,
            "norm of the critic's gradient by the image; the penalty asks for 1",
        ));
        metrics.push(metric(
            "critic",
            "penalty",
            "penalty",
            Good::Lower,
            "the gradient penalty, part of d_loss",
        ));
        metrics.extend(shared());
        ObjectiveInfo {
            name: self.name().to_owned(),
            title: "WGAN-GP".to_owned(),
            about: "Wasserstein distance, critic kept smooth by a gradient penalty".to_owned(),
            metrics,
            references: vec![
                reference("d_loss", 0.0, "no distance"),
                reference("input_grad_norm", 1.0, "asked for"),
            ],
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

impl Adversarial for WganGp {
    fn critic(&self, real: &Tensor, fake: &Tensor, _: f64) -> Result<CriticSide> {
        critic_side(real, fake)
    }

    fn generator(&self, fake: &Tensor) -> Result<GeneratorSide> {
        generator_side(fake)
    }
}
