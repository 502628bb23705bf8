//! How metrics of declared roles are judged: by the limits that this program's own metrics of these roles have.

use std::sync::LazyLock;

use crate::metric::{Check, Description, Edge, MetricInfo, Role, diversity, objectives};

/// The metrics of all objectives.
static KNOWN: LazyLock<Vec<MetricInfo>> = LazyLock::new(|| {
    let known = objectives::all().flat_map(|objective| objective.info().metrics);
    known.chain([diversity()]).collect()
});

/// The check of a metric of this role and network, under the objective of this name, for a program whose learning rates can be set
/// or cannot: advice that nobody could follow is none.
pub fn usual_check(metric: &MetricInfo, objective: &str, has_rates: bool) -> Option<Check> {
    if metric.role == Role::Other {
        return None;
    }
    if metric.role.is_loss()
        && let Some(known) = objectives::find(objective).map(Description::info)
        && let Some(same) = known.with_role(metric.role)
        && same.check.is_none()
    {
        // Of this loss, limits of others say nothing.
        return None;
    }
    let fits = |known: &MetricInfo| {
        let same_network =
            [metric.network, known.network].contains(&None) || known.network == metric.network;
        known.role == metric.role && same_network
    };
    let mut check = KNOWN
        .iter()
        .find_map(|known| known.check.clone().filter(|_| fits(known)))?;
    check.title.clone_from(&metric.title);
    for edge in [&mut check.low, &mut check.high].into_iter().flatten() {
        adapt(edge, has_rates);
    }
    Some(check)
}

/// Advice names commands of this program's own trainer: only those about learning rates mean something to another one.
fn adapt(edge: &mut Edge, has_rates: bool) {
    let commands: Vec<&str> = edge.advice.split('`').skip(1).step_by(2).collect();
    let can_follow = |command: &&str| has_rates && command.starts_with("lr");
    if !commands.iter().all(can_follow) {
        edge.advice = if has_rates && commands.iter().any(can_follow) {
            let mut rates = commands.iter().filter(|command| can_follow(command));
            rates
                .next()
                .map_or_else(String::new, |command| format!("`{command}` may help"))
        } else {
            String::new()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Good, Network};

    fn of(role: Role) -> MetricInfo {
        MetricInfo::new("x", "mine", "my metric", Good::Neutral, "").role(role)
    }

    #[test]
    fn a_declared_role_has_limits_and_advice_that_can_be_followed() {
        let d_loss = of(Role::DiscriminatorLoss);
        let check = usual_check(&d_loss, "", true);
        let low = check.as_ref().and_then(|check| check.low.as_ref());
        assert!(low.is_some_and(|low| low.failing.is_some() && low.advice.contains("lr d")));
        assert!(low.is_some_and(|low| !low.advice.contains("loss")));
        let check = usual_check(&d_loss, "gan", false);
        assert!(
            check.is_some_and(
                |c| c.title == "my metric" && c.low.is_some_and(|l| l.advice.is_empty())
            )
        );
        let norm = of(Role::GradientNorm).of(Network::Generator);
        assert!(usual_check(&norm, "lsgan", true).is_some());
        assert!(usual_check(&of(Role::Other), "", true).is_none());
        assert!(usual_check(&of(Role::LearningRate), "", true).is_none());
        // The loss of an LSGAN is small when D is fooled, too.
        assert!(usual_check(&d_loss, "lsgan", true).is_none());
        assert!(usual_check(&d_loss, "my own", true).is_some());
    }
}
