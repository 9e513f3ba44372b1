//! What a template may name: the variables that messages of its purpose have when they are sent.

use serde_json::{Map, Value, json};

use super::Purpose;
use crate::clinic::Site;
use crate::platform::i18n::Lang;

/// A variable of templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// As it is written between the braces.
    pub name: &'static str,
    /// What it is: Chinese, English.
    pub about: (&'static str, &'static str),
    /// A value to show a draft with: Chinese, English.
    sample: (&'static str, &'static str),
}

const fn variable(
    name: &'static str,
    about: (&'static str, &'static str),
    sample: (&'static str, &'static str),
) -> Variable {
    Variable { name, about, sample }
}

/// Every message has these.
const BASIC: [Variable; 4] = [
    variable("name", ("患者姓名", "patient's name"), ("张伟", "Zhang Wei")),
    variable(
        "title",
        ("称呼，如“张女士”", "how to address the patient"),
        ("张先生", "Mr Zhang"),
    ),
    variable(
        "clinic",
        ("诊所名称", "the clinic's name"),
        ("知齿口腔", "Zhichi Dental"),
    ),
    variable(
        "phone",
        ("诊所电话", "the clinic's phone"),
        ("0571 8765 4321", "0571 8765 4321"),
    ),
];
const PROVIDER: Variable = variable("provider", ("医生", "who treats"), ("李医生", "Dr Li"));
/// Messages about a visit that is ahead.
const VISIT: [Variable; 6] = [
    variable(
        "date",
        ("就诊日期", "day of the visit"),
        ("11月24日 周二", "Tue 24 Nov"),
    ),
    variable("time", ("就诊时间", "time of the visit"), ("09:30", "09:30")),
    PROVIDER,
    variable(
        "address",
        ("诊所地址", "the clinic's address"),
        ("杭州市西湖区示例路 1 号", "1 Example Road, Hangzhou"),
    ),
    variable(
        "link",
        ("患者自助链接", "the patient's own link"),
        (
            "https://clinic.example/v/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "https://clinic.example/v/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ),
    ),
    variable(
        "number",
        ("到院自助签到号", "number to check in with at the clinic"),
        ("402917", "402917"),
    ),
];
/// Beside those, messages that wait for an answer.
const UNTIL: Variable = variable("until", ("可答复到几点", "until when to answer"), ("11:30", "11:30"));
/// What asks which visit is meant lists them.
const VISITS: Variable = variable(
    "visits",
    ("带编号的预约列表", "the visits, with a number each"),
    (
        "1 张伟 11月24日 周二 09:00；2 张丽 11月24日 周二 09:30",
        "1 Zhang Wei Tue 24 Nov 09:00; 2 Zhang Li Tue 24 Nov 09:30",
    ),
);
/// A family's reminders in one text: there only when there are several, so that a text has to ask for it.
pub const FAMILY: &str = "family";
const RELATIVES: Variable = variable(
    FAMILY,
    (
        "合并提醒时全家的预约，带编号；写在 {% if family is defined %} 里",
        "the family's visits with a number each, where their reminders go out as one; stands in {% if family is defined %}",
    ),
    ("", ""),
);

/// A family to show a draft with.
pub fn family_sample(lang: Lang) -> &'static str {
    lang.pick("1 张伟 09:30；2 张丽 10:00", "1 Zhang Wei 09:30; 2 Zhang Li 10:00")
}

