//! What evaluations measure of samples.

use super::info::{Good, MetricInfo};
use super::role::Role;

/// A number that an evaluation gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// Name in JSON, in events and in conditions.
    pub name: &'static str,
    /// Name for a person.
    pub title: &'static str,
    /// What it measures.
    pub role: Role,
    /// Which way it is better. With [`Good::Balance`] it is best near what real images have, its floor.
    pub good: Good,
    /// One sentence a person can learn from.
    pub about: &'static str,
    /// The chart that it is on: those of one scale are together. Those without one are reported and kept, but not drawn.
    pub panel: &'static str,
    /// Whether it is cheap enough to be measured while a training runs.
    pub live: bool,
}

impl Quantity {
    /// The same as the description of a metric.
    #[must_use]
    pub fn info(&self) -> MetricInfo {
        MetricInfo::new(self.panel, self.name, self.title, self.good, self.about).role(self.role)
    }
}

/// Declares quantities, and the list of all.
macro_rules! quantities {
    ($($id:ident: $name:literal, $title:literal, $good:ident, $role:ident, $panel:literal, $live:literal, $about:literal;)*) => {
        $(
            #[doc = $about]
            pub const $id: Quantity = Quantity {
                name: $name,
                title: $title,
                role: Role::$role,
                good: Good::$good,
                about: $about,
                panel: $panel,
                live: $live,
            };
        )*

        /// Every quantity, most important first.
        pub const QUANTITIES: &[Quantity] = &[$($id),*];
    };
}

quantities! {
    FID: "fid", "FID", Lower, FrechetDistance, "quality", true,
        "Fréchet distance between the features of samples and of real images";
    RANDOM_FID: "random_fid", "random-feature distance", Lower, Other, "quality", true,
        "Fréchet distance between random features of samples and of real images: those of an untrained network, so no FID";
    KID: "kid", "KID", Lower, Other, "", false,
        "squared distance of samples from real images under a cubic kernel; not biased by how many there are";
    KID_DEVIATION: "kid_deviation", "KID deviation", Neutral, Other, "", false,
        "standard deviation of KID over its subsets";
    SCORE: "score", "score", Higher, ClassifierScore, "classes", true,
        "from 1 to the number of classes: sure of each image, and all classes alike";
    SCORE_DEVIATION: "score_deviation", "score deviation", Neutral, Other, "", true,
        "standard deviation of the score over its 10 parts";
    PRECISION: "precision", "precision", Higher, Precision, "neighbourhoods", true,
        "share of samples among the real images: how good they look";
    RECALL: "recall", "recall", Higher, Recall, "neighbourhoods", true,
        "share of real images among the samples: how varied they are";
    DENSITY: "density", "density", Higher, Other, "", true,
        "how closely samples lie among real images; 1 for equal distributions, more where they crowd";
    COVERAGE: "coverage", "coverage", Higher, Coverage, "neighbourhoods", true,
        "share of real images that have a sample in their neighbourhood";
    MODES: "modes", "modes", Higher, Modes, "classes", true,
        "classes that make up at least 1 % of the samples; of more than 100 those with any sample";
    MODES_KL: "modes_kl", "KL of classes", Lower, Other, "", true,
        "how far the shares of the classes are from those of the data, in nats";
    CLASS_ACCURACY: "class_accuracy", "class accuracy", Higher, Other, "neighbourhoods", true,
        "share of a conditional generator's samples that the judge takes for the class they were generated as";
    UNSURE: "unsure", "unsure share", Lower, Unsure, "", true,
        "share of samples whose likeliest class has less than 0.9";
    MEMORISATION: "memorisation", "memorisation ratio", Balance, Other, "", false,
        "distance to the nearest training image over that to the nearest held-out one: copies if far below the floor";
    TWO_SAMPLE: "two_sample", "1-NN accuracy", Balance, Other, "", false,
        "how often the nearest neighbour separates samples from real images: 0.5 if they cannot be distinguished, less if copied";
    SWD: "swd", "sliced Wasserstein", Lower, Other, "", false,
        "how far samples would have to be moved to become real images, seen along random directions";
}

/// The quantity of this role.
#[must_use]
pub fn with_role(role: Role) -> Option<&'static Quantity> {
    QUANTITIES.iter().find(|quantity| quantity.role == role)
}

/// What is measured while a training runs, most important first.
pub fn live_quantities() -> impl Iterator<Item = &'static Quantity> {
    QUANTITIES.iter().filter(|quantity| quantity.live)
}
