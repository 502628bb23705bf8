//! Why a server gave no answer, by kind.

use std::fmt;
use std::io;

use super::BadVariable;

/// Who is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// The server that has the file.
    Server,
    /// The proxy on the way to it.
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

/// Why a server gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No address for a name.
    #[error("the name of the {of} could not be resolved: {reason}")]
    Unresolved {
        /// Whose name.
        of: Party,
        /// What the resolver says.
        reason: String,
    },
    /// No one listens there.
    #[error("the {by} refused the connection")]
    Refused {
        /// Who did.
        by: Party,
    },
    /// The address cannot be reached.
    #[error("the {of} could not be reached: {reason}")]
    NoRoute {
        /// To whom.
        of: Party,
        /// What the system says.
        reason: String,
    },
    /// A time limit passed.
    #[error("no answer in time")]
    Late,
    /// A certificate of an authority that is not trusted.
    #[error(
        "the certificate of {host} is not trusted: it was issued by \"{issuer}\", which is not among {roots}; {remedy}"
    )]
    Untrusted {
        /// Who showed it.
        host: String,
        /// Who signed it.
        issuer: String,
        /// Which authorities are trusted.
        roots: String,
        /// How that authority comes among them.
        remedy: String,
    },
    /// A certificate that cannot be used for another reason.
    #[error("the certificate of {host} is not valid: {reason}")]
    Certificate {
        /// Who showed it.
        host: String,
        /// Why it is not.
        reason: String,
    },
    /// TLS could not be established.
    #[error("TLS with {host} failed: {reason}")]
    Tls {
        /// With whom.
        host: String,
        /// What was wrong.
        reason: String,
    },
    /// The proxy wants to know who asks.
    #[error(
        "the proxy asks for a user name and a password (HTTP status 407){}; write them into {variable}: \
         http://USER:PASSWORD@HOST:PORT",
        if *given { ", and does not accept those it was given" } else { "" }
    )]
    ProxyLogin {
        /// The variable that names the proxy.
        variable: &'static str,
        /// Whether they were given.
        given: bool,
    },
    /// The proxy does not connect.
    #[error("the proxy refused to connect to the server: HTTP status {status}")]
    ProxyStatus {
        /// What it answered.
        status: u16,
    },
    /// The proxy is not an HTTP proxy.
    #[error("the proxy did not answer in HTTP")]
    ProxySilent,
    /// A variable that cannot be used.
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
    /// What an error of ureq means where connections go to `peer`: the proxy, if there is one.
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
            // What ureq wraps for those who read and write.
            _ if is_ureqs(&error) => match error.downcast::<ureq::Error>() {
                Ok(inner) => Self::of(inner, peer),
                Err(error) => Self::Other(error.to_string()),
            },
            _ => Self::Other(error.to_string()),
        }
    }

    /// The same as an error of ureq, to travel through it.
    pub(super) fn into_ureq(self) -> ureq::Error {
        ureq::Error::Other(Box::new(self))
    }
}

/// Whether there is an error of ureq inside.
fn is_ureqs(error: &io::Error) -> bool {
    let inner = error.get_ref();
    inner
        .and_then(|inner| inner.downcast_ref::<ureq::Error>())
        .is_some()
}
