//! One step of an update rule, with its constants computed.

/// One step of an update rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum UpdateStep {
    /// Adam.
    Adam(AdamStep),
    /// `RMSprop`.
    Rmsprop(RmspropStep),
}

/// p ← p − `step`·m / (√v·`root` + `eps`), within ±`limit`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// Decay of the first moment, m.
    pub beta1: f32,
    /// Decay of the second moment, v.
    pub beta2: f32,
    /// Added to the denominator.
    pub eps: f32,
    /// Learning rate over the bias correction of the first moment.
    pub step: f32,
    /// 1 over the root of the bias correction of the second moment.
    pub root: f32,
    /// The largest magnitude of a parameter; infinity if there is no limit.
    pub limit: f32,
}

/// p ← p − `lr`·g / (√v + `eps`), within ±`limit`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RmspropStep {
    /// Decay of the mean square, v.
    pub alpha: f32,
    /// Added to the denominator.
    pub eps: f32,
    /// Learning rate.
    pub lr: f32,
    /// The largest magnitude of a parameter; infinity if there is no limit.
    pub limit: f32,
}
