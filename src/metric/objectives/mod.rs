//! The description of every objective, in the order of the menu. A new one is a file and a line here; its formula is in
//! [`crate::objective`].

mod gan;
mod hinge;
mod lsgan;
mod rpgan;
mod shared;
mod vae;
mod wgan;
mod wgan_gp;

pub use gan::GAN;
pub use hinge::HINGE;
pub use lsgan::LSGAN;
pub use rpgan::RPGAN;
pub use vae::VAE;
pub use wgan::WGAN;
pub use wgan_gp::WGAN_GP;

use super::description::Description;
use super::objective::ObjectiveChoice;

const DESCRIPTIONS: &[&Description] = &[&GAN, &LSGAN, &HINGE, &RPGAN, &WGAN, &WGAN_GP, &VAE];

/// Every objective.
pub fn all() -> impl Iterator<Item = &'static Description> {
    DESCRIPTIONS.iter().copied()
}

/// The objective of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Description> {
    all().find(|objective| objective.name == name)
}

/// All names.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().map(|objective| objective.name)
}

/// A menu of the objectives that train the networks of this one: what a run of it can be switched to.
#[must_use]
pub fn choices(objective: &Description) -> Vec<ObjectiveChoice> {
    all()
        .filter(|other| other.networks == objective.networks)
        .map(Description::info)
        .map(|info| ObjectiveChoice {
            name: info.name,
            title: info.title,
            about: info.about,
        })
        .collect()
}

#[cfg(test)]
mod tests;