/// What somebody wrote.
const WRITTEN: [Variable; 1] = [variable(
    "text",
    ("前台写的内容", "what the desk wrote"),
    ("好的，明天见。", "That is fine, see you tomorrow."),
)];
const RECALL: [Variable; 2] = [
    variable(
        "date",
        ("建议复诊的日期", "day the check-up is due"),
        ("2026年11月24日", "24 Nov 2026"),
    ),
    variable(
        "link",
        ("患者自助预约链接", "the patient's own booking link"),
        (
            "https://clinic.example/r/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA?s=2",
            "https://clinic.example/r/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA?s=2",
        ),
    ),
];
/// Where a patient books what has no date.
const BOOK: Variable = variable(
    "link",
    ("患者自助预约链接", "the patient's own booking link"),
    (
        "https://clinic.example/r/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "https://clinic.example/r/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ),
);
/// A visit that was missed, and what to do about it.
const MISSED: [Variable; 3] = [BEEN[0], BEEN[1], BOOK];
/// A visit that has been, and where to say how it was.
const ASKED: [Variable; 3] = [
    BEEN[0],
    BEEN[1],
    variable(
        "link",
        ("评分链接", "where to say how it was"),
        (
            "https://clinic.example/q/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "https://clinic.example/q/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ),
    ),
];
const PLAN: [Variable; 1] = [BOOK];
const GREETING: [Variable; 1] = [variable(
    "occasion",
    ("节日名称", "what the day is called"),
    ("春节", "the Spring Festival"),
)];
/// What is sent beside words.
const DOCUMENTS: [Variable; 2] = [
    variable(
        "documents",
        ("资料名称", "what the documents are called"),
        ("《口腔健康》院刊", "Healthy Teeth, our journal"),
    ),
    variable(
        "documents_link",
        ("打开资料的链接", "where the documents open"),
        (
            "https://clinic.example/f/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "https://clinic.example/f/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ),
    ),
];
/// Messages to many, with or without something beside words.
const CAMPAIGN: [Variable; 3] = [RECALL[1], DOCUMENTS[0], DOCUMENTS[1]];
/// Messages about a visit that has been.
const BEEN: [Variable; 2] = [
    variable(
        "date",
        ("就诊日期", "day of the visit"),
        ("11月23日 周一", "Mon 23 Nov"),
    ),
    PROVIDER,
];

/// The variables that messages of this purpose have. What was treated is none of them: others may see a message.
pub fn variables_of(purpose: Option<Purpose>) -> Vec<Variable> {
    let own: &[Variable] = match purpose {
        Some(Purpose::Reminder | Purpose::Confirmation | Purpose::Change | Purpose::Offer) | None => &VISIT,
        Some(Purpose::Answer | Purpose::Verification) => VISIT.split_last().map_or(&VISIT, |(_number, rest)| rest),
        Some(Purpose::Recall) => &RECALL,
        Some(Purpose::Campaign) => &CAMPAIGN,
        Some(Purpose::Documents) => &DOCUMENTS,
        Some(Purpose::FollowUp) => &BEEN,
        Some(Purpose::Desk) => &WRITTEN,
        Some(Purpose::Missed) => &MISSED,
        Some(Purpose::Survey) => &ASKED,
        Some(Purpose::Plan) => &PLAN,
        Some(Purpose::Greeting) => &GREETING,
        Some(Purpose::Birthday | Purpose::Thanks) => &[],
    };
    let until = matches!(purpose, Some(Purpose::Offer | Purpose::Verification) | None).then_some(&UNTIL);
    let visits = matches!(purpose, Some(Purpose::Answer) | None).then_some(&VISITS);
    let written: &[Variable] = if purpose.is_none() { &WRITTEN } else { &[] };
    let occasion: &[Variable] = if purpose.is_none() { &GREETING } else { &[] };
    let documents: &[Variable] = if purpose.is_none() { &DOCUMENTS } else { &[] };
    let relatives = matches!(purpose, Some(Purpose::Reminder) | None).then_some(&RELATIVES);
    let more = until
        .into_iter()
        .chain(visits)
        .chain(written)
        .chain(occasion)
        .chain(documents)
        .chain(relatives);
    BASIC.iter().chain(own).chain(more).copied().collect()
}

/// Whether some message has a variable of this name.
pub fn is_variable(name: &str) -> bool {
    variables_of(None).iter().any(|v| v.name == name)
}

/// Variables to show a draft with.
pub fn sample(purpose: Option<Purpose>, lang: Lang) -> Map<String, Value> {
    variables_of(purpose)
        .into_iter()
        .filter(|v| v.name != FAMILY)
        .map(|v| (v.name.to_owned(), json!(lang.pick(v.sample.0, v.sample.1))))
        .collect()
}

/// The same, for a patient of this clinic: its name, telephone and address are its own.
pub fn sample_of(site: &Site, purpose: Option<Purpose>, lang: Lang) -> Map<String, Value> {
    let mut values = sample(purpose, lang);
    let own = [
        ("clinic", site.name_in(lang)),
        ("phone", &site.phone),
        ("address", site.address_in(lang)),
    ];
    for (name, value) in own.into_iter().filter(|(_, v)| !v.is_empty()) {
        if let Some(slot) = values.get_mut(name) {
            *slot = json!(value);
        }
    }
    values
}
