//! Modules become layers: a map, what is between it and its activation, and the activation.

use super::ModuleError;
use super::module::{MapKind, Module};
use crate::nn::Activation;
use crate::nn::layer::{LayerSpec, Link, Map, Plane, Shift, Window};
use crate::shape::ImageShape;

/// The most values of a plane: beyond it a batch would not fit into any machine.
const MOST_VALUES: usize = 1 << 24;

/// The layers of a network up to some module.
#[derive(Debug)]
pub(super) struct Building {
    layers: Vec<LayerSpec>,
    /// What the newest module gives.
    plane: Plane,
    /// Whether the newest map has no bias yet.
    wants_norm: bool,
    /// Whether there was a `Flatten` after the newest map.
    flattens: bool,
    /// The residual block that was begun: the number of layers before it, and what it is given.
    block: Option<(usize, Plane)>,
    is_generator: bool,
}

impl Building {
    /// A generator of latents of so many values.
    pub fn generator(latent_dim: usize) -> Self {
        Self::new(true, Plane::pixel(latent_dim))
    }

    /// A discriminator of such images.
    pub fn discriminator(image: ImageShape) -> Self {
        Self::new(false, Plane::of(image))
    }

    fn new(is_generator: bool, plane: Plane) -> Self {
        Self {
            layers: Vec::new(),
            plane,
            wants_norm: false,
            flattens: false,
            block: None,
            is_generator,
        }
    }

    /// Adds a module.
    pub fn add(&mut self, module: Module) -> Result<(), ModuleError> {
        match module {
            Module::Map {
                kind,
                inputs,
                outputs,
                window,
                bias,
            } => {
                self.is_biased()?;
                let map = match kind {
                    MapKind::Linear => self.linear(inputs, outputs)?,
                    MapKind::Convolution => self.convolution(inputs, outputs, window)?,
                    MapKind::Transposed => self.transposed(inputs, outputs, window)?,
                };
                let layer = LayerSpec::biased(map, Activation::Identity);
                self.layers.push(LayerSpec {
                    flattens: self.flattens,
                    ..layer
                });
                (self.plane, self.wants_norm, self.flattens) = (map.output(), !bias, false);
                Ok(())
            }
            Module::BatchNorm { channels } => self.norm(channels),
            Module::Activation(activation) => {
                self.is_biased()?;
                let fixed = self.fixed();
                match self.layers[fixed..].last_mut() {
                    Some(layer) if layer.activation == Activation::Identity && !self.flattens => {
                        layer.activation = activation;
                        Ok(())
                    }
                    _ => Err(ModuleError::new(
                        "expected it after a Linear, Conv2d, ConvTranspose2d or BatchNorm",
                    )),
                }
            }
            Module::Flatten if self.block.is_some() => Err(ModuleError::new(
                "stands in a Residual, which gives a plane of the shape that it is given: expected it before or after that",
            )),
            Module::Flatten if self.flattens => Err(ModuleError::new("it is flat already")),
            Module::Flatten => {
                self.is_biased()?;
                self.flattens = true;
                Ok(())
            }
        }
    }

    /// Begins a residual block.
    pub fn begin_block(&mut self) -> Result<(), ModuleError> {
        self.is_biased()?;
        if self.block.is_some() {
            return Err(ModuleError::new(
                "stands in another Residual: expected it before or after that",
            ));
        }
        if self.layers.is_empty() {
            return Err(ModuleError::new(
                "expected a Linear, Conv2d or ConvTranspose2d before it",
            ));
        }
        if self.flattens {
            return Err(ModuleError::new("expected Linear after Flatten()"));
        }
        self.block = Some((self.layers.len(), self.plane));
        Ok(())
    }

