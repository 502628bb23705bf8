//! HTTP on its own thread. The caller checks every few hundredths of a second whether it was cancelled, so it can stop
//! at once even while a name is being resolved; the abandoned thread ends at its next read or time limit.

use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use ureq::Body;
use ureq::http::{HeaderMap, Uri, header};

use super::redirect;
use crate::data::error::DataError;
use crate::data::net::{Failure, Limits, Network, Party, Proxy};
use crate::data::watch::Watch;

/// Interval at which the caller checks whether it was cancelled.
const LOOK_UP: Duration = Duration::from_millis(40);
/// A connection is considered dead if nothing arrives for this long.
const STALLED: Duration = Duration::from_secs(20);
/// Bytes per message.
const CHUNK: usize = 1 << 16;
/// Messages that may queue up: the network runs no further ahead of the disk.
const AHEAD: usize = 16;
/// More redirections than this are considered a loop.
const REDIRECTIONS: usize = 10;

/// The beginning of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    /// HTTP status.
    pub status: u16,
    /// Length of the body, if the server reports it.
    pub length: Option<u64>,
    /// For a partial answer: the offset of its first byte in the file.
    pub start: Option<u64>,
}

enum Message {
    /// The answer begins. With the address it came from.
    Head(Head, String),
    Bytes(Vec<u8>),
    End,
    Failed(Failure, String),
    /// The connection broke in the middle.
    Broken(String),
}

/// A running download.
pub(super) struct Transfer {
    url: String,
    messages: Receiver<Message>,
}

impl Transfer {
    /// Requests the file at `url` from byte `from` on, and waits up to `wait` for the answer to begin.
    pub fn open(
        url: &str,
        from: u64,
        wait: Duration,
        network: &Network,
        watch: &Watch<'_>,
    ) -> Result<(Head, Self), DataError> {
        let (sender, messages) = crossbeam_channel::bounded(AHEAD);
        let request = Request {
            url: url.to_owned(),
            from,
            wait,
            network: network.clone(),
        };
        thread::Builder::new()
            .name("download".into())
            .spawn(move || request.run(&sender))
            .map_err(|error| DataError::Unreachable {
                url: url.to_owned(),
                failure: Failure::Other(error.to_string()),
            })?;
        let late = |url: String| DataError::NoAnswer {
            url,
            seconds: wait.as_secs_f64(),
        };
        let mut transfer = Self {
            url: url.to_owned(),
            messages,
        };
        match transfer.message(wait, watch)? {
            Some(Message::Head(head, url)) => {
                transfer.url = url;
                Ok((head, transfer))
            }
            Some(Message::Failed(Failure::Late, url)) => Err(late(url)),
            Some(Message::Failed(failure, url)) => Err(DataError::Unreachable { url, failure }),
            Some(Message::Bytes(_) | Message::End | Message::Broken(_)) | None => {
                let proxy = url.parse().ok().and_then(|uri| on_the_way(network, &uri));
                Err(late(address(url, url, proxy.as_ref())))
            }
        }
    }

    /// The address, and the proxy used.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The next bytes; `None` at the end; the inner error if the connection broke.
    pub fn next(
        &mut self,
        watch: &Watch<'_>,
    ) -> Result<Result<Option<Vec<u8>>, String>, DataError> {
        Ok(match self.message(STALLED, watch)? {
            Some(Message::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Message::End | Message::Head(..) | Message::Failed(..)) => Ok(None),
            Some(Message::Broken(reason)) => Err(reason),
            None => Err(format!("nothing came for {} seconds", STALLED.as_secs())),
        })
    }

    /// The next message; `None` if none came in time.
    fn message(&self, wait: Duration, watch: &Watch<'_>) -> Result<Option<Message>, DataError> {
        let deadline = Instant::now() + wait;
        loop {
            watch.check()?;
            match self.messages.recv_timeout(LOOK_UP) {
                Ok(message) => return Ok(Some(message)),
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => {
                    return Ok(Some(Message::Broken("the download broke off".into())));
                }
            }
        }
    }
}

/// The work of the thread.
struct Request {
    url: String,
    from: u64,
    wait: Duration,
    network: Network,
}

impl Request {
    /// Sends messages until the end, or until the receiver is gone.
    fn run(&self, sender: &Sender<Message>) {
        let mut at = self.url.clone();
        let last = match self.ask(&mut at) {
            Ok((head, body)) => {
                if sender.send(Message::Head(head, at)).is_err() {
                    return;
                }
                pass_on(body, sender)
            }
            Err(failure) => Message::Failed(failure, at),
        };
        // If the receiver is gone, nobody needs to know.
        let _ = sender.send(last);
    }

    /// Sends the request and follows redirections; `at` is the last address.
    fn ask(&self, at: &mut String) -> Result<(Head, Body), Failure> {
        let mut url = self.url.clone();
        for _ in 0..=REDIRECTIONS {
            let uri: Uri = url
                .parse()
                .map_err(|_| Failure::Other(format!("\"{url}\" is not an address")))?;
            let proxy = self.network.proxies().for_uri(&uri)?;
            *at = address(&self.url, &url, proxy);
            let (head, headers, body) = self.ask_once(&uri, proxy)?;
            let is_redirection = matches!(head.status, 301 | 302 | 303 | 307 | 308);
            match headers.get(header::LOCATION) {
                Some(location) if is_redirection => {
                    url = redirect::target(&uri, &String::from_utf8_lossy(location.as_bytes()))?;
                }
                _ => return Ok((head, body)),
            }
        }
        Err(Failure::Redirect(format!("more than {REDIRECTIONS} times")))
    }

    fn ask_once(
        &self,
        uri: &Uri,
        proxy: Option<&Proxy>,
    ) -> Result<(Head, HeaderMap, Body), Failure> {
        let limits = Limits {
            answer: self.wait,
            read: STALLED,
        };
        let peer = if proxy.is_some() {
            Party::Proxy
        } else {
            Party::Server
        };
        let agent = self.network.agent(uri, proxy, limits)?;
        let mut request = agent.get(uri);
        if self.from > 0 {
            request = request.header(header::RANGE, format!("bytes={}-", self.from));
        }
        let (parts, body) = request
            .call()
            .map_err(|error| Failure::of(error, peer))?
            .into_parts();
        let status = parts.status.as_u16();
        if let Some(proxy) = proxy.filter(|_| status == 407) {
            return Err(proxy.wants_login());
        }
        let head = Head {
            status,
            length: body.content_length(),
            start: range_start(&parts.headers),
        };
        Ok((head, parts.headers, body))
    }
}

/// The proxy for an address, if its variable is valid.
fn on_the_way(network: &Network, uri: &Uri) -> Option<Proxy> {
    network.proxies().for_uri(uri).ok().flatten().cloned()
}

/// An address as shown in errors: with the target of a redirection and the proxy.
fn address(asked: &str, at: &str, proxy: Option<&Proxy>) -> String {
    // The query may contain a secret.
    let place = at.split('?').next().unwrap_or_default();
    let redirected = if at == asked {
        String::new()
    } else {
        format!(", redirected to {place}")
    };
    let through = proxy.map_or_else(String::new, |proxy| format!(", through the proxy {proxy}"));
    format!("{asked}{redirected}{through}")
}

/// Sends the body in pieces; returns the message that ends it.
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
            Err(error) => return Message::Broken(error.to_string()),
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
