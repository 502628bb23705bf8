//! Who speaks for the program: its connections, their ranks, and the one that leads and gets commands.

use std::collections::BTreeMap;

use crate::foreign::connection::{Id, Peer};
use crate::foreign::desk::Hearing;
use crate::foreign::down::Down;
use crate::foreign::problem::Problem;

/// The connections of a program.
#[derive(Debug, Default)]
pub(super) struct Speakers {
    all: BTreeMap<Id, Speaker>,
    leader: Option<Id>,
    /// The line of the message that is being taken in.
    line: u64,
    /// Whether there was one.
    has_spoken: bool,
}

#[derive(Debug)]
struct Speaker {
    peer: Peer,
    /// Once it has introduced itself.
    rank: Option<u64>,
    /// Whether it was sent away: what comes from it no longer counts.
    is_refused: bool,
}

impl Speakers {
    /// There is a new connection.
    pub fn opened(&mut self, id: Id, peer: Peer) {
        let speaker = Speaker {
            peer,
            rank: None,
            is_refused: false,
        };
        self.all.insert(id, speaker);
        self.has_spoken = true;
    }

    /// A connection has ended. Returns whether it led.
    pub fn closed(&mut self, id: Id) -> bool {
        self.all.remove(&id);
        self.leader.take_if(|leader| *leader == id).is_some()
    }

    /// A message came on this line. Returns whether it counts.
    pub fn begin(&mut self, id: Id, line: u64) -> bool {
        self.line = line;
        self.all.get(&id).is_some_and(|speaker| !speaker.is_refused)
    }

    /// Whether someone leads.
    pub fn has_leader(&self) -> bool {
        self.leader.is_some()
    }

    /// Who would hear a command.
    pub fn hearing(&self) -> Hearing {
        if self.has_leader() {
            Hearing::Leader
        } else if self.all.is_empty() {
            Hearing::Nobody
        } else {
            Hearing::Stranger
        }
    }

    /// Whether this one leads.
    pub fn is_leader(&self, id: Id) -> bool {
        self.leader == Some(id)
    }

    /// Whether another one than this leads.
    pub fn is_taken(&self, id: Id) -> bool {
        self.leader.is_some_and(|leader| leader != id)
    }

    /// The rank that it introduced itself with, if it has.
    pub fn introduced(&self, id: Id) -> Option<u64> {
        self.all.get(&id)?.rank
    }

    /// The same; of one that has not introduced itself, 0.
    pub fn rank(&self, id: Id) -> u64 {
        self.introduced(id).unwrap_or(0)
    }

    /// Takes one in with its rank; rank 0 leads from here on.
    pub fn welcome(&mut self, id: Id, rank: u64, welcome: &Down) {
        if let Some(speaker) = self.all.get_mut(&id) {
            speaker.rank = Some(rank);
            speaker.peer.send(welcome);
        }
        if rank == 0 {
            self.leader = Some(id);
        }
    }

    /// Sends one away, with the reason.
    pub fn refuse(&mut self, id: Id, problem: &Problem) {
        if let Some(speaker) = self.all.get_mut(&id) {
            speaker.peer.send(&Down::error(problem, self.line));
            speaker.peer.close();
            speaker.is_refused = true;
        }
    }

    /// Says what was wrong with the message that is being taken in.
    pub fn complain(&self, id: Id, problem: &Problem) {
        if let Some(speaker) = self.all.get(&id) {
            speaker.peer.complain(problem, self.line);
        }
    }

    /// Whether there was a connection.
    pub fn has_spoken(&self) -> bool {
        self.has_spoken
    }

    /// Sends something to the one that leads. Returns whether it went out.
    pub fn send(&self, down: &Down) -> bool {
        let leader = self.leader.and_then(|leader| self.all.get(&leader));
        leader.is_some_and(|speaker| speaker.peer.send(down))
    }

    /// Says goodbye to everyone.
    pub fn dismiss(&self, text: &str) {
        for speaker in self.all.values() {
            speaker.peer.send(&Down::Bye {
                text: text.to_owned(),
            });
            speaker.peer.close();
        }
    }
}
