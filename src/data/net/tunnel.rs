//! The link of the chain that goes through an HTTP proxy: with CONNECT for https, and by requesting the whole address
//! from the proxy for http, as curl does. Many proxies only connect to port 443.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::io::{Read as _, Write as _};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport, TransportAdapter,
};

use super::{Failure, Proxy};

/// Maximum length of the head of an answer to CONNECT.
const LONGEST_HEAD: usize = 1 << 14;

/// Goes through the proxy, if there is one and it speaks HTTP.
#[derive(Debug)]
pub(super) struct Tunnel {
    proxy: Option<Proxy>,
    /// For the connection to the proxy itself.
    plain: Config,
}

impl Tunnel {
    pub fn new(proxy: Option<Proxy>, plain: Config) -> Self {
        Self { proxy, plain }
    }

    fn through(
        &self,
        proxy: &Proxy,
        address: &Uri,
        details: &ConnectionDetails<'_>,
    ) -> Result<Box<dyn Transport>, Error> {
        let to_proxy = ConnectionDetails {
            uri: address,
            addrs: details
                .resolver
                .resolve(address, &self.plain, details.timeout)?,
            config: &self.plain,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let connection = (details.run_connector)(&to_proxy)?;
        if details.needs_tls() {
            connect(proxy, connection, details)
        } else {
            Ok(Box::new(Forward {
                below: connection,
                site: site(details.uri),
                login: login(proxy),
            }))
        }
    }
}

impl<In: Transport> Connector<In> for Tunnel {
    type Out = Either<In, Box<dyn Transport>>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if let Some(connection) = chained {
            return Ok(Some(Either::A(connection)));
        }
        // The connection to the proxy also comes through here; its configuration has no proxy.
        let proxy = self.proxy.as_ref();
        let found = proxy
            .filter(|_| details.config.proxy().is_some())
            .and_then(|proxy| Some((proxy, proxy.http_address()?)));
        found
            .map(|(proxy, address)| self.through(proxy, &address, details).map(Either::B))
            .transpose()
    }
}

/// Asks the proxy to connect to the server.
fn connect(
    proxy: &Proxy,
    connection: Box<dyn Transport>,
    details: &ConnectionDetails<'_>,
) -> Result<Box<dyn Transport>, Error> {
    let host = details.uri.host().unwrap_or_default();
    let port = details.uri.port_u16().unwrap_or(443);
    let mut stream = TransportAdapter::new(connection, details.current_time.clone());
    stream.set_timeout(details.timeout);
    let login = login(proxy).unwrap_or_default();
    write!(
        stream,
        "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: genai-tui\r\n{login}\r\n"
    )?;
    stream.flush()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") {
        let mut byte = [0];
        if head.len() >= LONGEST_HEAD || stream.read(&mut byte)? == 0 {
            return Err(Failure::ProxySilent.into_ureq());
        }
        head.push(byte[0]);
    }
    match status(&head) {
        Some(200..300) => Ok(Box::new(Through(stream.into_inner()))),
        Some(407) => Err(proxy.wants_login().into_ureq()),
        Some(status) => Err(Failure::ProxyStatus { status }.into_ureq()),
        None => Err(Failure::ProxySilent.into_ureq()),
    }
}

/// The status in `HTTP/1.1 200 OK`.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let (protocol, rest) = line.split_once(' ')?;
    let code = rest.split_whitespace().next()?;
    protocol.starts_with("HTTP/").then(|| code.parse().ok())?
}

/// The header with the login.
fn login(proxy: &Proxy) -> Option<String> {
    let (user, password) = proxy.user()?;
    let both = BASE64_STANDARD.encode(format!("{user}:{password}"));
    Some(format!("Proxy-Authorization: Basic {both}\r\n"))
}

/// `http://host:port`.
fn site(uri: &Uri) -> String {
    uri.authority()
        .map(|authority| format!("http://{authority}"))
        .unwrap_or_default()
}

/// A connection through the proxy: even if the proxy itself is reached by TLS, the connection to the server is not TLS
/// yet.
#[derive(Debug)]
struct Through(Box<dyn Transport>);

impl Transport for Through {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        false
    }
}

/// A connection to a proxy that is asked for whole addresses. It carries one request.
#[derive(Debug)]
struct Forward {
    below: Box<dyn Transport>,
    /// What to insert before the path, once.
    site: String,
    login: Option<String>,
}

impl Transport for Forward {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.below.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.site.is_empty() {
            return self.below.transmit_output(amount, timeout);
        }
        let site = std::mem::take(&mut self.site);
        let bytes = self.below.buffers().output()[..amount].to_vec();
        let head = whole(&bytes, &site, self.login.as_deref().unwrap_or_default());
        let capacity = self.below.buffers().output().len().max(1);
        for piece in head.chunks(capacity) {
            self.below.buffers().output()[..piece.len()].copy_from_slice(piece);
            self.below.transmit_output(piece.len(), timeout)?;
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.below.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.below.is_open()
    }
}

/// The head of a request with the whole address in its first line and the login in its second.
fn whole(head: &[u8], site: &str, login: &str) -> Vec<u8> {
    let place = |wanted: u8| head.iter().position(|byte| *byte == wanted);
    let (Some(space), Some(end)) = (place(b' '), place(b'\n')) else {
        return head.to_owned();
    };
    [
        &head[..=space],
        site.as_bytes(),
        &head[space + 1..=end],
        login.as_bytes(),
        &head[end + 1..],
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_to_a_proxy_names_the_whole_address() {
        let head = whole(
            b"GET /x?y HTTP/1.1\r\nHost: a\r\n\r\n",
            "http://a:8",
            "Proxy-Authorization: Basic x\r\n",
        );
        assert_eq!(
            String::from_utf8_lossy(&head),
            "GET http://a:8/x?y HTTP/1.1\r\nProxy-Authorization: Basic x\r\nHost: a\r\n\r\n"
        );
    }

    #[test]
    fn a_status_is_read_from_http_only() {
        assert_eq!(
            status(b"HTTP/1.0 200 Connection established\r\n\r\n"),
            Some(200)
        );
        assert_eq!(status(b"HTTP/1.1 407\r\n\r\n"), Some(407));
        assert_eq!(status(b"SSH-2.0-OpenSSH_9 200\r\n\r\n"), None);
        assert_eq!(status(b"\x05\xff\n\n"), None);
    }
}
