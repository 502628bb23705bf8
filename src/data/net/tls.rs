//! The link of the chain that speaks TLS, with the authorities of [`Roots`] and errors that name the cause.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use super::verifier::Verifier;
use super::{Failure, Roots};

/// The configuration of TLS: whom to trust.
#[derive(Debug, Clone)]
pub(super) struct Tls {
    config: Arc<ClientConfig>,
    verifier: Arc<Verifier>,
}

impl Tls {
    pub fn new(roots: &Arc<Roots>) -> Result<Self, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Arc::new(Verifier::new(roots, Arc::clone(&provider))?);
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(rustls::ALL_VERSIONS)
            .map_err(|error| Failure::Other(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _)
            .with_no_client_auth();
        Ok(Self {
            config: Arc::new(config),
            verifier,
        })
    }

    /// Performs the handshake on an existing connection.
    fn shake_hands(
        &self,
        details: &ConnectionDetails<'_>,
        below: Box<dyn Transport>,
    ) -> Result<Stream, Error> {
        let host = details.uri.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let failed = |reason: String| {
            Failure::Tls {
                host: host.to_owned(),
                reason,
            }
            .into_ureq()
        };
        let name = ServerName::try_from(bare.to_owned()).map_err(|e| failed(e.to_string()))?;
        let mut conn = ClientConnection::new(Arc::clone(&self.config), name)
            .map_err(|error| failed(error.to_string()))?;
        let mut sock = TransportAdapter::new(below, Arc::clone(&details.current_time));
        sock.set_timeout(details.timeout);
        match conn.complete_io(&mut sock) {
            Ok(_) => Ok(StreamOwned { conn, sock }),
            Err(error) => Err(match self.verifier.take_refusal() {
                Some(refusal) => refusal.into_ureq(),
                None => match about_tls(&error) {
                    Some(reason) => failed(reason),
                    None => error.into(),
                },
            }),
        }
    }
}

/// The error of TLS itself; `None` if the connection below failed.
fn about_tls(error: &io::Error) -> Option<String> {
    let inner = error.get_ref()?;
    if let Some(error) = inner.downcast_ref::<rustls::Error>() {
        return Some(error.to_string());
    }
    // The connection ended in the middle of the handshake.
    None
}

type Stream = StreamOwned<ClientConnection, TransportAdapter>;

/// Wraps a connection to an https address in TLS.
#[derive(Debug)]
pub(super) struct Connector(pub Option<Tls>);

impl<In: Transport> ureq::unversioned::transport::Connector<In> for Connector {
    type Out = Either<In, TlsTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(below) = chained else {
            return Err(Error::ConnectionFailed);
        };
        let tls = match &self.0 {
            Some(tls) if details.needs_tls() && !below.is_tls() => tls,
            _ => return Ok(Some(Either::A(below))),
        };
        let stream = tls.shake_hands(details, Box::new(below))?;
        Ok(Some(Either::B(TlsTransport {
            buffers: LazyBuffers::new(
                details.config.input_buffer_size(),
                details.config.output_buffer_size(),
            ),
            stream,
        })))
    }
}

/// A connection in TLS.
pub(super) struct TlsTransport {
    buffers: LazyBuffers,
    stream: Stream,
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsTransport")
            .field("below", self.stream.sock.inner())
            .finish_non_exhaustive()
    }
}
