//! Resolves names, and reports whose name was not found.

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::{Failure, Party};

/// The system's resolver.
#[derive(Debug)]
pub(super) struct Names {
    resolver: DefaultResolver,
    /// The proxy's host, if there is a proxy.
    proxy: Option<String>,
}

impl Names {
    pub fn new(proxy: Option<String>) -> Self {
        Self {
            resolver: DefaultResolver::default(),
            proxy,
        }
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        self.resolver
            .resolve(uri, config, timeout)
            .map_err(|error| match error {
                Error::Timeout(_) => error,
                Error::Io(_) | Error::HostNotFound => {
                    let is_proxy = self.proxy.as_deref() == uri.host();
                    Failure::Unresolved {
                        of: if is_proxy {
                            Party::Proxy
                        } else {
                            Party::Server
                        },
                        reason: error.to_string(),
                    }
                    .into_ureq()
                }
                other => other,
            })
    }
}
