//! What is said and asked on the phone: scripts, their questions, and what answers mean. Pure.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::model::Alarm;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;

/// A text in both languages, as scripts store it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}
impl Words {
    /// The text in `lang`.
    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// One possible answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Stored form.
    pub value: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// How worrying it is.
    #[serde(default)]
    pub level: Alarm,
    /// What to do then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<Words>,
}

/// One question of the form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Stored name.
    pub key: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// The answer that "remaining answers normal" gives; none: it has to be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal: Option<String>,
    /// Shown as a scale of numbers.
    #[serde(default)]
    pub scale: bool,
    /// The possible answers.
    pub options: Vec<Choice>,
}
impl Question {
    /// The question in `lang`.
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}
impl Choice {
    /// The answer in `lang`.
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// What patients ask, and the answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faq {
    /// Question.
    pub q: Words,
    /// Answer.
    pub a: Words,
}

/// The part of a script that is stored as JSON.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// In the order they are asked.
    pub questions: Vec<Question>,
    /// Patients' common questions.
    pub faq: Vec<Faq>,
}

/// A script.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Script {
    /// Stable short name.
    pub code: String,
    /// For people.
    pub name: Words,
    /// First sentence, with placeholders: see `Fill`.
    pub opening: Words,
    /// Last sentence.
    pub closing: Words,
    /// Questions and common questions.
    #[serde(flatten)]
    pub sheet: Sheet,
}

/// The scripts a new installation begins with.
///
/// # Errors
/// `Internal` when the compiled-in file is broken (a test reads it).
pub fn first_scripts() -> Result<Vec<Script>> {
    serde_json::from_str(include_str!("scripts.json")).map_err(|e| Error::Internal(format!("scripts.json: {e}")))
}

/// Answers by question.
pub type Answers = BTreeMap<String, Option<String>>;

/// One answer that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How worrying.
    pub level: Alarm,
    /// `张口 / 麻木：麻木`
    pub what: Words,
    /// What to do.
    pub advice: Option<Words>,
}

impl Sheet {
    /// The answers to this sheet's questions out of `given`; what was not answered, and what is no answer of the question,
    /// is `None`.
    pub fn answers(&self, given: impl Fn(&str) -> Option<String>) -> Answers {
        let answer = |q: &Question| given(&q.key).filter(|a| q.options.iter().any(|o| o.value == *a));
        self.questions.iter().map(|q| (q.key.clone(), answer(q))).collect()
    }
    /// What was answered, in words: `出血：无`.
    pub fn said(&self, answers: &Answers, lang: Lang) -> Vec<String> {
        let one = |q: &Question| {
            let value = answers.get(&q.key)?.as_ref()?;
            let option = q.options.iter().find(|o| o.value == *value)?;
            Some(format!(
                "{}{}{}",
                q.text(lang),
                lang.pick("：", ": "),
                option.text(lang)
            ))
        };
        self.questions.iter().filter_map(one).collect()
    }
    /// Everything in `answers` that is not as it should be, the worst first.
    pub fn findings(&self, answers: &Answers) -> Vec<Finding> {
        let mut found: Vec<Finding> = self
            .questions
            .iter()
            .filter_map(|q| {
                let value = answers.get(&q.key)?.as_ref()?;
                let option = q.options.iter().find(|o| o.value == *value)?;
                (option.level != Alarm::None).then(|| Finding {
                    level: option.level,
                    what: Words {
                        zh: format!("{}：{}", q.zh, option.zh),
                        en: format!("{}: {}", q.en, option.en),
                    },
                    advice: option.advice.clone(),
                })
            })
            .collect();
        found.sort_by_key(|f| std::cmp::Reverse(f.level));
        found
    }
}

/// The worst of the findings.
pub fn alarm_of(findings: &[Finding]) -> Alarm {
    findings.iter().map(|f| f.level).max().unwrap_or_default()
}

