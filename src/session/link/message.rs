//! The messages between a host and a viewer.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::protocol::{Body, Command, Event, ImageGrid, Live};
use crate::shape::ImageShape;

/// Version of the link. A host and a viewer of different versions say so and part.
pub const PROTOCOL: u32 = 3;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// To watch, and to command if no other viewer does.
    View,
    /// To watch, and never to command.
    Watch,
    /// To give one command and to hear its answer.
    Command,
}

/// What every version of the link can read of the first frame of every other.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Version {
    /// Version of the link.
    pub protocol: u32,
    /// Version of the program, for people.
    #[serde(default)]
    pub version: String,
}

/// The first frame in each direction. Its first two fields stay as they are in every version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Version of the link.
    pub protocol: u32,
    /// Version of the program, for people.
    pub version: String,
    /// Why there will be no welcome; from a host.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refused: Option<String>,
    /// What the connection is for, and where the viewer sits; from a viewer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub visitor: Option<Visitor>,
}

/// Who comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    /// What for.
    pub role: Role,
    /// Their terminal.
    #[serde(default)]
    pub tty: Option<String>,
    /// Their process.
    pub pid: u32,
}

impl Hello {
    /// From this program.
    pub fn new() -> Self {
        Self {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            refused: None,
            visitor: None,
        }
    }
}

/// The host's second frame: so many events of the past follow, then the history if there is one, then what happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The viewer's number.
    pub id: u64,
    /// Events of the past.
    pub events: u64,
    /// Whether a history follows them.
    pub history: bool,
}

/// What a viewer may say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromViewer {
    /// Carry this out; the answer carries the id.
    Command {
        /// Chosen by the viewer.
        id: u64,
        /// What.
        command: Command,
    },
    /// Give me control.
    TakeControl,
    /// Output is shown here in this size.
    Window {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
}

/// An event on its way to a viewer, with the images that its own form leaves to files.
#[derive(Debug, Serialize, Deserialize)]
pub struct Packet<E> {
    event: E,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    images: Option<Images>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Images {
    shape: ImageShape,
    #[serde(with = "serde_bytes")]
    pixels: Vec<u8>,
}

impl<'a> Packet<&'a Event> {
    /// Packs an event.
    pub fn of(event: &'a Event) -> Self {
        let images = match &event.body {
            Body::Live(Live::Looked(looked)) => Some(&looked.images),
            body => body.samples().map(|samples| &samples.images),
        };
        let images = images.map(|grid| Images {
            shape: grid.shape(),
            pixels: grid.pixels().to_vec(),
        });
        Self { event, images }
    }
}

impl Packet<Event> {
    /// The packed event.
    pub fn unpack(self) -> Event {
        let mut event = self.event;
        let grid = match &mut event.body {
            Body::Live(Live::Looked(looked)) => &mut looked.images,
            body => match body.samples_mut() {
                Some(samples) => &mut samples.images,
                None => return event,
            },
        };
        if let Some(Images { shape, pixels }) = self.images {
            *grid = Arc::new(ImageGrid::new(shape, pixels));
        }
        event
    }
}
