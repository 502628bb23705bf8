//! Images of a step over the whole terminal, until the next key. Events are still taken in. Without pixel graphics they are
//! drawn in characters and keep changing.

use std::io;
use std::sync::Arc;

use crossterm::event::{Event as Input, MouseEventKind};

use super::{EventLoop, Inbox};
use crate::protocol::ImageGrid;
use crate::terminal::still;
use crate::tui::panels::samples;
use crate::tui::run::show::Show;

impl<S: Show> EventLoop<'_, S> {
    /// Shows the images in the finest pixels there are.
    pub(super) fn show_still(
        &mut self,
        step: u64,
        images: Arc<ImageGrid>,
        inbox: &Inbox,
    ) -> io::Result<()> {
        self.display.hear_out(&inbox.keys);
        let caption = samples::caption(step, images.count(), "a still", self.screen.look());
        self.display.take_away()?;
        self.display.flush()?;
        match still::show(&images, &caption, &self.display.caps())? {
            Ok(()) => {
                self.still = Some((step, images));
                Ok(())
            }
            Err(why) => {
                self.screen.show_in_characters(why);
                self.end_still()
            }
        }
    }

    /// Takes them away.
    pub(super) fn end_still(&mut self) -> io::Result<()> {
        self.still = None;
        still::clear()?;
        self.redraw()
    }
}

/// Whether a still goes when this comes: a key, a click.
pub(super) fn ends_it(input: &Input) -> bool {
    match input {
        Input::Mouse(mouse) => matches!(mouse.kind, MouseEventKind::Down(_)),
        Input::Key(_) | Input::Paste(_) => true,
        Input::Resize(..) | Input::FocusGained | Input::FocusLost => false,
    }
}
