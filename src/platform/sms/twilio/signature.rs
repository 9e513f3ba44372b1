//! `X-Twilio-Signature`: base64 of HMAC-SHA1, by the auth token, over the address and the fields in order.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use super::super::super::config::Secret;

fn sign(token: &Secret, url: &str, fields: &[(String, String)]) -> String {
    // HMAC takes keys of any length: this cannot fail.
    let Ok(mut mac) = <Hmac<Sha1> as hmac::digest::KeyInit>::new_from_slice(token.0.as_bytes()) else {
        return String::new();
    };
    mac.update(url.as_bytes());
    let mut sorted: Vec<&(String, String)> = fields.iter().collect();
    sorted.sort();
    sorted.dedup();
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Whether a call was signed with the token. Twilio writes the default port into some addresses and not into others.
pub(super) fn is_right(token: &Secret, (url, fields): (&str, &[(String, String)]), signature: &str) -> bool {
    let right = |url: &str| bool::from(sign(token, url, fields).as_bytes().ct_eq(signature.as_bytes()));
    !token.0.is_empty() && (right(url) || right(&with_other_port(url)))
}

/// The same address with its default port if it has none, or without it if it has.
fn with_other_port(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(at).unwrap_or((rest, ""));
    let port = if scheme == "https" { ":443" } else { ":80" };
    match host.strip_suffix(port) {
        Some(bare) => format!("{scheme}://{bare}{path}"),
        None => format!("{scheme}://{host}{port}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_published_example() {
        let token = Secret("12345".into());
        let fields = fields(&[
            ("Digits", "1234"),
            ("CallSid", "CA1234567890ABCDE"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
            ("From", "+14158675309"),
        ]);
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
        assert_eq!(sign(&token, url, &fields), signature);
        assert!(is_right(&token, (url, &fields), signature));
        let mut twice = fields.clone();
        twice.push(("Digits".into(), "1234".into()));
        assert!(is_right(&token, (url, &twice), signature));
        twice.push(("Digits".into(), "12345".into()));
        assert!(!is_right(&token, (url, &twice), signature));
        assert!(is_right(
            &token,
            ("https://mycompany.com:443/myapp.php?foo=1&bar=2", &fields),
            signature
        ));
        for (token, url) in [
            ("12346", url),
            ("", url),
            ("12345", "https://mycompany.com/myapp.php?foo=1&bar=3"),
            ("12345", "http://mycompany.com/myapp.php?foo=1&bar=2"),
        ] {
            assert!(
                !is_right(&Secret(token.into()), (url, &fields), signature),
                "{token} {url}"
            );
        }
        assert!(!is_right(
            &Secret(String::new()),
            (url, &fields),
            &sign(&Secret(String::new()), url, &fields)
        ));
    }

    #[test]
    fn default_ports_come_and_go() {
        for (url, other) in [
            ("https://c.example/a", "https://c.example:443/a"),
            ("https://c.example:443/a?b", "https://c.example/a?b"),
            ("http://c.example", "http://c.example:80"),
        ] {
            assert_eq!(with_other_port(url), other);
        }
    }
}
