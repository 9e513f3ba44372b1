//! What of the settings can be read, but makes no sense: told at start, with the key and what is possible.

use std::fmt::Display;

use super::gateways::{Gateway, Kind, Twilio};
use super::{Config, Mail, MailTransport, Secret};
use crate::platform::mail::Signer;
use crate::platform::mail::tag::TAG_MAX;

/// Every setting for itself, then those that have to fit together.
pub(super) fn check(c: &Config) -> Result<(), String> {
    server(c)?;
    security(c)?;
    dispatch(c)?;
    mail(c)?;
    sms(c)?;
    within("documents.max_megabytes", &c.documents.max_megabytes, 1, 50)?;
    within("documents.enclose_megabytes", &c.documents.enclose_megabytes, 0, 20)?;
    if !c.alarms.email_to.is_empty() && c.alarms.email_to.parse::<lettre::Address>().is_err() {
        return wrong("alarms.email_to", "must be an email address, or empty");
    }
    if c.clinic.country.len() != 2 || !c.clinic.country.chars().all(|l| l.is_ascii_uppercase()) {
        return wrong("clinic.country", "must be a two-letter ISO country code such as CN");
    }
    Ok(())
}

fn wrong(key: &str, why: &str) -> Result<(), String> {
    Err(format!("configuration: {key}: {why}"))
}

/// A number and what it may be.
fn within<T: PartialOrd + Display>(key: &str, value: &T, low: T, high: T) -> Result<(), String> {
    if (&low..=&high).contains(&value) {
        return Ok(());
    }
    wrong(key, &format!("is {value}; it must be from {low} to {high}"))
}

/// An address of the web that has a host.
fn is_web_address(text: &str) -> bool {
    let scheme = text.starts_with("http://") || text.starts_with("https://");
    let odd = |c: char| c.is_whitespace() || c.is_control();
    let host = || reqwest::Url::parse(text).is_ok_and(|url| url.host_str().is_some_and(|host| !host.is_empty()));
    scheme && !text.contains(odd) && host()
}

fn server(c: &Config) -> Result<(), String> {
    let url = &c.server.public_url;
    if !is_web_address(url) || url.contains(['?', '#', '@']) {
        return wrong(
            "server.public_url",
            "must begin with http:// or https:// and name a host, such as https://clinic.example",
        );
    }
    within("server.workers", &c.server.workers, 0, 1024)?;
    within("server.shutdown_seconds", &c.server.shutdown_seconds, 0, 3600)?;
    within("database.readers", &c.database.readers, 1, 1000)?;
    within("database.writers", &c.database.writers, 1, 1000)
}

fn security(c: &Config) -> Result<(), String> {
    let s = &c.security;
    within("security.session_idle_minutes", &s.session_idle_minutes, 1, 10_080)?;
    within("security.lock_idle_minutes", &s.lock_idle_minutes, 0, 1440)?;
    within("security.session_hours", &s.session_hours, 1, 720)?;
    within("security.sign_in_failures", &s.sign_in_failures, 1, 1000)?;
    within("security.sign_in_window_minutes", &s.sign_in_window_minutes, 1, 1440)
}

fn dispatch(c: &Config) -> Result<(), String> {
    let d = &c.dispatch;
    within("dispatch.batch", &d.batch, 1, 10_000)?;
    within("dispatch.concurrency", &d.concurrency, 1, 1000)?;
    within("dispatch.send_timeout_seconds", &d.send_timeout_seconds, 1, 600)?;
    within("dispatch.lease_seconds", &d.lease_seconds, 1, 86_400)?;
    within("dispatch.uncertain_minutes", &d.uncertain_minutes, 1, 10_080)?;
    // A sender may take a little longer than its limit, and its answer has to be written down.
    if u64::try_from(d.lease_seconds).unwrap_or(0) < d.send_timeout_seconds + 5 {
        return wrong(
            "dispatch.lease_seconds",
            "must be at least 5 seconds longer than dispatch.send_timeout_seconds",
        );
    }
    d.retry_seconds
        .iter()
        .try_for_each(|wait| within("dispatch.retry_seconds", wait, 1, 604_800))
}

