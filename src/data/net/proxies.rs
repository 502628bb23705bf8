//! Chooses the proxy for a server, from the variables that curl reads.

use std::ffi::OsString;
use std::fmt;
use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;
use ureq::ProxyProtocol;
use ureq::http::Uri;

use super::bypass::Bypass;
use super::{BadVariable, Failure};

/// The variables for a scheme, most important first. `HTTP_PROXY` is not one of them: a web server passes the header
/// `Proxy` of a request to CGI programs under that name, so anyone could set it.
const HTTP: [&str; 3] = ["http_proxy", "all_proxy", "ALL_PROXY"];
const HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const NO_PROXY: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The expected form of a value.
const EXPECTED: &str = "expected [SCHEME://][USER:PASSWORD@]HOST[:PORT], with http, https, socks4, socks4a, socks5 or socks5h";

/// The proxies of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxies {
    http: Setting,
    https: Setting,
    bypass: Bypass,
    bypassed: Option<(&'static str, String)>,
}

/// A proxy, none, or an invalid value.
type Setting = Result<Option<Proxy>, BadVariable>;

impl Proxies {
    pub(super) fn new(look_up: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let first = |names: &[&'static str]| {
            let mut found = names.iter().map(|name| (*name, look_up(name)));
            found.find_map(|(name, value)| Some((name, value?)))
        };
        let proxy = |names: &[&'static str]| match first(names) {
            None => Ok(None),
            Some((variable, value)) => Proxy::parse(variable, &value.to_string_lossy()).map(Some),
        };
        let bypassed =
            first(&NO_PROXY).map(|(name, value)| (name, value.to_string_lossy().into_owned()));
        Self {
            http: proxy(&HTTP),
            https: proxy(&HTTPS),
            bypass: bypassed
                .as_ref()
                .map(|(_, value)| Bypass::parse(value))
                .unwrap_or_default(),
            bypassed,
        }
    }

