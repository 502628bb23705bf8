//! How the screen is to behave.

use std::time::Duration;

use crate::config::{Frames, Notify, RunConfig, SampleGraphics, ThemeName};
use crate::session::outlook::Outlook;
use crate::terminal::Caps;
use crate::tui::keymap::{Keymap, KeymapError};

/// How the screen is to behave.
#[derive(Debug)]
pub struct TuiOptions {
    /// Maximum frames per second for new data.
    pub fps: u32,
    /// Whether to keep to a few kilobytes a second.
    pub low_bandwidth: bool,
    /// Its colours.
    pub theme: ThemeName,
    /// How samples are drawn.
    pub graphics: SampleGraphics,
    /// Which characters frames are drawn with.
    pub frames: Frames,
    /// How to notify a person of an alarm.
    pub notify: Notify,
    /// Whether the mouse does something.
    pub mouse: bool,
    /// What each key does.
    pub keymap: Keymap,
    /// What the terminal can show.
    pub caps: Caps,
    /// Whether this is one viewer of a run in another process: leaving then means the viewer alone.
    pub attached: bool,
    /// What becomes of the run when this viewer leaves.
    pub outlook: Outlook,
    /// How long after the run's end the screen closes where no key ever came; `None` means never.
    pub close_after: Option<Duration>,
}

impl Default for TuiOptions {
    fn default() -> Self {
        Self {
            fps: 4,
            low_bandwidth: false,
            theme: ThemeName::default(),
            graphics: SampleGraphics::default(),
            frames: Frames::default(),
            notify: Notify::default(),
            mouse: false,
            keymap: Keymap::default(),
            caps: Caps::detect(),
            attached: false,
            outlook: Outlook::default(),
            close_after: None,
        }
    }
}

impl TuiOptions {
    /// As a configuration has them.
    ///
    /// # Errors
    /// For unknown keys, or keys that are bound twice.
    pub fn new(config: &RunConfig) -> Result<Self, KeymapError> {
        let keys = config.keys.iter();
        Ok(Self {
            fps: config.ui.fps,
            low_bandwidth: config.ui.low_bandwidth,
            theme: config.ui.theme,
            graphics: config.ui.graphics,
            frames: config.ui.frames,
            notify: config.ui.notify,
            mouse: config.ui.mouse,
            close_after: close_after(config),
            keymap: Keymap::new(keys.map(|(action, key)| (action.as_str(), key.as_str())))?,
            ..Self::default()
        })
    }
}

/// How long an untouched screen stays open after the end: forever, unless the run has an end worth waiting for. The default
/// limit of a thousand epochs does not count.
fn close_after(config: &RunConfig) -> Option<Duration> {
    const FAR: u64 = 1000;
    let has_end = config.steps.is_some()
        || config.max_time.is_some()
        || !config.fail_if.is_empty()
        || config.epochs.is_some_and(|epochs| epochs < FAR);
    Some(config.ui.close_after).filter(|after| has_end && !after.is_zero())
}
