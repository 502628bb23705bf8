//! Frames: a length as four bytes, least significant first, and as many bytes of `MessagePack`.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest frame that a viewer may send: a command is a line of text.
pub const TO_HOST: usize = 64 * 1024;
/// The longest frame that a host may send: the history of a run is a few megabytes.
pub const TO_VIEWER: usize = 64 * 1024 * 1024;

/// Why there is no frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The stream ended between two frames.
    #[error("the connection was closed")]
    Closed,
    /// The stream broke, or nothing came in time.
    #[error(transparent)]
    Io(io::Error),
    /// A frame is longer than allowed.
    #[error("a frame of {found} bytes, where at most {limit} are allowed")]
    TooLong {
        /// Its length.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A frame is not what was expected.
    #[error("a frame that cannot be read: {0}")]
    Malformed(String),
}

/// One end of a connection, with the time until which it waits.
pub struct Incoming<'a> {
    stream: &'a UnixStream,
    deadline: Option<Instant>,
}

impl<'a> Incoming<'a> {
    /// Waits for ever.
    pub fn patient(stream: &'a UnixStream) -> Self {
        Self {
            stream,
            deadline: None,
        }
    }

    /// Waits so long in all, however slowly the bytes come.
    pub fn within(stream: &'a UnixStream, time: Duration) -> Self {
        Self {
            stream,
            deadline: Some(Instant::now() + time),
        }
    }
}

impl Read for Incoming<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = match self.deadline {
            None => None,
            Some(deadline) => match deadline.saturating_duration_since(Instant::now()) {
                Duration::ZERO => return Err(ErrorKind::TimedOut.into()),
                left => Some(left),
            },
        };
        self.stream.set_read_timeout(left)?;
        self.stream.read(buffer).map_err(|error| {
            if error.kind() == ErrorKind::WouldBlock {
                ErrorKind::TimedOut.into()
            } else {
                error
            }
        })
    }
}

/// Reads one frame of at most `limit` bytes and what is in it.
///
/// # Errors
/// When the stream ends, breaks, or holds something else.
pub fn read<T: DeserializeOwned>(from: &mut impl Read, limit: usize) -> Result<T, FrameError> {
    decode(&read_bytes(from, limit)?)
}

/// What is in a frame.
///
/// # Errors
/// When it is not what was expected.
pub fn decode<T: DeserializeOwned>(frame: &[u8]) -> Result<T, FrameError> {
    rmp_serde::from_slice(frame).map_err(|e| FrameError::Malformed(e.to_string()))
}

/// Reads one frame of at most `limit` bytes.
///
/// # Errors
/// When the stream ends or breaks, or the frame is too long.
pub fn read_bytes(from: &mut impl Read, limit: usize) -> Result<Vec<u8>, FrameError> {
    let mut length = [0; 4];
    // An end before the first byte is not a broken frame.
    loop {
        match from.read(&mut length[..1]) {
            Ok(0) => return Err(FrameError::Closed),
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(FrameError::Io(error)),
        }
    }
    from.read_exact(&mut length[1..]).map_err(FrameError::Io)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > limit {
        return Err(FrameError::TooLong {
            found: length,
            limit,
        });
    }
    // Room is made for what comes, not for what is announced.
    let mut bytes = Vec::new();
    from.take(length as u64)
        .read_to_end(&mut bytes)
        .map_err(FrameError::Io)?;
    if bytes.len() < length {
        return Err(FrameError::Io(ErrorKind::UnexpectedEof.into()));
    }
    Ok(bytes)
}

/// Writes one frame, with the names of all fields.
///
/// # Errors
/// When the stream refuses, or the frame would be too long for any reader.
pub fn write(to: &mut impl Write, content: &impl Serialize) -> io::Result<()> {
    // The length goes in front, so that one write carries all.
    let mut bytes = vec![0; 4];
    let mut serializer = rmp_serde::Serializer::new(&mut bytes).with_struct_map();
    content
        .serialize(&mut serializer)
        .map_err(io::Error::other)?;
    let length = bytes.len() - 4;
    let header = u32::try_from(length)
        .ok()
        .filter(|_| length <= TO_VIEWER)
        .ok_or_else(|| io::Error::other(format!("a frame of {length} bytes is too long")))?;
    bytes[..4].copy_from_slice(&header.to_le_bytes());
    to.write_all(&bytes)
}