    /// Ends the residual block that was begun.
    pub fn end_block(&mut self) -> Result<(), ModuleError> {
        let plane = self.plane;
        if self.wants_norm {
            return Err(ModuleError::new(if self.is_generator {
                "ends in a module with `bias=False`: expected a BatchNorm behind that, or a bias"
            } else {
                "ends in a module with `bias=False`, as only generators have it, before a BatchNorm: expected a bias"
            }));
        }
        let Some((before, given)) = self.block.take() else {
            return Ok(());
        };
        let own = &mut self.layers[before..];
        let count = own.len();
        let Some(last) = own.last_mut() else {
            return Err(ModuleError::new("has no modules"));
        };
        if last.activation != Activation::Identity {
            return Err(ModuleError::new(
                "ends in an activation: expected that behind it, of the sum",
            ));
        }
        if plane != given {
            return Err(ModuleError::new(format!(
                "is given {given} and makes {plane} of it, which cannot be added up: expected {given}"
            )));
        }
        last.block = count;
        Ok(())
    }

    /// Layers that no module changes any more: those before the block that was begun.
    fn fixed(&self) -> usize {
        self.block.map_or(0, |(before, _)| before)
    }

    /// A map has a bias, or else a batch norm, which has one of its own.
    fn is_biased(&self) -> Result<(), ModuleError> {
        if self.wants_norm {
            return Err(ModuleError::new(if self.is_generator {
                "the module before it has `bias=False`: expected a BatchNorm here, or a bias there"
            } else {
                "the module before it has `bias=False`, as only generators have it, before a BatchNorm: expected a bias there"
            }));
        }
        Ok(())
    }

    fn norm(&mut self, channels: usize) -> Result<(), ModuleError> {
        if !self.is_generator {
            return Err(ModuleError::new(
                "a discriminator takes no batch norms: penalties on its gradient are defined for each image alone",
            ));
        }
        let fixed = self.fixed();
        let Some(layer) = self.layers[fixed..].last_mut() else {
            return Err(ModuleError::new(
                "expected it after a Linear, Conv2d or ConvTranspose2d",
            ));
        };
        let is_late = layer.shift == Shift::BatchNorm
            || layer.activation != Activation::Identity
            || layer.block > 0
            || self.flattens;
        if is_late {
            return Err(ModuleError::new(
                "expected it right after a Linear, Conv2d or ConvTranspose2d",
            ));
        }
        if !self.wants_norm {
            return Err(ModuleError::new(
                "the module before it has a bias, which a batch norm takes away again: write `bias=False` there",
            ));
        }
        let given = self.plane.channels;
        if channels != given {
            return Err(ModuleError::new(format!(
                "takes {channels} channels, and is given {}: expected {given}",
                self.plane
            )));
        }
        (layer.shift, self.wants_norm) = (Shift::BatchNorm, false);
        Ok(())
    }

    fn linear(&self, inputs: usize, outputs: usize) -> Result<Map, ModuleError> {
        let plane = self.plane;
        let is_pixel = plane.is_pixel();
        let expected = plane.values();
        if inputs != expected {
            return Err(self.misfit(&format!("takes {inputs} values"), expected));
        }
        match (is_pixel, self.flattens) {
            (true, _) => Ok(Map::Linear { inputs, outputs }),
            (false, false) => Err(ModuleError::new(format!(
                "is given {plane}, which is no vector: expected Flatten() before it"
            ))),
            // A plane of one channel that is read from outside is a vector already.
            (false, true) if self.layers.is_empty() && plane.channels == 1 => {
                Ok(Map::Linear { inputs, outputs })
            }
            (false, true) if plane.height == plane.width => Ok(Map::Convolution(Link {
                large: plane,
                small: Plane::pixel(outputs),
                window: Window {
                    kernel: plane.height,
                    ..Window::WHOLE
                },
            })),
            (false, true) => Err(ModuleError::new(format!(
                "is given {plane}: expected a square plane after which to flatten"
            ))),
        }
    }

    fn convolution(
        &self,
        inputs: usize,
        outputs: usize,
        window: Window,
    ) -> Result<Map, ModuleError> {
        let large = self.plane(inputs)?;
        let side = |side: usize| {
            let room = (side + 2 * window.padding).checked_sub(window.kernel);
            room.map(|room| room / window.stride + 1)
        };
        let (Some(height), Some(width)) = (side(large.height), side(large.width)) else {
            let Window {
                kernel, padding, ..
            } = window;
            return Err(ModuleError::new(format!(
                "is given {large}, into which windows of {kernel}x{kernel} with a padding of {padding} do not fit"
            )));
        };
        let small = Plane {
            channels: outputs,
            height,
            width,
        };
        Ok(Map::Convolution(Link {
            large,
            small: bounded(small)?,
            window,
        }))
    }

