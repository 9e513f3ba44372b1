//! Configuration: compiled in ([`DEFAULTS`]), then a file, then the environment. Checked at start; every error names its key.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use serde::{Deserialize, Deserializer};

use super::db::{DatabaseUrl, PoolSizes};
use super::i18n::Lang;

/// `config/default.toml`, the list of all keys.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");
/// Read when no `--config` is given and it exists.
pub const DEFAULT_FILE: &str = "chairside.toml";
const ENV_PREFIX: &str = "CHAIRSIDE";

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
    pub dispatch: Dispatch,
    pub mail: Mail,
    pub sms: Sms,
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
    pub ca_file: String,
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
    pub transport: SmsTransport,
    pub url: String,
    pub user: String,
    pub password: Secret,
    pub sender: String,
    pub max_segments: i32,
    #[serde(deserialize_with = "parsed_list")]
    pub allow_from: Vec<IpAddr>,
}

/// `sms.transport`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum SmsTransport {
    Capture,
    Kannel,
    Off,
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
    /// Reads the three layers. `file`: the one given by the user, which must exist; else [`DEFAULT_FILE`] if there is one.
    ///
    /// # Errors
    /// A text for the operator that names the key.
    pub fn load(file: Option<&Path>) -> Result<Config, String> {
        let mut layers =
            config::Config::builder().add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml));
        layers = match file {
            Some(path) => layers.add_source(config::File::from(path).format(config::FileFormat::Toml).required(true)),
            None => layers.add_source(config::File::new(DEFAULT_FILE, config::FileFormat::Toml).required(false)),
        };
        let environment = config::Environment::with_prefix(ENV_PREFIX)
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("server.trusted_proxies")
            .with_list_parse_key("sms.allow_from")
            .with_list_parse_key("dispatch.retry_seconds");
        let config: Config = layers
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|e| format!("configuration: {e} (all keys: chairside config)"))?;
        config.checked()
    }

    /// The compiled-in settings alone: what tests start from.
    pub fn defaults() -> Result<Config, String> {
        config::Config::builder()
            .add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml))
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|e| format!("configuration: {e}"))
    }

    fn checked(self) -> Result<Config, String> {
        let wrong = |key: &str, why: &str| Err(format!("configuration: {key}: {why}"));
        if !self.server.public_url.starts_with("http://") && !self.server.public_url.starts_with("https://") {
            return wrong("server.public_url", "must begin with http:// or https://");
        }
        if self.mail.transport == MailTransport::Smtp {
            if self.mail.host.is_empty() {
                return wrong("mail.host", "is empty, but mail.transport is smtp");
            }
            if self.mail.from.parse::<lettre::message::Mailbox>().is_err() {
                return wrong(
                    "mail.from",
                    "must be an address such as \"Clinic <desk@clinic.example>\"",
                );
            }
        }
        if self.sms.transport == SmsTransport::Kannel && !self.sms.url.starts_with("http") {
            return wrong(
                "sms.url",
                "must be the address of Kannel's sendsms, such as http://127.0.0.1:13013/cgi-bin/sendsms",
            );
        }
        if u64::try_from(self.dispatch.lease_seconds).unwrap_or(0) <= self.dispatch.send_timeout_seconds {
            return wrong(
                "dispatch.lease_seconds",
                "must be longer than dispatch.send_timeout_seconds",
            );
        }
        if self.dispatch.retry_seconds.iter().any(|s| *s < 1) {
            return wrong("dispatch.retry_seconds", "every wait must be at least 1 second");
        }
        if self.clinic.country.len() != 2 {
            return wrong("clinic.country", "must be a two-letter ISO country code such as CN");
        }
        Ok(self)
    }

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
