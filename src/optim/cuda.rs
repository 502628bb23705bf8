//! An update as a CUDA device is told of it: its constants lie in the device's memory, so that a recorded update goes on to
//! be right while learning rate and bias corrections change. The kernel is `update` in `nn/cuda/kernels.cu`.

use super::Constants;
use super::native::{Adam, Rmsprop};

/// Rule, decay of the first moment, of the second, ε, step, root, limit: in the order of `kernels.cu`.
pub(super) fn told(constants: Constants) -> [f32; 7] {
    const ADAM: f32 = 0.0;
    const RMSPROP: f32 = 1.0;
    match constants {
        Constants::Adam(Adam {
            beta1,
            beta2,
            eps,
            step,
            root,
            limit,
        }) => [ADAM, beta1, beta2, eps, step, root, limit],
        Constants::Rmsprop(Rmsprop {
            alpha,
            eps,
            lr,
            limit,
        }) => [RMSPROP, 0.0, alpha, eps, lr, 1.0, limit],
    }
}
