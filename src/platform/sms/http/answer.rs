//! What a described gateway's answer comes to.

use regex::Regex;

use super::super::super::clock::Instant;
use super::super::super::config::gateways::{self, Charset, Http as Settings, Place};
use super::super::super::outcome::Outcome;
use super::super::call::{Answer, at, cut};
use super::super::codes::{Class, outcome};
use super::Fault;

/// Where something stands in an answer.
enum Find {
    Nowhere,
    Pointer(String),
    Regex(Regex),
}

/// Reads answers by the description.
pub(super) struct Reader {
    http: Vec<u16>,
    success: Find,
    equals: Vec<String>,
    message_id: Find,
    rules: Vec<(Regex, Class)>,
    charset: Charset,
}

fn compiled(key: &str, source: &str) -> Result<Regex, Fault> {
    Regex::new(source).map_err(|e| (key.to_owned(), e.to_string()))
}

impl Find {
    fn new(key: &str, place: &Place) -> Result<Find, Fault> {
        match (place.pointer.as_str(), place.regex.as_str()) {
            ("", "") => Ok(Find::Nowhere),
            (pointer, "") if pointer.starts_with('/') => Ok(Find::Pointer(pointer.to_owned())),
            ("", regex) => compiled(&format!("{key}.regex"), regex).map(Find::Regex),
            (_, "") => Err((format!("{key}.pointer"), "must begin with \"/\"".into())),
            _ => Err((
                format!("{key}.regex"),
                "give a pointer or a regular expression, not both".into(),
            )),
        }
    }
    fn in_answer(&self, json: &serde_json::Value, text: &str) -> Option<String> {
        match self {
            Find::Nowhere => None,
            Find::Pointer(pointer) => Some(at(json, pointer)).filter(|found| !found.is_empty()),
            Find::Regex(regex) => {
                let found = regex.captures(text)?;
                let group = found.get(1).or_else(|| found.get(0))?;
                Some(group.as_str().to_owned())
            }
        }
    }
}

impl Reader {
    /// Parses the description.
    pub fn new(settings: &Settings) -> Result<Reader, Fault> {
        let success = Place {
            pointer: settings.success.pointer.clone(),
            regex: settings.success.regex.clone(),
        };
        let rules = settings.rules.iter().enumerate().map(|(i, rule)| {
            let key = format!("rules[{i}].regex");
            Ok((compiled(&key, &rule.regex)?, class_of(rule.class)))
        });
        Ok(Reader {
            http: settings.success.http.clone(),
            success: Find::new("success", &success)?,
            equals: settings.success.equals.clone(),
            message_id: Find::new("message_id", &settings.message_id)?,
            rules: rules.collect::<Result<_, Fault>>()?,
            charset: settings.charset,
        })
    }

    /// What an answer comes to.
    pub fn classify(&self, answer: &Answer, handed_over: Instant) -> Outcome {
        let said = match self.charset {
            Charset::Utf8 => answer.text(),
            Charset::Gbk => encoding_rs::GBK.decode(&answer.body).0.trim().to_owned(),
        };
        let json = serde_json::from_str(&said).unwrap_or_default();
        if self.is_success(answer.status, &json, &said) {
            return Outcome::Accepted {
                id: self.message_id.in_answer(&json, &said),
            };
        }
        let status = answer.status.to_string();
        let whole = format!("{status} {said}");
        if let Some((_, class)) = self.rules.iter().find(|(regex, _)| regex.is_match(&whole)) {
            return match class {
                Class::Passing => Outcome::Passing {
                    retry_after: answer.retry_after,
                    text: cut(&whole),
                },
                Class::Busy => Outcome::Busy {
                    retry_after: answer.retry_after,
                    text: cut(&whole),
                },
                class => outcome(*class, handed_over, (&status, &said)),
            };
        }
        match answer.status {
            401 | 403 | 429 | 500..=599 => answer.by_status(&said),
            // The gateway has answered, and not with what it says when it takes a text.
            _ => outcome(Class::Permanent, handed_over, (&status, &said)),
        }
    }

    fn is_success(&self, status: u16, json: &serde_json::Value, said: &str) -> bool {
        if !self.http.contains(&status) {
            return false;
        }
        if matches!(self.success, Find::Nowhere) {
            return true;
        }
        let found = self.success.in_answer(json, said);
        found.is_some_and(|found| self.equals.is_empty() || self.equals.contains(&found))
    }
}

