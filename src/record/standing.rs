//! How it stands with a run, in words.

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

    /// How it stands with the run, in one sentence for one who wants to see it.
    #[must_use]
    pub fn in_words(&self) -> String {
        let run = self.reference();
        match &self.status {
            Status::Live { holder } => format!("this run is going on: {holder}"),
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
                format!("whether this run is going on is not known: its lock says {reason}")
            }
            Status::Empty => "this run did not begin".to_owned(),
        }
    }

    fn way_on(&self, run: &str) -> String {
        match self.newest_checkpoint {
            Some(step) => format!("`genai-tui --resume {run}` goes on from step {step}"),
            None => "it has no checkpoint to go on from".to_owned(),
        }
    }

    /// Why it takes no command, and what can be done.
    #[must_use]
    pub fn not_live(&self) -> String {
        let how = match &self.status {
            Status::Finished { reason, .. } => format!("has ended: {reason}"),
            Status::Failed { error } => format!("has failed: {error}"),
            Status::Crashed { .. } => "has crashed".to_owned(),
            Status::Unknown { reason } => format!("cannot be judged: {reason}"),
            Status::Live { .. } => "is about to end".to_owned(),
            Status::Empty => "never began".to_owned(),
        };
        let dir = shell_word(&self.dir);
        let advice = match self.newest_checkpoint {
            Some(step) => format!(
                "`genai-tui --resume {dir}` goes on from step {step}, `genai-tui attach {dir}` shows what was"
            ),
            None => "it has no checkpoint to go on from".to_owned(),
        };
        format!("run `{}` {how}; {advice}", self.name)
    }
}
