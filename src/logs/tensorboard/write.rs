//! Event files as every reader understands them: scalars as `simple_value`, pictures as `image`, settings as the three values of
//! the plugin `hparams` in the run's own directory.

use std::io::{self, Write};

use super::frame::frame;
use crate::logs::wire::Message;
use crate::protocol::Value;

/// A picture to be written.
#[derive(Debug, Clone, Copy)]
pub struct Encoded<'a> {
    /// The file: PNG.
    pub png: &'a [u8],
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 for grey, 3 for colours.
    pub channels: usize,
}

/// Writes the events of one file. Nothing is buffered here but the record that is being made.
#[derive(Debug)]
pub struct Events<W> {
    out: W,
}

impl<W: Write> Events<W> {
    /// Begins a file at `time`, in seconds since 1970.
    ///
    /// # Errors
    /// Those of `out`, as for all that follows.
    pub fn begin(out: W, time: f64) -> io::Result<Self> {
        let mut events = Self { out };
        events.put(&Message::new().double(1, time).bytes(3, "brain.Event:2"))?;
        Ok(events)
    }

    /// The run starts at `step`: what a reader knows of that step and later ones is void.
    ///
    /// # Errors
    /// Those of the output.
    pub fn start(&mut self, step: u64, time: f64) -> io::Result<()> {
        let start = Message::new().integer(1, 1);
        self.put(&event(step, time).message(7, start))
    }

    /// Values of one step.
    ///
    /// # Errors
    /// Those of the output.
    pub fn scalars<'a>(
        &mut self,
        step: u64,
        time: f64,
        values: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> io::Result<()> {
        let mut summary = Message::new();
        for (tag, value) in values {
            let value = Message::new().bytes(1, tag).float(2, value as f32);
            summary = summary.message(1, value);
        }
        if summary.is_empty() {
            return Ok(());
        }
        self.put(&event(step, time).message(5, summary))
    }

    /// A picture.
    ///
    /// # Errors
    /// Those of the output.
    pub fn image(
        &mut self,
        tag: &str,
        step: u64,
        time: f64,
        image: &Encoded<'_>,
    ) -> io::Result<()> {
        let image = Message::new()
            .integer(1, image.height as i64)
            .integer(2, image.width as i64)
            .integer(3, image.channels as i64)
            .bytes(4, image.png);
        let value = Message::new().bytes(1, tag).message(4, image);
        self.put(&event(step, time).message(5, Message::new().message(1, value)))
    }

    /// A text, as Markdown.
    ///
    /// # Errors
    /// Those of the output.
    pub fn text(&mut self, tag: &str, step: u64, time: f64, text: &str) -> io::Result<()> {
        let shape = Message::new().message(2, Message::new().integer(1, 1));
        let tensor = Message::new()
            .integer(1, 7)
            .message(2, shape)
            .bytes(8, text);
        let value = Message::new()
            .bytes(1, format!("{tag}/text_summary"))
            .message(8, tensor)
            .message(9, metadata("text", &Message::new()));
        self.put(&event(step, time).message(5, Message::new().message(1, value)))
    }

    /// The settings of the run, and the metrics that it is judged by.
    ///
    /// # Errors
    /// Those of the output.
    pub fn settings<'a>(
        &mut self,
        time: f64,
        settings: impl Iterator<Item = (&'a str, &'a Value)> + Clone,
        metrics: &[&str],
    ) -> io::Result<()> {
        let mut experiment = Message::new();
        let mut start = Message::new();
        for (name, value) in settings {
            let (kind, written) = of_struct(value);
            let info = Message::new().bytes(1, name).integer(4, kind);
            experiment = experiment.message(4, info);
            start = start.message(1, Message::new().bytes(1, name).message(2, written));
        }
        for tag in metrics {
            let name = Message::new().bytes(2, *tag);
            experiment = experiment.message(5, Message::new().message(1, name));
        }
        let start = start.double(5, time);
        self.hparams("experiment", time, &Message::new().message(2, experiment))?;
        self.hparams(
            "session_start_info",
            time,
            &Message::new().message(3, start),
        )
    }

    /// The run has ended.
    ///
    /// # Errors
    /// Those of the output.
    pub fn end(&mut self, time: f64, is_failure: bool) -> io::Result<()> {
        let status = if is_failure { 2 } else { 1 };
        let end = Message::new().integer(1, status).double(2, time);
        self.hparams("session_end_info", time, &Message::new().message(4, end))
    }

    fn hparams(&mut self, name: &str, time: f64, content: &Message) -> io::Result<()> {
        let value = Message::new()
            .bytes(1, format!("_hparams_/{name}"))
            .message(9, metadata("hparams", content));
        self.put(&event(0, time).message(5, Message::new().message(1, value)))
    }

    fn put(&mut self, event: &Message) -> io::Result<()> {
        self.out.write_all(&frame(event.as_bytes()))
    }

    /// Gives what was written to the output on to where it goes.
    ///
    /// # Errors
    /// Those of the output.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn event(step: u64, time: f64) -> Message {
    let event = Message::new().double(1, time);
    match i64::try_from(step).unwrap_or(i64::MAX) {
        0 => event,
        step => event.integer(2, step),
    }
}

fn metadata(plugin: &str, content: &Message) -> Message {
    let mut data = Message::new().bytes(1, plugin);
    if !content.is_empty() {
        data = data.bytes(2, content.as_bytes());
    }
    Message::new().message(1, data)
}

/// The type of a setting, and the setting as a `google.protobuf.Value`.
fn of_struct(value: &Value) -> (i64, Message) {
    match value {
        Value::Text(text) => (1, Message::new().bytes(3, text)),
        Value::Bool(value) => (2, Message::new().integer(4, i64::from(*value))),
        Value::Integer(value) => (3, Message::new().double(2, *value as f64)),
        Value::Float(value) => (3, Message::new().double(2, *value)),
    }
}
