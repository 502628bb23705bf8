//! Why a server did not answer, by kind.

use std::fmt;
use std::io;

use super::BadVariable;

/// The server or the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// The server that has the file.
    Server,
    /// The proxy used.
    Proxy,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Proxy => "proxy",
        })
    }
}

/// Why a server did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// A name has no address.
    #[error("the name of the {of} could not be resolved: {reason}")]
    Unresolved {
        /// Whose name.
        of: Party,
        /// The resolver's message.
        reason: String,
    },
    /// Nobody listens there.
    #[error("the {by} refused the connection")]
    Refused {
        /// Whose address.
        by: Party,
    },
    /// The address cannot be reached.
    #[error("the {of} could not be reached: {reason}")]
    NoRoute {
        /// Whose address.
        of: Party,
        /// The system's message.
        reason: String,
    },
    /// A time limit was exceeded.
    #[error("no answer in time")]
    Late,
    /// A certificate of an authority that is not trusted.
    #[error(
        "the certificate of {host} is not trusted: it was issued by \"{issuer}\", which is not among {roots}; {remedy}"
    )]
    Untrusted {
        /// The host that presented it.
        host: String,
        /// Who signed it.
        issuer: String,
        /// Which authorities are trusted.
        roots: String,
        /// How to trust this authority.
        remedy: String,
    },
    /// A certificate that is invalid for another reason.
    #[error("the certificate of {host} is not valid: {reason}")]
    Certificate {
        /// The host that presented it.
        host: String,
        /// Why it is invalid.
        reason: String,
    },
    /// TLS could not be established.
    #[error("TLS with {host} failed: {reason}")]
    Tls {
        /// With which host.
        host: String,
        /// What was wrong.
        reason: String,
    },
    /// The proxy requires a login.
    #[error(
        "the proxy asks for a user name and a password (HTTP status 407){}; write them into {variable}: \
         http://USER:PASSWORD@HOST:PORT",
        if *given { ", and does not accept those it was given" } else { "" }
    )]
    ProxyLogin {
        /// The variable that names the proxy.
        variable: &'static str,
        /// Whether a login was given.
        given: bool,
    },
    /// The proxy did not connect.
    #[error("the proxy refused to connect to the server: HTTP status {status}")]
    ProxyStatus {
        /// Its HTTP status.
        status: u16,
    },
    /// The proxy is not an HTTP proxy.
    #[error("the proxy did not answer in HTTP")]
    ProxySilent,
    /// A variable that is not valid.
    #[error(transparent)]
    Variable(#[from] BadVariable),
    /// A redirection that is not followed.
    #[error("the server redirects {0}")]
    Redirect(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// The meaning of an error of ureq on a connection to `peer`: the proxy, if there is one.
    pub(in crate::data) fn of(error: ureq::Error, peer: Party) -> Self {
        match error {
            ureq::Error::Other(error) => match error.downcast::<Self>() {
                Ok(failure) => *failure,
                Err(other) => Self::Other(other.to_string()),
            },
            ureq::Error::Timeout(_) => Self::Late,
            ureq::Error::HostNotFound => Self::Unresolved {
                of: peer,
                reason: "it has no address".to_owned(),
            },
            ureq::Error::Io(error) => Self::of_io(error, peer),
            other => Self::Other(other.to_string()),
        }
    }

    fn of_io(error: io::Error, peer: Party) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused { by: peer },
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => Self::NoRoute {
                of: peer,
                reason: error.to_string(),
            },
            io::ErrorKind::TimedOut => Self::Late,
            // What ureq wraps in errors of reading and writing.
            _ if is_ureqs(&error) => match error.downcast::<ureq::Error>() {
                Ok(inner) => Self::of(inner, peer),
                Err(error) => Self::Other(error.to_string()),
            },
            _ => Self::Other(error.to_string()),
        }
    }

    /// Wrapped in an error of ureq, to pass through it.
    pub(super) fn into_ureq(self) -> ureq::Error {
        ureq::Error::Other(Box::new(self))
    }
}

/// Returns whether there is an error of ureq inside.
fn is_ureqs(error: &io::Error) -> bool {
    let inner = error.get_ref();
    inner
        .and_then(|inner| inner.downcast_ref::<ureq::Error>())
        .is_some()
}
