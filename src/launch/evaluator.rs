//! The evaluator of a run: the frozen judge of its dataset, at a low priority.

use crate::data::{Dataset, ImageSet};
use crate::eval::{Evaluation, Live, check_judged, features_folder, live_metrics};
use crate::judging::{Evaluated, Evaluator};
use crate::metric::MetricInfo;
use crate::protocol::ImageGrid;
use crate::session::priority::give_way;

/// An evaluator of runs on this dataset, conditional or not, which has yet to get ready.
///
/// # Errors
/// When there is no judge for the dataset, and how to get one.
pub(super) fn evaluator(
    dataset: &Dataset,
    samples: usize,
    is_conditional: bool,
) -> Result<Box<dyn Evaluator>, String> {
    let judge = check_judged(dataset).map_err(|error| error.to_string())?;
    Ok(Box::new(Frozen {
        measures: live_metrics(judge, is_conditional),
        state: State::Unready {
            dataset: Box::new(dataset.clone()),
            samples,
        },
    }))
}

/// The frozen judge.
struct Frozen {
    measures: Vec<MetricInfo>,
    state: State,
}

enum State {
    Unready {
        dataset: Box<Dataset>,
        samples: usize,
    },
    Ready(Box<Live>),
}

impl Evaluator for Frozen {
    fn measures(&self) -> Vec<MetricInfo> {
        self.measures.clone()
    }

    fn prepare(&mut self) -> Result<(), String> {
        give_way();
        if let State::Unready { dataset, samples } = &self.state {
            let live = Live::open(dataset, *samples, features_folder());
            self.state = State::Ready(Box::new(live.map_err(|error| error.to_string())?));
        }
        Ok(())
    }

    fn evaluate(
        &mut self,
        images: ImageGrid,
        labels: Option<Vec<u16>>,
    ) -> Result<Evaluated, String> {
        let State::Ready(live) = &self.state else {
            return Err("the evaluator is not ready".to_owned());
        };
        let mut images = ImageSet::from(images);
        if let Some(labels) = labels {
            images = images.with_labels(labels);
        }
        let found = live.evaluate(&images);
        let found = found.map_err(|error| error.to_string())?;
        let named = |values: &Evaluation| -> Vec<(String, f64)> {
            let values = values.values.iter();
            let values = values.filter(|(quantity, value)| {
                value.is_finite() && found.value(quantity.name).is_some()
            });
            values.map(|(q, v)| (q.name.to_owned(), *v)).collect()
        };
        Ok(Evaluated {
            real: found.real,
            values: named(&found),
            floor: named(live.floor()),
            classes: found.classes,
        })
    }
}