/// What placeholders become: `{patient}` with title, `{nurse}`, `{clinic}`, `{doctor}`, `{day}`, `{service}`, `{tooth}`,
/// `{next}`; `{whom}`, `{who}` and `{who_is}`: you, or the child whose parent is on the phone. A part in square brackets is left out when a placeholder inside it is empty.
#[derive(Debug, Clone, Default)]
pub struct Fill {
    values: Vec<(&'static str, String)>,
}

impl Fill {
    /// With these values.
    pub fn new(values: Vec<(&'static str, String)>) -> Fill {
        Fill { values }
    }
    fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v)
    }
    /// The sentence for the screen: what matters is bold.
    pub fn sentence(&self, template: &str) -> Markup {
        let parts = self.parts(template);
        html! { @for (bold, text) in parts { @if bold { b { (text) } } @else { (text) } } }
    }
    /// The sentence as plain text.
    #[cfg(test)]
    fn plain(&self, template: &str) -> String {
        self.parts(template).into_iter().map(|(_, text)| text).collect()
    }
    fn parts(&self, template: &str) -> Vec<(bool, String)> {
        let mut out = Vec::new();
        let mut rest = template;
        while let Some(open) = rest.find('[') {
            let (before, after) = rest.split_at(open);
            self.fill(before, &mut out);
            let (inside, tail) = after[1..].split_once(']').unwrap_or((&after[1..], ""));
            let mut optional = Vec::new();
            if self.fill(inside, &mut optional) {
                out.append(&mut optional);
            }
            rest = tail;
        }
        self.fill(rest, &mut out);
        out
    }
    /// Appends the text with its placeholders filled; false when one of them is empty.
    fn fill(&self, text: &str, out: &mut Vec<(bool, String)>) -> bool {
        let mut all = true;
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push((false, before.to_owned()));
            let (name, tail) = after.split_once('}').unwrap_or((after, ""));
            let value = self.value(name);
            all &= !value.is_empty();
            out.push((matches!(name, "patient" | "next"), value.to_owned()));
            rest = tail;
        }
        out.push((false, rest.to_owned()));
        out.retain(|(_, t)| !t.is_empty());
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(code: &str) -> Script {
        first_scripts()
            .expect("scripts")
            .into_iter()
            .find(|s| s.code == code)
            .expect("script")
    }

    #[test]
    fn the_first_scripts_are_whole() {
        let scripts = first_scripts().expect("scripts");
        let codes: Vec<_> = scripts.iter().map(|s| s.code.as_str()).collect();
        assert_eq!(codes, ["extraction", "root-canal", "general", "recall", "low-score"]);
        for s in &scripts {
            for q in &s.sheet.questions {
                let values: Vec<_> = q.options.iter().map(|o| &o.value).collect();
                assert!(values.len() >= 2, "{} {}", s.code, q.key);
                if let Some(normal) = &q.normal {
                    let option = q.options.iter().find(|o| o.value == *normal).expect("normal answer");
                    assert_eq!(option.level, Alarm::None, "{} {}", s.code, q.key);
                }
            }
            for text in [&s.opening, &s.closing, &s.name] {
                assert!(!text.zh.is_empty() && !text.en.is_empty(), "{}", s.code);
            }
        }
        assert_eq!(script("extraction").sheet.questions.len(), 7);
    }

    #[test]
    fn answers_raise_the_alarm() {
        let sheet = script("extraction").sheet;
        let given = |pairs: &[(&str, &str)]| {
            let pairs: BTreeMap<String, String> = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
            sheet.answers(|k| pairs.get(k).cloned())
        };
        let alarm = |pairs| alarm_of(&sheet.findings(&given(pairs)));
        assert_eq!(alarm(&[]), Alarm::None);
        assert_eq!(alarm(&[("pain", "3"), ("bleed", "1")]), Alarm::None);
        assert_eq!(alarm(&[("pain", "3"), ("open", "1")]), Alarm::Watch);
        assert_eq!(alarm(&[("open", "1"), ("pain", "7")]), Alarm::Red);
        assert_eq!(alarm(&[("pain", "11")]), Alarm::None, "no answer of the question");
        let answers = given(&[("pain", "7"), ("nonsense", "1")]);
        assert_eq!(answers.len(), 7);
        assert_eq!(answers["pain"].as_deref(), Some("7"));
        assert_eq!(answers["bleed"], None);
        let findings = sheet.findings(&given(&[("open", "1"), ("pain", "7")]));
        assert_eq!(findings[0].level, Alarm::Red);
    }

    #[test]
    fn a_parent_is_asked_about_the_child() {
        let child = Fill::new(vec![
            ("patient", "曹东超的家长".into()),
            ("whom", "曹东超".into()),
            ("who", "孩子".into()),
            ("day", "昨天".into()),
            ("doctor", "李医生".into()),
            ("service", "拔牙".into()),
        ]);
        let said = child.plain(&script("extraction").opening.zh);
        assert!(
            said.contains("李医生给曹东超做了拔牙，打电话看看孩子恢复得怎么样"),
            "{said}"
        );
        for s in first_scripts().expect("scripts") {
            assert!(
                !s.opening.zh.contains("给您做") && !s.opening.zh.contains("当面"),
                "{}",
                s.code
            );
        }
    }

    #[test]
    fn placeholders_and_parts_that_may_be_left_out() {
        let fill = Fill::new(vec![("patient", "吴磊先生".into()), ("tooth", String::new())]);
        assert_eq!(
            fill.plain("您好，{patient}吗？[{tooth} 牙]好吗"),
            "您好，吴磊先生吗？好吗"
        );
        assert_eq!(fill.sentence("<{patient}>").into_string(), "&lt;<b>吴磊先生</b>&gt;");
        assert_eq!(fill.plain("{unknown}{open [x"), "x");
    }
}
