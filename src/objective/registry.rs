//! Every objective, in the order of the menu. A new one is a file and a line here.

use super::Objective;
use super::{gan::Gan, lsgan::Lsgan, vae::Vae, wgan::Wgan, wgan_gp::WganGp};
use crate::metric::ObjectiveChoice;

const OBJECTIVES: &[&dyn Objective] = &[&Gan, &Lsgan, &Wgan, &WganGp, &Vae];

/// The objective of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Objective> {
    OBJECTIVES.iter().copied().find(|o| o.name() == name)
}

/// All names.
pub fn names() -> impl Iterator<Item = &'static str> {
    OBJECTIVES.iter().map(|o| o.name())
}

/// A menu of the objectives that train the networks of this one: what a run of it can be switched to.
#[must_use]
pub fn choices(objective: &dyn Objective) -> Vec<ObjectiveChoice> {
    let networks = objective.family().networks();
    OBJECTIVES
        .iter()
        .filter(|o| o.family().networks() == networks)
        .map(|o| o.info())
        .map(|i| ObjectiveChoice {
            name: i.name,
            title: i.title,
            about: i.about,
        })
        .collect()
}
