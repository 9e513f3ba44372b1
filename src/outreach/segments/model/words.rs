//! Conditions as sentences, in both languages.

use super::{Condition, Definition, Known, Match, Reach, Test, Unit, When};
use crate::clinic::{ProviderId, ServiceId};
use crate::patients::Sex;
use crate::platform::i18n::Lang;

impl When {
    /// `近 6 个月内` / `within the last 6 months`; nothing where it is at any time.
    pub fn text(self, lang: Lang) -> String {
        match self {
            When::Ever => String::new(),
            When::Within { n, unit } => {
                let time = unit.many(n, lang);
                lang.pick(format!("近 {time}内"), format!("within the last {time}"))
            }
            When::Before { n, unit } => {
                let time = unit.many(n, lang);
                lang.pick(format!("早于 {time}前"), format!("more than {time} ago"))
            }
            When::Between { from, until } => match (from, until) {
                (None, None) => String::new(),
                (Some(from), None) => {
                    let day = lang.date(from);
                    lang.pick(format!("{day}起"), format!("since {day}"))
                }
                (None, Some(until)) => {
                    let day = lang.date(until);
                    lang.pick(format!("{day}及以前"), format!("until {day}"))
                }
                (Some(from), Some(until)) => {
                    let (from, until) = (lang.date(from), lang.date(until));
                    lang.pick(format!("{from}至{until}"), format!("from {from} to {until}"))
                }
            },
        }
    }
}

impl Unit {
    fn many(self, n: u32, lang: Lang) -> String {
        let name = self.name();
        match lang {
            Lang::Zh => format!("{n} {}", name.zh),
            Lang::En if n == 1 => format!("1 {}", name.en.trim_end_matches('s')),
            Lang::En => format!("{n} {}", name.en),
        }
    }
}

impl Known {
    fn for_service(&self, id: Option<ServiceId>, lang: Lang) -> String {
        let Some(id) = id else { return String::new() };
        let name = self.service(id, lang).unwrap_or("?");
        lang.pick(format!("“{name}”"), format!(" for {name}"))
    }
    fn with(&self, id: Option<ProviderId>, lang: Lang) -> String {
        let Some(id) = id else { return String::new() };
        let name = self.provider(id, lang).unwrap_or("?");
        lang.pick(format!("由{name}接诊的"), format!(" with {name}"))
    }
    fn speciality(&self, stored: Option<&String>, lang: Lang) -> String {
        let Some(stored) = stored else { return String::new() };
        let all = self.specialities(lang);
        let name = all
            .iter()
            .find(|(s, _)| s == stored)
            .map_or(stored.as_str(), |(_, n)| n);
        lang.pick(format!("{name}专科的"), format!(" in {}", name.to_lowercase()))
    }
}

/// Words that are looked for: `“a”或“b”` / `“a” or “b”`.
fn quoted(text: &str, lang: Lang) -> String {
    let words = super::check::words(text);
    let words: Vec<String> = words.iter().map(|w| format!("“{w}”")).collect();
    words.join(lang.pick("或", " or "))
}

/// With a space before it, unless it is empty.
fn spaced(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(" {text}")
    }
}

