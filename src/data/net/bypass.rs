//! `NO_PROXY`: servers that are reached without a proxy.

use std::net::IpAddr;

use ipnet::IpNet;

/// The servers that are reached directly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bypass {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    hosts: Hosts,
    /// `None` means any port.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    All,
    /// This name and everything below it; in lower case.
    Domain(String),
    Network(IpNet),
}

impl Bypass {
    /// Rules separated by commas or spaces: `*`, a name (including everything below it; a leading dot or `*.` changes
    /// nothing), an address, a network in CIDR notation; names and addresses optionally with a port.
    pub fn parse(value: &str) -> Self {
        let rules = value.split([',', ' ', '\t', '\n']);
        Self {
            rules: rules.filter_map(Rule::parse).collect(),
        }
    }

    /// Returns whether the server of this name or address is reached directly.
    pub fn covers(&self, host: &str, port: u16) -> bool {
        let host = host.trim_end_matches('.').to_lowercase();
        let address: Option<IpAddr> = bare(&host).parse().ok();
        self.rules.iter().any(|rule| {
            let here = match (&rule.hosts, address) {
                (Hosts::All, _) => true,
                (Hosts::Network(network), Some(address)) => network.contains(&address),
                (Hosts::Network(_), None) | (Hosts::Domain(_), Some(_)) => false,
                (Hosts::Domain(domain), None) => host
                    .strip_suffix(domain.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
            };
            here && rule.port.is_none_or(|wanted| wanted == port)
        })
    }
}

impl Rule {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return None;
        }
        if text == "*" {
            return Some(Self {
                hosts: Hosts::All,
                port: None,
            });
        }
        let network = |text: &str| -> Option<IpNet> {
            let text = bare(text);
            let whole = text.parse::<IpAddr>().ok().map(IpNet::from);
            whole.or_else(|| text.parse().ok())
        };
        if let Some(network) = network(&text) {
            return Some(Self {
                hosts: Hosts::Network(network),
                port: None,
            });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (text.as_str(), None),
        };
        let hosts = if let Some(network) = network(host) {
            Hosts::Network(network)
        } else {
            let name = host.strip_prefix('*').unwrap_or(host);
            let name = name.trim_matches('.');
            if name.is_empty() {
                return None;
            }
            Hosts::Domain(name.to_owned())
        };
        Some(Self { hosts, port })
    }
}

/// An address without the brackets of IPv6 in URLs.
fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_curls_plus_a_port() {
        for (rules, host, covered) in [
            ("", "example.org", false),
            ("*", "example.org", true),
            ("a, *", "example.org", true),
            ("example.org", "example.org", true),
            ("example.org", "data.example.org", true),
            ("example.org", "EXAMPLE.org.", true),
            (".example.org", "example.org", true),
            (".example.org", "data.example.org", true),
            ("*.example.org", "data.example.org", true),
            ("example.org", "badexample.org", false),
            ("data.example.org", "example.org", false),
            ("example.org.", "example.org", true),
            ("localhost other", "other", true),
            ("localhost,,other", "other", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.0/8", "127.3.2.1", true),
            ("127.0.0.0/8", "128.3.2.1", false),
            ("10.0.0.0/8", "ten.example.org", false),
            ("::1", "[::1]", true),
            ("[::1]", "[::1]", true),
            ("fe80::/10", "[fe80::1]", true),
            ("0.0.1", "127.0.0.1", false),
            ("example.org:443", "example.org", true),
            ("example.org:80", "example.org", false),
            ("127.0.0.1:443", "127.0.0.1", true),
            ("[::1]:443", "[::1]", true),
            ("[::1]:80", "[::1]", false),
            (".", "example.org", false),
        ] {
            assert_eq!(
                Bypass::parse(rules).covers(host, 443),
                covered,
                "NO_PROXY={rules} and {host}"
            );
        }
    }
}
