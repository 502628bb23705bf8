//! Adaptive augmentation (Karras et al. 2020, ADA): how many images are augmented before D sees them.
//!
//! A D that memorises its training images is sure of them: the mean sign of its logits of real images, r, goes to 1. So the share
//! p of augmented images rises while r is above a target, and falls while it is below, by `images / ada_images` for so many real
//! images. r is taken over the images since p was last adapted: a sum that stays on the device until then.

use candle_core::{DType, Device, Result, Tensor};
use serde::{Deserialize, Serialize};

use crate::config::AugmentConfig;
use crate::metric::names;
use crate::nn::kernels;
use crate::objective::Observed;

/// The share of augmented images, and what it is adapted by.
#[derive(Debug)]
pub(super) struct Adaptive {
    share: f64,
    /// Real images, since the share was last adapted, that D took for real, `[1]`.
    right: Tensor,
    /// All of them.
    images: u64,
}

/// What is saved of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AdaptiveState {
    share: f64,
    right: f32,
    images: u64,
}

impl Adaptive {
    pub fn new(device: &Device) -> Result<Self> {
        Ok(Self {
            share: 0.0,
            right: Tensor::zeros(1, DType::F32, device)?,
            images: 0,
        })
    }

    /// The share of images to augment; `None` where it is not adapted.
    pub fn share(&self, config: &AugmentConfig) -> Option<f64> {
        (config.target > 0.0).then_some(self.share)
    }

    /// The device's memory of what [`counted`] counts.
    pub fn right(&self) -> &Tensor {
        &self.right
    }

    /// An update has counted this many real images, where the share is adapted.
    pub fn saw(&mut self, images: usize, config: &AugmentConfig) {
        if config.target > 0.0 {
            self.images += images as u64;
        }
    }

    /// Adapts the share by the images since it last was. Waits for the device.
    pub fn adapt(&mut self, config: &AugmentConfig) -> Result<()> {
        if config.target <= 0.0 || self.images == 0 {
            return Ok(());
        }
        let right: f32 = self.right.get(0)?.to_scalar()?;
        let images = self.images as f64;
        let sign = 2.0 * f64::from(right) / images - 1.0;
        let by = images / config.ada_images as f64;
        if sign > config.target {
            self.share = (self.share + by).min(1.0);
        } else if sign < config.target {
            self.share = (self.share - by).max(0.0);
        }
        self.images = 0;
        kernels::fill(&self.right, |right| right.fill(0.0))
    }

    /// What is to be saved; `None` where nothing was adapted.
    pub fn state(&self) -> Result<Option<AdaptiveState>> {
        if self.share <= 0.0 && self.images == 0 {
            return Ok(None);
        }
        Ok(Some(AdaptiveState {
            share: self.share,
            right: self.right.get(0)?.to_scalar()?,
            images: self.images,
        }))
    }

    pub fn set_state(&mut self, state: Option<AdaptiveState>) -> Result<()> {
        let state = state.unwrap_or(AdaptiveState {
            share: 0.0,
            right: 0.0,
            images: 0,
        });
        (self.share, self.images) = (state.share, state.images);
        kernels::fill(&self.right, |right| right.fill(state.right))
    }
}

/// Adds the real images of an update that D took for real to `right`, by its accuracy on all `images` of them.
pub(super) fn counted(right: &Tensor, observed: &Observed, images: usize) -> Result<()> {
    let Some((_, accuracy)) = observed
        .iter()
        .find(|(name, _)| *name == names::ACCURACY_REAL)
    else {
        return Ok(());
    };
    let more = accuracy.affine(images as f64, 0.0)?.reshape(1)?;
    kernels::copy(right, &(right + more)?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const CONFIG: AugmentConfig = AugmentConfig {
        noise: 0.0,
        noise_steps: 0,
        shift: 1.0,
        rotate: 0.0,
        scale: 0.0,
        brightness: 0.0,
        saturation: 0.0,
        contrast: 0.0,
        cutout: 0.0,
        target: 0.5,
        ada_images: 1000,
    };

    /// Shows D images, of which it takes this share for real, and adapts. Returns the share in percent.
    fn shown(adaptive: &mut Adaptive, accuracy: f32, images: usize) -> u32 {
        let accuracy = Tensor::new(accuracy, &Device::Cpu).unwrap();
        let observed = vec![(names::ACCURACY_REAL, accuracy)];
        counted(adaptive.right(), &observed, images).unwrap();
        adaptive.saw(images, &CONFIG);
        adaptive.adapt(&CONFIG).unwrap();
        (adaptive.share * 100.0).round() as u32
    }

    #[test]
    fn the_share_follows_the_sign_by_its_images_within_zero_and_one() {
        let mut adaptive = Adaptive::new(&Device::Cpu).unwrap();
        // An accuracy of 0.75 is a mean sign of 0.5, the target.
        let shares = [
            (0.5, 100),
            (1.0, 250),
            (0.75, 100),
            (0.8, 50),
            (0.7, 100),
            (1.0, 900),
        ]
        .map(|(accuracy, images)| shown(&mut adaptive, accuracy, images));
        assert_eq!(shares, [0, 25, 25, 30, 20, 100]);
        assert_eq!(adaptive.share(&CONFIG), Some(1.0));
        let off = AugmentConfig {
            target: 0.0,
            ..CONFIG
        };
        assert_eq!(adaptive.share(&off), None);
        adaptive.adapt(&off).unwrap();
        // What is not a number moves nothing.
        assert_eq!(shown(&mut adaptive, f32::NAN, 100), 100);
    }

    #[test]
    fn what_was_counted_survives_saving() {
        let mut adaptive = Adaptive::new(&Device::Cpu).unwrap();
        assert_eq!(adaptive.state().unwrap(), None);
        shown(&mut adaptive, 1.0, 100);
        counted(
            adaptive.right(),
            &vec![(
                names::ACCURACY_REAL,
                Tensor::new(0.5_f32, &Device::Cpu).unwrap(),
            )],
            64,
        )
        .unwrap();
        adaptive.saw(64, &CONFIG);
        let state = adaptive.state().unwrap();
        let (share, right, images) = (0.1, 32.0, 64);
        assert_eq!(
            state,
            Some(AdaptiveState {
                share,
                right,
                images
            })
        );
        let mut again = Adaptive::new(&Device::Cpu).unwrap();
        again.set_state(state).unwrap();
        assert_eq!(again.state().unwrap(), state);
        again.set_state(None).unwrap();
        assert_eq!(again.state().unwrap(), None);
    }
}
