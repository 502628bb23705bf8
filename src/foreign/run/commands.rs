//! Commands: what viewers, scripts, rules and signals ask for, and what the program answers.

use std::time::Instant;

use serde_json::{Map, Value as Json};

use super::{Ask, Run};
use crate::foreign::connection::Id;
use crate::foreign::desk::{Fate, Open, changes, fate};
use crate::foreign::down::Down;
use crate::foreign::problem::{Code, Problem};
use crate::protocol::{Change, CheckpointReason, Command, Recorded, Request, Trouble, Warning};

impl Run {
    /// What a viewer, a script, a rule or a signal asks for.
    pub fn request(&mut self, request: Request) -> Option<Ask> {
        let id = self.desk.next();
        match fate(
            &request.command,
            id,
            self.known.now(),
            self.speakers.hearing(),
        ) {
            Fate::Own => match request.command.clone() {
                Command::Note(text) => {
                    self.ledger.record(Recorded::Note { text });
                    self.apply(request, Vec::new(), false);
                    None
                }
                _ => Some(Ask::Stop(request)),
            },
            Fate::Reject(reason) => {
                self.reject(request, reason);
                None
            }
            Fate::Send(down) => {
                self.send(id, request, &down);
                None
            }
        }
    }

    /// Sends a command to the program. Returns whether it went out.
    fn send(&mut self, id: u64, request: Request, down: &Down) -> bool {
        if self.speakers.send(down) {
            self.desk.sent(id, request, down);
            return true;
        }
        let reason = "the program does not read what is sent to it";
        self.reject(request, reason.to_owned());
        false
    }

    /// Asks the program to stop. Returns whether that went out.
    pub fn send_stop(&mut self, request: Request) -> bool {
        let id = self.desk.next();
        self.send(id, request, &Down::Stop { id })
    }

    /// A command took effect that is the panel's own.
    pub fn apply(&mut self, request: Request, changes: Vec<Change>, switched: bool) {
        let objective = switched.then(|| Box::new(self.known.now().objective()));
        self.ledger.record(Recorded::Applied {
            request: request.id,
            source: request.source,
            signal: request.signal,
            command: request.command,
            changes,
            objective,
        });
    }

    pub(super) fn reject(&mut self, request: Request, reason: String) {
        self.ledger.record(Recorded::Rejected {
            request: request.id,
            source: request.source,
            command: request.command,
            reason,
        });
    }

    pub(super) fn unknown_command(&mut self, by: Id, command: u64) {
        let problem = Problem::new(
            Code::UnknownId,
            format!("found the answer to command {command}, which is not open"),
        );
        self.complain(by, &problem);
    }

    /// The program has carried out a command.
    pub(super) fn applied(
        &mut self,
        by: Id,
        id: u64,
        step: Option<u64>,
        values: &Map<String, Json>,
        now: Instant,
    ) {
        self.ledger.reach(step.unwrap_or(0), None);
        let Some(open) = self.desk.answered(id) else {
            self.unknown_command(by, id);
            return;
        };
        let Open {
            request,
            values: asked,
            checkpoint,
        } = open;
        // Without a word on what it took, it took what it was asked for.
        let values = if values.is_empty() { &asked } else { values };
        let (changes, strange) = changes(self.known.now(), values);
        for name in strange {
            let problem = Problem::invalid(format!(
                "applied: `values`: `{name}` is no control, or the value is not of its type"
            ));
            self.complain(by, &problem);
        }
        // Losses before and after are not comparable.
        self.flush(now, true);
        let switched = self.known.set(&changes);
        if switched {
            self.guards.describe(&self.known.now().objective());
            self.assessment.begin_anew();
        }
        let command = request.command.clone();
        self.apply(request, changes, switched);
        match command {
            Command::Pause => {
                self.pause.is_asked = true;
                self.set_paused(true, String::new(), now);
            }
            Command::Resume | Command::Step(_) => {
                self.pause.is_asked = false;
                self.set_paused(false, String::new(), now);
            }
            Command::Checkpoint => self.asked_checkpoint(checkpoint),
            _ => {}
        }
    }

    /// The checkpoint that was asked for, after the answer: whoever asked waits for it.
    fn asked_checkpoint(&mut self, saved: Option<(u64, String)>) {
        let reason = CheckpointReason::Request;
        if let Some((_, path)) = saved {
            self.ledger.record(Recorded::Checkpoint { path, reason });
            return;
        }
        let trouble = Trouble::Checkpoint { reason };
        let text = "the program has answered that it saved, and has not said where";
        for warning in [
            Warning::open(trouble, text),
            Warning::resolved(trouble, text),
        ] {
            self.ledger.record(Recorded::Warning(warning));
        }
    }
}
