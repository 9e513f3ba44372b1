//! Which templates there are: what each is called and is for, and in which channels and languages it has a text.

use super::{Carrier, Purpose};
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, Text};

/// What a template is called and is for.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Head {
    /// Row id.
    pub id: i64,
    /// Its code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// What its messages are for.
    pub purpose: Purpose,
    /// Which language stands in for one in which there is no text; none: the clinic's.
    pub fallback: Option<Lang>,
    /// Made here, and not shipped.
    pub own: bool,
    /// Since when it is not offered any more.
    pub archived_at: Option<Instant>,
    /// Rises with every change.
    pub version: i64,
    /// When last changed.
    pub updated_at: Instant,
}

impl Head {
    /// Its name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        match lang {
            Lang::En if !self.name_en.is_empty() => &self.name_en,
            _ => &self.name,
        }
    }
}

/// The templates as they stand in one transaction.
#[derive(Debug, Clone)]
pub struct Templates {
    /// What they are called and are for.
    pub heads: Vec<Head>,
    /// Where there is a text: code, channel, language.
    pub texts: Vec<(String, Carrier, Lang)>,
    /// The clinic's language.
    pub usual: Lang,
}

impl Templates {
    /// One of them.
    pub fn find(&self, code: &str) -> Option<&Head> {
        self.heads.iter().find(|h| h.code == code)
    }
    /// What a template is called.
    pub fn name(&self, lang: Lang, code: &str) -> String {
        self.find(code)
            .map_or_else(|| code.to_owned(), |h| h.name_in(lang).to_owned())
    }
    /// What a template's messages are for; none for one that is not there.
    pub fn purpose_of(&self, code: &str) -> Option<Purpose> {
        self.find(code).map(|h| h.purpose)
    }
    /// Whether messages for `purpose` may be made with a template: a birthday is not greeted with a cancellation, and has no
    /// time and no link to fill in. One that is archived is offered for nothing.
    pub fn fits(&self, purpose: Purpose, code: &str) -> bool {
        self.find(code)
            .is_some_and(|h| h.purpose == purpose && h.archived_at.is_none())
    }
    fn has(&self, code: &str, carrier: Carrier, lang: Lang) -> bool {
        let mut texts = self.texts.iter();
        texts.any(|(of, by, language)| of == code && *by == carrier && *language == lang)
    }
    /// In which language a message is written to somebody who reads `lang`: that one, or the one that stands in; none: there
    /// is no text.
    pub fn written(&self, code: &str, carrier: Carrier, lang: Lang) -> Option<Lang> {
        let fallback = self.find(code).and_then(|h| h.fallback).unwrap_or(self.usual);
        [lang, fallback].into_iter().find(|l| self.has(code, carrier, *l))
    }
    /// Whether a template has a text for this channel, in whatever language.
    pub fn carries(&self, code: &str, carrier: Carrier) -> bool {
        Lang::ALL.iter().copied().any(|l| self.has(code, carrier, l))
    }
    /// Messages that cannot be written for want of a text: by which channel, in which language.
    pub fn gaps(&self, code: &str) -> Vec<(Carrier, Lang)> {
        let all = Carrier::ALL
            .iter()
            .flat_map(|c| Lang::ALL.iter().copied().map(move |l| (*c, l)));
        all.filter(|(c, l)| self.written(code, *c, *l).is_none()).collect()
    }
    /// What stands against using a template: it is gone or archived, or some messages cannot be written.
    pub fn lacks(&self, code: &str) -> Option<Text> {
        let Some(head) = self.find(code) else {
            return Some(Text::new("没有这个模板", "There is no such template"));
        };
        if head.archived_at.is_some() {
            return Some(Text::new("模板已归档", "The template is archived"));
        }
        let gaps = self.gaps(code);
        let name = |lang: Lang, (c, l): &(Carrier, Lang)| {
            let language = match l {
                Lang::Zh => lang.pick("中文", "Chinese"),
                Lang::En => lang.pick("英文", "English"),
            };
            format!("{}（{language}）", c.name().get(lang))
        };
        let list = |lang: Lang| gaps.iter().map(|g| name(lang, g)).collect::<Vec<_>>();
        let en: Vec<String> = list(Lang::En)
            .iter()
            .map(|s| s.replace('（', " (").replace('）', ")"))
            .collect();
        (!gaps.is_empty()).then(|| {
            Text::new(
                format!("没有文字：{}", list(Lang::Zh).join("、")),
                format!("No text: {}", en.join(", ")),
            )
        })
    }
}

