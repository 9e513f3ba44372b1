//! Aliyun's signature of version 3, ACS3-HMAC-SHA256 (help.aliyun.com/document_detail/315526): no derived keys, one HMAC over
//! the hash of the canonical request.

use super::super::super::clock::Instant;
use super::super::super::config::Secret;
use super::super::super::ids::hex;
use super::super::call::{hmac_sha256, sha256_hex};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const VERSION: &str = "2017-05-25";

/// A request without a body, as it is signed.
pub(super) struct Request<'a> {
    pub host: &'a str,
    pub action: &'static str,
    pub query: &'a [(&'a str, &'a str)],
    pub date: &'a str,
    pub nonce: &'a str,
}

/// A time as Aliyun writes it.
pub(super) fn date(now: Instant) -> String {
    now.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Request<'_> {
    /// The query, sorted and escaped: as it is signed and as it is sent.
    pub fn query(&self) -> String {
        let mut pairs: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        pairs.sort();
        pairs.join("&")
    }
    /// What is signed besides, in the order in which it is.
    pub fn headers(&self) -> [(&'static str, String); 6] {
        [
            ("host", self.host.to_owned()),
            ("x-acs-action", self.action.to_owned()),
            ("x-acs-content-sha256", sha256_hex(b"")),
            ("x-acs-date", self.date.to_owned()),
            ("x-acs-signature-nonce", self.nonce.to_owned()),
            ("x-acs-version", VERSION.to_owned()),
        ]
    }
    /// The header `Authorization`.
    pub fn authorization(&self, key_id: &str, secret: &Secret) -> String {
        let headers = self.headers();
        let lines: String = headers.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
        let names = headers.map(|(n, _)| n).join(";");
        let request = format!("POST\n/\n{}\n{lines}\n{names}\n{}", self.query(), sha256_hex(b""));
        let signed = format!("{ALGORITHM}\n{}", sha256_hex(request.as_bytes()));
        let signature = hex(&hmac_sha256(secret.0.as_bytes(), signed.as_bytes()));
        format!("{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}")
    }
}

/// By RFC 3986: everything but the unreserved characters.
fn escaped(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
            out.push(char::from(b));
        } else {
            let _infallible = write!(out, "%{b:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example that Aliyun's SDK 4.6.0 agrees with (messaging.md 1.5).
    #[test]
    fn the_worked_example() {
        let request = Request {
            host: "dysmsapi.aliyuncs.com",
            action: "SendSms",
            query: &[
                ("PhoneNumbers", "13800138000"),
                ("SignName", "微笑口腔"),
                ("TemplateCode", "SMS_123456"),
                ("TemplateParam", r#"{"t":"11月24日 09:30"}"#),
                ("OutId", "m42"),
            ],
            date: "2026-11-23T07:18:50Z",
            nonce: "d0bec3d85d502a10602a1489a172804b",
        };
        assert_eq!(
            request.authorization("testid", &Secret("testsecret".into())),
            "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;\
             x-acs-signature-nonce;x-acs-version,\
             Signature=0386082bad5a7180da1b1614249e3f1dc1daab868c0c3a298a01225875388366"
        );
        let now = Instant::parse_rfc3339("2026-11-23T15:18:50+08:00").expect("time");
        assert_eq!(date(now), "2026-11-23T07:18:50Z");
        assert_eq!(escaped("a b*~+/^é"), "a%20b%2A~%2B%2F%5E%C3%A9");
    }
}
