//! One update of the discriminator (critic) and one of the generator.

use candle_core::{Result, Tensor};

use super::adaptive::counted;
use super::labels::{self, Labels};
use super::penalties::{Penalties, Seen};
use super::workspace::AugmentedPair;
use super::{Adversarial, Workspace};
use crate::config::{AugmentConfig, Preset};
use crate::data::Batch;
use crate::metric::names;
use crate::nn::{self, Changes, Key, kernels};
use crate::rng::Stream;
use crate::train::classes::fill_latents;
use crate::train::families::Streams;
use crate::train::families::update::{Verdict, applied, apply, loss_of};
use crate::train::pixels::Pixels;
use crate::train::window::Window;

/// Writes the generator's input: latents, and the classes where there are some.
fn write_latents(
    inputs: &Tensor,
    sizes: (usize, usize),
    labels: Option<&Labels>,
    stream: &mut Stream,
) -> Result<()> {
    let each = labels.map(Labels::each).unwrap_or_default();
    let class = |row: usize| each.get(row).copied().map_or(0, usize::from);
    kernels::fill(inputs, |z| {
        fill_latents(z, sizes, stream, class);
    })
}

impl Adversarial {
    /// How images, or a share of them, are augmented at a step before D sees them.
    fn changes(&self, config: &AugmentConfig, step: u64) -> Changes {
        Changes {
            noise: config.noise_at(step) as f32,
            shift: config.shift as f32,
            turn: config.rotate.to_radians() as f32,
            growth: config.scale as f32,
            brightness: config.brightness as f32,
            saturation: config.saturation as f32,
            contrast: config.contrast as f32,
            cutout: config.cutout as f32,
            chance: self.adaptive.share(config).map(|share| share as f32),
        }
    }

    /// One discriminator update on the images of a batch. Returns whether loss and gradient were finite, as far as the
    /// host knows; `window` receives what was measured.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn update_discriminator(
        &mut self,
        settings: &Preset,
        step: u64,
        (pixels, batch): (&Pixels, Batch<'_>),
        streams: &mut Streams,
        window: &mut Window,
    ) -> Result<bool> {
        let rows = batch.len();
        let by = self.changes(&settings.augment, step);
        let (d, g) = (&mut self.discriminator.network, &self.generator.network);
        let (sizes, image) = (self.architecture.inputs(), self.architecture.image);
        let workspace = self
            .workspaces
            .for_rows(rows, || Workspace::new(g, d, sizes.1, rows))?;
        if by.is_any() {
            workspace.with_augmented(image)?;
        }
        let Workspace {
            latents,
            factors,
            images,
            real,
            generator,
            both,
            single,
            labels,
            augmented,
            ..
        } = workspace;
        let (loss, square) = (self.loss, self.logit_square.value());
        let (clip, penalties) = (settings.critic.clip, Penalties::of(&settings.critic));
        let smoothing = settings.critic.label_smoothing;
        let (adapts, right) = (by.chance.is_some(), self.adaptive.right());

        // Everything that comes from the host; from here on the device works alone.
        pixels.write(batch.indices, real)?;
        let labels = labels::of_batch(labels, batch)?;
        write_latents(latents, sizes, labels, &mut streams.latents)?;
        if penalties.is_between() {
            let stream = &mut streams.interpolation;
            kernels::fill(factors, |f| stream.fill_between(f, 0.0, 1.0))?;
        }
        let augmented = augmented
            .as_mut()
            .filter(|_| by.is_any())
            .map(|pair| {
                pair.both
                    .draw(&by, &mut streams.augment)
                    .map(|()| &pair.both)
            })
            .transpose()?;
        let lr = settings.optimizer.d.lr;
        let update = self.discriminator.optimizer.next(d.params(), lr, clip)?;
        let [gradient, r1, r2] = penalties.weights();
        let key = Key {
            network: "critic",
            objective: self.objective.name(),
            rows,
            clips: clip > 0.0,
            normalises: d.is_normalised(),
            changes: by.parts(),
            adapts,
            constants: [gradient, r1, r2, smoothing],
        };
        let work = || {
            g.forward(latents, generator)?;
            if let Some(augmented) = augmented {
                augmented.change(images)?;
            }
            let images = augmented.map_or(&*images, nn::Augmented::images);
            d.forward(images, both)?;
            let weights = labels.map(Labels::both);
            let logits = labels::logits(both.output(), weights)?;
            kernels::copy(square, &logits.sqr()?.mean_all()?.reshape(1)?)?;
            let (of_real, of_fake) = (logits.narrow(0, 0, rows)?, logits.narrow(0, rows, rows)?);
            let side = loss.critic(&of_real, &of_fake, smoothing)?;
            let mut observed = side.observed;
            if adapts {
                counted(right, &observed, rows)?;
            }
            let grad = both.output_grad();
            let weights = labels.map(Labels::single);
            labels::write_grad(&grad.narrow(0, 0, rows)?, &side.real_grad, weights)?;
            labels::write_grad(&grad.narrow(0, rows, rows)?, &side.fake_grad, weights)?;
            if penalties.is_any() {
                d.backward(images, both)?;
                let seen = Seen {
                    images,
                    factors,
                    both,
                    single,
                    labels,
                };
                penalties.add(d, seen, &mut observed)?;
            }
            let names = [names::D_GRADIENT_NORM, names::D_UPDATE_RATIO];
            let loss = loss_of(&observed)?;
            apply(window, &loss, observed, names, clip, |check| {
                if penalties.is_any() {
                    update.step(d, check)
                } else {
                    update.backward_step(d, images, both, check)
                }
            })
        };
        let verdict = self.replays.run(key, work, Verdict::Fine)?;
        self.logit_square.is_written();
        Ok(applied(verdict, &mut self.discriminator.optimizer))
    }

