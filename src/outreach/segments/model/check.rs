//! What may be asked, and everything that is wrong with what was.

use super::{CONDITIONS_MAX, Condition, Definition, GROUPS_MAX, Known, Test, When};
use crate::clinic::{ProviderId, ServiceId};
use crate::platform::clock::is_in_calendar;
use crate::platform::i18n::Text;
use crate::platform::web::form::Faults;
use crate::records::Tooth;

/// Longest time, in its unit; most visits; oldest patient; most weeks.
const TIME_MAX: u32 = 1000;
const VISITS_MAX: u32 = 100;
const AGE_MAX: u32 = 130;
const WEEKS_MAX: u32 = 520;
/// Words of a text, and letters of a word.
pub const WORDS_MAX: usize = 3;
const LETTERS_MAX: usize = 30;

/// The words of a text, in small letters: what stands between commas.
pub fn words(text: &str) -> Vec<String> {
    parts(text).map(str::to_lowercase).collect()
}

/// The words of a text as they were typed, with a comma between each two.
pub fn tidy_words(text: &str) -> String {
    parts(text).collect::<Vec<_>>().join(", ")
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '，', '、', ';', '；'])
        .map(str::trim)
        .filter(|w| !w.is_empty())
}

/// What is wrong with the words of a text, if there are any.
pub fn faulty_words(text: &str) -> Option<Text> {
    let words = words(text);
    let too_long = words.len() > WORDS_MAX || words.iter().any(|w| w.chars().count() > LETTERS_MAX);
    too_long.then(|| {
        Text::new(
            format!("最多 {WORDS_MAX} 个词（用逗号隔开），每个最多 {LETTERS_MAX} 个字"),
            format!("At most {WORDS_MAX} words with commas between them, of at most {LETTERS_MAX} letters each"),
        )
    })
}

/// Where faults of a condition go: at the names its fields have in the form or document that it came from.
struct At<'a> {
    faults: &'a mut Faults,
    name: &'a dyn Fn(&str) -> String,
    known: &'a Known,
}