    /// The proxy for http or https addresses, regardless of `NO_PROXY`.
    ///
    /// # Errors
    /// When the variable's value is not a proxy.
    pub fn for_scheme(&self, https: bool) -> Result<Option<&Proxy>, BadVariable> {
        let setting = if https { &self.https } else { &self.http };
        setting.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// The variable that lists the servers reached without a proxy, and its value.
    #[must_use]
    pub fn exceptions(&self) -> Option<(&'static str, &str)> {
        self.bypassed
            .as_ref()
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// The proxy for `uri`, if there is one.
    ///
    /// # Errors
    /// When the variable's value is not a proxy.
    pub fn for_uri(&self, uri: &Uri) -> Result<Option<&Proxy>, BadVariable> {
        let https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        if self.bypass.covers(uri.host().unwrap_or_default(), port) {
            return Ok(None);
        }
        self.for_scheme(https)
    }
}

/// A proxy. It displays with the variable that names it, and without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    variable: &'static str,
    kind: Kind,
    /// IPv6 addresses in brackets.
    host: String,
    port: u16,
    user: Option<(String, Option<String>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Https,
    Socks4,
    Socks4a,
    Socks5,
    Socks5h,
}

impl Kind {
    /// The names that curl uses.
    fn parse(scheme: &str) -> Option<Self> {
        Some(match scheme {
            "http" => Self::Http,
            "https" => Self::Https,
            "socks" | "socks4" => Self::Socks4,
            "socks4a" => Self::Socks4a,
            "socks5" => Self::Socks5,
            "socks5h" => Self::Socks5h,
            _ => return None,
        })
    }

    fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks4 => "socks4",
            Self::Socks4a => "socks4a",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }
}

impl Proxy {
    fn parse(variable: &'static str, value: &str) -> Result<Self, BadVariable> {
        let value = value.trim();
        let bad = |reason: String| BadVariable {
            variable,
            value: hidden(value),
            reason: format!("{reason}; {EXPECTED}"),
        };
        let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
        let kind = Kind::parse(&scheme.to_lowercase())
            .ok_or_else(|| bad(format!("\"{scheme}\" is not a kind of proxy")))?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, authority),
        };
        let (host, port) = split_port(address).map_err(bad)?;
        let port = match port {
            Some(port) => port,
            None if kind == Kind::Https => 443,
            // curl's default.
            None => 1080,
        };
        let decode = |text: &str| {
            let decoded = percent_decode_str(text).decode_utf8();
            decoded
                .map(std::borrow::Cow::into_owned)
                .map_err(|_| bad("the user name or the password is not UTF-8".to_owned()))
        };
        let user = match user.map(|user| {
            user.split_once(':')
                .map_or((user, None), |(u, p)| (u, Some(p)))
        }) {
            None => None,
            Some((user, password)) => Some((decode(user)?, password.map(decode).transpose()?)),
        };
        Ok(Self {
            variable,
            kind,
            host: host.to_owned(),
            port,
            user,
        })
    }

    /// The variable that names it.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Returns whether the connection to it uses TLS.
    pub(super) fn is_tls(&self) -> bool {
        self.kind == Kind::Https
    }

    /// Its own address, if it is an HTTP proxy.
    pub(super) fn http_address(&self) -> Option<Uri> {
        let scheme = match self.kind {
            Kind::Http | Kind::Https => self.kind.scheme(),
            _ => return None,
        };
        format!("{scheme}://{}:{}/", self.host, self.port)
            .parse()
            .ok()
    }

    /// User name and password, if there are any.
    pub(super) fn user(&self) -> Option<(&str, &str)> {
        self.user
            .as_ref()
            .map(|(user, password)| (user.as_str(), password.as_deref().unwrap_or_default()))
    }

    /// The failure of a missing or wrong login.
    pub(in crate::data) fn wants_login(&self) -> Failure {
        Failure::ProxyLogin {
            variable: self.variable,
            given: self.user.is_some(),
        }
    }

    /// The proxy for ureq, which speaks SOCKS, and must not resolve what the proxy resolves.
    pub(super) fn for_ureq(&self) -> Result<ureq::Proxy, Failure> {
        let (protocol, resolves_here) = match self.kind {
            Kind::Http => (ProxyProtocol::Http, false),
            Kind::Https => (ProxyProtocol::Https, false),
            Kind::Socks4 => (ProxyProtocol::Socks4, true),
            Kind::Socks4a => (ProxyProtocol::Socks4A, false),
            Kind::Socks5 => (ProxyProtocol::Socks5, true),
            Kind::Socks5h => (ProxyProtocol::Socks5h, false),
        };
        let mut proxy = ureq::Proxy::builder(protocol)
            .host(&self.host)
            .port(self.port)
            .resolve_target(resolves_here);
        if let Some((user, password)) = self.user() {
            proxy = proxy.username(user).password(password);
        }
        proxy.build().map_err(|error| {
            Failure::Variable(BadVariable {
                variable: self.variable,
                value: self.address(),
                reason: error.to_string(),
            })
        })
    }

    /// Scheme, host and port, and whether there is a user.
    fn address(&self) -> String {
        let user = match &self.user {
            None => String::new(),
            Some((user, None)) => format!("{user}@"),
            Some((user, Some(_))) => format!("{user}:***@"),
        };
        let (scheme, host, port) = (self.kind.scheme(), &self.host, self.port);
        format!("{scheme}://{user}{host}:{port}")
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.address(), self.variable)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A value without its password.
fn hidden(value: &str) -> String {
    let Some((before, after)) = value.rsplit_once('@') else {
        return value.to_owned();
    };
    let (scheme, user) = before
        .split_once("://")
        .map_or((String::new(), before), |(scheme, user)| {
            (format!("{scheme}://"), user)
        });
    let user = user.split(':').next().unwrap_or_default();
    format!("{scheme}{user}:***@{after}")
}

