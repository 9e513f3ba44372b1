//! The installation's secret key: sealing of single columns, blind indexes over them, and signatures.
//!
//! One 32-byte master key; each use has its own key derived from it (HMAC-SHA-256 over the use's name), so that a
//! signature says nothing about a seal.

use std::path::Path;

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::config::Secrets;
use super::ids::hex;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// First character of a sealed value: which format and key sealed it.
const FORMAT: &str = "1";

/// The keys in use. Cheap to clone; never printed.
#[derive(Clone)]
pub struct Keys {
    seal: [u8; KEY_BYTES],
    index: [u8; KEY_BYTES],
    sign: [u8; KEY_BYTES],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(hidden)")
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length: this cannot fail.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::digest::KeyInit>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in parts {
        // Length first, so that no two lists of parts have the same bytes.
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl Keys {
    /// From 32 master bytes.
    pub fn from_master(master: &[u8; KEY_BYTES]) -> Keys {
        Keys {
            seal: mac(master, &[b"seal"]),
            index: mac(master, &[b"index"]),
            sign: mac(master, &[b"sign"]),
        }
    }

    /// From the configuration: the key itself, or the file, which is made (readable by its owner only) when missing.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn load(secrets: &Secrets) -> Result<Keys, String> {
        const FORM: &str = "64 hexadecimal digits (32 random bytes)";
        if !secrets.key.0.is_empty() {
            let bytes = unhex(secrets.key.0.trim()).ok_or_else(|| format!("secrets.key: must be {FORM}"))?;
            return Ok(Keys::from_master(&bytes));
        }
        let path = &secrets.key_file;
        let bytes = unhex(read_or_make(path)?.trim()).ok_or_else(|| {
            format!(
                "secrets.key_file: {} does not hold {FORM}; put back the one that this database was set up with, from your \
                 backup (for a new installation: remove the file, and a new one is made)",
                path.display()
            )
        })?;
        Ok(Keys::from_master(&bytes))
    }

    /// Encrypts `plain` for one place (`table.column` and row); it opens nowhere else.
    pub fn seal(&self, place: &str, plain: &str) -> Option<String> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let cipher = Aes256GcmSiv::new_from_slice(&self.seal).ok()?;
        let sealed = cipher
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: plain.as_bytes(),
                    aad: place.as_bytes(),
                },
            )
            .ok()?;
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Some(format!("{FORMAT}{}", STANDARD_NO_PAD.encode(bytes)))
    }

    /// The text that [`Keys::seal`] sealed for `place`; `None` if it was sealed elsewhere, by another key, or altered.
    pub fn open(&self, place: &str, sealed: &str) -> Option<String> {
        let bytes = STANDARD_NO_PAD.decode(sealed.strip_prefix(FORMAT)?).ok()?;
        let (nonce, body) = bytes.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let cipher = Aes256GcmSiv::new_from_slice(&self.seal).ok()?;
        let plain = cipher
            .decrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: body,
                    aad: place.as_bytes(),
                },
            )
            .ok()?;
        String::from_utf8(plain).ok()
    }

    /// A searchable stand-in for a sealed value: equal values have equal indexes, and nothing else can be read from it.
    pub fn blind_index(&self, place: &str, value: &str) -> String {
        hex(&mac(&self.index, &[place.as_bytes(), value.as_bytes()]))
    }

    /// A signature over `parts` for one purpose.
    pub fn sign(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut all: Vec<&[u8]> = vec![purpose.as_bytes()];
        all.extend(parts);
        mac(&self.sign, &all)
    }

    /// Names the key without telling it; kept in the database so that a wrong key is noticed at start.
    pub fn fingerprint(&self) -> String {
        hex(self.sign("fingerprint", &[]).get(..8).unwrap_or(&[]))
    }
}

fn read_or_make(path: &Path) -> Result<String, String> {
    use std::io::{ErrorKind, Write};
    let failed = |e: std::io::Error| {
        format!(
            "secrets.key_file: cannot use {}: {e}; it must be a file that this user may read, in a folder where it may be made, \
             or give the key itself in secrets.key",
            path.display()
        )
    };
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let text = new_key();
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path).map_err(failed)?;
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(failed)?;
            Ok(text)
        }
        Err(e) => Err(failed(e)),
    }
}

/// A key as the key file holds it, of random bytes.
pub fn new_key() -> String {
    let bytes: [u8; KEY_BYTES] = rand::random();
    hex(&bytes)
}

fn unhex(text: &str) -> Option<[u8; KEY_BYTES]> {
    if text.len() != KEY_BYTES * 2 || !text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = (0..KEY_BYTES)
        .map(|i| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok())
        .collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_only_in_its_place() {
        let keys = Keys::from_master(&[7; 32]);
        let sealed = keys
            .seal("patients.national_id/1", "330106201109066435")
            .expect("sealed");
        assert!(!sealed.contains("3301"));
        assert_eq!(
            keys.open("patients.national_id/1", &sealed).as_deref(),
            Some("330106201109066435")
        );
        assert_eq!(keys.open("patients.national_id/2", &sealed), None);
        assert_eq!(
            Keys::from_master(&[8; 32]).open("patients.national_id/1", &sealed),
            None
        );
    }
    #[test]
    fn parts_do_not_run_together() {
        let keys = Keys::from_master(&[7; 32]);
        assert_ne!(keys.sign("p", &[b"ab", b"c"]), keys.sign("p", &[b"a", b"bc"]));
    }
    #[test]
    fn a_key_is_64_hex_digits() {
        assert!(unhex(&"0f".repeat(32)).is_some());
        assert!(unhex("short").is_none());
        assert!(unhex(&"zz".repeat(32)).is_none());
    }
}
