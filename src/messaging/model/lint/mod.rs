//! What speaks against sending a text, though it can be filled in: words and links that carriers or the law forbid, what is
//! missing where the clinic is, characters that cost. Faults keep a text from being saved; of the rest the editor warns.

mod links;
mod plain;
mod signs;
mod size;
mod uneven;
mod words;

pub use plain::{beyond_gsm, plain};
pub use size::extent;
pub use uneven::uneven;

use serde_json::{Map, Value};

use super::faults::warnings;
use super::template::{Draft, render};
use super::variables::sample;
use super::{Carrier, Purpose};
use crate::platform::config::Texts;
use crate::platform::i18n::{Lang, Text};

/// What texts have to go by where this clinic is.
#[derive(Debug, Clone)]
pub struct House {
    /// ISO country of the clinic.
    pub country: String,
    /// Host of our own links.
    pub host: String,
    /// Whether our own links are without TLS, as on a machine that is tried out.
    pub bare: bool,
    /// Words and links that are looked for.
    pub texts: Texts,
    /// Whether a gateway in use takes our text as it stands to Chinese networks, which want the sender in 【】 before it.
    pub signed: bool,
    /// Kinds of gateways in use that send approved templates.
    pub providers: Vec<&'static str>,
    /// Longer texts are not sent.
    pub parts_max: i32,
}

/// A text that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// How it travels.
    pub carrier: Carrier,
    /// Its language.
    pub language: Lang,
    /// What it is for.
    pub purpose: Option<Purpose>,
    /// As it is typed.
    pub draft: &'a Draft,
    /// Kinds of gateways for which an approved template is entered.
    pub entered: &'a [String],
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// Whether it keeps the text from being saved.
    pub fault: bool,
    /// `subject` or `body`.
    pub field: &'static str,
    /// For people.
    pub text: Text,
}

