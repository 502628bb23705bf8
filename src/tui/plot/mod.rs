//! The chart's own widget: axes with round ticks, and a canvas of dots in layers.

mod axis;
mod canvas;
mod frame;

pub use crate::history::extent;
pub use axis::{Axis, Tick, step_ticks};
pub use canvas::{Canvas, Dash, Pen, dot_row};
pub use frame::{axes, cursor_label};
