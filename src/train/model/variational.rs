//! One update of a VAE's encoder and decoder.

use candle_core::{Result, Tensor, bail};

use super::buffers::{Buffers, Variational as Room};
use super::work::{applied, apply, loss_of};
use super::{Model, Streams, Verdict};
use crate::config::Preset;
use crate::nn::{Key, kernels};
use crate::objective::Variational;
use crate::train::pixels::Pixels;
use crate::train::window::Window;

impl Model {
    /// One update of both networks on the images of these indices, with the learning rates of `settings`. Says whether loss
    /// and gradients were finite, as far as the host can tell; `window` sees what there is to observe.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::train) fn autoencoder_update(
        &mut self,
        (name, objective): (&'static str, &dyn Variational),
        settings: &Preset,
        (pixels, indices): (&Pixels, &[u32]),
        streams: &mut Streams,
        window: &mut Window,
    ) -> Result<bool> {
        let rows = indices.len();
        let index = self.room_for(rows)?;
        let (Buffers::Variational(buffers), Some(g)) = (&mut self.buffers[index], &self.logits)
        else {
            bail!("no autoencoder to update");
        };
        let Room {
            images,
            noise,
            latents,
            latents_grad,
            encoder,
            decoder,
            ..
        } = &mut **buffers;
        let d = &self.discriminator;
        let beta = settings.vae.beta;

        // What the host has to say; from here on the device works alone.
        pixels.write(indices, images)?;
        kernels::fill(noise, |z| streams.latents.fill_normal(z))?;
        let optimizer = &settings.optimizer;
        let g_update = self.g_optimizer.next(g.params(), optimizer.g.lr, 0.0)?;
        let d_update = self.d_optimizer.next(d.params(), optimizer.d.lr, 0.0)?;
        let key = Key {
            network: "autoencoder",
            objective: name,
            rows,
            clips: false,
            changes: [false; 2],
            constants: [beta, 0.0],
        };
        let work = || {
            d.forward(images, encoder)?;
            let code = objective.code(encoder.output(), noise)?;
            kernels::copy(latents, &code.latents)?;
            g.forward(latents, decoder)?;
            let side = objective.decoder(decoder.output(), images, &code, beta)?;
            kernels::copy(decoder.output_grad(), &side.logits_grad)?;
            g.backward(latents, decoder, true, Some(latents_grad))?;
            let grad = objective.encoder(&code, latents_grad, beta)?;
            kernels::copy(encoder.output_grad(), &grad)?;
            let loss = loss_of(&side.observed)?;
            let names = ["g_grad_norm", "g_update_ratio"];
            let of_decoder = apply(window, &loss, side.observed, names, 0.0, |watch| {
                g_update.step(g.params(), watch)
            })?;
            if of_decoder != Verdict::Fine {
                return Ok(of_decoder);
            }
            let names = ["d_grad_norm", "d_update_ratio"];
            apply(window, &loss, Vec::new(), names, 0.0, |watch| {
                d_update.backward_step(d, images, encoder, watch)
            })
        };
        let verdict = self.replays.run(&self.device, key, work, Verdict::Fine)?;
        applied(verdict, &mut self.g_optimizer);
        Ok(applied(verdict, &mut self.d_optimizer))
    }

    /// Whether it is an encoder and a decoder.
    #[must_use]
    pub fn is_autoencoder(&self) -> bool {
        self.logits.is_some()
    }

    /// Images `[rows, 784]` in [-1, 1], drawn again from the means of their codes.
    ///
    /// # Errors
    /// When there is no encoder, or shapes do not fit.
    pub(in crate::train) fn reconstruct(&self, images: &Tensor) -> Result<Tensor> {
        if !self.is_autoencoder() {
            bail!("no encoder to look at images");
        }
        let rows = images.dim(0)?;
        if rows == 0 {
            return Ok(images.clone());
        }
        let mut encoder = self.discriminator.tape(rows)?;
        self.discriminator.forward(images, &mut encoder)?;
        let codes = encoder.output();
        let means = codes.narrow(1, 0, self.latent_dim)?.contiguous()?;
        let mut drawn = self.drawing().tape(rows)?;
        self.drawing().forward(&means, &mut drawn)?;
        Ok(drawn.output().clone())
    }
}
