//! HTTP on a thread of its own. The one who waits looks up every few hundredths of a second, so that it can be called
//! off at once even while a name is being resolved; a thread that is left behind ends at its next read or time limit.

use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use ureq::http::{HeaderMap, Uri, header};
use ureq::{Agent, Body, Proxy};

use crate::data::error::DataError;
use crate::data::watch::Watch;

/// How often the one who waits looks up.
const LOOK_UP: Duration = Duration::from_millis(40);
/// A connection over which nothing came for so long is taken for dead.
const STALLED: Duration = Duration::from_secs(20);
/// Bytes per message.
const CHUNK: usize = 1 << 16;
/// Messages that may wait: the network runs no further ahead of the disk.
const AHEAD: usize = 16;

/// The beginning of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    /// HTTP status.
    pub status: u16,
    /// Bytes that follow, if the server says so.
    pub length: Option<u64>,
    /// Of a partial answer: which byte of the file comes first.
    pub start: Option<u64>,
}

enum Message {
    Head(Head),
    Bytes(Vec<u8>),
    End,
    Failed(String),
}

/// A running download.
pub(super) struct Transfer {
    url: String,
    messages: Receiver<Message>,
}

impl Transfer {
    /// Asks for the file at `url` from byte `from` on, and waits no longer than `wait` for the answer to begin.
    pub fn open(
        url: &str,
        from: u64,
        wait: Duration,
        watch: &Watch<'_>,
    ) -> Result<(Head, Self), DataError> {
        let unreachable = |reason| DataError::Unreachable {
            url: url.to_owned(),
            reason,
        };
        let late = || DataError::NoAnswer {
            url: url.to_owned(),
            seconds: wait.as_secs_f64(),
        };
        let (sender, messages) = crossbeam_channel::bounded(AHEAD);
        let request = Request {
            url: url.to_owned(),
            from,
            wait,
        };
        thread::Builder::new()
            .name("download".into())
            .spawn(move || request.run(&sender))
            .map_err(|error| unreachable(error.to_string()))?;
        let transfer = Self {
            url: url.to_owned(),
            messages,
        };
        match transfer.message(wait, watch)? {
            Some(Message::Head(head)) => Ok((head, transfer)),
            Some(Message::Failed(reason)) => Err(unreachable(reason)),
            Some(Message::Bytes(_) | Message::End) | None => Err(late()),
        }
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The next bytes; nothing at the end; the inner error when the connection broke.
    pub fn next(
        &mut self,
        watch: &Watch<'_>,
    ) -> Result<Result<Option<Vec<u8>>, String>, DataError> {
        Ok(match self.message(STALLED, watch)? {
            Some(Message::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Message::End | Message::Head(_)) => Ok(None),
            Some(Message::Failed(reason)) => Err(reason),
            None => Err(format!("nothing came for {} seconds", STALLED.as_secs())),
        })
    }

    /// The next message; nothing when none came in time.
    fn message(&self, wait: Duration, watch: &Watch<'_>) -> Result<Option<Message>, DataError> {
        let deadline = Instant::now() + wait;
        loop {
            watch.check()?;
            match self.messages.recv_timeout(LOOK_UP) {
                Ok(message) => return Ok(Some(message)),
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => {
                    return Ok(Some(Message::Failed("the download broke off".into())));
                }
            }
        }
    }
}

/// What the thread does.
struct Request {
    url: String,
    from: u64,
    wait: Duration,
}

impl Request {
    /// Sends messages until the end, or until nobody listens any more.
    fn run(&self, sender: &Sender<Message>) {
        let last = match self.ask() {
            Ok((head, body)) => {
                if sender.send(Message::Head(head)).is_err() {
                    return;
                }
                pass_on(body, sender)
            }
            Err(error) => Message::Failed(error.to_string()),
        };
        // Nobody listens: nobody needs to know.
        let _ = sender.send(last);
    }

    fn ask(&self) -> Result<(Head, Body), ureq::Error> {
        let uri: Uri = self
            .url
            .parse()
            .map_err(|_| ureq::Error::BadUri(self.url.clone()))?;
        // A server on this machine is never reached through a proxy.
        let local = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let agent: Agent = Agent::config_builder()
            .https_only(uri.scheme_str() == Some("https"))
            .http_status_as_error(false)
            .proxy(if local { None } else { Proxy::try_from_env() })
            .user_agent(concat!("genai-tui/", env!("CARGO_PKG_VERSION")))
            // The files are gzipped already; unpacked on the way, they would not match their checksums.
            .accept_encoding("identity")
            .timeout_resolve(Some(self.wait))
            .timeout_connect(Some(self.wait))
            .timeout_send_request(Some(self.wait))
            .timeout_recv_response(Some(self.wait))
            .timeout_per_read(Some(STALLED))
            .build()
            .into();
        let mut request = agent.get(uri);
        if self.from > 0 {
            request = request.header(header::RANGE, format!("bytes={}-", self.from));
        }
        let (parts, body) = request.call()?.into_parts();
        let start = range_start(&parts.headers);
        Ok((
            Head {
                status: parts.status.as_u16(),
                length: body.content_length(),
                start,
            },
            body,
        ))
    }
}

/// Sends the body in pieces; gives the message that ends it.
fn pass_on(body: Body, sender: &Sender<Message>) -> Message {
    let mut reader = body.into_reader();
    loop {
        let mut chunk = vec![0; CHUNK];
        match reader.read(&mut chunk) {
            Ok(0) => return Message::End,
            Ok(n) => {
                chunk.truncate(n);
                if sender.send(Message::Bytes(chunk)).is_err() {
                    return Message::End;
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Message::Failed(error.to_string()),
        }
    }
}

/// The first byte of `Content-Range: bytes 100-999/1000`.
fn range_start(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    range
        .strip_prefix("bytes ")?
        .split_once('-')?
        .0
        .trim()
        .parse()
        .ok()
}
