//! The status of a run, in words.

use std::path::Path;

use super::run_dir::RUNS_DIR;
use super::survey::{RunFacts, Status};
use crate::text::shell_word;

impl RunFacts {
    /// What the run is called on the command line: its name where that is enough, else its directory.
    #[must_use]
    pub fn reference(&self) -> String {
        if self.dir == Path::new(RUNS_DIR).join(&self.name) {
            self.name.clone()
        } else {
            self.dir.display().to_string()
        }
    }

    /// The status of the run in one sentence, for a viewer.
    #[must_use]
    pub fn in_words(&self) -> String {
        let run = self.reference();
        match &self.status {
            Status::Live { holder } => format!("this run is training: {holder}"),
            Status::Finished { reason, .. } => format!("this run is finished: {reason}"),
            Status::Failed { error } => format!("this run failed: {error}; {}", self.way_on(&run)),
            Status::Crashed { holder } => {
                let who = holder.as_ref().map_or_else(
                    || "the process".to_owned(),
                    |h| format!("process {} on {}", h.pid, h.host),
                );
                let when = self
                    .step
                    .map_or_else(String::new, |step| format!(" after step {step}"));
                let way_on = self.way_on(&run);
                format!("this run was not ended: {who} died{when}; {way_on}")
            }
            Status::Unknown { reason } => {
                format!("the status of this run is unknown: {reason}")
            }
            Status::Empty => "this run did not start".to_owned(),
        }
    }

    fn way_on(&self, run: &str) -> String {
        if self.program.is_some() {
            return format!("`genai-tui attach {run}` shows its record");
        }
        match self.newest_checkpoint {
            Some(step) => format!("`genai-tui --resume {run}` resumes from step {step}"),
            None => "it has no checkpoint to resume from".to_owned(),
        }
    }

    /// Why it takes no commands, and what to do.
    #[must_use]
    pub fn not_live(&self) -> String {
        let how = match &self.status {
            Status::Finished { reason, .. } => format!("has ended: {reason}"),
            Status::Failed { error } => format!("has failed: {error}"),
            Status::Crashed { .. } => "has crashed".to_owned(),
            Status::Unknown { reason } => format!("has an unknown status: {reason}"),
            Status::Live { .. } => "is about to end".to_owned(),
            Status::Empty => "never started".to_owned(),
        };
        let dir = shell_word(&self.dir);
        let advice = match self.newest_checkpoint {
            None if self.program.is_some() => format!("`genai-tui attach {dir}` shows its record"),
            Some(step) => format!(
                "`genai-tui --resume {dir}` resumes from step {step}, `genai-tui attach {dir}` shows its record"
            ),
            None => "it has no checkpoint to resume from".to_owned(),
        };
        format!("run `{}` {how}; {advice}", self.name)
    }
}
