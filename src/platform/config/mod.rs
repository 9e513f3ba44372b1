//! Configuration: compiled in ([`DEFAULTS`]), then a file, then the environment. Checked at start; every error names its key.

mod checked;
pub mod gateways;
mod layers;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use chrono_tz::Tz;
use serde::{Deserialize, Deserializer};

use crate::platform::db::{DatabaseUrl, PoolSizes};
use crate::platform::i18n::Lang;

pub use layers::DEFAULT_FILE;

/// `config/default.toml`, the list of all keys.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// All settings. Field by field what `config/default.toml` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub secrets: Secrets,
    pub clinic: Clinic,
    pub security: Security,
    pub jobs: Jobs,
    pub alarms: Alarms,
    pub dispatch: Dispatch,
    pub mail: Mail,
    pub sms: Sms,
    pub documents: Documents,
    pub texts: Texts,
    pub log: Log,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Server {
    #[serde(deserialize_with = "parsed")]
    pub listen: SocketAddr,
    pub public_url: String,
    pub workers: usize,
    pub shutdown_seconds: u64,
    #[serde(deserialize_with = "parsed_list")]
    pub trusted_proxies: Vec<IpAddr>,
    #[serde(deserialize_with = "parsed_list")]
    pub metrics_from: Vec<IpAddr>,
}

impl Server {
    /// The whole address of a path, as people outside open it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.trim_end_matches('/'))
    }
}

/// `[documents]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Documents {
    pub max_megabytes: u16,
    pub enclose_megabytes: u16,
}

impl Documents {
    /// Bytes of a file at most.
    pub fn max_bytes(&self) -> usize {
        usize::from(self.max_megabytes) * 1024 * 1024
    }
    /// Bytes that go with an email at most.
    pub fn enclose_bytes(&self) -> usize {
        usize::from(self.enclose_megabytes) * 1024 * 1024
    }
}

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Database {
    pub url: String,
    pub readers: u32,
    pub writers: u32,
}

/// `[secrets]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Secrets {
    pub key: Secret,
    pub key_file: PathBuf,
}

/// `[clinic]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Clinic {
    pub name: String,
    #[serde(deserialize_with = "parsed")]
    pub zone: Tz,
    pub language: Lang,
    pub currency: String,
    pub country: String,
}

/// `[security]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Security {
    pub session_idle_minutes: i64,
    pub lock_idle_minutes: i64,
    pub session_hours: i64,
    pub sign_in_failures: i64,
    pub sign_in_window_minutes: i64,
}

/// `[jobs]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Jobs {
    #[serde(deserialize_with = "parsed")]
    pub plan_messages: cron::Schedule,
    #[serde(deserialize_with = "parsed")]
    pub dispatch: cron::Schedule,
    #[serde(deserialize_with = "parsed")]
    pub clean_up: cron::Schedule,
    #[serde(deserialize_with = "parsed")]
    pub lapse_offers: cron::Schedule,
    #[serde(deserialize_with = "parsed")]
    pub ask_waiting: cron::Schedule,
    #[serde(deserialize_with = "parsed")]
    pub read_mailbox: cron::Schedule,
    #[serde(deserialize_with = "parsed")]
    pub ask_gateways: cron::Schedule,
    #[serde(deserialize_with = "parsed")]
    pub forecast: cron::Schedule,
    #[serde(deserialize_with = "parsed")]
    pub recalls: cron::Schedule,
}

/// `[alarms]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Alarms {
    pub email_to: String,
}

/// `[dispatch]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Dispatch {
    pub batch: i64,
    pub concurrency: usize,
    pub lease_seconds: i64,
    pub send_timeout_seconds: u64,
    pub retry_seconds: Vec<i64>,
    pub uncertain_minutes: i64,
}

/// `[mail]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Mail {
    pub transport: MailTransport,
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub user: String,
    pub password: Secret,
    pub from: String,
    pub rate_per_second: f64,
    pub concurrency: usize,
    pub ca_file: String,
    pub dkim_domain: String,
    pub dkim_selector: String,
    pub dkim_key_file: PathBuf,
    pub bounce_to: String,
    pub inbound_token: Secret,
    pub imap_host: String,
    pub imap_port: u16,
    pub imap_user: String,
    pub imap_password: Secret,
    pub imap_folder: String,
}

/// `mail.transport`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum MailTransport {
    Capture,
    Smtp,
    Off,
}

/// `mail.tls`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum Tls {
    Starttls,
    Tls,
    None,
}

/// `[sms]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Sms {
    #[serde(rename = "use")]
    pub order: Vec<String>,
    pub max_segments: i32,
    #[serde(deserialize_with = "parsed_list")]
    pub allow_from: Vec<IpAddr>,
    #[serde(deserialize_with = "gateways::read")]
    pub gateways: BTreeMap<String, gateways::Gateway>,
}

impl Sms {
    /// The gateways in the order in which they are used, with their names. None: text messages are off.
    pub fn used(&self) -> impl Iterator<Item = (&str, &gateways::Gateway)> {
        self.order
            .iter()
            .filter_map(|name| Some((name.as_str(), self.gateways.get(name)?)))
    }
    /// What a part of a text costs by the gateway that is used first; none: not known.
    pub fn price_per_part(&self) -> Option<f64> {
        self.used().next()?.1.price_per_part
    }
    /// Whether texts only stay on the Messages page.
    pub fn captured(&self) -> bool {
        !self.order.is_empty() && self.used().all(|(_, g)| matches!(g.kind, gateways::Kind::Capture))
    }
    /// Nothing but this gateway.
    pub fn only(&mut self, name: &str, gateway: impl Into<gateways::Gateway>) {
        self.order = vec![name.to_owned()];
        self.gateways = BTreeMap::from([(name.to_owned(), gateway.into())]);
    }
}

/// `[texts]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Texts {
    pub advertising_words: Vec<String>,
    pub forbidden_words: Vec<String>,
    pub health_words: Vec<String>,
    pub allowed_words: Vec<String>,
    pub shorteners: Vec<String>,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Log {
    pub filter: String,
    pub format: LogFormat,
}

/// `log.format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum LogFormat {
    Text,
    Json,
}

/// A text that is never printed.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(hidden)" })
    }
}

fn parsed<'de, T, D>(d: D) -> Result<T, D::Error>
where
    T: std::str::FromStr,
    T::Err: fmt::Display,
    D: Deserializer<'de>,
{
    let text = String::deserialize(d)?;
    text.parse()
        .map_err(|e| serde::de::Error::custom(format!("{text:?}: {e}")))
}

fn parsed_list<'de, T, D>(d: D) -> Result<Vec<T>, D::Error>
where
    T: std::str::FromStr,
    T::Err: fmt::Display,
    D: Deserializer<'de>,
{
    Vec::<String>::deserialize(d)?
        .iter()
        .map(|text| {
            text.trim()
                .parse()
                .map_err(|e| serde::de::Error::custom(format!("{text:?}: {e}")))
        })
        .collect()
}

impl Config {
    /// The parsed `database.url`.
    pub fn database_url(&self) -> Result<DatabaseUrl, String> {
        DatabaseUrl::parse(&self.database.url)
    }
    /// The sizes of the connection pools.
    pub fn pool_sizes(&self) -> PoolSizes {
        PoolSizes {
            readers: self.database.readers,
            writers: self.database.writers,
        }
    }
    /// Whether cookies are to be sent over TLS only.
    pub fn secure_cookies(&self) -> bool {
        self.server.public_url.starts_with("https://")
    }
}
