//! The values of a learner's networks, on the host.

use candle_core::Result;

use crate::memory::Block;
use crate::train::Model;

/// Weights and moments of the networks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights {
    /// The buffer of the generator (decoder): values, then both moments.
    pub generator: Block<f32>,
    /// The buffer of the discriminator (encoder): values, then both moments.
    pub discriminator: Block<f32>,
    /// The average of the generator's weights, where there is one.
    pub average: Option<Block<f32>>,
    /// The left singular vectors of the discriminator's matrices, one after another, where it is normalised by them.
    pub singular: Option<Vec<f32>>,
}

impl Weights {
    /// Those of a model, written into the buffers of weights that are of no more use: fresh memory costs as much as the copy.
    pub(super) fn of(model: &Model, reused: Self) -> Result<Self> {
        let [generator, discriminator] = model.networks();
        let (g, d) = (generator.params(), discriminator.params());
        let average = model.average().map(|average| {
            let reused = reused.average.unwrap_or_default();
            filled(reused, average.count(), |out| average.copy_to_host(out))
        });
        Ok(Self {
            generator: filled(reused.generator, g.host_count(), |out| g.copy_to_host(out))?,
            discriminator: filled(reused.discriminator, d.host_count(), |out| {
                d.copy_to_host(out)
            })?,
            average: average.transpose()?,
            singular: discriminator.network().singular_vectors()?,
        })
    }
}

/// A block of `count` values that `fill` has written, in `reused` if that is as large.
fn filled(
    reused: Block<f32>,
    count: usize,
    fill: impl FnOnce(&mut [f32]) -> Result<()>,
) -> Result<Block<f32>> {
    let mut block = if reused.len() == count {
        reused
    } else {
        Block::zeroed(count)
    };
    fill(&mut block)?;
    Ok(block)
}
