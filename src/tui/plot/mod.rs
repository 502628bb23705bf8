//! The chart's own widget: axes with round ticks, and a canvas of dots in layers.

mod axis;
mod canvas;
mod extent;
mod frame;

pub use axis::{Axis, Tick, step_ticks};
pub use canvas::{Canvas, Dash, Pen};
pub use extent::extent;
pub use frame::{axes, cursor_label};
