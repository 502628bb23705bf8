//! Whether layers make a network.

use candle_core::{Result, bail};

use super::layer::LayerSpec;
use super::residual;

/// Checks that each layer takes what the one before it gives, and that residual blocks add what fits.
pub fn check(specs: &[LayerSpec]) -> Result<()> {
    for (i, pair) in specs.windows(2).enumerate() {
        let (given, taken) = (pair[0].map.output(), pair[1].map.input());
        if given != taken {
            bail!(
                "layer {} gives {given}, layer {} takes {taken}",
                i + 1,
                i + 2
            );
        }
    }
    residual::check(specs)
}
