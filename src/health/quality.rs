//! The alarms of evaluations: `worse_quality`, when FID has risen far above its best value, and `lost_modes`, when
//! classes have disappeared from the samples.

use serde::{Deserialize, Serialize};

use super::AlarmSeen;
use super::episode::{Episode, Floor};
use crate::metric::Role;
use crate::metric::quality::with_role;
use crate::protocol::{Level, Quality};

/// FID is far worse when it exceeds the best so far by this factor.
const WORSE: f64 = 1.5;

/// Number of evaluations in a row that must be worse: a single one may be bad luck.
const IN_A_ROW: u32 = 3;

/// Thresholds for the number of classes, as a share of the most seen so far. Never critical: the alarm on diversity
/// covers that.
const MODES: Floor = Floor {
    warn: 0.85,
    hard: 0.0,
    clear: 0.95,
};

/// Watches the results of evaluations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WorseQuality {
    best_fid: Option<f64>,
    /// Number of evaluations in a row whose FID was far worse than the best.
    worse: u32,
    /// The most classes seen in one evaluation.
    most_modes: f64,
    modes: Episode,
}

impl WorseQuality {
    /// Takes one evaluation.
    pub fn observe(&mut self, quality: &Quality) -> Vec<AlarmSeen> {
        let value = |role| quality.value(with_role(role)?.name);
        let fid = value(Role::FrechetDistance).and_then(|fid| self.fid(fid));
        let modes = value(Role::Modes).and_then(|modes| self.modes(modes));
        fid.into_iter().chain(modes).collect()
    }

    fn fid(&mut self, fid: f64) -> Option<AlarmSeen> {
        if !fid.is_finite() {
            return None;
        }
        let best = *self.best_fid.get_or_insert(fid);
        self.best_fid = Some(best.min(fid));
        self.worse = if fid > WORSE * best {
            self.worse + 1
        } else {
            0
        };
        // There is no ratio to 0.
        let times = if best > 0.0 {
            format!(", {:.1} times the best so far ({best:.1})", fid / best)
        } else {
            ", and was 0 before".to_owned()
        };
        // Once per episode.
        (self.worse == IN_A_ROW).then(|| AlarmSeen {
            name: "worse_quality",
            level: Level::Warn,
            text: format!(
                "FID is {fid:.1}{times}, for {IN_A_ROW} evaluations: the samples get worse"
            ),
            advice: "lower learning rates (`lr /2`) or the best checkpoint may help",
        })
    }

    fn modes(&mut self, modes: f64) -> Option<AlarmSeen> {
        if !modes.is_finite() {
            return None;
        }
        self.most_modes = self.most_modes.max(modes);
        let most = self.most_modes;
        let level = self.modes.observe(modes / most.max(1.0), &MODES)?;
        Some(AlarmSeen {
            name: "lost_modes",
            level,
            text: format!(
                "the samples show {modes} of the {most} classes that they showed before (mode collapse)"
            ),
            advice: "a slower G (`lr g /2`), a checkpoint from before, or a Wasserstein objective (`loss wgan-gp`) may help",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarms(values: &[(f64, f64)]) -> Vec<Vec<&'static str>> {
        let mut watch = WorseQuality::default();
        let each = values.iter().map(|(fid, modes)| {
            let values = [("fid", *fid), ("modes", *modes)];
            let quality = Quality {
                values: values.map(|(name, v)| (name.to_owned(), v)).into(),
                ..Quality::default()
            };
            watch.observe(&quality).iter().map(|a| a.name).collect()
        });
        each.collect()
    }

    #[test]
    fn fid_staying_far_above_the_best_is_one_alarm() {
        let fid = |values: &[f64]| -> Vec<usize> {
            let values: Vec<_> = values.iter().map(|v| (*v, 10.0)).collect();
            alarms(&values).iter().map(Vec::len).collect()
        };
        assert_eq!(fid(&[90.0, 20.0, 31.0, 29.0, 31.0, 31.0]), [0; 6]);
        assert_eq!(fid(&[20.0, 31.0, 31.0, 31.0, 40.0]), [0, 0, 0, 1, 0]);
        let again = [20.0, 31.0, 31.0, 31.0, 25.0, 31.0, 31.0, 31.0];
        assert_eq!(fid(&again), [0, 0, 0, 1, 0, 0, 0, 1]);
        assert_eq!(fid(&[20.0, f64::NAN, 31.0]), [0; 3]);
        assert_eq!(fid(&[0.0, 1.0, 1.0, 1.0]), [0, 0, 0, 1]);
    }

    #[test]
    fn a_best_of_zero_has_no_ratio() {
        let mut watch = WorseQuality {
            best_fid: Some(0.0),
            worse: IN_A_ROW - 1,
            ..WorseQuality::default()
        };
        let text = watch.fid(3.0).map(|alarm| alarm.text).unwrap_or_default();
        assert!(
            text.starts_with("FID is 3.0, and was 0 before, for"),
            "{text}"
        );
    }

    #[test]
    fn losing_classes_is_an_alarm() {
        let modes = [3.0, 10.0, 9.0, 8.0, 7.0, 10.0, 5.0].map(|modes| (20.0, modes));
        let seen: Vec<usize> = alarms(&modes).iter().map(Vec::len).collect();
        assert_eq!(seen, [0, 0, 0, 1, 0, 0, 1]);
    }
}