impl Lint {
    fn fault(field: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Lint {
        Lint {
            fault: true,
            field,
            text: Text::new(zh, en),
        }
    }
    fn warning(field: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Lint {
        Lint {
            fault: false,
            ..Lint::fault(field, zh, en)
        }
    }
    fn when(fault: bool, field: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Lint {
        Lint {
            fault,
            ..Lint::fault(field, zh, en)
        }
    }
}

/// What speaks against a text that has no fault in itself, the worst first. `values`: variables to fill it in with.
pub fn lint(house: &House, of: &Written<'_>, values: &Map<String, Value>) -> Vec<Lint> {
    let mut found = words::lint(house, of);
    found.extend(links::lint(house, of));
    found.extend(without_link(of));
    if of.carrier == Carrier::Sms {
        let filled = render(of.draft, values).map(|r| r.body).unwrap_or_default();
        found.extend(signs::lint(house, of, &filled));
        found.extend(way_out(house, of));
        found.extend(providers(house, of));
    }
    found.extend(warnings(of.purpose, of.draft).into_iter().map(|text| Lint {
        fault: false,
        field: "body",
        text,
    }));
    found.sort_by_key(|l| !l.fault);
    found
}

/// The two texts of a draft by the names of their fields.
fn fields<'a>(of: &Written<'a>) -> Vec<(&'static str, &'a str)> {
    let body = ("body", of.draft.body.as_str());
    match of.carrier {
        Carrier::Sms => vec![body],
        Carrier::Email => vec![("subject", of.draft.subject.as_str()), body],
    }
}

/// A text without what stands in braces, which is replaced by a sign that nobody types.
fn literal(source: &str) -> String {
    let mut out = String::new();
    let mut rest = source;
    while let Some(begin) = rest.find('{') {
        let (before, tag) = rest.split_at(begin);
        out.push_str(before);
        let close = match tag.get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => "",
        };
        let end = if close.is_empty() {
            1
        } else {
            tag.find(close).map_or(tag.len(), |at| at + close.len())
        };
        out.push('\u{1}');
        rest = tag.get(end..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// Commercial texts say how to refuse them, where the law wants it: in China as `拒收请回复R`, elsewhere as `Reply STOP`.
fn way_out(house: &House, of: &Written<'_>) -> Option<Lint> {
    if !of.purpose.is_some_and(Purpose::is_marketing) {
        return None;
    }
    let body = of.draft.body.to_uppercase();
    let words: &[&str] = if house.country == "CN" {
        &["拒收请回复", "回复R", "退订", "回T", "回复T", "回R", "STOP"]
    } else {
        &["STOP", "退订", "拒收"]
    };
    (!words.iter().any(|w| body.contains(w))).then(|| {
        Lint::fault(
            "body",
            "没有写如何退订，推广类短信必须写，例如“拒收请回复R”",
            "It does not say how to opt out, as commercial texts have to: such as \"Reply STOP to opt out\"",
        )
    })
}

/// Some texts are nothing without their link: what is sent beside words opens by it, and a stranger's booking is confirmed by it.
fn without_link(of: &Written<'_>) -> Option<Lint> {
    let name = match of.purpose? {
        Purpose::Documents => "documents_link",
        Purpose::Verification => "link",
        _ => return None,
    };
    let values = sample(of.purpose, of.language);
    let filled = render(of.draft, &values).ok()?;
    let link = values.get(name)?.as_str()?;
    (!filled.body.contains(link)).then(|| {
        Lint::fault(
            "body",
            format!("没有链接，患者收到也无从打开：请加上 {{{{ {name} }}}}"),
            format!("It has no link, and is nothing to the patient without: add {{{{ {name} }}}}"),
        )
    })
}

/// A gateway that sends approved templates has none for this text.
fn providers(house: &House, of: &Written<'_>) -> Vec<Lint> {
    let lacks = |kind: &&&str| !of.entered.iter().any(|e| e == **kind);
    let lint = |kind: &&str| {
        let name = crate::platform::sms::PROVIDERS.iter().find(|(k, _)| k == kind);
        let (zh, en) = name.map_or((*kind, *kind), |(_, names)| *names);
        Lint::warning(
            "body",
            format!("没有填写{zh}的模板编号：经它发送会失败"),
            format!("{en} has no approved template for it: sent that way it fails"),
        )
    };
    house.providers.iter().filter(lacks).map(lint).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::shipped;
    use super::*;
    use crate::platform::config::Config;

    pub fn house(country: &str) -> House {
        let config = Config::defaults().expect("defaults");
        House {
            country: country.into(),
            host: "clinic.example".into(),
            bare: false,
            texts: config.texts,
            signed: country == "CN",
            providers: Vec::new(),
            parts_max: 6,
        }
    }

    pub fn found(house: &House, purpose: Purpose, language: Lang, body: &str) -> Vec<(bool, String)> {
        let draft = Draft {
            subject: String::new(),
            body: body.into(),
        };
        let written = Written {
            carrier: Carrier::Sms,
            language,
            purpose: Some(purpose),
            draft: &draft,
            entered: &[],
        };
        let list = lint(house, &written, &sample(Some(purpose), language));
        list.into_iter().map(|l| (l.fault, l.text.en)).collect()
    }

    #[test]
    fn nothing_is_found_in_what_is_shipped() {
        for country in ["CN", "GB"] {
            for template in shipped() {
                for language in [Lang::Zh, Lang::En] {
                    let sms = Draft {
                        subject: String::new(),
                        body: language.pick(template.sms.0, template.sms.1).into(),
                    };
                    let email = Draft {
                        subject: language.pick(template.subject.0, template.subject.1).into(),
                        body: language.pick(template.email.0, template.email.1).into(),
                    };
                    for (carrier, draft) in [(Carrier::Sms, &sms), (Carrier::Email, &email)] {
                        let purpose = Some(template.purpose);
                        let written = Written {
                            carrier,
                            language,
                            purpose,
                            draft,
                            entered: &[],
                        };
                        let list = lint(&house(country), &written, &sample(purpose, language));
                        let faults: Vec<_> = list.iter().filter(|l| l.fault).collect();
                        assert!(faults.is_empty(), "{} {country} {faults:?}", template.code);
                    }
                }
            }
        }
    }

    #[test]
    fn who_may_not_be_written_to_without_a_way_out() {
        let cn = house("CN");
        let lacks = |list: Vec<(bool, String)>| list.iter().any(|(fault, en)| *fault && en.contains("opt out"));
        assert!(lacks(found(
            &cn,
            Purpose::Birthday,
            Lang::Zh,
            "【{{ clinic }}】生日快乐"
        )));
        assert!(!lacks(found(
            &cn,
            Purpose::Birthday,
            Lang::Zh,
            "【{{ clinic }}】生日快乐，拒收请回复R"
        )));
        assert!(!lacks(found(&cn, Purpose::FollowUp, Lang::Zh, "【{{ clinic }}】您好")));
        let gb = house("GB");
        assert!(lacks(found(&gb, Purpose::Recall, Lang::En, "Time for a check-up")));
        assert!(!lacks(found(
            &gb,
            Purpose::Recall,
            Lang::En,
            "Check-up? Reply stop to opt out"
        )));
    }

    #[test]
    fn what_opens_by_a_link_has_it() {
        let lacks = |purpose, body: &str| {
            let list = found(&house("GB"), purpose, Lang::En, body);
            list.iter().any(|(fault, en)| *fault && en.contains("no link"))
        };
        assert!(lacks(Purpose::Documents, "We have sent you {{ documents }}"));
        assert!(lacks(
            Purpose::Documents,
            "{% if documents_link is defined %}Open it{% endif %}"
        ));
        assert!(!lacks(Purpose::Documents, "{{ documents }}: {{ documents_link }}"));
        assert!(lacks(Purpose::Verification, "Come at {{ time }}"));
        assert!(!lacks(
            Purpose::Verification,
            "{% if link is defined %}{{ link }}{% endif %}"
        ));
        assert!(!lacks(Purpose::Campaign, "Come again. Reply STOP to opt out"));
    }

    #[test]
    fn a_gateway_of_approved_templates_wants_one() {
        let mut cn = house("CN");
        cn.providers = vec!["aliyun"];
        let list = found(&cn, Purpose::FollowUp, Lang::Zh, "【{{ clinic }}】您好");
        assert!(
            list.iter()
                .any(|(fault, en)| !fault && en.contains("approved template")),
            "{list:?}"
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_typed_breaks_it(body in "[-{}%#a-z【】第一最好http:/.\n 😀’]{0,80}") {
            let _list = found(&house("CN"), Purpose::Birthday, Lang::Zh, &body);
            proptest::prop_assert!(!literal(&body).contains("{{"));
        }
    }
}
