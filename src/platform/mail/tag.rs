//! What a mail is called wherever something about it comes back: in its `Message-ID`, and in the sender of its envelope, to
//! which bounces go (VERP). It is the message's row and a signature, so that nobody can invent a bounce.
//!
//! Form: `ROW.MAC`, the first 10 bytes of an HMAC-SHA-256 in lower-case hex: mail servers may change the case of an address.

use subtle::ConstantTimeEq;

use super::super::crypto::Keys;
use super::super::ids::hex;

const PURPOSE: &str = "mail";
const MAC_BYTES: usize = 10;

/// The most characters of a tag: 19 digits, a dot, the signature.
pub const TAG_MAX: usize = 19 + 1 + 2 * MAC_BYTES;

/// The tag of a message's row.
pub fn make(keys: &Keys, id: i64) -> String {
    format!("{id}.{}", mac(keys, id))
}

/// The row of a tag of ours; none for any other text.
pub fn read(keys: &Keys, tag: &str) -> Option<i64> {
    let (id, given) = tag.split_once('.')?;
    let id: i64 = id.parse().ok()?;
    let right = given.to_ascii_lowercase();
    bool::from(right.as_bytes().ct_eq(mac(keys, id).as_bytes())).then_some(id)
}

/// The row of an address such as `bounce+TAG@clinic.example`.
pub fn in_address(keys: &Keys, address: &str) -> Option<i64> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, tag) = local.rsplit_once('+')?;
    read(keys, tag)
}

/// The row of a `Message-ID` of ours, with or without its brackets.
pub fn in_message_id(keys: &Keys, id: &str) -> Option<i64> {
    let id = id.trim().trim_start_matches('<');
    let (local, _) = id.split_once('@')?;
    read(keys, local.strip_prefix('m')?)
}

/// `<mTAG@domain>`
pub(super) fn message_id(tag: &str, domain: &str) -> String {
    format!("<m{tag}@{domain}>")
}

fn mac(keys: &Keys, id: i64) -> String {
    let whole = keys.sign(PURPOSE, &[&id.to_be_bytes()]);
    hex(whole.get(..MAC_BYTES).unwrap_or(&[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_its_row_and_no_other() {
        let keys = Keys::from_master(&[7; 32]);
        let tag = make(&keys, 42);
        assert!(tag.len() <= TAG_MAX);
        assert_eq!(read(&keys, &tag), Some(42));
        assert_eq!(
            in_address(&keys, &format!("Bounce+{}@clinic.example", tag.to_uppercase())),
            Some(42)
        );
        assert_eq!(in_message_id(&keys, &message_id(&tag, "clinic.example")), Some(42));
        let other = tag.replacen("42", "43", 1);
        for not in [other.as_str(), "42", "42.", "", ".", "x.y", "42.00000000000000000000"] {
            assert_eq!(read(&keys, not), None, "{not}");
        }
        assert_eq!(read(&Keys::from_master(&[8; 32]), &tag), None);
        assert_eq!(in_address(&keys, &format!("{tag}@clinic.example")), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in ".{0,80}") {
            let keys = Keys::from_master(&[7; 32]);
            proptest::prop_assert!(in_address(&keys, &text).is_none() && in_message_id(&keys, &text).is_none());
        }
    }
}
