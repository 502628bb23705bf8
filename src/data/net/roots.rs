//! Trusted certificate authorities: those that the environment names, otherwise the system's, otherwise the built-in
//! ones.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};

use super::BadVariable;

/// curl's variable, those of OpenSSL, and that of Python's requests. Only the first one that is set counts; the two of
/// OpenSSL belong together.
const FILES: [&str; 2] = ["CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"];
const OPENSSL_FILE: &str = "SSL_CERT_FILE";
const OPENSSL_FOLDERS: &str = "SSL_CERT_DIR";

/// The files and folders that variables name.
#[derive(Debug, Clone, Default)]
pub(super) struct Named(Vec<(&'static str, PathBuf)>);

impl Named {
    pub fn new(look_up: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let file = |name: &'static str| Some((name, PathBuf::from(look_up(name)?)));
        let folders = look_up(OPENSSL_FOLDERS).unwrap_or_default();
        let folders = env::split_paths(&folders)
            .filter(|folder| !folder.as_os_str().is_empty())
            .map(|folder| (OPENSSL_FOLDERS, folder));
        let openssl: Vec<_> = file(OPENSSL_FILE).into_iter().chain(folders).collect();
        let choices = [
            file(FILES[0]).into_iter().collect(),
            openssl,
            file(FILES[1]).into_iter().collect(),
        ];
        Self(
            choices
                .into_iter()
                .find(|choice: &Vec<_>| !choice.is_empty())
                .unwrap_or_default(),
        )
    }
}

/// The source of the authorities; displays as users would write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootSource {
    /// Variables name files and folders.
    Variables(Vec<(&'static str, PathBuf)>),
    /// The system's.
    System,
    /// The system has none: Mozilla's, as of the build of this program.
    BuiltIn,
}

impl RootSource {
    /// How to trust another authority.
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::System | Self::BuiltIn => {
                "add that authority to the system's certificates, or name a file with it in SSL_CERT_FILE".to_owned()
            }
            // A file named here replaces the system's and other variables.
            Self::Variables(named) => {
                let (variable, path) = named.first().map_or(("SSL_CERT_FILE", Path::new("")), |(v, p)| (*v, p.as_path()));
                format!("add that authority to {}, or name another file with it in {variable}", path.display())
            }
        }
    }
}

impl fmt::Display for RootSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("the system's"),
            Self::BuiltIn => f.write_str("those of this program (the system has none)"),
            Self::Variables(named) => {
                f.write_str("those of ")?;
                for (i, (variable, path)) in named.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}{variable}={}", path.display())?;
                }
                Ok(())
            }
        }
    }
}

/// The trusted authorities.
#[derive(Debug)]
pub struct Roots {
    /// Their source.
    pub source: RootSource,
    pub(super) store: RootCertStore,
    /// The certificates themselves; a server may present one of them as its own.
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

impl Roots {
    pub(super) fn load(named: &Named) -> Result<Self, BadVariable> {
        if named.0.is_empty() {
            let found = load_native_certs().certs;
            let roots = Self::of(RootSource::System, found);
            return Ok(if roots.store.is_empty() {
                Self {
                    source: RootSource::BuiltIn,
                    store: webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(),
                    certificates: Vec::new(),
                }
            } else {
                roots
            });
        }
        let mut certificates = Vec::new();
        for (variable, path) in &named.0 {
            certificates.extend(read(variable, path)?);
        }
        let roots = Self::of(RootSource::Variables(named.0.clone()), certificates);
        match named.0.first() {
            Some((variable, path)) if roots.store.is_empty() => Err(BadVariable {
                variable,
                value: path.display().to_string(),
                reason: "found no certificate of an authority; expected one or more in PEM form"
                    .to_owned(),
            }),
            _ => Ok(roots),
        }
    }

    fn of(source: RootSource, certificates: Vec<CertificateDer<'static>>) -> Self {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates.iter().cloned());
        Self {
            source,
            store,
            certificates,
        }
    }

    /// Number of authorities.
    #[must_use]
    pub fn count(&self) -> usize {
        self.store.len()
    }
}

/// The certificates in a file, or in the files of a folder.
fn read(variable: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, BadVariable> {
    let is_folder = path.is_dir();
    let CertificateResult { certs, errors, .. } = if is_folder {
        load_certs_from_paths(None, Some(path))
    } else {
        load_certs_from_paths(Some(path), None)
    };
    // A folder may hold files that are not certificates.
    match errors.into_iter().next() {
        Some(error) if certs.is_empty() => Err(BadVariable {
            variable,
            value: path.display().to_string(),
            reason: error.to_string(),
        }),
        _ => Ok(certs),
    }
}