fn mail(c: &Config) -> Result<(), String> {
    within("mail.port", &c.mail.port, 1, u16::MAX)?;
    within("mail.rate_per_second", &c.mail.rate_per_second, 0.1, 10_000.0)?;
    within("mail.concurrency", &c.mail.concurrency, 1, 1000)?;
    dkim(&c.mail)?;
    bounces(&c.mail)?;
    if c.mail.transport != MailTransport::Smtp {
        return Ok(());
    }
    if c.mail.host.is_empty() {
        return wrong("mail.host", "is empty, but mail.transport is smtp");
    }
    let Ok(from) = c.mail.from.parse::<lettre::message::Mailbox>() else {
        return wrong(
            "mail.from",
            "must be an address such as \"Clinic <desk@clinic.example>\"",
        );
    };
    let (signer, sender) = (c.mail.dkim_domain.to_lowercase(), from.email.domain().to_lowercase());
    if !signer.is_empty() && !is_part_of(&sender, &signer) && !is_part_of(&signer, &sender) {
        return wrong(
            "mail.dkim_domain",
            &format!(
                "is {signer}, but mail.from is of {sender}: receivers want the signature of the sender's own domain"
            ),
        );
    }
    // Read once more when mail is sent; here, before a database is made.
    Signer::load(&c.mail).map(drop)
}

/// Whether a domain is another one or lies in it.
fn is_part_of(domain: &str, of: &str) -> bool {
    domain
        .strip_suffix(of)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// All three or none.
fn dkim(mail: &Mail) -> Result<(), String> {
    let given = [
        ("mail.dkim_domain", !mail.dkim_domain.is_empty()),
        ("mail.dkim_selector", !mail.dkim_selector.is_empty()),
        ("mail.dkim_key_file", !mail.dkim_key_file.as_os_str().is_empty()),
    ];
    let some = given.iter().find(|(_, is)| *is);
    let missing = given.iter().find(|(_, is)| !*is);
    if let (Some((there, _)), Some((key, _))) = (some, missing) {
        return wrong(
            key,
            &format!("is empty, but {there} is set: a signature needs all three"),
        );
    }
    for (key, name) in [
        ("mail.dkim_domain", &mail.dkim_domain),
        ("mail.dkim_selector", &mail.dkim_selector),
    ] {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !name.chars().all(fits) || name.starts_with('.') || name.ends_with('.') {
            return wrong(
                key,
                "must be letters, digits, hyphens and dots, such as clinic.example or chairside2026",
            );
        }
    }
    Ok(())
}

/// Longest left side of an address (RFC 5321, 4.5.3.1.1).
const LOCAL_MAX: usize = 64;
/// A token that cannot be guessed is at least so long.
const TOKEN_MIN: usize = 20;

fn bounces(mail: &Mail) -> Result<(), String> {
    if !mail.bounce_to.is_empty() {
        let Ok(address) = mail.bounce_to.parse::<lettre::Address>() else {
            return wrong(
                "mail.bounce_to",
                "must be an address alone, such as bounce@clinic.example",
            );
        };
        // A plus and the message's tag come between.
        let room = LOCAL_MAX - 1 - TAG_MAX;
        if address.user().contains('+') || address.user().len() > room {
            return wrong(
                "mail.bounce_to",
                &format!("must have at most {room} characters before the @, and no plus: +… is added to it"),
            );
        }
    }
    within("mail.imap_port", &mail.imap_port, 1, u16::MAX)?;
    if !mail.imap_host.is_empty() {
        for (key, empty) in [
            ("mail.imap_user", mail.imap_user.is_empty()),
            ("mail.imap_password", mail.imap_password.0.is_empty()),
            ("mail.imap_folder", mail.imap_folder.is_empty()),
        ] {
            if empty {
                return wrong(key, "is empty, but mail.imap_host is set");
            }
        }
    }
    let token = mail.inbound_token.0.chars().count();
    if (1..TOKEN_MIN).contains(&token) {
        return wrong(
            "mail.inbound_token",
            &format!("must have at least {TOKEN_MIN} characters"),
        );
    }
    Ok(())
}

fn sms(c: &Config) -> Result<(), String> {
    within("sms.max_segments", &c.sms.max_segments, 1, 255)?;
    for (i, name) in c.sms.order.iter().enumerate() {
        if !c.sms.gateways.contains_key(name) {
            return wrong("sms.use", &format!("there is no section [sms.gateways.{name}]"));
        }
        if c.sms.order.iter().take(i).any(|earlier| earlier == name) {
            return wrong("sms.use", &format!("names {name} twice"));
        }
    }
    c.sms.gateways.iter().try_for_each(|(name, g)| gateway(name, g))
}

/// Longest name of a gateway, in letters: it stands in addresses.
const NAME_MAX: usize = 32;
/// A secret in an address is not to be guessed, and is to stand there as it is.
const CALLBACK_SECRET_MIN: usize = 16;

fn gateway(name: &str, g: &Gateway) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(plain) || name.len() > NAME_MAX {
        return wrong(
            &format!("sms.gateways.{name}"),
            "a gateway's name is of small letters, digits and \"-\", and begins with a letter",
        );
    }
    let key = |key: &str| format!("sms.gateways.{name}.{key}");
    within(&key("rate_per_second"), &g.rate_per_second, 0.1, 10_000.0)?;
    within(&key("concurrency"), &g.concurrency, 1, 1000)?;
    within(&key("price_per_part"), &g.price_per_part.unwrap_or(0.0), 0.0, 1000.0)?;
    let needed = |of: &str, value: &str| match value.trim() {
        "" => wrong(&key(of), "is empty, but this kind of gateway needs it"),
        _ => Ok(()),
    };
    let url = |url: &str| match is_web_address(url) {
        true => Ok(()),
        false => wrong(&key("url"), "must begin with http:// or https:// and name a host"),
    };
    match &g.kind {
        Kind::Capture => Ok(()),
        Kind::Kannel(k) => match is_web_address(&k.url) {
            true => Ok(()),
            false => wrong(
                &key("url"),
                "must be the address of Kannel's sendsms, such as http://127.0.0.1:13013/cgi-bin/sendsms",
            ),
        },
        Kind::Twilio(t) => url(&t.url).and_then(|()| twilio(&key, t)),
        Kind::Aliyun(a) => {
            url(&a.url)?;
            needed("key_id", &a.key_id)?;
            needed("key_secret", &a.key_secret.0)?;
            needed("signature", &a.signature)?;
            callback_secret(&key("callback_secret"), &a.callback_secret)
        }
        Kind::Tencent(t) => {
            url(&t.url)?;
            needed("region", &t.region)?;
            needed("key_id", &t.key_id)?;
            needed("key_secret", &t.key_secret.0)?;
            needed("app_id", &t.app_id)?;
            needed("signature", &t.signature)?;
            callback_secret(&key("callback_secret"), &t.callback_secret)
        }
        Kind::Http(h) => {
            callback_secret(&key("callback_secret"), &h.callback_secret)?;
            crate::platform::sms::check_description(h)
                .map_err(|(of, why)| format!("configuration: {}: {why}", key(&of)))
        }
    }
}

