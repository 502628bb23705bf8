//! Least-squares GAN (Mao et al. 2017, eq. 9 with a = 0, b = c = 1): targets 1 for real and 0 for generated.
//!
//! `L_D = ½E(D(x) − 1)² + ½E D(G(z))²`, `L_G = ½E(D(G(z)) − 1)²`. At balance, D = ½: ¼ and ⅛. With labels smoothed by s, D aims
//! at 1 − s for real images.

use candle_core::{Result, Tensor};

use super::metrics::{metric, reference, shared};
use super::{
    Adversarial, CriticSide, Family, GeneratorSide, Objective, SwitchRule, per_row, share,
};
use crate::metric::{Good, ObjectiveInfo};

pub(super) struct Lsgan;

impl Objective for Lsgan {
    fn name(&self) -> &'static str {
        "lsgan"
    }

    fn preset(&self) -> &'static str {
        include_str!("../../configs/lsgan.toml")
    }

    fn info(&self) -> ObjectiveInfo {
        let mut metrics = vec![
            metric(
                "loss",
                "d_loss",
                "d_loss",
                Good::Balance,
                "D's squared error; 0.25 when it cannot tell real from drawn, near 0 when it always can",
            ),
            metric(
                "loss",
                "g_loss",
                "g_loss",
                Good::Balance,
                "G's squared error; 0.125 at balance, 0.5 when D sees through every drawing",
            ),
            metric(
                "scores",
                "d_real",
                "D(x)",
                Good::Balance,
                "mean score of real digits; D aims at 1",
            ),
            metric(
                "scores",
                "d_fake",
                "D(G(z))",
                Good::Balance,
                "mean score of drawn digits; D aims at 0, G at 1",
            ),
            metric(
                "accuracy",
                "acc_real",
                "acc real",
                Good::Balance,
                "share of real digits scored above ½",
            ),
            metric(
                "accuracy",
                "acc_fake",
                "acc fake",
                Good::Balance,
                "share of drawn digits scored below ½",
            ),
        ];
        metrics.extend(shared());
        ObjectiveInfo {
            name: self.name().to_owned(),
            title: "LSGAN".to_owned(),
            about: "least squares towards 1 and 0: smoother gradients".to_owned(),
            metrics,
            references: vec![
                reference("d_loss", 0.25, "balance ¼"),
                reference("g_loss", 0.125, "balance ⅛"),
                reference("d_real", 0.5, "cannot tell"),
                reference("d_fake", 0.5, "cannot tell"),
            ],
            score_is_probability: false,
        }
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
    fn has_labels(&self) -> bool {
        true
    }

    fn critic(&self, real: &Tensor, fake: &Tensor, smoothing: f64) -> Result<CriticSide> {
        let miss = (real - (1.0 - smoothing))?;
        let loss = ((miss.sqr()?.mean_all()? + fake.sqr()?.mean_all()?)? * 0.5)?;
        let scale = per_row(real)?;
        Ok(CriticSide {
            real_grad: (&miss * scale)?,
            fake_grad: (fake * scale)?,
            observed: vec![
                ("d_loss", loss),
                ("d_real", real.mean_all()?),
                ("d_fake", fake.mean_all()?),
                ("acc_real", share(&real.gt(0.5)?)?),
                ("acc_fake", share(&fake.lt(0.5)?)?),
            ],
        })
    }

    fn generator(&self, fake: &Tensor) -> Result<GeneratorSide> {
        let miss = (fake - 1.0)?;
        Ok(GeneratorSide {
            observed: vec![("g_loss", (miss.sqr()?.mean_all()? * 0.5)?)],
            fake_grad: (miss * per_row(fake)?)?,
        })
    }
}
