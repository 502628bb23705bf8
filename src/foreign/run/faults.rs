//! What the program sent that could not be used as it came: said once of each kind, and counted at the end.

use std::collections::BTreeMap;

use crate::foreign::problem::{Code, Problem};

/// Faults so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    unusable: BTreeMap<Code, u64>,
    merged: u64,
    /// Whether a step was smaller than one before it.
    fell: bool,
}

impl Faults {
    /// Something could not be used. Returns what is to be said: of each kind only the first.
    pub fn unusable(&mut self, problem: &Problem) -> Option<String> {
        let count = self.unusable.entry(problem.code).or_default();
        *count += 1;
        (*count == 1).then(|| {
            format!(
                "the program sent something that cannot be used: {}",
                problem.text
            )
        })
    }

    /// So many messages became part of others before they were sent.
    pub fn merged(&mut self, messages: u64) {
        self.merged = self.merged.saturating_add(messages);
    }

    /// Metrics came for a step before the newest. Returns what is to be said, the first time.
    pub fn fell(&mut self, step: u64, newest: u64) -> Option<String> {
        let is_first = !std::mem::replace(&mut self.fell, true);
        is_first.then(|| {
            format!(
                "metrics came for step {step} after step {newest}: they count at the newest step; a program that goes back \
                 says so (`rewound`)"
            )
        })
    }

    /// What is to be said at the end.
    pub fn in_all(&self) -> Vec<String> {
        let unusable: u64 = self.unusable.values().sum();
        let merged = self.merged;
        let unusable = (unusable > 1).then(|| {
            format!("{unusable} messages of the program, or parts of them, could not be used")
        });
        let merged = (merged > 0).then(|| {
            format!(
                "{merged} messages of the program were merged into others before they were sent: the panel did not read them \
                 in time, and the program did not wait"
            )
        });
        unusable.into_iter().chain(merged).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_kind_is_said_and_the_number_at_the_end() {
        let mut faults = Faults::default();
        assert!(faults.in_all().is_empty());
        let invalid = Problem::invalid("x".to_owned());
        assert!(
            faults
                .unusable(&invalid)
                .is_some_and(|text| text.ends_with(": x"))
        );
        assert_eq!(faults.unusable(&invalid), None);
        assert!(faults.unusable(&Problem::new(Code::TooLong, "y")).is_some());
        assert!(
            faults
                .fell(3, 9)
                .is_some_and(|text| text.contains("step 3 after step 9"))
        );
        assert_eq!(faults.fell(3, 9), None);
        faults.merged(4);
        let said = faults.in_all().join("\n");
        assert!(
            said.starts_with("3 messages") && said.contains("\n4 messages"),
            "{said}"
        );
    }
}
