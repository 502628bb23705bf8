#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::protocol::{Position, Trouble, Warning};

#[test]
fn a_failed_save_ends_the_wait_for_a_checkpoint() {
    let (ours, host) = UnixStream::pair().unwrap();
    let asked = PendingReply {
        link: Link {
            stream: ours,
            path: PathBuf::from("socket"),
        },
    };
    let say = |step, warning| {
        let at = Position {
            step,
            ..Position::default()
        };
        let event = Event::new(at, Recorded::Warning(warning));
        frame::write(&mut &host, &Packet::of(&event)).unwrap();
    };
    let failed = |reason| Trouble::Checkpoint { reason };
    say(7, Warning::passing("no checkpoint at step 7: so it says"));
    say(
        7,
        Warning::open(Trouble::Record, "no checkpoint of the record"),
    );
    say(
        7,
        Warning::open(failed(CheckpointReason::Interval), "not the one"),
    );
    say(
        6,
        Warning::open(failed(CheckpointReason::Request), "an earlier one"),
    );
    say(
        7,
        Warning::open(failed(CheckpointReason::Request), "the disk is full"),
    );
    drop(host);
    assert_eq!(
        asked.saved(7).unwrap(),
        Some(Err("the disk is full".to_owned()))
    );
}
