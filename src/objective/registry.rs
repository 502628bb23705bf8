//! The formula of every objective. A new one is a file and a line here.

use super::Objective;
use super::{
    gan::Gan, hinge::Hinge, lsgan::Lsgan, rpgan::Rpgan, vae::Vae, wgan::Wgan, wgan_gp::WganGp,
};

pub(super) const OBJECTIVES: &[&dyn Objective] =
    &[&Gan, &Lsgan, &Hinge, &Rpgan, &Wgan, &WganGp, &Vae];

/// The objective of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Objective> {
    OBJECTIVES.iter().copied().find(|o| o.name() == name)
}
