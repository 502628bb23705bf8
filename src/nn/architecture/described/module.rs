//! One module, as it is written: `nn.Conv2d(64, 128, 4, stride=2, padding=1)`.

use std::collections::BTreeMap;

use super::{ModuleError, text};
use crate::nn::Activation;
use crate::nn::layer::Window;

/// The most that a number of values, of channels or of pixels may be.
const MOST: f64 = 65_536.0;

/// What stands at a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Module(Module),
    /// The texts of the modules to whose result their input is added.
    Residual(Vec<String>),
}

/// A module.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Module {
    /// A linear map, whose input has so many values or channels.
    Map {
        kind: MapKind,
        inputs: usize,
        outputs: usize,
        window: Window,
        bias: bool,
    },
    BatchNorm {
        channels: usize,
    },
    Activation(Activation),
    Flatten,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MapKind {
    Linear,
    Convolution,
    Transposed,
}

/// The modules that there are, each with its parameters in the order in which `PyTorch` takes them.
const MODULES: &[(&str, &[&str])] = &[
    ("Linear", &["in_features", "out_features", "bias"]),
    (
        "Conv2d",
        &[
            "in_channels",
            "out_channels",
            "kernel_size",
            "stride",
            "padding",
            "dilation",
            "groups",
            "bias",
        ],
    ),
    (
        "ConvTranspose2d",
        &[
            "in_channels",
            "out_channels",
            "kernel_size",
            "stride",
            "padding",
            "output_padding",
            "groups",
            "bias",
            "dilation",
        ],
    ),
    ("BatchNorm1d", &["num_features", "eps", "momentum"]),
    ("BatchNorm2d", &["num_features", "eps", "momentum"]),
    ("ReLU", &["inplace"]),
    ("LeakyReLU", &["negative_slope", "inplace"]),
    ("Tanh", &[]),
    ("Flatten", &["start_dim", "end_dim"]),
];

/// The block of modules that is none of `PyTorch`'s own.
const RESIDUAL: &str = "Residual";

/// What to do without modules that people know from elsewhere.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "Sigmoid",
        "objectives take logits: the discriminator ends without it, and the generator in Tanh()",
    ),
    (
        "Unflatten",
        "ConvTranspose2d(100, 256, 4) makes 256x4x4 of 100 values",
    ),
    (
        "Upsample",
        "ConvTranspose2d(64, 32, 4, 2, 1) makes planes twice as high and wide",
    ),
];

impl Part {
    /// Reads a module, or a block of modules.
    pub fn read(text: &str) -> Result<Self, ModuleError> {
        let text = text.trim();
        let (name, arguments) = match text.split_once('(') {
            None => (text, ""),
            Some((name, rest)) => {
                let count = |letter: char| text.matches(letter).count();
                let inner = rest.strip_suffix(')').filter(|_| count('(') == count(')'));
                let inner = inner.ok_or_else(|| ModuleError::new("expected `)` at its end"))?;
                (name.trim_end(), inner)
            }
        };
        let name = name.strip_prefix("torch.").unwrap_or(name);
        let name = name.strip_prefix("nn.").unwrap_or(name);
        if name == RESIDUAL {
            return Ok(Self::Residual(text::modules(arguments)));
        }
        Module::read(name, &text::line(arguments)).map(Self::Module)
    }
}

impl Module {
    /// Reads a module of this name.
    fn read(name: &str, arguments: &str) -> Result<Self, ModuleError> {
        let Some((name, parameters)) = MODULES.iter().find(|(known, _)| *known == name) else {
            return Err(unknown(name));
        };
        let arguments = Arguments::read(arguments, parameters)?;
        match *name {
            "Linear" => arguments.map(MapKind::Linear, ["in_features", "out_features"]),
            "Conv2d" => arguments.map(MapKind::Convolution, ["in_channels", "out_channels"]),
            "ConvTranspose2d" => {
                arguments.map(MapKind::Transposed, ["in_channels", "out_channels"])
            }
            "BatchNorm1d" | "BatchNorm2d" => {
                arguments.only("eps", 1e-5)?;
                arguments.only("momentum", 0.1)?;
                Ok(Self::BatchNorm {
                    channels: arguments.size("num_features", 1, None)?,
                })
            }
            "ReLU" => Ok(Self::Activation(Activation::Relu)),
            "LeakyReLU" => arguments.leaky(),
            "Tanh" => Ok(Self::Activation(Activation::Tanh)),
            _ => {
                arguments.only("start_dim", 1.0)?;
                arguments.only("end_dim", -1.0)?;
                Ok(Self::Flatten)
            }
        }
    }
}

fn unknown(name: &str) -> ModuleError {
    let names = || MODULES.iter().map(|(name, _)| *name).chain([RESIDUAL]);
    let instead = ELSEWHERE.iter().find(|(other, _)| *other == name);
    let near = names().find(|known| known.eq_ignore_ascii_case(name));
    let hint = match (instead, near) {
        (Some((_, instead)), _) => format!(": {instead}"),
        (None, Some(near)) => format!(" (did you mean {near}?)"),
        (None, None) => String::new(),
    };
    let all: Vec<&str> = names().collect();
    ModuleError::new(format!(
        "there is no module `{name}`{hint}; expected one of {}",
        all.join(", ")
    ))
}

