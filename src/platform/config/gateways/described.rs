//! `kind = "http"`: a gateway by description.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::Secret;

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
    Elsewhere,
    Passing,
    Busy,
    NextDay,
    Config,
    Unknown,
}

/// `report`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents every key once")]
pub struct HttpReport {
    pub url: String,
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