/// `host`, `host:port`, `[::1]`, `[::1]:port`.
fn split_port(address: &str) -> Result<(&str, Option<u16>), String> {
    let (host, port) = if address.starts_with('[') {
        let (host, port) = address
            .split_once(']')
            .ok_or_else(|| "found `[` without `]`".to_owned())?;
        if host[1..].parse::<Ipv6Addr>().is_err() {
            return Err(format!("\"{}\" is not an IPv6 address", &host[1..]));
        }
        (&address[..=host.len()], port.strip_prefix(':'))
    } else {
        match address.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        }
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._~[]:".contains(c);
    if host.is_empty()
        || (!host.starts_with('[') && host.contains(':'))
        || !host.chars().all(is_name)
    {
        return Err(if host.is_empty() {
            "found no host".to_owned()
        } else {
            format!("\"{host}\" is not a host")
        });
    }
    let port = port.filter(|port| !port.is_empty()).map(|port| {
        port.parse::<u16>()
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| format!("\"{port}\" is not a port"))
    });
    Ok((host, port.transpose()?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        Proxies::new(&|name| {
            let found = variables.iter().find(|(n, _)| *n == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    fn to(proxies: &Proxies, uri: &str) -> String {
        match proxies.for_uri(&uri.parse().unwrap()) {
            Ok(proxy) => proxy.map(ToString::to_string).unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_variable_depends_on_the_scheme_and_lower_case_comes_first() {
        let (http, https) = ("http://example.org/x", "https://example.org/x");
        for (variables, for_http, for_https) in [
            (&[][..], "", ""),
            (&[("HTTP_PROXY", "p:1")], "", ""),
            (&[("http_proxy", "p:1")], "http://p:1 (http_proxy)", ""),
            (&[("HTTPS_PROXY", "p:1")], "", "http://p:1 (HTTPS_PROXY)"),
            (
                &[("HTTPS_PROXY", "p:1"), ("https_proxy", "q:2")],
                "",
                "http://q:2 (https_proxy)",
            ),
            (
                &[("ALL_PROXY", "socks5h://p"), ("https_proxy", "q:2")],
                "socks5h://p:1080 (ALL_PROXY)",
                "http://q:2 (https_proxy)",
            ),
            (&[("all_proxy", "p:1"), ("no_proxy", "example.org")], "", ""),
            (
                &[("all_proxy", "p:1"), ("NO_PROXY", "example.org:443")],
                "http://p:1 (all_proxy)",
                "",
            ),
        ] {
            let found = proxies(variables);
            assert_eq!(to(&found, http), for_http, "{variables:?}");
            assert_eq!(to(&found, https), for_https, "{variables:?}");
        }
    }

    #[test]
    fn values_follow_curl_and_passwords_are_never_shown() {
        let parse = |value: &str| Proxy::parse("ALL_PROXY", value);
        for (value, shown) in [
            ("proxy", "http://proxy:1080"),
            ("proxy:3128", "http://proxy:3128"),
            ("http://proxy:3128/", "http://proxy:3128"),
            (" HTTP://proxy:3128 ", "http://proxy:3128"),
            ("https://proxy", "https://proxy:443"),
            ("socks://proxy", "socks4://proxy:1080"),
            ("socks4a://proxy:9", "socks4a://proxy:9"),
            ("socks5://[::1]:9", "socks5://[::1]:9"),
            ("[::1]", "http://[::1]:1080"),
            ("http://ada@proxy:1", "http://ada@proxy:1"),
            ("http://ada:secret@proxy:1", "http://ada:***@proxy:1"),
        ] {
            assert_eq!(
                parse(value).unwrap().to_string(),
                format!("{shown} (ALL_PROXY)"),
                "{value}"
            );
        }
        let coded = parse("http://a%40b:p%3Aa:s@s%25@proxy").unwrap();
        assert_eq!(coded.user(), Some(("a@b", "p:a:s@s%")));
        for (value, words) in [
            ("ftp://proxy", "\"ftp\" is not a kind of proxy"),
            ("http://", "found no host"),
            ("http://proxy:http", "\"http\" is not a port"),
            ("http://proxy:0", "\"0\" is not a port"),
            ("http://proxy:99999", "\"99999\" is not a port"),
            ("http://a b:1", "\"a b\" is not a host"),
            ("http://::1", "is not a host"),
            ("http://[::1", "without `]`"),
            ("http://[proxy]", "\"proxy\" is not an IPv6 address"),
            ("http://%ff@proxy", "not UTF-8"),
            ("ftp://ada:secret@proxy", "ALL_PROXY=ftp://ada:***@proxy: "),
        ] {
            let message = parse(value).unwrap_err().to_string();
            assert!(message.contains(words), "{value}: {message}");
            assert!(message.contains("expected [SCHEME://]"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
