//! Names that metrics of GANs usually have, in PyTorch's and other people's examples: what is called so has its role without a
//! declaration.

use crate::metric::{Good, MAIN_PANEL, MetricInfo, Network, Role};

const DISCRIMINATOR: &[&str] = &["d", "disc", "discriminator", "critic"];
const GENERATOR: &[&str] = &["g", "gen", "generator"];
const LOSS: &[&str] = &["loss", "err", "error"];

/// Longer names than these have more words than are known.
const LONGEST: usize = 24;

/// Gives a metric that is called as usual its role, title and chart.
pub fn describe(metric: &mut MetricInfo) {
    let Some((role, network, title)) = known(&metric.name) else {
        return;
    };
    if let Some(title) = title {
        title.clone_into(&mut metric.title);
    }
    metric.network = network;
    if role == Role::Other {
        // D(G(z)) once more.
        chart(metric, Role::FakeScore);
    } else {
        chart(metric, role);
    }
    metric.role = role;
}

/// Gives a metric a role, and where that is usual its direction and chart.
pub fn chart(metric: &mut MetricInfo, role: Role) {
    metric.role = role;
    let (good, panel) = match role {
        Role::Loss => (Good::Lower, MAIN_PANEL),
        Role::DiscriminatorLoss | Role::GeneratorLoss => (Good::Balance, MAIN_PANEL),
        Role::RealScore | Role::FakeScore => (Good::Neutral, "scores"),
        Role::RealAccuracy | Role::FakeAccuracy => (Good::Balance, "accuracy"),
        Role::GradientNorm => (Good::Neutral, "gradients"),
        _ => return,
    };
    metric.good = good;
    panel.clone_into(&mut metric.panel);
}

type Known = (Role, Option<Network>, Option<&'static str>);

fn known(name: &str) -> Option<Known> {
    if name.len() > LONGEST {
        return None;
    }
    let (d, g) = (Some(Network::Discriminator), Some(Network::Generator));
    match name {
        // As this program's own networks have them. `D_real` is a loss of pix2pix.
        "d_real" => return Some((Role::RealScore, None, Some("D(x)"))),
        "d_fake" => return Some((Role::FakeScore, None, Some("D(G(z))"))),
        "acc_real" => return Some((Role::RealAccuracy, None, None)),
        "acc_fake" => return Some((Role::FakeAccuracy, None, None)),
        "d_grad_norm" => return Some((Role::GradientNorm, d, None)),
        "g_grad_norm" => return Some((Role::GradientNorm, g, None)),
        _ => {}
    }
    let words = words(name);
    // As in `netD_loss`.
    let words = words.iter().map(String::as_str);
    let words: Vec<&str> = words.filter(|word| *word != "net").collect();
    let score = |role, title| Some((role, None, Some(title)));
    match words[..] {
        ["loss"] => Some((Role::Loss, None, None)),
        [one, other] if is_loss_of(one, other, DISCRIMINATOR) => {
            Some((Role::DiscriminatorLoss, d, None))
        }
        [one, other] if is_loss_of(one, other, GENERATOR) => Some((Role::GeneratorLoss, g, None)),
        ["d", "x"] => score(Role::RealScore, "D(x)"),
        ["d", "g", "z" | "z1"] => score(Role::FakeScore, "D(G(z))"),
        // D(G(z)) after the generator's step: beside the other one.
        ["d", "g", "z2"] | ["d", "g", "z", "2"] => score(Role::Other, "D(G(z)) 2"),
        _ => None,
    }
}

fn is_loss_of(one: &str, other: &str, network: &[&str]) -> bool {
    LOSS.contains(&one) && network.contains(&other)
        || network.contains(&one) && LOSS.contains(&other)
}

/// The words of a name in small letters: `errD` and `Loss_D` have two.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for c in name.chars() {
        if !c.is_alphanumeric() {
            before = '_';
            continue;
        }
        let begins = before == '_' || before.is_lowercase() && c.is_uppercase();
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Role {
        known(name).map_or(Role::Other, |(role, ..)| role)
    }

    #[test]
    fn usual_names_have_their_roles() {
        for name in [
            "d_loss",
            "D_loss",
            "Loss_D",
            "loss_d",
            "errD",
            "lossD",
            "loss/D",
            "critic_loss",
            "discriminator_loss",
            "D-Loss",
            "netD_loss",
        ] {
            assert_eq!(role(name), Role::DiscriminatorLoss, "{name}");
        }
        for name in ["g_loss", "Loss_G", "errG", "gen_loss", "generator_loss"] {
            assert_eq!(role(name), Role::GeneratorLoss, "{name}");
        }
        for name in ["D_x", "D(x)"] {
            assert_eq!(role(name), Role::RealScore, "{name}");
        }
        for name in ["D_G_z", "D(G(z))", "D_G_z1"] {
            assert_eq!(role(name), Role::FakeScore, "{name}");
        }
        assert_eq!((role("loss"), role("Loss")), (Role::Loss, Role::Loss));
    }

    #[test]
    fn others_have_none() {
        for name in [
            "d_loss_real",
            "val_loss",
            "train/loss",
            "recon_loss",
            "d",
            "g",
            "x",
            "ddloss",
            "kl",
            "log_d",
            "learning_rate",
            "loss_2",
            "a_very_long_name_of_some_loss_d",
        ] {
            assert_eq!(role(name), Role::Other, "{name}");
        }
    }

    #[test]
    fn scores_share_a_chart() {
        for name in ["D_x", "D_G_z", "D_G_z_2"] {
            let mut metric = MetricInfo::new(name, name, name, Good::Neutral, "");
            describe(&mut metric);
            assert_eq!(metric.panel, "scores", "{name}");
        }
    }
}
