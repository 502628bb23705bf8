//! How much work the matrix products of a step are, and these products alone.

use candle_core::Result;

use super::{Autoencoder, Workspace};
use crate::nn::LayerSpec;
use crate::train::families::products;

impl Autoencoder {
    /// The matrix products of one step of `rows` rows and nothing between them: no losses, no optimizers.
    pub(in crate::train::families) fn products_alone(&mut self, rows: usize) -> Result<()> {
        let (encoder, decoder) = (&mut self.encoder.network, &mut self.decoder.network);
        let classes = self.architecture.classes;
        let workspace = self
            .workspaces
            .for_rows(rows, || Workspace::new(encoder, decoder, classes, rows))?;
        let Workspace {
            seen,
            latents,
            latents_grad,
            encoder: encoded,
            decoder: decoded,
            ..
        } = workspace;
        encoder.forward(seen, encoded)?;
        decoder.forward(latents, decoded)?;
        decoder.backward_through(latents, decoded, latents_grad)?;
        encoder.backward(seen, encoded)
    }
}

/// Floating-point operations of the matrix products of one step of `rows` rows: two for each multiplication of a row.
pub fn flop_per_step([decoder, encoder]: [&[LayerSpec]; 2], rows: usize) -> u64 {
    let (e, d) = (products(encoder, 0), products(decoder, 0));
    // Forward and backward through both networks. The decoder passes its gradient on to the latents; the encoder's
    // first layer passes none on.
    2 * rows as u64 * (e + e + products(encoder, 1) + d + d + d)
}
