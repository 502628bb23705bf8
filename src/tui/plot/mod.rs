//! The chart's own widget: axes with round ticks, and a canvas of dots in layers.

mod axis;
mod canvas;

pub use axis::{Axis, step_ticks};
pub use canvas::{Canvas, Dash, Pen};