fn twilio(key: &dyn Fn(&str) -> String, t: &Twilio) -> Result<(), String> {
    if !t.account.starts_with("AC") || !t.account.chars().all(|c| c.is_ascii_alphanumeric()) {
        return wrong(&key("account"), "must be an account SID, which begins with AC");
    }
    if t.token.0.is_empty() {
        return wrong(&key("token"), "is empty, but Twilio's calls are checked with it");
    }
    if t.key.is_empty() != t.key_secret.0.is_empty() {
        return wrong(
            &key("key_secret"),
            "key and key_secret are given together or not at all",
        );
    }
    if t.sender.is_empty() == t.service.is_empty() {
        return wrong(&key("sender"), "give a sender or a messaging service, not both");
    }
    within(&key("validity_seconds"), &t.validity_seconds, 1, 36_000)
}

fn callback_secret(key: &str, secret: &Secret) -> Result<(), String> {
    let s = &secret.0;
    let fits = s.len() >= CALLBACK_SECRET_MIN && s.chars().all(|c| c.is_ascii_alphanumeric());
    if s.is_empty() || fits {
        return Ok(());
    }
    wrong(key, "must be at least 16 letters and digits: it stands in an address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_its_own_or_lies_in_another() {
        assert!(is_part_of("clinic.example", "clinic.example") && is_part_of("mail.clinic.example", "clinic.example"));
        assert!(!is_part_of("myclinic.example", "clinic.example") && !is_part_of("example", "clinic.example"));
    }

    #[test]
    fn an_address_has_a_host() {
        for right in [
            "http://127.0.0.1:8080",
            "https://clinic.example",
            "https://clinic.example/app",
            "http://[::1]:80",
        ] {
            assert!(is_web_address(right), "{right}");
        }
        for not in [
            "",
            "http://",
            "https://",
            "httpfoo",
            "http:clinic",
            "ftp://x",
            "http:// x",
            "http://x\n",
            "http://:80",
        ] {
            assert!(!is_web_address(not), "{not:?}");
        }
    }
}
