//! Residual blocks (He et al. 2016, "Deep residual learning for image recognition"): what the first layer of a block reads is added to
//! what its last one gives, before that one's activation. The gradient at that sum is, unchanged, a part of the gradient at
//! what was added.

use candle_core::{Result, bail};

use super::layer::LayerSpec;

/// The last layer of the block that begins with layer `first`.
pub fn last_of_block(specs: &[LayerSpec], first: usize) -> Option<usize> {
    let mut layers = specs.iter().enumerate().skip(first);
    let (last, _) = layers.find(|(_, spec)| spec.block > 0)?;
    (last + 1 - first == specs[last].block).then_some(last)
}

/// The layer whose output is added before the activation of layer `last`, where a block ends with it.
pub fn added_to(specs: &[LayerSpec], last: usize) -> Option<usize> {
    let block = specs.get(last).map_or(0, |spec| spec.block);
    (block > 0).then(|| last.checked_sub(block)).flatten()
}

/// Checks that blocks follow a layer, stand one after another, and add planes of one shape.
pub fn check(specs: &[LayerSpec]) -> Result<()> {
    let mut free = 1;
    for (last, spec) in specs.iter().enumerate() {
        if spec.block == 0 {
            continue;
        }
        let layer = last + 1;
        if free + spec.block > layer {
            bail!(
                "layer {layer} ends a residual block of {} layers: expected at most the {} behind layer {free}",
                spec.block,
                layer - free
            );
        }
        let added = layer - spec.block;
        let (given, sum) = (specs[added - 1].map.output(), spec.map.output());
        if given != sum {
            bail!(
                "layer {layer} gives {sum}, to which the {given} of layer {added} cannot be added"
            );
        }
        free = layer;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::fit;
    use super::super::{Activation, first_line};
    use super::*;

    /// Linear layers with these outputs, of which some end blocks of so many layers.
    fn layers(outputs_and_blocks: &[(usize, usize)]) -> Vec<LayerSpec> {
        let mut inputs = 3;
        let layer = |(outputs, block): &(usize, usize)| {
            let layer = LayerSpec::linear(inputs, *outputs, Activation::Relu).ending_block(*block);
            inputs = *outputs;
            layer
        };
        outputs_and_blocks.iter().map(layer).collect()
    }

    #[test]
    fn blocks_begin_behind_what_they_add() {
        let specs = layers(&[(4, 0), (5, 0), (4, 2), (4, 1), (1, 0)]);
        assert!(fit::check(&specs).is_ok());
        let all = 0..specs.len();
        let ends: Vec<_> = all.clone().map(|i| last_of_block(&specs, i)).collect();
        assert_eq!(ends, [None, Some(2), None, Some(3), None]);
        let added: Vec<_> = all.map(|i| added_to(&specs, i)).collect();
        assert_eq!(added, [None, None, Some(0), Some(2), None]);
    }

    #[test]
    fn blocks_that_do_not_fit_are_refused() {
        for (specs, expected) in [
            (
                layers(&[(3, 1)]),
                "layer 1 ends a residual block of 1 layers: expected at most the 0 behind layer 1",
            ),
            (
                layers(&[(4, 0), (4, 0), (4, 1), (4, 2)]),
                "layer 4 ends a residual block of 2 layers: expected at most the 1 behind layer 3",
            ),
            (
                layers(&[(4, 0), (4, 0), (5, 2)]),
                "layer 3 gives 5x1x1, to which the 4x1x1 of layer 1 cannot be added",
            ),
        ] {
            let error = fit::check(&specs).map_err(|error| first_line(&error));
            assert_eq!(error, Err(expected.to_owned()));
        }
    }
}
