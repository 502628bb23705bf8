//! What every update has in common: it is taken only if loss and gradient are finite, and everything it measured goes to the
//! window.

use candle_core::{Result, Tensor, bail};

use crate::metric::names::CLIP_SATURATION;
use crate::nn::NonFiniteCheck;
use crate::objective::Observed;
use crate::optim::Optimizer;
use crate::train::window::Window;

/// How an update ended, as far as the host knows. On a device that checks by itself it is `Fine` until its window is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Loss and gradient were finite.
    Fine,
    /// The gradient was not finite.
    NonFiniteGradient,
    /// The loss was not finite: no weight was touched and the optimizer was not called.
    Skipped,
}

/// Takes an optimizer step unless the `loss` is not finite, and passes everything measured to the window. `names` are the
/// metrics for the gradient's norm and for the size of the change relative to the weights.
pub(super) fn apply(
    window: &mut Window,
    loss: &Tensor,
    mut observed: Observed,
    names: [&'static str; 2],
    clip: f64,
    step: impl FnOnce(Option<NonFiniteCheck>) -> Result<Tensor>,
) -> Result<Verdict> {
    // Only where reading the value costs nothing. A device with a meter checks by itself.
    let is_finite = |t: &Tensor| -> Result<bool> {
        Ok(!t.device().is_cpu() || t.to_scalar::<f32>()?.is_finite())
    };
    let norms_at = observed.len();
    if !is_finite(loss)? {
        window.observe(observed, norms_at)?;
        return Ok(Verdict::Skipped);
    }
    let norms = step(window.check(loss))?;
    let finite = is_finite(&norms.get(0)?)?;
    let share = (clip > 0.0).then_some(CLIP_SATURATION);
    for (i, name) in names.into_iter().chain(share).enumerate() {
        observed.push((name, norms.get(i)?));
    }
    window.observe(observed, norms_at)?;
    Ok(if finite {
        Verdict::Fine
    } else {
        Verdict::NonFiniteGradient
    })
}

/// Counts an update if it was taken, and returns whether it was fine.
pub(super) fn applied(verdict: Verdict, optimizer: &mut Optimizer) -> bool {
    if verdict != Verdict::Skipped {
        optimizer.count();
    }
    verdict == Verdict::Fine
}

/// The first value that an update observes: its loss.
pub(super) fn loss_of(observed: &Observed) -> Result<Tensor> {
    match observed.first() {
        Some((_, loss)) => Ok(loss.clone()),
        None => bail!("an update without a loss"),
    }
}