/// The arguments of a module by their names. Flags are 0 and 1.
#[derive(Debug)]
struct Arguments(BTreeMap<&'static str, f64>);

impl Arguments {
    fn read(text: &str, parameters: &[&'static str]) -> Result<Self, ModuleError> {
        let mut found = BTreeMap::new();
        let written = text.split(',').map(str::trim);
        for (i, argument) in written.filter(|text| !text.is_empty()).enumerate() {
            let named = argument.split_once('=');
            let (name, value) =
                named.map_or(("", argument), |(name, value)| (name.trim(), value.trim()));
            let known = match named {
                Some(_) => parameters.iter().find(|known| **known == name),
                None => parameters.get(i),
            };
            let Some(name) = known.copied() else {
                return Err(match named {
                    Some(_) => no_parameter(name, parameters),
                    None => ModuleError::new(format!(
                        "found more than {} arguments: `{argument}`",
                        parameters.len()
                    )),
                });
            };
            let number = match value {
                "True" | "true" => 1.0,
                "False" | "false" => 0.0,
                text => text.parse().map_err(|_| {
                    ModuleError::new(format!("`{name}`: found `{text}`, expected a number"))
                })?,
            };
            if found.insert(name, number).is_some() {
                return Err(ModuleError::new(format!("`{name}` is given twice")));
            }
        }
        Ok(Self(found))
    }

    /// A linear map; `names` are those of its inputs and outputs.
    fn map(&self, kind: MapKind, names: [&'static str; 2]) -> Result<Module, ModuleError> {
        for (name, value) in [("dilation", 1.0), ("groups", 1.0), ("output_padding", 0.0)] {
            self.only(name, value)?;
        }
        let window = if kind == MapKind::Linear {
            Window::WHOLE
        } else {
            self.window()?
        };
        Ok(Module::Map {
            kind,
            inputs: self.size(names[0], 1, None)?,
            outputs: self.size(names[1], 1, None)?,
            window,
            bias: self.0.get("bias").is_none_or(|bias| *bias != 0.0),
        })
    }

    fn window(&self) -> Result<Window, ModuleError> {
        let window = Window {
            kernel: self.size("kernel_size", 1, None)?,
            stride: self.size("stride", 1, Some(1))?,
            padding: self.size("padding", 0, Some(0))?,
        };
        let kernel = window.kernel;
        if window.stride > kernel {
            Err(ModuleError::new(format!(
                "`stride`: found {}, expected at most the {kernel} of `kernel_size`",
                window.stride
            )))
        } else if window.padding >= kernel {
            Err(ModuleError::new(format!(
                "`padding`: found {}, expected less than the {kernel} of `kernel_size`",
                window.padding
            )))
        } else {
            Ok(window)
        }
    }

    fn leaky(&self) -> Result<Module, ModuleError> {
        let slope = self.0.get("negative_slope").copied().unwrap_or(0.01);
        if slope > 0.0 && slope < 1.0 {
            Ok(Module::Activation(Activation::LeakyRelu(slope as f32)))
        } else {
            Err(ModuleError::new(format!(
                "`negative_slope`: found {slope}, expected a number between 0 and 1"
            )))
        }
    }

    /// A whole number of at least `least`.
    fn size(
        &self,
        name: &'static str,
        least: u16,
        default: Option<usize>,
    ) -> Result<usize, ModuleError> {
        let expected = || format!("expected a whole number from {least} to {MOST}");
        match (self.0.get(name), default) {
            (Some(found), _)
                if found.fract() == 0.0 && (f64::from(least)..=MOST).contains(found) =>
            {
                Ok(*found as usize)
            }
            (Some(found), _) => Err(ModuleError::new(format!(
                "`{name}`: found {found}, {}",
                expected()
            ))),
            (None, Some(default)) => Ok(default),
            (None, None) => Err(ModuleError::new(format!(
                "`{name}` is missing: {}",
                expected()
            ))),
        }
    }

    /// A parameter that has one value here.
    fn only(&self, name: &'static str, value: f64) -> Result<(), ModuleError> {
        match self.0.get(name) {
            Some(found) if (found - value).abs() > f64::EPSILON => Err(ModuleError::new(format!(
                "`{name}`: found {found}, expected {value}, which is all there is here"
            ))),
            _ => Ok(()),
        }
    }
}

fn no_parameter(name: &str, parameters: &[&str]) -> ModuleError {
    let expected = if parameters.is_empty() {
        "it has none".to_owned()
    } else {
        format!("expected one of {}", parameters.join(", "))
    };
    ModuleError::new(format!("there is no parameter `{name}`: {expected}"))
}
