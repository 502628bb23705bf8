//! The target of a redirection.

use ureq::http::Uri;

use crate::data::net::Failure;

/// The address that the header `Location` of an answer from `from` means. A request that began as https never continues
/// without.
pub(super) fn target(from: &Uri, location: &str) -> Result<String, Failure> {
    let location = location.split('#').next().unwrap_or_default();
    let scheme = from.scheme_str().unwrap_or("http");
    let authority = from.authority().map_or("", |authority| authority.as_str());
    let url = if location.contains("://") {
        location.to_owned()
    } else if let Some(rest) = location.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else {
        let folder = from
            .path()
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    };
    let target: Option<Uri> = url.parse().ok();
    match target.as_ref().map(|uri| (uri.scheme_str(), uri.host())) {
        Some((Some("https"), Some(_))) => Ok(url),
        Some((Some("http"), Some(_))) if scheme == "http" => Ok(url),
        Some((Some("http"), Some(_))) => Err(Failure::Redirect(format!(
            "from https to {url}, where nothing would be protected"
        ))),
        _ => Err(Failure::Redirect(format!(
            "to \"{location}\", which is not a web address"
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn locations_may_be_absolute_or_relative_and_never_leave_https() {
        let from: Uri = "https://a.example/b/c?d".parse().unwrap();
        for (location, wanted) in [
            ("https://e.example/f", "https://e.example/f"),
            ("//e.example/f", "https://e.example/f"),
            ("/f?g", "https://a.example/f?g"),
            ("f", "https://a.example/b/f"),
            ("/f#g", "https://a.example/f"),
        ] {
            assert_eq!(target(&from, location).unwrap(), wanted);
        }
        for location in ["http://a.example/b", "ftp://a.example/b", "https://"] {
            assert!(target(&from, location).is_err(), "{location}");
        }
        let plain: Uri = "http://a.example/b".parse().unwrap();
        assert!(target(&plain, "http://e.example/").is_ok());
    }
}
