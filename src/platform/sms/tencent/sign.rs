//! Tencent's signature of version 3, TC3-HMAC-SHA256: a key derived from day and service signs the hash of the request.

use super::super::super::clock::{Instant, SECOND_MS};
use super::super::super::config::Secret;
use super::super::super::ids::hex;
use super::super::call::{hmac_sha256, sha256_hex};

const ALGORITHM: &str = "TC3-HMAC-SHA256";
const SERVICE: &str = "sms";
/// Signed, and so to be sent to the letter.
pub(super) const CONTENT_TYPE: &str = "application/json; charset=utf-8";
const SIGNED: &str = "content-type;host";

/// Seconds since 1970.
pub(super) fn seconds(now: Instant) -> i64 {
    now.0.div_euclid(SECOND_MS)
}

/// The header `Authorization` of a POST with this body.
pub(super) fn authorization((key_id, secret): (&str, &Secret), host: &str, now: Instant, body: &str) -> String {
    let request = format!(
        "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\n\n{SIGNED}\n{}",
        sha256_hex(body.as_bytes())
    );
    // The day is UTC's.
    let day = now.utc().format("%Y-%m-%d").to_string();
    let scope = format!("{day}/{SERVICE}/tc3_request");
    let signed = format!(
        "{ALGORITHM}\n{}\n{scope}\n{}",
        seconds(now),
        sha256_hex(request.as_bytes())
    );
    let mut key = format!("TC3{}", secret.0).into_bytes();
    for part in [day.as_str(), SERVICE, "tc3_request"] {
        key = hmac_sha256(&key, part.as_bytes());
    }
    let signature = hex(&hmac_sha256(&key, signed.as_bytes()));
    format!("{ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={SIGNED}, Signature={signature}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example that Tencent's SDK 3.1.153 agrees with (messaging.md 1.6).
    #[test]
    fn the_worked_example() {
        let body = r#"{"PhoneNumberSet":["+8613800138000"],"SmsSdkAppId":"1400006666","SignName":"微笑口腔","TemplateId":"1110","TemplateParamSet":["11月24日 09:30"],"SessionContext":"m42"}"#;
        let secret = Secret("SECRETtest".into());
        let now = Instant(1_795_418_332_000);
        assert_eq!(
            authorization(("AKIDtest", &secret), "sms.tencentcloudapi.com", now, body),
            "TC3-HMAC-SHA256 Credential=AKIDtest/2026-11-23/sms/tc3_request, SignedHeaders=content-type;host, \
             Signature=db2587007b9e89705150e3cce5e0dff4fd14741aa9375137e542544d2aae8ac1"
        );
    }
}
