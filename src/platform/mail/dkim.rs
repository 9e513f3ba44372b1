//! Signing mail as a domain (RFC 6376): receivers see that it is the clinic's and has not been changed, and trust the
//! one-click unsubscribe in it (RFC 8058).

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::Message;
use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey,
};
use lettre::message::header::HeaderName;
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, LineEnding};
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
use rsa::traits::PublicKeyParts;

use super::super::config::Mail as Settings;

/// What is signed. One that a mail does not have is signed as absent: nobody can add it later. Never `Content-Type`: lettre
/// signs what it looks like before it has a boundary, and the signature is wrong (messaging.md 3.6).
const SIGNED: [&str; 10] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
];

/// The shortest key that receivers take, in bytes (RFC 8301, 3.2: 1024 bits; 2048 are advised).
const KEY_BYTES_MIN: usize = 128;

/// Signs mail with the key of the settings.
pub struct Signer {
    config: DkimConfig,
    key: RsaPrivateKey,
    name: String,
}

impl Signer {
    /// For the settings; none when they name no key.
    ///
    /// # Errors
    /// A text for the operator that names the key of the setting.
    pub fn load(settings: &Settings) -> Result<Option<Signer>, String> {
        if settings.dkim_key_file.as_os_str().is_empty() {
            return Ok(None);
        }
        let failed = |why: &str| format!("configuration: mail.dkim_key_file: {why}");
        let key = read_key(&settings.dkim_key_file).map_err(|e| failed(&e))?;
        if key.size() < KEY_BYTES_MIN {
            return Err(failed(&format!(
                "the key has {} bits, and receivers take none of fewer than 1024; make one of 2048",
                key.size() * 8
            )));
        }
        // lettre reads keys as PKCS#1 only.
        let pem = key.to_pkcs1_pem(LineEnding::LF).map_err(|e| failed(&e.to_string()))?;
        let signing = DkimSigningKey::new(&pem, DkimSigningAlgorithm::Rsa).map_err(|e| failed(&e.to_string()))?;
        let (selector, domain) = (settings.dkim_selector.clone(), settings.dkim_domain.clone());
        let relaxed = DkimCanonicalization {
            header: DkimCanonicalizationType::Relaxed,
            body: DkimCanonicalizationType::Relaxed,
        };
        let headers = SIGNED.map(HeaderName::new_from_ascii_str).to_vec();
        Ok(Some(Signer {
            name: format!("{selector}._domainkey.{domain}"),
            config: DkimConfig::new(selector, domain, signing, headers, relaxed),
            key,
        }))
    }

    /// Adds the signature. Nothing of the mail may be changed afterwards.
    pub(super) fn sign(&self, message: &mut Message) {
        message.sign(&self.config);
    }

    /// Name and value of the TXT record by which receivers check the signature (RFC 6376, 3.6.1).
    ///
    /// # Errors
    /// A text for the operator.
    pub fn record(&self) -> Result<(String, String), String> {
        let public = self
            .key
            .to_public_key()
            .to_public_key_der()
            .map_err(|e| e.to_string())?;
        let value = format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public.as_bytes()));
        Ok((self.name.clone(), value))
    }
}

/// A private RSA key in PEM: PKCS#8, as `openssl genrsa` writes it today, or PKCS#1, as it did before.
fn read_key(path: &Path) -> Result<RsaPrivateKey, String> {
    let shown = path.display();
    let pem = std::fs::read_to_string(path).map_err(|e| format!("{shown}: {e}"))?;
    RsaPrivateKey::from_pkcs8_pem(&pem)
        .or_else(|_| RsaPrivateKey::from_pkcs1_pem(&pem))
        .map_err(|_neither| {
            format!(
                "{shown}: holds no private RSA key in PEM without a password; openssl genrsa -out FILE 2048 makes one"
            )
        })
}
