//! Checks whether a server's certificate is trusted, and otherwise remembers who issued it.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::{Failure, Roots};

/// webpki's verifier with two additions: a trusted certificate may be the server's own (such as `openssl req -x509`
/// makes), and the reason of a refusal is remembered with names.
#[derive(Debug)]
pub(super) struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    roots: Arc<Roots>,
    refusal: Mutex<Option<Failure>>,
}

impl Verifier {
    pub fn new(roots: &Arc<Roots>, provider: Arc<CryptoProvider>) -> Result<Self, Failure> {
        let store = Arc::new(roots.store.clone());
        let inner = WebPkiServerVerifier::builder_with_provider(store, provider)
            .build()
            .map_err(|error| Failure::Other(error.to_string()))?;
        Ok(Self {
            inner,
            roots: Arc::clone(roots),
            refusal: Mutex::new(None),
        })
    }

    /// Why the last certificate was refused.
    pub fn take_refusal(&self) -> Option<Failure> {
        let mut refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        refusal.take()
    }

    /// Returns whether the server's certificate is itself trusted, for this name and at this time.
    fn is_trusted_itself(
        &self,
        shown: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> bool {
        let is_known = self.roots.certificates.iter().any(|known| known == shown);
        let is_named = || {
            ParsedCertificate::try_from(shown)
                .is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok())
        };
        let is_valid = || {
            Certificate::from_der(shown).is_ok_and(|certificate| {
                let validity = certificate.tbs_certificate().validity();
                let (from, to) = (
                    validity.not_before.to_unix_duration().as_secs(),
                    validity.not_after.to_unix_duration().as_secs(),
                );
                (from..=to).contains(&now.as_secs())
            })
        };
        is_known && is_named() && is_valid()
    }

    fn explain(&self, error: &Error, shown: &CertificateDer<'_>, name: &ServerName<'_>) -> Failure {
        let host = name.to_str().into_owned();
        match error {
            Error::InvalidCertificate(
                CertificateError::UnknownIssuer
                | CertificateError::BadSignature
                | CertificateError::Other(_),
            ) => Failure::Untrusted {
                host,
                issuer: issuer(shown),
                roots: self.roots.source.to_string(),
                remedy: self.roots.source.remedy(),
            },
            Error::InvalidCertificate(reason) => Failure::Certificate {
                host,
                reason: reason.to_string(),
            },
            other => Failure::Tls {
                host,
                reason: other.to_string(),
            },
        }
    }
}

/// Who signed a certificate: `CN=Proxy,O=Company`.
fn issuer(certificate: &CertificateDer<'_>) -> String {
    Certificate::from_der(certificate).map_or_else(
        |_| "unknown".to_owned(),
        |certificate| {
            let name = certificate.tbs_certificate().issuer().to_string();
            // This text comes from an unknown server and is shown on a terminal.
            name.chars()
                .map(|c| if c.is_control() { '?' } else { c })
                .take(200)
                .collect()
        },
    )
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        verdict.or_else(|error| {
            if self.is_trusted_itself(end_entity, server_name, now) {
                return Ok(ServerCertVerified::assertion());
            }
            let failure = self.explain(&error, end_entity, server_name);
            let mut refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
            *refusal = Some(failure);
            Err(error)
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