impl Condition {
    /// As a part of a sentence.
    pub fn text(&self, known: &Known, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh(known),
            Lang::En => self.en(known),
        }
    }

    fn zh(&self, known: &Known) -> String {
        self.zh_visits(known).unwrap_or_else(|| self.zh_patient(known))
    }

    /// What is asked of visits and what was found and done on them.
    fn zh_visits(&self, known: &Known) -> Option<String> {
        let (lang, not) = (Lang::Zh, self.not);
        let has = if not { "没有" } else { "有" };
        Some(match &self.is {
            Test::Visit {
                service,
                provider,
                speciality,
                when,
                at_least,
            } => {
                let which = known.with(*provider, lang)
                    + &known.speciality(speciality.as_ref(), lang)
                    + &known.for_service(*service, lang);
                match at_least.unwrap_or(1) {
                    0 | 1 => format!("{}{has}{which}就诊", when.text(lang)),
                    n if not => format!("{}{which}就诊不到 {n} 次", when.text(lang)),
                    n => format!("{}{which}就诊至少 {n} 次", when.text(lang)),
                }
            }
            Test::LastVisit {
                service,
                provider,
                when,
            } => {
                let which = known.with(*provider, lang) + &known.for_service(*service, lang);
                let not = if not { "不是" } else { "" };
                format!("最近一次{which}就诊{not}{}", when.text(lang))
            }
            Test::Diagnosis { text, when } => {
                let has = if not { "不含" } else { "含" };
                format!("{}诊断{has}{}", when.text(lang), quoted(text, lang))
            }
            Test::Treatment { text, tooth, when } => {
                let did = if not { "没有做过" } else { "做过" };
                let tooth = tooth.as_ref().map(|t| format!("{t} 牙的")).unwrap_or_default();
                format!("{}{did}{tooth}{}", when.text(lang), quoted(text, lang))
            }
            Test::Untreated { text, treatment, when } => {
                let what = treatment.as_ref().map(|t| quoted(t, lang)).unwrap_or_default();
                let begin = if not { "没有这种情况：" } else { "" };
                format!("{begin}{}发现{}后未做{what}治疗", when.text(lang), quoted(text, lang))
            }
            _ => return None,
        })
    }

    /// What is asked of the patient.
    fn zh_patient(&self, known: &Known) -> String {
        let (lang, not) = (Lang::Zh, self.not);
        let has = if not { "没有" } else { "有" };
        let is = if not { "不是" } else { "是" };
        match &self.is {
            Test::OpenPlan { service, idle_days } => {
                let idle = idle_days.map(|n| format!("，且停顿 {n} 天以上")).unwrap_or_default();
                format!("{has}未约的{}治疗计划{idle}", known.for_service(*service, lang))
            }
            Test::RecallDue { service, weeks } => {
                let which = known.for_service(*service, lang);
                match (weeks, not) {
                    (0, false) => format!("{which}复诊到期"),
                    (0, true) => format!("{which}复诊没有到期"),
                    (n, false) => format!("{which}复诊逾期至少 {n} 周"),
                    (n, true) => format!("{which}复诊没有逾期 {n} 周"),
                }
            }
            Test::Age { from, to } => {
                let span = match (from, to) {
                    (Some(a), Some(b)) => format!(" {a} 到 {b} 岁"),
                    (Some(a), None) => format!(" {a} 岁及以上"),
                    (None, Some(b)) => format!(" {b} 岁及以下"),
                    (None, None) => String::new(),
                };
                format!("年龄{is}{span}")
            }
            Test::Sex { sex } => format!("性别{is}{}", sex.name().zh),
            Test::Vip {} => format!("{is}特需患者"),
            Test::Language { language } => format!("语言{is}{}", language.pick("中文", "英文")),
            Test::Reachable { by } => format!("{has}{}", by.name(lang)),
            Test::Marketing {} => format!("{}同意接收祝福和推广", if not { "没有" } else { "" }),
            Test::BirthdayMonth { month } => format!("生日{}在 {month} 月", if not { "不" } else { "" }),
            Test::Booked { service } => format!("{has}未来{}预约", known.for_service(*service, lang)),
            Test::Registered { when } => format!("登记时间{}{}", if not { "不是" } else { "" }, when.text(lang)),
            Test::Visit { .. }
            | Test::LastVisit { .. }
            | Test::Diagnosis { .. }
            | Test::Treatment { .. }
            | Test::Untreated { .. } => String::new(),
        }
    }

    fn en(&self, known: &Known) -> String {
        self.en_visits(known).unwrap_or_else(|| self.en_patient(known))
    }

    /// What is asked of visits and what was found and done on them.
    fn en_visits(&self, known: &Known) -> Option<String> {
        let (lang, not) = (Lang::En, self.not);
        let no = if not { "no " } else { "" };
        let isnt = if not { "not " } else { "" };
        Some(match &self.is {
            Test::Visit {
                service,
                provider,
                speciality,
                when,
                at_least,
            } => {
                let which = known.for_service(*service, lang)
                    + &known.with(*provider, lang)
                    + &known.speciality(speciality.as_ref(), lang);
                let many = match (at_least.unwrap_or(1), not) {
                    (0 | 1, false) => "a visit".to_owned(),
                    (0 | 1, true) => "no visit".to_owned(),
                    (n, false) => format!("at least {n} visits"),
                    (n, true) => format!("fewer than {n} visits"),
                };
                format!("{many}{which}{}", spaced(&when.text(lang)))
            }
            Test::LastVisit {
                service,
                provider,
                when,
            } => {
                let which = known.for_service(*service, lang) + &known.with(*provider, lang);
                format!("last visit{which} {isnt}{}", when.text(lang))
            }
            Test::Diagnosis { text, when } => {
                format!("{no}diagnosis of {}{}", quoted(text, lang), spaced(&when.text(lang)))
            }
            Test::Treatment { text, tooth, when } => {
                let tooth = tooth.as_ref().map(|t| format!(" at tooth {t}")).unwrap_or_default();
                let when = spaced(&when.text(lang));
                format!("{no}treatment {}{tooth}{when}", quoted(text, lang))
            }
            Test::Untreated { text, treatment, when } => {
                let begin = if not { "no such thing: " } else { "" };
                let by = treatment.as_ref().map(|t| format!(" by {}", quoted(t, lang)));
                let (found, when) = (quoted(text, lang), spaced(&when.text(lang)));
                format!(
                    "{begin}{found} found{when} and not treated since{}",
                    by.unwrap_or_default()
                )
            }
            _ => return None,
        })
    }

    /// What is asked of the patient.
    fn en_patient(&self, known: &Known) -> String {
        let (lang, not) = (Lang::En, self.not);
        let no = if not { "no " } else { "" };
        let isnt = if not { "not " } else { "" };
        match &self.is {
            Test::OpenPlan { service, idle_days } => {
                let idle = idle_days
                    .map(|n| format!(", at a stop for {n} days"))
                    .unwrap_or_default();
                let which = known.for_service(*service, lang);
                format!("{no}unbooked steps of a treatment plan{which}{idle}")
            }
            Test::RecallDue { service, weeks } => {
                let which = known.for_service(*service, lang);
                match weeks {
                    0 => format!("recall{which} {isnt}due"),
                    n => format!("recall{which} {isnt}overdue by {n} weeks"),
                }
            }
            Test::Age { from, to } => match (from, to) {
                (Some(a), Some(b)) => format!("age {isnt}from {a} to {b}"),
                (Some(a), None) => format!("age {isnt}{a} or more"),
                (None, Some(b)) => format!("age {isnt}{b} or less"),
                (None, None) => "age".to_owned(),
            },
            Test::Sex { sex: Sex::Unknown } => format!("sex {isnt}unknown"),
            Test::Sex { sex } => format!("{isnt}{}", sex.name().en.to_lowercase()),
            Test::Vip {} => format!("{isnt}VIP"),
            Test::Language { language } => format!("language {isnt}{}", language.pick("Chinese", "English")),
            Test::Reachable { by } => format!("{no}{}", by.name(lang)),
            Test::Marketing {} => format!(
                "{} to greetings and offers",
                if not { "has not agreed" } else { "agreed" }
            ),
            Test::BirthdayMonth { month } => format!("birthday {isnt}in month {month}"),
            Test::Booked { service } => {
                let which = known.for_service(*service, lang);
                format!("{}visit{which} ahead", if not { "no " } else { "a " })
            }
            Test::Registered { when } => format!("{isnt}registered {}", when.text(lang)),
            Test::Visit { .. }
            | Test::LastVisit { .. }
            | Test::Diagnosis { .. }
            | Test::Treatment { .. }
            | Test::Untreated { .. } => String::new(),
        }
    }
}

