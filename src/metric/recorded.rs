//! Reads descriptions from records, filling fields that earlier versions lack.

use serde::{Deserialize, Deserializer};

use super::info::MetricInfo;
use super::objective::ObjectiveInfo;
use super::objectives;
use super::quality::QUANTITIES;

/// Reads the description of an objective.
///
/// # Errors
/// Those of the format.
pub fn read_objective<'de, D: Deserializer<'de>>(from: D) -> Result<ObjectiveInfo, D::Error> {
    ObjectiveInfo::deserialize(from).map(completed)
}

/// Reads the description of an objective, where there may be one.
///
/// # Errors
/// Those of the format.
pub fn read_new_objective<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Box<ObjectiveInfo>>, D::Error> {
    let found = Option::<ObjectiveInfo>::deserialize(from)?;
    Ok(found.map(completed).map(Box::new))
}

/// Reads the descriptions of what evaluations measure.
///
/// # Errors
/// Those of the format.
pub fn read_measures<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<MetricInfo>, D::Error> {
    let mut measures = Vec::<MetricInfo>::deserialize(from)?;
    for measure in &mut measures {
        if let Some(known) = QUANTITIES.iter().find(|q| q.name == measure.name) {
            measure.complete(&known.info());
        }
    }
    Ok(measures)
}

fn completed(mut read: ObjectiveInfo) -> ObjectiveInfo {
    if let Some(known) = objectives::find(&read.name) {
        let known = known.info();
        for metric in &mut read.metrics {
            if let Some(known) = known.metric(&metric.name) {
                metric.complete(known);
            }
        }
    }
    read
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

    use serde_json::{Value, json};

    use super::*;
    use crate::metric::quality::Quantity;

    #[derive(Deserialize)]
    struct Started {
        #[serde(deserialize_with = "read_objective")]
        objective: ObjectiveInfo,
        #[serde(deserialize_with = "read_measures")]
        measures: Vec<MetricInfo>,
    }

    /// The same without the fields that version 0.1 did not have.
    fn as_before(metric: &MetricInfo) -> Value {
        let mut json = serde_json::to_value(metric).unwrap();
        let fields = json.as_object_mut().unwrap();
        for new in ["role", "network", "range", "check"] {
            fields.remove(new);
        }
        json
    }

    #[test]
    fn a_record_without_roles_and_checks_gets_current_ones() {
        for known in objectives::all() {
            let info = known.info();
            let mut objective = serde_json::to_value(&info).unwrap();
            objective["metrics"] = info.metrics.iter().map(as_before).collect();
            let measures: Vec<MetricInfo> = QUANTITIES.iter().map(Quantity::info).collect();
            let before: Vec<Value> = measures.iter().map(as_before).collect();
            let read: Started =
                serde_json::from_value(json!({"objective": objective, "measures": before}))
                    .unwrap();
            assert_eq!((read.objective, read.measures), (info, measures));
        }
    }

    #[test]
    fn recorded_roles_are_kept_and_unknown_ones_become_other() {
        let known = objectives::find("gan").unwrap().info();
        let mut info = known.clone();
        let check = info.metrics[0].check.as_mut().unwrap();
        check.title = "the loss of D".to_owned();
        let mut json = serde_json::to_value(&info).unwrap();
        json["metrics"][1]["role"] = json!("something_new");
        json["metrics"][1]["check"] = json!({"title": "t", "healthy": "h"});
        let read: Started =
            serde_json::from_value(json!({"objective": json, "measures": []})).unwrap();
        assert_eq!(read.objective.metrics[0], info.metrics[0]);
        assert_eq!(read.objective.metrics[1].role, super::super::Role::Other);
        assert_eq!(read.objective.metrics[2..], known.metrics[2..]);
    }
}
