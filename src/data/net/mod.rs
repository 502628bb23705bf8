//! The way from this program to a server: proxies and trusted certificate authorities. Both are taken from the
//! environment as curl does, so downloads work wherever `curl` works.
//!
//! `proxies` chooses the proxy for an address, `roots` the authorities. `tls` and `tunnel` are the links of ureq's
//! chain of connections that use both, and [`Failure`] says what went wrong.

mod bypass;
mod failure;
mod names;
mod proxies;
mod roots;
mod tls;
mod tunnel;
mod verifier;

use std::ffi::OsString;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::transport::{Connector as _, SocksConnector, TcpConnector};

pub use failure::{Failure, Party};
pub use proxies::{Proxies, Proxy};
pub use roots::{RootSource, Roots};

use names::Names;
use tls::Tls;
use tunnel::Tunnel;

/// A variable of the environment with an invalid value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}={value}: {reason}")]
pub struct BadVariable {
    /// Its name.
    pub variable: &'static str,
    /// Its value, without any password.
    pub value: String,
    /// What is wrong with it, and what was expected.
    pub reason: String,
}

/// The network configuration: proxies and trusted authorities. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Network {
    proxies: Arc<Proxies>,
    certificates: Arc<Certificates>,
}

/// The source of certificate authorities, and those loaded from it, once they are needed.
#[derive(Debug)]
struct Certificates {
    named: roots::Named,
    roots: OnceLock<Result<Arc<Roots>, BadVariable>>,
}

impl Network {
    /// From the variables of the environment.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::new(&|name| std::env::var_os(name))
    }

    /// From these variables; an empty one counts as unset.
    pub fn new(look_up: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| look_up(name).filter(|value| !value.is_empty());
        Self {
            proxies: Arc::new(Proxies::new(&set)),
            certificates: Arc::new(Certificates {
                named: roots::Named::new(&set),
                roots: OnceLock::new(),
            }),
        }
    }

    /// Without any proxy, and with the system's authorities.
    #[must_use]
    pub fn direct() -> Self {
        Self::new(&|_| None)
    }

    /// The configured proxies.
    #[must_use]
    pub fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// The trusted authorities. Their files are read once.
    ///
    /// # Errors
    /// When a variable names a file or a folder without certificates.
    pub fn roots(&self) -> Result<&Arc<Roots>, BadVariable> {
        let certificates = &self.certificates;
        let roots = certificates
            .roots
            .get_or_init(|| Roots::load(&certificates.named).map(Arc::new));
        roots.as_ref().map_err(Clone::clone)
    }

    /// A client for one request to `uri` through `proxy`. It does not follow redirections, because the next server may
    /// need another proxy, or none.
    pub(super) fn agent(
        &self,
        uri: &Uri,
        proxy: Option<&Proxy>,
        limits: Limits,
    ) -> Result<Agent, Failure> {
        let needs_tls = uri.scheme_str() == Some("https") || proxy.is_some_and(Proxy::is_tls);
        let tls = if needs_tls {
            Some(Tls::new(self.roots()?)?)
        } else {
            None
        };
        let plain = config(limits, None);
        let through = proxy.map(Proxy::for_ureq).transpose()?;
        let chain = SocksConnector::default()
            .chain(Tunnel::new(proxy.cloned(), plain))
            .chain(TcpConnector::default())
            .chain(tls::Connector(tls));
        let names = Names::new(proxy.map(|proxy| proxy.host().to_owned()));
        Ok(Agent::with_parts(config(limits, through), chain, names))
    }
}

/// Time limits of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// For each step until the answer begins.
    pub answer: Duration,
    /// Between two reads of the answer.
    pub read: Duration,
}

fn config(limits: Limits, proxy: Option<ureq::Proxy>) -> Config {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .proxy(proxy)
        .user_agent(concat!("genai-tui/", env!("CARGO_PKG_VERSION")))
        // The files are already gzipped; unpacked in transit, they would not match their checksums.
        .accept_encoding("identity")
        .timeout_resolve(Some(limits.answer))
        .timeout_connect(Some(limits.answer))
        .timeout_send_request(Some(limits.answer))
        .timeout_recv_response(Some(limits.answer))
        .timeout_per_read(Some(limits.read))
        .build()
}
