//! The network between this machine and dataset servers: proxies and trusted certificates.

use super::checks::{Check, Status};
use crate::data::net::{BadVariable, Network, Proxies, Proxy, RootSource};

/// The checks of the network, without any connection.
pub(super) fn checks(network: &Network) -> Vec<Check> {
    vec![
        proxy(network.proxies()),
        certificates(network.roots().map(|roots| (&roots.source, roots.count()))),
    ]
}

/// The proxy of https addresses, where all published mirrors are.
fn proxy(proxies: &Proxies) -> Check {
    let check = |status, found: String| Check::new("network", "proxy", status, found);
    let exceptions = proxies.exceptions();
    let with_exceptions = |check: Check| match exceptions {
        Some((variable, value)) => check.why(format!("except {variable}={value}")),
        None => check,
    };
    match proxies.for_scheme(true) {
        Ok(None) => check(Status::Ok, "none (direct connections)".to_owned()),
        Ok(Some(proxy)) => with_exceptions(check(Status::Ok, Proxy::to_string(proxy))),
        Err(bad) => broken(
            "proxy",
            &bad,
            "datasets cannot be downloaded until it is corrected or unset",
        ),
    }
}

/// The trusted certificates.
fn certificates(roots: Result<(&RootSource, usize), BadVariable>) -> Check {
    let check = |status, found: String| Check::new("network", "certificates", status, found);
    match roots {
        Ok((source @ RootSource::BuiltIn, count)) => {
            check(Status::Note, format!("{count} authorities: {source}")).advice(
                "behind a proxy that intercepts TLS, install the system's certificates, or point SSL_CERT_FILE at its \
                 certificate authority",
            )
        }
        Ok((source, count)) => check(Status::Ok, format!("{count} authorities: {source}")),
        Err(bad) => broken(
            "certificates",
            &bad,
            "no server is trusted until it names PEM certificates or is unset",
        ),
    }
}

fn broken(name: &str, bad: &BadVariable, advice: &str) -> Check {
    let BadVariable {
        variable,
        value,
        reason,
    } = bad;
    Check::new("network", name, Status::Warn, format!("{variable}={value}"))
        .why(reason.clone())
        .advice(advice)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn found(variables: &[(&str, &str)]) -> Vec<Check> {
        checks(&Network::new(&|name| {
            let found = variables.iter().find(|(n, _)| *n == name);
            found.map(|(_, value)| OsString::from(value))
        }))
    }

    #[test]
    fn proxies_are_shown_without_passwords() {
        let none = &found(&[])[0];
        assert_eq!(
            (none.status, none.found.contains("direct")),
            (Status::Ok, true)
        );
        let some = &found(&[
            ("HTTPS_PROXY", "http://ada:secret@proxy:3128"),
            ("NO_PROXY", ".example.org"),
        ])[0];
        assert_eq!(some.found, "http://ada:***@proxy:3128 (HTTPS_PROXY)");
        assert_eq!(some.why.as_deref(), Some("except NO_PROXY=.example.org"));
        let bad = &found(&[("ALL_PROXY", "ftp://ada:secret@proxy")])[0];
        assert_eq!(bad.status, Status::Warn);
        assert_eq!(bad.found, "ALL_PROXY=ftp://ada:***@proxy");
    }

    #[test]
    fn missing_certificates_are_a_warning() {
        let bad = &found(&[("SSL_CERT_FILE", "/no/such/file.pem")])[1];
        assert_eq!(bad.status, Status::Warn);
        assert_eq!(bad.found, "SSL_CERT_FILE=/no/such/file.pem");
        let built_in = certificates(Ok((&RootSource::BuiltIn, 140)));
        assert_eq!(built_in.status, Status::Note);
        let system = certificates(Ok((&RootSource::System, 140)));
        assert_eq!(system.found, "140 authorities: the system's");
    }
}
