//! Encryption towards a mail server: the public authorities and the one of `mail.ca_file`.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::{AsyncTokioStream, Certificate, TlsParameters, TlsParametersBuilder};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::super::config::Mail as Settings;

fn ca_pem(settings: &Settings) -> Result<Option<Vec<u8>>, String> {
    if settings.ca_file.is_empty() {
        return Ok(None);
    }
    std::fs::read(&settings.ca_file)
        .map(Some)
        .map_err(|e| format!("configuration: mail.ca_file: {}: {e}", settings.ca_file))
}

/// For an upgrade by STARTTLS, which lettre does.
pub(super) fn starttls_parameters(settings: &Settings) -> Result<TlsParameters, String> {
    let mut builder: TlsParametersBuilder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = ca_pem(settings)? {
        let certificate = Certificate::from_pem(&pem).map_err(|e| format!("configuration: mail.ca_file: {e}"))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|e| format!("mail: {e}"))
}

/// For TLS from the first byte on, which is ours.
pub(super) fn tls_config(settings: &Settings) -> Result<rustls::ClientConfig, String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(pem) = ca_pem(settings)? {
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            certificate
                .map_err(|e| e.to_string())
                .and_then(|c| roots.add(c).map_err(|e| e.to_string()))
                .map_err(|e| format!("configuration: mail.ca_file: {e}"))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| format!("mail: {e}"))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// A TLS stream that lettre's connection can use.
pub(super) struct Encrypted(pub tokio_rustls::client::TlsStream<TcpStream>);

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encrypted")
    }
}
impl AsyncTokioStream for Encrypted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}
impl AsyncRead for Encrypted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}
impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
