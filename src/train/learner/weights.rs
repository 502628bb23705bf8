//! The values of a learner's networks, on the host.

use candle_core::Result;

use crate::train::{Average, Model};

/// Weights and moments of the networks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights {
    /// The buffer of the generator (decoder): values, then both moments.
    pub generator: Vec<f32>,
    /// The buffer of the discriminator (encoder): values, then both moments.
    pub discriminator: Vec<f32>,
    /// The average of the generator's weights, where there is one.
    pub average: Option<Vec<f32>>,
    /// The left singular vectors of the discriminator's matrices, one after another, where it is normalised by them.
    pub singular: Option<Vec<f32>>,
}

impl Weights {
    /// Those of a model, written into the buffers of weights that are of no more use: fresh memory costs as much as the copy.
    pub(super) fn of(model: &Model, reused: Self) -> Result<Self> {
        let Self {
            mut generator,
            mut discriminator,
            ..
        } = reused;
        let [g, d] = model.networks();
        g.params().copy_to_host(&mut generator)?;
        d.params().copy_to_host(&mut discriminator)?;
        let average = model.average();
        Ok(Self {
            generator,
            discriminator,
            average: average.map(Average::values).transpose()?,
            singular: d.network().singular_vectors()?,
        })
    }
}
