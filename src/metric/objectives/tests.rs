//! Every description holds together.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

use std::collections::BTreeSet;

use super::*;
use crate::metric::check::{Bound, Edge};
use crate::metric::names::ALL;
use crate::metric::quality::QUANTITIES;
use crate::metric::{HealthLimits, MetricInfo, common_metrics};

#[test]
fn names_of_objectives_and_metrics_are_unique() {
    for objective in all() {
        let info = objective.info();
        assert_eq!(info.name, objective.name);
        let names: BTreeSet<&str> = info.metrics.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names.len(), info.metrics.len(), "{}", info.name);
        assert!(names.iter().all(|name| ALL.contains(name)), "{names:?}");
        for reference in &info.references {
            assert!(names.contains(reference.metric.as_str()), "{reference:?}");
        }
        assert!(info.metrics[0].is_on_main_chart());
    }
}

#[test]
fn no_two_metrics_have_one_name() {
    let measured = QUANTITIES.iter().map(|quantity| quantity.name);
    let all: Vec<&str> = ALL.iter().copied().chain(measured).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    assert!(common_metrics().iter().all(|m| ALL.contains(&&*m.name)));
}

#[test]
fn limits_name_existing_settings_in_order() {
    let limits = HealthLimits::default();
    let described = all().flat_map(|o| o.info().metrics);
    let checked: Vec<MetricInfo> = described
        .chain(common_metrics())
        .filter(|m| m.check.is_some())
        .collect();
    assert!(checked.len() > 20);
    for metric in checked {
        let check = metric.check.unwrap();
        let value = |bound: &Bound| bound.value(&limits).unwrap();
        let ends = |edge: &Edge| {
            let watch = value(&edge.watch);
            (watch, edge.failing.as_ref().map_or(watch, value))
        };
        assert!(
            check.low.is_some() || check.high.is_some(),
            "{}",
            check.title
        );
        let low = check.low.as_ref().map(ends);
        let high = check.high.as_ref().map(ends);
        assert!(low.is_none_or(|(watch, failing)| failing <= watch));
        assert!(high.is_none_or(|(watch, failing)| watch <= failing));
        if let (Some((low, _)), Some((high, _))) = (low, high) {
            assert!(low < high, "{}", check.title);
        }
    }
}
