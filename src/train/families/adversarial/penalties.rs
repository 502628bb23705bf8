//! Penalties on D's gradient by what it sees: the gradient penalty between real and generated images, R1 at real ones and R2 at
//! generated ones. Where images are augmented, D's gradient is that by the augmented ones.

use candle_core::{Result, Tensor};

use super::labels::Labels;
use super::workspace::Workspace;
use crate::config::CriticConfig;
use crate::metric::names;
use crate::nn::{self, Activations, LayerSpec, Network, Points};
use crate::objective::Observed;
use crate::train::families::products;

/// The weights of the penalties; 0 is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Penalties {
    /// w of w·E(‖∇D‖ − 1)² between real and generated images.
    gradient: f64,
    /// γ of γ/2·E‖∇D‖² at real images.
    r1: f64,
    /// The same at generated images.
    r2: f64,
}

/// What they are computed from and with.
pub(super) struct Seen<'a> {
    /// What D has just seen, real images first, `[2·rows, pixels]`.
    pub images: &'a Tensor,
    /// Where between a generated and a real image the gradient penalty is evaluated, `[rows, 1]`.
    pub factors: &'a Tensor,
    /// D's pass over these images.
    pub both: &'a mut Activations,
    /// D's passes over half as many.
    pub single: &'a mut Activations,
    /// The classes of the images, where D is conditional.
    pub labels: Option<&'a Labels>,
}

impl Penalties {
    pub fn of(critic: &CriticConfig) -> Self {
        Self {
            gradient: critic.gp_weight,
            r1: critic.r1,
            r2: critic.r2,
        }
    }

    /// The weights, for the key of an update.
    pub fn weights(self) -> [f64; 3] {
        [self.gradient, self.r1, self.r2]
    }

    pub fn is_any(self) -> bool {
        self.weights().into_iter().any(|weight| weight > 0.0)
    }

    /// Returns whether points between images are needed.
    pub fn is_between(self) -> bool {
        self.gradient > 0.0
    }

    /// Adds the gradients of the penalties to those of D's weights, and the penalties to its loss, the first value in
    /// `observed`, and to what is observed.
    pub fn add(self, d: &mut Network, seen: Seen<'_>, observed: &mut Observed) -> Result<()> {
        let Seen {
            images,
            factors,
            both,
            single,
            labels,
        } = seen;
        let direction = labels.map(Labels::single);
        let points = |x| Points { x, direction };
        let rows = factors.dim(0)?;
        let (real, fake) = (images.narrow(0, 0, rows)?, images.narrow(0, rows, rows)?);
        if self.r1 > 0.0 && self.r2 > 0.0 {
            let names = [names::R1_PENALTY, names::R2_PENALTY];
            let points = Points {
                x: images,
                direction: labels.map(Labels::both),
            };
            let values = nn::zero_centred_penalty(d, points, both, &[self.r1, self.r2])?;
            for (name, value) in names.into_iter().zip(values) {
                add_to(observed, name, value)?;
            }
        } else {
            for (name, half, weight) in [
                (names::R1_PENALTY, &real, self.r1),
                (names::R2_PENALTY, &fake, self.r2),
            ] {
                if weight > 0.0 {
                    d.forward(half, single)?;
                    for value in nn::zero_centred_penalty(d, points(half), single, &[weight])? {
                        add_to(observed, name, value)?;
                    }
                }
            }
        }
        if self.gradient > 0.0 {
            // ε·x + (1 − ε)·G(z), one ε for each pair.
            let towards = (&real - &fake)?.broadcast_mul(factors)?;
            let between = (&fake + towards)?;
            let penalty = nn::gradient_penalty(d, points(&between), single, self.gradient)?;
            add_to(observed, names::GRADIENT_PENALTY, penalty.value)?;
            observed.push((names::INPUT_GRADIENT_NORM, penalty.norm));
        }
        Ok(())
    }

    /// The matrix products of the penalties alone.
    pub fn products_alone(self, d: &mut Network, workspace: &mut Workspace) -> Result<()> {
        if !self.is_any() {
            return Ok(());
        }
        let seen = Seen {
            images: &workspace.images,
            factors: &workspace.factors,
            both: &mut workspace.both,
            single: &mut workspace.single,
            labels: workspace.labels.as_ref(),
        };
        let zero = Tensor::new(0f32, d.device())?;
        self.add(d, seen, &mut vec![(names::D_LOSS, zero)])
    }

    /// Multiplications of a row of a batch in these products.
    pub fn cost(self, d: &[LayerSpec]) -> u64 {
        let all = products(d, 0);
        let logit = d.last().copied();
        let logit = logit.map_or(0, LayerSpec::products);
        // Down to the image; up again without the logit, with a gradient for each weight.
        let second_order = all + all + (all - logit);
        let (r1, r2) = (self.r1 > 0.0, self.r2 > 0.0);
        // What D has seen as a whole needs no other pass to begin with; half of it does.
        let zero_centred = match (r1, r2) {
            (true, true) => 2 * second_order,
            (false, false) => 0,
            _ => all + second_order,
        };
        let between = if self.gradient > 0.0 {
            all + second_order
        } else {
            0
        };
        zero_centred + between
    }
}

/// Adds a penalty to the loss, and observes it.
fn add_to(observed: &mut Observed, name: &'static str, value: Tensor) -> Result<()> {
    if let Some((_, loss)) = observed.first_mut() {
        *loss = (&*loss + &value)?;
    }
    observed.push((name, value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Activation;

    #[test]
    fn products_are_counted() {
        let layer = |inputs, outputs| LayerSpec::linear(inputs, outputs, Activation::Identity);
        let d = [layer(3, 4), layer(4, 1)];
        let cost = |gradient, r1, r2| Penalties { gradient, r1, r2 }.cost(&d);
        // Down through 16 weights; up through 12, with a gradient for each of 16.
        let second_order = 16 + 12 + 16;
        assert_eq!(cost(0.0, 0.0, 0.0), 0);
        assert_eq!(cost(0.0, 2.0, 1.0), 2 * second_order);
        for one in [
            cost(0.0, 1.0, 0.0),
            cost(0.0, 0.0, 1.0),
            cost(10.0, 0.0, 0.0),
        ] {
            assert_eq!(one, 16 + second_order);
        }
        assert_eq!(cost(10.0, 1.0, 1.0), 16 + 3 * second_order);
    }
}
