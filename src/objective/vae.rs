//! The variational autoencoder (Kingma and Welling 2014, appendix B and C.1; β: Higgins et al. 2017).
//!
//! The encoder gives the mean μ and log variance of each image's code, `z = μ + σ·ε` with ε from N(0, 1), and the decoder generates an
//! image from z. Grey levels t in [0, 1] are targets of a Bernoulli likelihood. The decoder ends in Tanh, as the generator does, and
//! (tanh a + 1)/2 = σ(2a), so that with l = 2a
//!
//! `recon = Σ_pixels [sp(l) − t·l]`, `KL = ½ Σ_latents [μ² + σ² − 1 − ln σ²]`, `loss = recon + β·KL`,
//!
//! means over the batch, in nats; `sp` = softplus. With β = 1 the loss is the negative ELBO, an upper bound of −ln p(x).

use candle_core::{D, Result, Tensor};
use candle_nn::ops::sigmoid;

use super::{Code, DecoderSide, Family, Objective, Variational, per_row, share, softplus};
use crate::metric::{Description, names, objectives};

/// Nats of KL from which on a dimension of the latent says something of an image (Burda et al. 2016 count by variance).
const ACTIVE: f64 = 0.01;

pub(super) struct Vae;

impl Objective for Vae {
    fn description(&self) -> &'static Description {
        &objectives::VAE
    }

    fn family(&self) -> Family<'_> {
        Family::Variational(self)
    }
}

impl Variational for Vae {
    fn code(&self, encoded: &Tensor, noise: &Tensor) -> Result<Code> {
        let latent = noise.dim(1)?;
        let mean = encoded.narrow(1, 0, latent)?.contiguous()?;
        let log_variance = encoded.narrow(1, latent, latent)?.contiguous()?;
        let deviation = (&log_variance * 0.5)?.exp()?;
        let latents = (&mean + (&deviation * noise)?)?;
        Ok(Code {
            mean,
            log_variance,
            deviation,
            noise: noise.clone(),
            latents,
        })
    }

    fn decoder(
        &self,
        logits: &Tensor,
        images: &Tensor,
        code: &Code,
        beta: f64,
    ) -> Result<DecoderSide> {
        let scale = per_row(logits)?;
        let doubled = (logits * 2.0)?;
        let targets = images.affine(0.5, 0.5)?;
        let recon = ((softplus(&doubled)? - (&doubled * &targets)?)?.sum_all()? * scale)?;
        // ½(μ² + σ² − 1 − ln σ²), each.
        let each = (((code.mean.sqr()? + code.deviation.sqr()?)? - &code.log_variance)? - 1.0)?;
        let each = (each * 0.5)?;
        let kl = (each.sum_all()? * scale)?;
        let active = share(&each.mean(0)?.gt(ACTIVE)?)?;
        let loss = (&recon + (&kl * beta)?)?;
        // ∂/∂a = 2(σ(2a) − t).
        let logits_grad = ((sigmoid(&doubled)? - targets)? * (2.0 * scale))?;
        Ok(DecoderSide {
            logits_grad,
            observed: vec![
                (names::LOSS, loss),
                (names::RECONSTRUCTION, recon),
                (names::DIVERGENCE, kl),
                (names::ACTIVE_LATENTS, active),
            ],
        })
    }

    fn encoder(&self, code: &Code, latents_grad: &Tensor, beta: f64) -> Result<Tensor> {
        let scale = beta * per_row(latents_grad)?;
        let mean = (latents_grad + (&code.mean * scale)?)?;
        // ∂z/∂ln σ² = ½σε; ∂KL/∂ln σ² = ½(σ² − 1).
        let drawn = (latents_grad * (&code.deviation * &code.noise)?)?;
        let spread = ((code.deviation.sqr()? - 1.0)? * scale)?;
        let log_variance = ((drawn + spread)? * 0.5)?;
        Tensor::cat(&[mean, log_variance], D::Minus1)
    }
}
