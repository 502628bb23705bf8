//! What the screen itself costs, as the loop measured it.

/// Averages over the last few seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// Bytes written to the terminal in a second.
    pub bytes_per_second: f64,
    /// Frames drawn in a second.
    pub frames_per_second: f64,
    /// Milliseconds that a frame takes.
    pub frame_ms: f64,
    /// Processor time of the thread that draws, as a share of one core.
    pub share: f64,
}