impl Reach {
    /// For people.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Reach::Mobile => lang.pick("手机号", "mobile number"),
            Reach::Email => lang.pick("邮箱", "email address"),
        }
    }
}

impl Match {
    fn between(self, lang: Lang) -> &'static str {
        match self {
            Match::All => lang.pick(" 且 ", " and "),
            Match::Any => lang.pick(" 或 ", " or "),
        }
    }
}

impl Definition {
    /// The whole as a sentence: `最近一次就诊早于 6 个月前 且 没有未来预约` / `Last visit more than 6 months ago and no visit ahead`.
    pub fn text(&self, known: &Known, lang: Lang) -> String {
        let several = self.groups.len() > 1;
        let groups = self.groups.iter().filter(|g| !g.conditions.is_empty()).map(|g| {
            let parts: Vec<String> = g.conditions.iter().map(|c| c.text(known, lang)).collect();
            let text = parts.join(g.join.between(lang));
            if several && g.conditions.len() > 1 {
                lang.pick(format!("（{text}）"), format!("({text})"))
            } else {
                text
            }
        });
        let groups: Vec<String> = groups.collect();
        let text = groups.join(self.join.between(lang));
        let mut chars = text.chars();
        let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
        first + chars.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Preset;
    use super::*;

    const NOTHING: Known = Known {
        services: Vec::new(),
        providers: Vec::new(),
    };

    #[test]
    fn conditions_are_sentences() {
        let overdue = Preset::Overdue.definition();
        assert_eq!(
            overdue.text(&NOTHING, Lang::Zh),
            "最近一次就诊早于 6 个月前 且 没有未来预约"
        );
        assert_eq!(
            overdue.text(&NOTHING, Lang::En),
            "Last visit more than 6 months ago and no visit ahead"
        );
        let mut either = overdue;
        either.join = Match::Any;
        either
            .groups
            .extend(Definition::all_of(vec![Test::Vip {}.into()]).groups);
        assert_eq!(
            either.text(&NOTHING, Lang::En),
            "(last visit more than 6 months ago and no visit ahead) or VIP"
        );
        let diagnosis = Test::Diagnosis {
            text: "龋齿，Caries".into(),
            when: When::Within {
                n: 1,
                unit: Unit::Years,
            },
        };
        let diagnosis = Condition::not(diagnosis);
        assert_eq!(diagnosis.text(&NOTHING, Lang::Zh), "近 1 年内诊断不含“龋齿”或“caries”");
        assert_eq!(
            diagnosis.text(&NOTHING, Lang::En),
            "no diagnosis of “龋齿” or “caries” within the last 1 year"
        );
    }
}