    fn transposed(
        &self,
        inputs: usize,
        outputs: usize,
        window: Window,
    ) -> Result<Map, ModuleError> {
        let small = self.plane(inputs)?;
        let side = |side: usize| {
            let all = (side - 1) * window.stride + window.kernel;
            all.checked_sub(2 * window.padding).filter(|side| *side > 0)
        };
        let (Some(height), Some(width)) = (side(small.height), side(small.width)) else {
            return Err(ModuleError::new(format!(
                "is given {small}, of which a padding of {} leaves nothing",
                window.padding
            )));
        };
        let large = Plane {
            channels: outputs,
            height,
            width,
        };
        Ok(Map::Transposed(Link {
            large: bounded(large)?,
            small,
            window,
        }))
    }

    /// The plane that a convolution reads, which it says has so many channels.
    fn plane(&self, channels: usize) -> Result<Plane, ModuleError> {
        if self.flattens {
            return Err(ModuleError::new("expected Linear after Flatten()"));
        }
        let given = self.plane.channels;
        if channels == given {
            Ok(self.plane)
        } else {
            Err(self.misfit(&format!("takes {channels} channels"), given))
        }
    }

    fn misfit(&self, takes: &str, expected: usize) -> ModuleError {
        let given = if self.layers.is_empty() && self.is_generator {
            format!("a latent of {} values (`latent_dim`)", self.plane.channels)
        } else {
            self.plane.to_string()
        };
        ModuleError::new(format!(
            "{takes}, and is given {given}: expected {expected}"
        ))
    }

    /// The layers of a generator.
    pub fn into_generator(
        self,
        latent_dim: usize,
        classes: usize,
        image: ImageShape,
    ) -> Result<Vec<LayerSpec>, ModuleError> {
        self.is_biased()?;
        let Self {
            mut layers, plane, ..
        } = self;
        let is_image = plane == Plane::of(image) || plane == Plane::pixel(image.values());
        match layers.last() {
            None => Err(ModuleError::new("has no modules")),
            Some(_) if !is_image => Err(ModuleError::new(format!(
                "gives {plane}: expected {}, an image",
                Plane::of(image)
            ))),
            Some(last) if last.activation != Activation::Tanh => Err(ModuleError::new(
                "expected Tanh() at its end: images lie in [-1, 1]",
            )),
            Some(_) => {
                if let Some(first) = layers.first_mut() {
                    *first = LayerSpec {
                        map: first.map.with_inputs(latent_dim + classes),
                        ..*first
                    };
                }
                Ok(layers)
            }
        }
    }

    /// The layers of a discriminator, with so many outputs instead of one.
    pub fn into_discriminator(self, outputs: usize) -> Result<Vec<LayerSpec>, ModuleError> {
        self.is_biased()?;
        let Self {
            mut layers, plane, ..
        } = self;
        match layers.last_mut() {
            None => Err(ModuleError::new("has no modules")),
            Some(_) if plane.values() != 1 => Err(ModuleError::new(format!(
                "gives {plane}: expected a single value"
            ))),
            Some(last) if last.activation != Activation::Identity => Err(ModuleError::new(
                "expected no activation at its end: objectives take logits",
            )),
            Some(last) if last.block > 0 => Err(ModuleError::new(
                "ends in a Residual: expected a Linear or Conv2d at its end, which gives more values with classes",
            )),
            Some(last) => {
                last.map = last.map.with_outputs(outputs);
                Ok(layers)
            }
        }
    }
}

fn bounded(plane: Plane) -> Result<Plane, ModuleError> {
    if plane.values() <= MOST_VALUES {
        return Ok(plane);
    }
    Err(ModuleError::new(format!(
        "gives {plane}, {} values: expected at most {MOST_VALUES}",
        plane.values()
    )))
}
