//! Signed links for people without a login: one purpose, one subject, an end. Nothing is stored, so nothing can be stolen
//! from the database; changing the key ends them all.
//!
//! Form: `base64url(subject: 8 bytes ‖ ends_at: 6 bytes, ms ‖ first 16 bytes of HMAC-SHA-256)`, 40 characters.
//! The reader's page shows on GET and acts on POST, since mail scanners and previews open links.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::clock::Instant;
use super::config::Server;
use super::crypto::Keys;

const MAC_BYTES: usize = 16;
const SUBJECT_BYTES: usize = 8;
const ENDS_BYTES: usize = 6;

/// What whole links are made with: the keys that sign them, and where the clinic is on the web.
#[derive(Clone)]
pub struct PublicLinks {
    /// Signs.
    pub keys: Keys,
    server: Server,
}

impl PublicLinks {
    /// For a service with these settings.
    pub fn new(keys: &Keys, server: &Server) -> PublicLinks {
        PublicLinks {
            keys: keys.clone(),
            server: server.clone(),
        }
    }
    /// The whole address of a path.
    pub fn url(&self, path: &str) -> String {
        self.server.url(path)
    }
}

/// Why a link does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkError {
    /// Not one of ours, or altered.
    Wrong,
    /// Ours, but its time is over.
    Ended,
}

/// The token for `subject`, good until `ends_at`.
pub fn make(keys: &Keys, purpose: &str, subject: i64, ends_at: Instant) -> String {
    let mut bytes = Vec::with_capacity(SUBJECT_BYTES + ENDS_BYTES + MAC_BYTES);
    bytes.extend(subject.to_be_bytes());
    bytes.extend(ends_at.0.to_be_bytes().iter().skip(8 - ENDS_BYTES));
    let mac = keys.sign(purpose, &[&bytes]);
    bytes.extend(mac.iter().take(MAC_BYTES));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The subject of a token made for `purpose`, while its time is not over.
pub fn open(keys: &Keys, purpose: &str, token: &str, now: Instant) -> Result<i64, LinkError> {
    let (subject, ends_at) = read(keys, purpose, token)?;
    if now < ends_at {
        Ok(subject)
    } else {
        Err(LinkError::Ended)
    }
}

/// The subject of a token made for `purpose` and when its time ends, for callers that know better whether it is over.
///
/// # Errors
/// `Wrong` only.
pub fn read(keys: &Keys, purpose: &str, token: &str) -> Result<(i64, Instant), LinkError> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_not_base64| LinkError::Wrong)?;
    let (body, mac) = bytes
        .split_at_checked(SUBJECT_BYTES + ENDS_BYTES)
        .ok_or(LinkError::Wrong)?;
    let expected = keys.sign(purpose, &[body]);
    let expected = expected.get(..MAC_BYTES).ok_or(LinkError::Wrong)?;
    if mac.len() != MAC_BYTES || !bool::from(mac.ct_eq(expected)) {
        return Err(LinkError::Wrong);
    }
    let (subject, ends) = body.split_at_checked(SUBJECT_BYTES).ok_or(LinkError::Wrong)?;
    let subject = i64::from_be_bytes(subject.try_into().map_err(|_length| LinkError::Wrong)?);
    let ends_at = ends.iter().fold(0_i64, |n, b| (n << 8) | i64::from(*b));
    Ok((subject, Instant(ends_at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_refused() {
        let keys = Keys::from_master(&[3; 32]);
        let now = Instant(1_795_000_000_000);
        let token = make(&keys, "visit", 42, now + 1000);
        assert_eq!(token.len(), 40);
        assert_eq!(open(&keys, "visit", &token, now), Ok(42));
        assert_eq!(open(&keys, "visit", &token, now + 1000), Err(LinkError::Ended));
        assert_eq!(open(&keys, "survey", &token, now), Err(LinkError::Wrong));
        let bytes = URL_SAFE_NO_PAD.decode(&token).expect("base64");
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            if let Some(b) = altered.get_mut(bit / 8) {
                *b ^= 1 << (bit % 8);
            }
            assert_eq!(
                open(&keys, "visit", &URL_SAFE_NO_PAD.encode(altered), now),
                Err(LinkError::Wrong),
                "bit {bit}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in ".{0,80}") {
            proptest::prop_assert!(open(&Keys::from_master(&[3; 32]), "visit", &text, Instant(0)).is_err());
        }
    }
}
