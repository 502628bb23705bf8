//! One update of encoder and decoder.

use candle_core::{Result, Tensor};

use super::{Autoencoder, Workspace};
use crate::config::Preset;
use crate::data::Batch;
use crate::metric::names;
use crate::nn::{Key, Parts, kernels};
use crate::objective::{Aim, Likelihood};
use crate::train::classes::fill_classes;
use crate::train::families::Streams;
use crate::train::families::update::{Verdict, applied, apply, loss_of};
use crate::train::pixels::Pixels;
use crate::train::window::Window;

impl Autoencoder {
    /// One update of both networks on the images of a batch, with the learning rates of `settings`. Returns whether
    /// loss and gradients were finite, as far as the host knows; `window` receives what was measured.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn update(
        &mut self,
        settings: &Preset,
        (pixels, batch): (&Pixels, Batch<'_>),
        streams: &mut Streams,
        window: &mut Window,
    ) -> Result<bool> {
        let (rows, image) = (batch.len(), self.architecture.image);
        let sizes = self.architecture.inputs();
        let (encoder, decoder) = (&mut self.encoder.network, &mut self.decoder.network);
        let workspace = self
            .workspaces
            .for_rows(rows, || Workspace::new(encoder, decoder, sizes.1, rows))?;
        let Workspace {
            images,
            noise,
            classes,
            seen,
            latents,
            latents_grad,
            encoder: encoded,
            decoder: decoded,
        } = workspace;
        let (loss, beta) = (self.loss, settings.vae.beta);
        let likelihood = Likelihood::of(image);

        // Everything that comes from the host; from here on the device works alone.
        pixels.write(batch.indices, images)?;
        kernels::fill(noise, |z| streams.latents.fill_normal(z))?;
        if let (Some(classes), Some(labels)) = (&classes, batch.labels()) {
            kernels::fill(classes, |rows| fill_classes(rows, sizes, labels))?;
        }
        let rates = &settings.optimizer;
        let decoder_update = self
            .decoder
            .optimizer
            .next(decoder.params(), rates.g.lr, 0.0)?;
        let encoder_update = self
            .encoder
            .optimizer
            .next(encoder.params(), rates.d.lr, 0.0)?;
        let key = Key {
            network: "autoencoder",
            objective: self.objective.name(),
            rows,
            clips: false,
            normalises: false,
            changes: Parts::default(),
            adapts: false,
            constants: [beta, 0.0, 0.0, 0.0],
        };
        let work = || {
            if let Some(classes) = classes {
                kernels::copy(seen, &Tensor::cat(&[&*images, &*classes], 1)?)?;
            }
            encoder.forward(seen, encoded)?;
            let code = loss.code(encoded.output(), noise)?;
            match classes {
                Some(classes) => {
                    kernels::copy(latents, &Tensor::cat(&[&code.latents, &*classes], 1)?)?;
                }
                None => kernels::copy(latents, &code.latents)?,
            }
            decoder.forward(latents, decoded)?;
            let aim = Aim {
                images,
                likelihood,
                beta,
            };
            let side = loss.decoder(decoded.output(), &code, aim)?;
            kernels::copy(decoded.output_grad(), &side.logits_grad)?;
            decoder.backward_through(latents, decoded, latents_grad)?;
            let by_latents = match classes {
                Some(_) => latents_grad.narrow(1, 0, sizes.0)?.contiguous()?,
                None => latents_grad.clone(),
            };
            let grad = loss.encoder(&code, &by_latents, beta)?;
            kernels::copy(encoded.output_grad(), &grad)?;
            let loss = loss_of(&side.observed)?;
            let names = [names::G_GRADIENT_NORM, names::G_UPDATE_RATIO];
            let of_decoder = apply(window, &loss, side.observed, names, 0.0, |check| {
                decoder_update.step(decoder, check)
            })?;
            if of_decoder != Verdict::Fine {
                return Ok(of_decoder);
            }
            let names = [names::D_GRADIENT_NORM, names::D_UPDATE_RATIO];
            apply(window, &loss, Vec::new(), names, 0.0, |check| {
                encoder_update.backward_step(encoder, seen, encoded, check)
            })
        };
        let verdict = self.replays.run(key, work, Verdict::Fine)?;
        applied(verdict, &mut self.decoder.optimizer);
        Ok(applied(verdict, &mut self.encoder.optimizer))
    }
}
