//! How metrics of declared roles are judged: by the limits that this program's own metrics of these roles have.

use std::sync::LazyLock;

use crate::health::followable;
use crate::metric::{Check, Description, MetricInfo, Role, diversity, objectives};

/// The metrics of all objectives.
static KNOWN: LazyLock<Vec<MetricInfo>> = LazyLock::new(|| {
    let known = objectives::all().flat_map(|objective| objective.info().metrics);
    known.chain([diversity()]).collect()
});

/// The check of a metric of this role and network, under the objective of this name, for a program that takes these commands:
/// advice that nobody could follow is none.
pub fn usual_check(
    metric: &MetricInfo,
    objective: &str,
    can: impl Fn(&str) -> bool,
) -> Option<Check> {
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
    // Where a loss is in balance depends on how a program adds its parts.
    if let Some(at) = check.healthy.find("; balance is") {
        check.healthy.truncate(at);
    }
    for edge in check.edges() {
        edge.advice = followable(&edge.advice, &can);
    }
    Some(check)
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
        let rates = |command: &str| command.starts_with("lr");
        let low = |can: &dyn Fn(&str) -> bool| {
            let check = usual_check(&d_loss, "gan", can);
            let low = check
                .filter(|check| check.title == "my metric" && !check.healthy.contains("0.693"));
            low.and_then(|check| check.low)
        };
        assert!(low(&rates).is_some_and(|low| low.failing.is_some() && low.advice == "`lr d /2`"));
        assert!(low(&|_| false).is_some_and(|low| low.advice.is_empty()));
        let norm = of(Role::GradientNorm).of(Network::Generator);
        assert!(usual_check(&norm, "lsgan", rates).is_some());
        assert!(usual_check(&of(Role::Other), "", rates).is_none());
        assert!(usual_check(&of(Role::LearningRate), "", rates).is_none());
        // The loss of an LSGAN is small when D is fooled, too.
        assert!(usual_check(&d_loss, "lsgan", rates).is_none());
        assert!(usual_check(&d_loss, "my own", rates).is_some());
    }
}