/// Longest code.
const CODE_MAX: usize = 40;
/// Codes that are parts of addresses.
const TAKEN: [&str; 2] = ["new", "preview"];

/// Whether a text can be a template's code.
pub fn is_code(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= CODE_MAX && text.chars().all(fits) && !TAKEN.contains(&text)
}

/// A code made of a name: what is in it of letters and digits, else `own`; with a number where another has it.
pub fn code_of(name: &str, taken: &[&str]) -> String {
    let mut code = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            code.push(c);
        } else if !code.is_empty() && !code.ends_with('-') {
            code.push('-');
        }
    }
    // Room for a number.
    code.truncate(CODE_MAX - 6);
    let code = match code.trim_end_matches('-') {
        "" => "own",
        code => code,
    };
    let free = |candidate: &String| is_code(candidate) && !taken.contains(&candidate.as_str());
    let numbered = (2..).map(|n| format!("{code}-{n}"));
    std::iter::once(code.to_owned())
        .chain(numbered)
        .find(free)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(fallback: Option<Lang>, texts: &[(Carrier, Lang)]) -> Templates {
        Templates {
            heads: vec![Head {
                id: 1,
                code: "x".into(),
                name: "甲".into(),
                name_en: String::new(),
                purpose: Purpose::Birthday,
                fallback,
                own: true,
                archived_at: None,
                version: 1,
                updated_at: Instant(0),
            }],
            texts: texts.iter().map(|(c, l)| ("x".to_owned(), *c, *l)).collect(),
            usual: Lang::Zh,
        }
    }

    #[test]
    fn what_is_not_there_is_said_in_the_language_that_stands_in() {
        let only_zh = [(Carrier::Sms, Lang::Zh)];
        let t = templates(None, &only_zh);
        assert_eq!(t.written("x", Carrier::Sms, Lang::En), Some(Lang::Zh));
        assert_eq!(t.written("x", Carrier::Email, Lang::Zh), None);
        assert_eq!(t.gaps("x"), [(Carrier::Email, Lang::Zh), (Carrier::Email, Lang::En)]);
        let says = t.lacks("x").expect("a gap");
        assert_eq!(says.zh, "没有文字：邮件（中文）、邮件（英文）");
        assert_eq!(says.en, "No text: Email (Chinese), Email (English)");
        let t = templates(Some(Lang::En), &only_zh);
        assert_eq!(
            t.written("x", Carrier::Sms, Lang::En),
            None,
            "English stands in for itself"
        );
        assert_eq!(t.written("x", Carrier::Sms, Lang::Zh), Some(Lang::Zh));
        assert!(t.carries("x", Carrier::Sms) && !t.carries("x", Carrier::Email));
        assert!(t.fits(Purpose::Birthday, "x") && !t.fits(Purpose::Recall, "x") && !t.fits(Purpose::Birthday, "y"));
        assert_eq!(t.name(Lang::En, "x"), "甲");
    }

    proptest::proptest! {
        #[test]
        fn a_code_is_one_and_free(name in ".{0,60}", taken in "[a-z0-9-]{1,8}") {
            let first = code_of(&name, &[&taken]);
            proptest::prop_assert!(is_code(&first) && first != taken, "{first}");
            let second = code_of(&name, &[&taken, &first]);
            proptest::prop_assert!(is_code(&second) && second != first, "{second}");
        }
    }
}
