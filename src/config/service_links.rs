//! Variables that Kubernetes and Docker set for a service or a linked container with the name of this program.
//!
//! If there is a Service `genai-tui`, every container of the namespace gets `GENAI_TUI_SERVICE_HOST`, `GENAI_TUI_PORT_80_TCP` and
//! the like; with `genai-tui-web`, `GENAI_TUI_WEB_SERVICE_HOST`; and Docker's `--link` sets a similar set. None of these is
//! meant for this program. They are recognised by their exact shape, value included, so that a misspelt key stays an error. No
//! key may be called as one of them; a test sees to that.

use std::net::IpAddr;

/// Returns whether a variable is one of those. `rest` is its name behind the prefix; `of` gives the value of another
/// such name.
pub(super) fn is_service_link<'a>(
    rest: &str,
    value: &str,
    of: impl Fn(&str) -> Option<&'a str>,
) -> bool {
    // The name of the service may continue after the program's: each possible end is tried.
    let ends = rest.match_indices('_').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).any(|at| {
        let (service, word) = rest.split_at(at);
        is_kubernetes(word, value)
            || is_port(word, value)
            || is_docker(word, value, of(&format!("{service}NAME")))
    })
}

/// `SERVICE_HOST`, `SERVICE_PORT` and `SERVICE_PORT_HTTP`.
fn is_kubernetes(word: &str, value: &str) -> bool {
    match word.strip_prefix("SERVICE_") {
        Some("HOST") => is_address(value),
        Some("PORT") => is_number(value),
        Some(named) => named.strip_prefix("PORT_").is_some_and(is_word) && is_number(value),
        None => false,
    }
}

/// `PORT=tcp://10.0.0.1:80`, and `PORT_80_TCP` with its parts; Docker's ranges have a `START` and an `END`.
fn is_port(word: &str, value: &str) -> bool {
    if word == "PORT" {
        return is_endpoint(value);
    }
    let Some((number, rest)) = word.strip_prefix("PORT_").and_then(|r| r.split_once('_')) else {
        return false;
    };
    let (protocol, part) = rest
        .split_once('_')
        .map_or((rest, None), |(protocol, part)| (protocol, Some(part)));
    is_number(number)
        && is_protocol(&protocol.to_lowercase())
        && match part {
            None | Some("START" | "END") => is_endpoint(value),
            Some("PROTO") => is_protocol(value),
            Some("PORT" | "PORT_START" | "PORT_END") => is_number(value),
            Some("ADDR") => is_address(value),
            Some(_) => false,
        }
}

/// `NAME=/this/alias`, together with the environment of the other container.
fn is_docker(word: &str, value: &str, name: Option<&str>) -> bool {
    let is_link = |name: &str| name.starts_with('/') && name.matches('/').count() == 2;
    match word {
        "NAME" => is_link(value),
        _ => word.strip_prefix("ENV_").is_some_and(|w| !w.is_empty()) && name.is_some_and(is_link),
    }
}

fn is_endpoint(value: &str) -> bool {
    value.split_once("://").is_some_and(|(protocol, address)| {
        is_protocol(protocol) && address.rsplit_once(':').is_some_and(|(_, p)| is_number(p))
    })
}

fn is_protocol(text: &str) -> bool {
    ["tcp", "udp", "sctp"].contains(&text)
}

fn is_number(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KEYS;
    use crate::config::environment::{ENVIRONMENT_PREFIX, environment_variable};

    fn is_one(rest: &str, value: &str) -> bool {
        is_service_link(rest, value, |name| {
            ["NAME", "DB_NAME"].contains(&name).then_some("/web/db")
        })
    }

    /// What the kubelet and Docker set.
    const SET: &[(&str, &str)] = &[
        ("SERVICE_HOST", "10.96.0.12"),
        ("SERVICE_PORT", "8080"),
        ("SERVICE_PORT_HTTP", "8080"),
        ("SERVICE_PORT_METRICS_V2", "9090"),
        ("PORT", "tcp://10.96.0.12:8080"),
        ("PORT_8080_TCP", "tcp://10.96.0.12:8080"),
        ("PORT_8080_TCP_PROTO", "tcp"),
        ("PORT_8080_TCP_PORT", "8080"),
        ("PORT_8080_TCP_ADDR", "fd00::12"),
        ("PORT_53_UDP", "udp://[fd00::12]:53"),
        ("PORT_8000_TCP_START", "tcp://172.17.0.2:8000"),
        ("PORT_8000_TCP_PORT_END", "8010"),
        ("NAME", "/web/genai-tui"),
        ("ENV_PATH", "/usr/bin"),
    ];

    #[test]
    fn variables_of_services_and_links_are_recognised() {
        for (name, value) in SET {
            assert!(is_one(name, value), "{name}");
            assert!(is_one(&format!("DB_{name}"), value), "DB_{name}");
        }
        assert!(is_one("METRICS_PORT_V2_SERVICE_HOST", "10.0.0.1"));
    }

    #[test]
    fn other_variables_are_not_recognised() {
        for (name, value) in [
            ("SERVICE_HOST", "training"),
            ("SERVICE_PORT", "many"),
            ("SERVICE", "10.0.0.1"),
            ("SERVICES_HOST", "10.0.0.1"),
            ("MYSERVICE_HOST", "10.0.0.1"),
            ("PORT", "8080"),
            ("UI_PORT", "8080"),
            ("PORT_X_TCP", "tcp://10.0.0.1:80"),
            ("PORT_80_TCP_OTHER", "tcp"),
            ("NAME", "first"),
            ("BATCHSIZE", "64"),
            ("OTHER_ENV_X", "1"),
            ("", "1"),
        ] {
            assert!(!is_one(name, value), "{name}={value}");
        }
    }

    #[test]
    fn no_key_looks_like_a_service_variable() {
        for key in KEYS {
            let variable = environment_variable(key.name);
            let rest = &variable[ENVIRONMENT_PREFIX.len()..];
            for (_, value) in SET {
                assert!(!is_one(rest, value), "{variable}={value}");
            }
        }
    }
}
