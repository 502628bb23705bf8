//! One update of a discriminator (critic) and one of a generator.

use candle_core::{Result, bail};

use super::buffers::{Adversarial as Room, Buffers, Changed};
use super::work::{applied, apply, loss_of};
use super::{Model, Streams, Verdict};
use crate::config::{AugmentConfig, Preset};
use crate::nn::{self, Changes, Key, kernels};
use crate::objective::Adversarial;
use crate::train::pixels::Pixels;
use crate::train::window::Window;

/// What images go through before D sees them.
fn changes(config: &AugmentConfig) -> Changes {
    Changes {
        noise: config.noise as f32,
        shift: config.shift as f32,
        turn: config.rotate.to_radians() as f32,
        growth: config.scale as f32,
    }
}

impl Model {
    /// One discriminator update on the images of these indices. Says whether loss and gradient were finite, as far as the
    /// host can tell; `window` sees what there is to observe.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::train) fn critic_update(
        &mut self,
        objective: (&'static str, &dyn Adversarial),
        settings: &Preset,
        (pixels, indices): (&Pixels, &[u32]),
        streams: &mut Streams,
        window: &mut Window,
    ) -> Result<bool> {
        let rows = indices.len();
        let by = changes(&settings.augment);
        let index = self.room_for(rows)?;
        let Buffers::Adversarial(buffers) = &mut self.buffers[index] else {
            bail!("no critic to update");
        };
        if by.is_any() {
            buffers.with_changed()?;
        }
        let Room {
            latents,
            factors,
            images,
            real,
            fake,
            generator,
            both,
            single,
            changed,
            ..
        } = &mut **buffers;
        let (d, g, square) = (&self.discriminator, &self.generator, &self.logit_square);
        let (clip, penalty) = (settings.critic.clip, settings.critic.gp_weight);
        let smoothing = settings.critic.label_smoothing;
        let (name, objective) = objective;

        // What the host has to say; from here on the device works alone.
        pixels.write(indices, real)?;
        kernels::fill(latents, |z| streams.latents.fill_normal(z))?;
        if penalty > 0.0 {
            let stream = &mut streams.interpolation;
            kernels::fill(factors, |f| stream.fill_between(f, 0.0, 1.0))?;
        }
        let changed = changed
            .as_mut()
            .filter(|_| by.is_any())
            .map(|c| c.both.draw(&by, &mut streams.augment).map(|()| &*c))
            .transpose()?;
        let lr = settings.optimizer.d.lr;
        let update = self.d_optimizer.next(d.params(), lr, clip)?;
        let key = Key {
            network: "critic",
            objective: name,
            rows,
            clips: clip > 0.0,
            changes: [by.moves(), by.is_any()],
            constants: [penalty, smoothing],
        };
        let is_changed = changed.is_some();
        let work = || {
            g.forward(latents, generator)?;
            if let Some(Changed { both: seen, .. }) = &changed {
                seen.change(images)?;
            }
            let images = changed.as_ref().map_or(&*images, |c| c.both.images());
            d.forward(images, both)?;
            let logits = both.output();
            kernels::copy(square, &logits.sqr()?.mean_all()?.reshape(1)?)?;
            let (of_real, of_fake) = (logits.narrow(0, 0, rows)?, logits.narrow(0, rows, rows)?);
            let side = objective.critic(&of_real, &of_fake, smoothing)?;
            let mut observed = side.observed;
            let grad = both.output_grad();
            kernels::copy(&grad.narrow(0, 0, rows)?, &side.real_grad)?;
            kernels::copy(&grad.narrow(0, rows, rows)?, &side.fake_grad)?;
            if penalty > 0.0 {
                d.backward(images, both, true, None)?;
                let (real, fake) = if is_changed {
                    (images.narrow(0, 0, rows)?, images.narrow(0, rows, rows)?)
                } else {
                    (real.clone(), fake.clone())
                };
                // ε·x + (1 − ε)·G(z), one ε for each pair.
                let towards = (&real - &fake)?.broadcast_mul(factors)?;
                let between = (&fake + towards)?;
                let penalty = nn::gradient_penalty(d, &between, single, penalty)?;
                if let Some((_, loss)) = observed.first_mut() {
                    *loss = (&*loss + &penalty.value)?;
                }
                observed.push(("penalty", penalty.value));
                observed.push(("input_grad_norm", penalty.norm));
            }
            let names = ["d_grad_norm", "d_update_ratio"];
            let loss = loss_of(&observed)?;
            apply(window, &loss, observed, names, clip, |watch| {
                if penalty > 0.0 {
                    update.step(d.params(), watch)
                } else {
                    update.backward_step(d, images, both, watch)
                }
            })
        };
        let verdict = self.replays.run(&self.device, key, work, Verdict::Fine)?;
        self.knows_logits = true;
        Ok(applied(verdict, &mut self.d_optimizer))
    }

    /// One generator update of `rows` images, with learning rate `lr`. D is not changed, and no gradient of its weights is
    /// computed. Says what [`Model::critic_update`] does.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::train) fn generator_update(
        &mut self,
        objective: (&'static str, &dyn Adversarial),
        settings: &Preset,
        (rows, lr): (usize, f64),
        streams: &mut Streams,
        window: &mut Window,
    ) -> Result<bool> {
        let by = changes(&settings.augment);
        let index = self.room_for(rows)?;
        let Buffers::Adversarial(buffers) = &mut self.buffers[index] else {
            bail!("no generator to update");
        };
        if by.is_any() {
            buffers.with_changed()?;
        }
        let Room {
            latents,
            fake,
            generator,
            single,
            changed,
            ..
        } = &mut **buffers;
        let (d, g) = (&self.discriminator, &self.generator);
        kernels::fill(latents, |z| streams.latents.fill_normal(z))?;
        let changed = changed
            .as_mut()
            .filter(|_| by.is_any())
            .map(|c| c.fake.draw(&by, &mut streams.augment).map(|()| &*c))
            .transpose()?;
        let update = self.g_optimizer.next(g.params(), lr, 0.0)?;
        let (name, objective) = objective;
        let key = Key {
            network: "generator",
            objective: name,
            rows,
            clips: false,
            changes: [by.moves(), by.is_any()],
            constants: [0.0; 2],
        };
        let work = || {
            g.forward(latents, generator)?;
            if let Some(Changed { fake: seen, .. }) = &changed {
                seen.change(fake)?;
            }
            let seen = changed.as_ref().map_or(&*fake, |c| c.fake.images());
            d.forward(seen, single)?;
            let side = objective.generator(single.output())?;
            kernels::copy(single.output_grad(), &side.fake_grad)?;
            let grad = generator.output_grad();
            match &changed {
                None => d.backward(seen, single, false, Some(grad))?,
                Some(Changed {
                    fake: seen,
                    grad: by_seen,
                    ..
                }) => {
                    d.backward(seen.images(), single, false, Some(by_seen))?;
                    seen.back(by_seen, grad)?;
                }
            }
            let names = ["g_grad_norm", "g_update_ratio"];
            let loss = loss_of(&side.observed)?;
            apply(window, &loss, side.observed, names, 0.0, |watch| {
                update.backward_step(g, latents, generator, watch)
            })
        };
        let verdict = self.replays.run(&self.device, key, work, Verdict::Fine)?;
        let finite = applied(verdict, &mut self.g_optimizer);
        Ok(finite)
    }
}
