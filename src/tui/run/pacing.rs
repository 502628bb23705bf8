//! When the next frame is due. Frames for data are limited to the configured rate, frames for keys to 30 a second, and all of them to
//! what a slow line carries: what happens until then is in the next one. The only timer is what the screen itself asks for, such as
//! the seconds of a running run.

use std::time::{Duration, Instant};

use super::show::Motion;

/// Time between two frames that keys ask for: 30 a second.
const KEY_FRAME: Duration = Duration::from_millis(33);
/// Why a frame is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// It is not.
    Nothing,
    /// There is new data.
    Data,
    /// The user did something.
    Key,
}

/// Which frame is due, and since when the one before is shown.
#[derive(Debug)]
pub struct Pacing {
    due: Due,
    /// Time between two frames that data asks for.
    data_frame: Duration,
    /// When a frame was drawn.
    drawn: Option<Instant>,
    /// When a frame was drawn for a key.
    answered: Option<Instant>,
}

impl Pacing {
    /// With at most this many frames a second for data; the first one is due.
    pub fn new(fps: u32) -> Self {
        Self {
            due: Due::Key,
            data_frame: Duration::from_secs(1) / fps.clamp(1, 30),
            drawn: None,
            answered: None,
        }
    }

    /// A frame is due for this reason.
    pub fn ask(&mut self, due: Due) {
        self.due = self.due.max(due);
    }

    /// Whether no frame is due.
    pub fn is_idle(&self) -> bool {
        self.due == Due::Nothing
    }

    /// Whether the frame that is due answers the user.
    pub fn is_answer(&self) -> bool {
        self.due == Due::Key
    }

    /// No frame is due, because something else is on the screen.
    pub fn skip(&mut self) {
        self.due = Due::Nothing;
    }

    /// The frame that was due is drawn.
    pub fn drawn(&mut self, now: Instant) {
        self.drawn = Some(now);
        if self.is_answer() {
            self.answered = Some(now);
        }
        self.due = Due::Nothing;
    }

    /// Time until the next frame, on a line that is free for it after `busy`; `None` while nothing on the screen can change by
    /// itself.
    pub fn time_left(&self, motion: Motion, busy: Duration) -> Option<Duration> {
        let since = |frame: Option<Instant>, pause: Duration| {
            frame.map_or(Duration::ZERO, |frame| {
                pause.saturating_sub(frame.elapsed())
            })
        };
        let pause = match self.due {
            // Input is answered at once, however recent the last frame; only held-down keys wait.
            Due::Key => return Some(since(self.answered, KEY_FRAME).max(busy)),
            Due::Data => match motion {
                Motion::Playing(frame) => frame,
                _ => self.data_frame,
            },
            Due::Nothing => match motion {
                Motion::Playing(pause) | Motion::Ticking(pause) => pause,
                Motion::Still => return None,
            },
        };
        Some(since(self.drawn, pause).max(busy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_answered_at_once_on_a_free_line_and_is_not_forgotten_on_a_busy_one() {
        let mut pacing = Pacing::new(4);
        assert!(pacing.is_answer());
        pacing.drawn(Instant::now());
        assert!(pacing.is_idle() && !pacing.is_answer());
        let free = Duration::ZERO;
        assert_eq!(pacing.time_left(Motion::Still, free), None);
        std::thread::sleep(KEY_FRAME);
        pacing.ask(Due::Key);
        assert_eq!(pacing.time_left(Motion::Still, free), Some(free));
        let busy = Duration::from_millis(700);
        assert_eq!(pacing.time_left(Motion::Still, busy), Some(busy));
        // Data that comes meanwhile changes neither.
        pacing.ask(Due::Data);
        assert!(pacing.is_answer());
        assert_eq!(pacing.time_left(Motion::Still, busy), Some(busy));
    }
}
