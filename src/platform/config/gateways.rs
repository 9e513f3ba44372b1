//! `[sms.gateways.NAME]`: gateways for text messages. What each kind may be told stands in `config/default.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::Secret;

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

/// `kind = "http"`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Http {
    pub url: String,
    pub method: Method,
    pub content_type: ContentType,
    pub body: String,
    pub charset: Charset,
    pub text_encoding: TextEncoding,
    pub number_format: NumberFormat,
    pub auth: Auth,
    pub user: String,
    pub password: Secret,
    pub sender: String,
    pub signature: String,
    pub template: bool,
    pub callback_secret: Secret,
    pub headers: BTreeMap<String, String>,
    pub success: Success,
    pub message_id: Place,
    pub rules: Vec<Rule>,
    pub report: HttpReport,
    pub inbound: HttpInbound,
}

impl Default for Http {
    fn default() -> Http {
        Http {
            url: String::new(),
            method: Method::Post,
            content_type: ContentType::Form,
            body: String::new(),
            charset: Charset::Utf8,
            text_encoding: TextEncoding::Plain,
            number_format: NumberFormat::E164,
            auth: Auth::None,
            user: String::new(),
            password: Secret::default(),
            sender: String::new(),
            signature: String::new(),
            template: false,
            callback_secret: Secret::default(),
            headers: BTreeMap::new(),
            success: Success::default(),
            message_id: Place::default(),
            rules: Vec::new(),
            report: HttpReport::default(),
            inbound: HttpInbound::default(),
        }
    }
}

/// `method`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum Method {
    Get,
    Post,
}

/// `content_type`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum ContentType {
    Form,
    Json,
    Xml,
    Raw,
}

/// `charset`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum Charset {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "gbk")]
    Gbk,
}

/// `text_encoding`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum TextEncoding {
    #[serde(rename = "plain")]
    Plain,
    #[serde(rename = "hex-utf16be")]
    HexUtf16be,
}

/// `number_format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum NumberFormat {
    E164,
    Digits,
    National,
}

/// `auth`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum Auth {
    None,
    Basic,
    Bearer,
}

/// `success`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Success {
    pub http: Vec<u16>,
    pub pointer: String,
    pub regex: String,
    pub equals: Vec<String>,
}

impl Default for Success {
    fn default() -> Success {
        Success {
            http: vec![200],
            pointer: String::new(),
            regex: String::new(),
            equals: Vec::new(),
        }
    }
}

/// Where something stands in an answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Place {
    pub pointer: String,
    pub regex: String,
}

/// `rules`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct Rule {
    pub regex: String,
    pub class: Class,
}

/// `class`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum Class {
    Permanent,
    OptedOut,
    Passing,
    NextDay,
    Config,
    Unknown,
}

/// `report`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct HttpReport {
    pub items: String,
    pub reference: String,
    pub id: String,
    pub status: String,
    pub said: String,
    pub map: BTreeMap<String, ReportStatus>,
    pub answer: String,
}

/// What `report.map` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "config/default.toml documents every value once")]
pub enum ReportStatus {
    Delivered,
    Failed,
    Expired,
    Rejected,
    Accepted,
    Buffered,
}

/// `inbound`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct HttpInbound {
    pub items: String,
    pub from: String,
    pub text: String,
    pub id: String,
    pub answer: String,
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
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The settings of one kind: unknown keys and wrong values are told with their name.
fn own<T: serde::de::DeserializeOwned>(rest: config::Value) -> Result<T, String> {
    rest.try_deserialize().map_err(|e| e.to_string())
}