fn class_of(class: gateways::Class) -> Class {
    match class {
        gateways::Class::Permanent => Class::Permanent,
        gateways::Class::OptedOut => Class::OptedOut,
        gateways::Class::Elsewhere => Class::Elsewhere,
        gateways::Class::Passing => Class::Passing,
        gateways::Class::Busy => Class::Busy,
        gateways::Class::NextDay => Class::NextDay,
        gateways::Class::Config => Class::Config,
        gateways::Class::Unknown => Class::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::config::gateways::{Rule, Success};
    use super::*;

    fn reader(settings: &Settings) -> Reader {
        Reader::new(settings)
            .map_err(|(key, why)| format!("{key}: {why}"))
            .expect("reads")
    }

    fn classified(reader: &Reader, status: u16, body: &str) -> Outcome {
        let answer = Answer {
            status,
            retry_after: None,
            body: body.into(),
        };
        reader.classify(&answer, Instant(0))
    }

    #[test]
    fn shapes_of_answers() {
        let kannel = reader(&Settings {
            success: Success {
                http: vec![202],
                regex: "^[03]: ".into(),
                ..Success::default()
            },
            ..Settings::default()
        });
        assert_eq!(classified(&kannel, 202, "0: Accepted for delivery").code(), "accepted");
        assert_eq!(classified(&kannel, 202, "4: ?").code(), "permanent");
        assert_eq!(classified(&kannel, 403, "Authorization failed").code(), "config");
        assert_eq!(classified(&kannel, 503, "Temporal failure").code(), "busy");
        let jasmin = reader(&Settings {
            success: Success {
                regex: "^Success \"".into(),
                ..Success::default()
            },
            message_id: Place {
                regex: "\"(.*)\"".into(),
                ..Place::default()
            },
            ..Settings::default()
        });
        let accepted = Outcome::Accepted { id: Some("u-1".into()) };
        assert_eq!(classified(&jasmin, 200, "Success \"u-1\""), accepted);
    }

    #[test]
    fn rules_decide_what_is_no_success() {
        let small = reader(&Settings {
            success: Success {
                pointer: "/code".into(),
                equals: vec!["0".into()],
                ..Success::default()
            },
            message_id: Place {
                pointer: "/data/0/id".into(),
                ..Place::default()
            },
            rules: [
                ("^200 .*\"code\":10[^0-9]", gateways::Class::OptedOut),
                ("balance", gateways::Class::Config),
                ("\"code\":7[^0-9]", gateways::Class::NextDay),
                ("\"code\":8[^0-9]", gateways::Class::Passing),
                ("\"code\":9[^0-9]", gateways::Class::Unknown),
            ]
            .map(|(regex, class)| Rule {
                regex: regex.into(),
                class,
            })
            .into(),
            ..Settings::default()
        });
        let accepted = Outcome::Accepted { id: Some("77".into()) };
        assert_eq!(classified(&small, 200, r#"{"code":0,"data":[{"id":77}]}"#), accepted);
        for (status, body, class) in [
            (200, r#"{"code":10}"#, "opted-out"),
            (200, r#"{"code":3,"msg":"no balance"}"#, "config"),
            (200, r#"{"code":7}"#, "postponed"),
            (200, r#"{"code":8}"#, "passing"),
            (200, r#"{"code":9}"#, "unknown"),
            (200, r#"{"code":2}"#, "permanent"),
            (200, "", "permanent"),
            (500, "", "unknown"),
            (429, "", "busy"),
        ] {
            assert_eq!(classified(&small, status, body).code(), class, "{status} {body}");
        }
    }

    #[test]
    fn faults_name_their_key() {
        for (settings, key) in [
            (
                Settings {
                    rules: vec![Rule {
                        regex: "(".into(),
                        class: gateways::Class::Config,
                    }],
                    ..Settings::default()
                },
                "rules[0].regex",
            ),
            (
                Settings {
                    message_id: Place {
                        pointer: "id".into(),
                        ..Place::default()
                    },
                    ..Settings::default()
                },
                "message_id.pointer",
            ),
            (
                Settings {
                    success: Success {
                        pointer: "/a".into(),
                        regex: "b".into(),
                        ..Success::default()
                    },
                    ..Settings::default()
                },
                "success.regex",
            ),
        ] {
            assert_eq!(Reader::new(&settings).err().map(|(key, _)| key).as_deref(), Some(key));
        }
    }
}
