//! `[sms.gateways.NAME]`: gateways for text messages. What each kind may be told stands in `config/default.toml`.

mod described;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::Secret;

pub use described::{
    Auth, Charset, Class, ContentType, Http, HttpInbound, HttpReport, Method, NumberFormat, Place, ReportStatus, Rule,
    Success, TextEncoding,
};

/// Texts a second and calls at once that a gateway gets when nobody says otherwise.
const RATE: f64 = 10.0;
const CONCURRENCY: usize = 4;

/// `[sms.gateways.NAME]`
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Which contract it speaks, with its settings.
    pub kind: Kind,
    /// Texts a second at most, of one instance.
    pub rate_per_second: f64,
    /// Calls at once at most, of one instance.
    pub concurrency: usize,
    /// What a part of a text costs, in the clinic's currency; none: not known.
    pub price_per_part: Option<f64>,
}

/// `kind`
#[derive(Debug, Clone)]
pub enum Kind {
    /// Texts stay on the Messages page.
    Capture,
    /// Kannel's `sendsms`.
    Kannel(Kannel),
    /// Twilio Messages.
    Twilio(Twilio),
    /// Aliyun Dysmsapi 2017-05-25.
    Aliyun(Aliyun),
    /// Tencent Cloud SMS 2021-01-11.
    Tencent(Tencent),
    /// Any other, by description.
    Http(Box<Http>),
}

impl From<Kind> for Gateway {
    fn from(kind: Kind) -> Gateway {
        Gateway {
            kind,
            rate_per_second: RATE,
            concurrency: CONCURRENCY,
            price_per_part: None,
        }
    }
}

/// `kind = "kannel"`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Kannel {
    pub url: String,
    pub user: String,
    pub password: Secret,
    pub sender: String,
}

/// `kind = "twilio"`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Twilio {
    pub url: String,
    pub account: String,
    pub token: Secret,
    pub key: String,
    pub key_secret: Secret,
    pub sender: String,
    pub service: String,
    pub validity_seconds: u32,
}

impl Default for Twilio {
    fn default() -> Twilio {
        Twilio {
            url: "https://api.twilio.com".into(),
            account: String::new(),
            token: Secret::default(),
            key: String::new(),
            key_secret: Secret::default(),
            sender: String::new(),
            service: String::new(),
            validity_seconds: 14_400,
        }
    }
}

/// `kind = "aliyun"`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Aliyun {
    pub url: String,
    pub key_id: String,
    pub key_secret: Secret,
    pub signature: String,
    pub callback_secret: Secret,
}

impl Default for Aliyun {
    fn default() -> Aliyun {
        Aliyun {
            url: "https://dysmsapi.aliyuncs.com".into(),
            key_id: String::new(),
            key_secret: Secret::default(),
            signature: String::new(),
            callback_secret: Secret::default(),
        }
    }
}

/// `kind = "tencent"`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Tencent {
    pub url: String,
    pub region: String,
    pub key_id: String,
    pub key_secret: Secret,
    pub app_id: String,
    pub signature: String,
    pub callback_secret: Secret,
    pub pull: bool,
}

impl Default for Tencent {
    fn default() -> Tencent {
        Tencent {
            url: "https://sms.tencentcloudapi.com".into(),
            region: "ap-guangzhou".into(),
            key_id: String::new(),
            key_secret: Secret::default(),
            app_id: String::new(),
            signature: String::new(),
            callback_secret: Secret::default(),
            pull: false,
        }
    }
}

/// Reads all of them; an error names the gateway and what is wrong with it.
pub(super) fn read<'de, D: Deserializer<'de>>(d: D) -> Result<BTreeMap<String, Gateway>, D::Error> {
    let all = BTreeMap::<String, config::Value>::deserialize(d)?;
    all.into_iter()
        .map(|(name, value)| match gateway(value) {
            Ok(gateway) => Ok((name, gateway)),
            Err(why) => Err(serde::de::Error::custom(format!("sms.gateways.{name}{why}"))),
        })
        .collect()
}

/// What follows the gateway's name in an error: `.key: why` or `: why`.
fn gateway(value: config::Value) -> Result<Gateway, String> {
    let mut table = value
        .into_table()
        .map_err(|_else| ": must be a section with a kind".to_owned())?;
    let kind = table.remove("kind").map(config::Value::into_string).transpose();
    let kind = kind.ok().flatten().unwrap_or_default();
    let rate = table.remove("rate_per_second").map(config::Value::into_float);
    let rate = rate
        .transpose()
        .map_err(|_else| ".rate_per_second: must be a number".to_owned())?;
    let concurrency = table.remove("concurrency").map(config::Value::into_uint);
    let concurrency = concurrency
        .transpose()
        .map_err(|_else| ".concurrency: must be a whole number".to_owned())?;
    let price = table.remove("price_per_part").map(config::Value::into_float);
    let price_per_part = price
        .transpose()
        .map_err(|_else| ".price_per_part: must be a number".to_owned())?;
    let rest = config::Value::new(None, config::ValueKind::Table(table));
    let kind = match kind.as_str() {
        "capture" => own::<Nothing>(rest).map(|Nothing {}| Kind::Capture),
        "kannel" => own(rest).map(Kind::Kannel),
        "twilio" => own(rest).map(Kind::Twilio),
        "aliyun" => own(rest).map(Kind::Aliyun),
        "tencent" => own(rest).map(Kind::Tencent),
        "http" => own(rest).map(|http| Kind::Http(Box::new(http))),
        other => {
            return Err(format!(
                ".kind: is {other:?}; it must be capture, kannel, twilio, aliyun, tencent or http"
            ));
        }
    };
    Ok(Gateway {
        kind: kind.map_err(|e| format!(": {e}"))?,
        rate_per_second: rate.unwrap_or(RATE),
        concurrency: concurrency.map_or(CONCURRENCY, |n| usize::try_from(n).unwrap_or(usize::MAX)),
        price_per_part,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The settings of one kind: unknown keys and wrong values are told with their name.
fn own<T: serde::de::DeserializeOwned>(rest: config::Value) -> Result<T, String> {
    rest.try_deserialize().map_err(|e| e.to_string())
}