    /// One generator update of `rows` images, with learning rate `lr`. A loss that compares does so with the real images of
    /// D's newest update. D is not changed, and no gradient of its weights is computed. Returns what [`Adversarial::update_discriminator`] returns.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn update_generator(
        &mut self,
        settings: &Preset,
        step: u64,
        (rows, lr): (usize, f64),
        streams: &mut Streams,
        window: &mut Window,
    ) -> Result<bool> {
        let by = self.changes(&settings.augment, step);
        let (d, g) = (&self.discriminator.network, &mut self.generator.network);
        let (sizes, image) = (self.architecture.inputs(), self.architecture.image);
        let workspace = self
            .workspaces
            .for_rows(rows, || Workspace::new(g, d, sizes.1, rows))?;
        if by.is_any() {
            workspace.with_augmented(image)?;
        }
        let Workspace {
            latents,
            real,
            fake,
            generator,
            single,
            real_logits,
            labels,
            augmented,
            ..
        } = workspace;
        let loss = self.loss;
        // The classes are those of D's newest update.
        let labels = labels.as_ref();
        write_latents(latents, sizes, labels, &mut streams.latents)?;
        let weights = labels.map(Labels::single);
        let augmented = augmented
            .as_mut()
            .filter(|_| by.is_any())
            .map(|pair| {
                pair.fake.draw(&by, &mut streams.augment)?;
                if loss.compares() {
                    pair.real.draw(&by, &mut streams.augment)?;
                }
                Ok::<_, candle_core::Error>(&*pair)
            })
            .transpose()?;
        let update = self.generator.optimizer.next(g.params(), lr, 0.0)?;
        let key = Key {
            network: "generator",
            objective: self.objective.name(),
            rows,
            clips: false,
            normalises: d.is_normalised(),
            changes: by.parts(),
            adapts: false,
            constants: [0.0; 4],
        };
        let work = || {
            g.forward(latents, generator)?;
            if let Some(AugmentedPair { fake: seen, .. }) = augmented {
                seen.change(fake)?;
            }
            if loss.compares() {
                if let Some(AugmentedPair { real: seen, .. }) = augmented {
                    seen.change(real)?;
                }
                let seen = augmented.map_or(&*real, |pair| pair.real.images());
                d.forward(seen, single)?;
                kernels::copy(real_logits, &labels::logits(single.output(), weights)?)?;
            }
            let seen = augmented.map_or(&*fake, |pair| pair.fake.images());
            d.forward(seen, single)?;
            let compared = loss.compares().then_some(&*real_logits);
            let logits = labels::logits(single.output(), weights)?;
            let side = loss.generator(&logits, compared)?;
            labels::write_grad(single.output_grad(), &side.fake_grad, weights)?;
            let grad = generator.output_grad();
            match augmented {
                None => d.backward_to_input(seen, single, grad)?,
                Some(AugmentedPair {
                    fake: seen,
                    grad: by_seen,
                    ..
                }) => {
                    d.backward_to_input(seen.images(), single, by_seen)?;
                    seen.back(by_seen, grad)?;
                }
            }
            let names = [names::G_GRADIENT_NORM, names::G_UPDATE_RATIO];
            let loss = loss_of(&side.observed)?;
            apply(window, &loss, side.observed, names, 0.0, |check| {
                update.backward_step(g, latents, generator, check)
            })
        };
        let verdict = self.replays.run(key, work, Verdict::Fine)?;
        Ok(applied(verdict, &mut self.generator.optimizer))
    }
}
