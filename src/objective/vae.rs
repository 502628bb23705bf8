//! The variational autoencoder (Kingma and Welling 2014, appendix B and C.1; β: Higgins et al. 2017).
//!
//! The encoder gives the mean μ and log variance of each image's code, `z = μ + σ·ε` with ε from N(0, 1), and the decoder generates an
//! image from z. The decoder ends in Tanh, as the generator does. `KL = ½ Σ_latents [μ² + σ² − 1 − ln σ²]` and
//! `loss = recon + β·KL`, means over the batch, in nats. With β = 1 the loss is the negative ELBO, an upper bound of −ln p(x).
//!
//! **Grey**: levels t in [0, 1] are targets of a Bernoulli likelihood. (tanh a + 1)/2 = σ(2a), so that with l = 2a
//!
//! `recon = Σ_values [sp(l) − t·l]`, `sp` = softplus.
//!
//! **Colour**: values x in [-1, 1] are normal around x̂ = tanh a, all with the variance that makes the batch likeliest, its mean
//! squared error s² (σ-VAE: Rybkin, Daniilidis and Levine 2021, eq. 5). A level of 8 bits is 1/127.5 wide, and n values have
//!
//! `recon = n·[½ ln 2πs² + ½ + ln 127.5]`,
//!
//! so that the loss is of 8-bit images, and divided by n·ln 2 it is in bits per dimension. s² is at least that of rounding to 8 bits,
//! below which the density would grow without saying more.

use candle_core::{D, Result, Tensor};
use candle_nn::ops::sigmoid;

use super::{
    Aim, Code, DecoderSide, Family, Likelihood, Objective, Variational, per_row, share, softplus,
};
use crate::metric::{Description, names, objectives};

/// Nats of KL from which on a dimension of the latent says something of an image (Burda et al. 2016 count by variance).
const ACTIVE: f64 = 0.01;

/// Levels of 8 bits in a unit of a value in [-1, 1].
const LEVELS: f64 = 127.5;

/// The variance of rounding to 8 bits.
const ROUNDING: f64 = 1.0 / (12.0 * LEVELS * LEVELS);

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

    fn decoder(&self, logits: &Tensor, code: &Code, aim: Aim<'_>) -> Result<DecoderSide> {
        let scale = per_row(logits)?;
        let (recon, logits_grad) = match aim.likelihood {
            Likelihood::Bernoulli => bernoulli(logits, aim.images, scale)?,
            Likelihood::Gaussian => gaussian(logits, aim.images, scale)?,
        };
        // ½(μ² + σ² − 1 − ln σ²), each.
        let each = (((code.mean.sqr()? + code.deviation.sqr()?)? - &code.log_variance)? - 1.0)?;
        let each = (each * 0.5)?;
        let kl = (each.sum_all()? * scale)?;
        let active = share(&each.mean(0)?.gt(ACTIVE)?)?;
        let loss = (&recon + (&kl * aim.beta)?)?;
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

/// The reconstruction error of grey images, a mean over the batch, and its gradient: ∂/∂a = 2(σ(2a) − t).
fn bernoulli(logits: &Tensor, images: &Tensor, scale: f64) -> Result<(Tensor, Tensor)> {
    let doubled = (logits * 2.0)?;
    let targets = images.affine(0.5, 0.5)?;
    let recon = ((softplus(&doubled)? - (&doubled * &targets)?)?.sum_all()? * scale)?;
    let grad = ((sigmoid(&doubled)? - targets)? * (2.0 * scale))?;
    Ok((recon, grad))
}

/// The reconstruction error of images in colour, a mean over the batch, and its gradient: ∂/∂a = (x̂ − x)/s² · (1 − x̂²). As s²
/// makes the error smallest, what a does to it changes nothing.
fn gaussian(logits: &Tensor, images: &Tensor, scale: f64) -> Result<(Tensor, Tensor)> {
    let values = logits.dim(1)? as f64;
    let found = logits.tanh()?;
    let distance = (&found - images)?;
    let error = distance.sqr()?.mean_all()?;
    let variance = error.maximum(ROUNDING)?;
    let fit = ((error / &variance)? * 0.5)?;
    let spread = ((variance.log()? + std::f64::consts::TAU.ln())? * 0.5)?;
    let recon = (((spread + fit)? + LEVELS.ln())? * values)?;
    let slope = (found.sqr()?.neg()? + 1.0)?;
    let grad = ((distance * slope)?.broadcast_div(&variance)? * scale)?;
    Ok((recon, grad))
}