impl At<'_> {
    fn add(&mut self, field: &str, code: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        self.faults.add(&(self.name)(field), code, zh, en);
    }
    fn require(&mut self, field: &str) {
        self.faults.require(&(self.name)(field));
    }
    fn range(&mut self, field: &str, value: Option<u32>, (least, most): (u32, u32)) {
        if value.is_some_and(|n| !(least..=most).contains(&n)) {
            self.add(
                field,
                "out_of_range",
                format!("应为 {least} 到 {most}"),
                format!("From {least} to {most}"),
            );
        }
    }
    fn service(&mut self, service: Option<ServiceId>) {
        if service.is_some_and(|id| !self.known.services.iter().any(|s| s.id == id)) {
            self.add("service", "unknown", "没有这个项目", "There is no such service");
        }
    }
    fn provider(&mut self, provider: Option<ProviderId>) {
        if provider.is_some_and(|id| !self.known.providers.iter().any(|p| p.id == id)) {
            self.add("provider", "unknown", "没有这位医生", "There is no such provider");
        }
    }
    fn speciality(&mut self, speciality: Option<&String>) {
        if speciality.is_some_and(|s| !self.known.providers.iter().any(|p| p.speciality == *s)) {
            self.add("speciality", "unknown", "没有这个专科", "There is no such speciality");
        }
    }
    fn when(&mut self, when: When) {
        match when {
            When::Ever => {}
            When::Within { n, .. } | When::Before { n, .. } => self.range("n", Some(n), (1, TIME_MAX)),
            When::Between {
                from: None,
                until: None,
            } => self.require("from"),
            When::Between { from, until } => {
                for (field, day) in [("from", from), ("until", until)] {
                    if day.is_some_and(|d| !is_in_calendar(d)) {
                        self.add(field, "out_of_range", "日期超出范围", "This day is out of range");
                    }
                }
                if matches!((from, until), (Some(a), Some(b)) if a > b) {
                    self.add("until", "before_from", "应不早于开始日期", "Not before the first day");
                }
            }
        }
    }
    fn words(&mut self, field: &str, text: &str) {
        if words(text).is_empty() {
            self.require(field);
        } else if let Some(wrong) = faulty_words(text) {
            self.add(field, "too_long", wrong.zh, wrong.en);
        }
    }
    fn age(&mut self, from: Option<u32>, to: Option<u32>) {
        if from.is_none() && to.is_none() {
            self.require("age_from");
        }
        self.range("age_from", from, (0, AGE_MAX));
        self.range("age_to", to, (0, AGE_MAX));
        if matches!((from, to), (Some(a), Some(b)) if a > b) {
            self.add("age_to", "before_from", "应不小于起始年龄", "Not below the first age");
        }
    }
    fn condition(&mut self, condition: &Condition) {
        let test = &condition.is;
        match (test, test.when()) {
            (Test::LastVisit { .. } | Test::Registered { .. }, Some(When::Ever)) => self.require("when"),
            (_, Some(when)) => self.when(when),
            (_, None) => {}
        }
        match test {
            Test::Visit {
                service,
                provider,
                speciality,
                at_least,
                ..
            } => {
                self.service(*service);
                self.provider(*provider);
                self.speciality(speciality.as_ref());
                self.range("at_least", *at_least, (1, VISITS_MAX));
            }
            Test::LastVisit { service, provider, .. } => {
                self.service(*service);
                self.provider(*provider);
            }
            Test::Diagnosis { text, .. } => self.words("text", text),
            Test::Treatment { text, tooth, .. } => {
                self.words("text", text);
                if tooth.as_ref().is_some_and(|t| t.parse::<Tooth>().is_err()) {
                    self.add(
                        "tooth",
                        "invalid",
                        "不是 FDI 牙位（如 36）",
                        "This is no FDI tooth (such as 36)",
                    );
                }
            }
            Test::Untreated { text, treatment, .. } => {
                self.words("text", text);
                if let Some(treatment) = treatment {
                    self.words("treatment", treatment);
                }
            }
            Test::OpenPlan { service, idle_days } => {
                self.service(*service);
                self.range("idle_days", *idle_days, (1, TIME_MAX));
            }
            Test::RecallDue { service, weeks } => {
                self.service(*service);
                self.range("weeks", Some(*weeks), (0, WEEKS_MAX));
            }
            Test::Age { from, to } => self.age(*from, *to),
            Test::BirthdayMonth { month } => self.range("month", Some(*month), (1, 12)),
            Test::Booked { service } => self.service(*service),
            Test::Registered { .. }
            | Test::Sex { .. }
            | Test::Vip {}
            | Test::Language { .. }
            | Test::Reachable { .. }
            | Test::Marketing {} => {}
        }
    }
}

impl Definition {
    /// Everything wrong with it; `name` tells what a field of a condition of a group is called where it was typed.
    pub fn check(&self, known: &Known, name: impl Fn((usize, usize), &str) -> String, faults: &mut Faults) {
        if self.groups.is_empty() || self.groups.iter().any(|g| g.conditions.is_empty()) {
            faults.add(
                "conditions",
                "required",
                "请至少添加一个条件",
                "Add a condition at least",
            );
        }
        if self.groups.len() > GROUPS_MAX || self.groups.iter().any(|g| g.conditions.len() > CONDITIONS_MAX) {
            faults.add(
                "conditions",
                "too_many",
                format!("最多 {GROUPS_MAX} 组，每组最多 {CONDITIONS_MAX} 个条件"),
                format!("At most {GROUPS_MAX} groups of at most {CONDITIONS_MAX} conditions"),
            );
        }
        for (g, group) in self.groups.iter().enumerate() {
            for (n, condition) in group.conditions.iter().enumerate() {
                let mut at = At {
                    faults,
                    name: &|field| name((g, n), field),
                    known,
                };
                at.condition(condition);
            }
        }
    }
}
