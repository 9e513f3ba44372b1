//! One row of the patients' file: from cells to a patient, with everything doubtful told and kept.

use chrono::{Datelike, NaiveDate};

use super::report::{Issue, Verdict};
use super::table::{Column, Row};
use crate::patients::{
    BirthFault, Channel, Home, NAME_MAX, NationalId, PatientData, PhoneNumber, Sex, check_birth, is_chart_no,
    parse_exported_day, tidy_chart_no, tidy_name,
};
use crate::platform::i18n::Text;

/// Columns of a patients' file and the headers they go by.
pub(super) const COLUMNS: &[Column] = &[
    (
        "chart_no",
        &[
            "病历号",
            "病历编号",
            "档案号",
            "患者编号",
            "chart_no",
            "chart number",
            "patient id",
        ],
    ),
    ("name", &["姓名", "患者姓名", "name"]),
    ("sex", &["性别", "sex", "gender"]),
    (
        "birth",
        &[
            "出生日期",
            "生日",
            "出生年月日",
            "birth_date",
            "date of birth",
            "birthday",
        ],
    ),
    (
        "national_id",
        &["身份证号", "身份证", "身份证号码", "证件号", "national_id"],
    ),
    (
        "phone",
        &["手机", "手机号", "手机号码", "电话", "联系电话", "mobile", "phone"],
    ),
    (
        "other_phone",
        &["备用电话", "其他电话", "固定电话", "座机", "other_phone"],
    ),
    ("email", &["邮箱", "电子邮箱", "email"]),
    ("occupation", &["职业", "occupation"]),
    ("address", &["地址", "住址", "家庭住址", "address"]),
    ("source", &["来源", "患者来源", "source"]),
    ("tier", &["会员等级", "等级", "会员级别", "tier"]),
    ("allergies", &["过敏史", "过敏", "allergies"]),
    ("history", &["既往史", "病史", "history"]),
    ("note", &["备注", "note", "notes"]),
];
/// Columns without which nothing can be imported.
pub(super) const NEEDED: &[&str] = &["chart_no", "name"];

/// Texts that say "there is none".
const NONE_GIVEN: &[&str] = &[
    "无", "/", "-", "--", "没有", "不详", "未知", "暂无", "none", "n/a", "null", "0", "空",
];
/// Texts that say "asked, and there is nothing".
const DENIED: &[&str] = &["无", "否认", "没有", "无特殊", "否", "none", "no", "/", "-"];

/// What to know while reading.
pub(super) struct Reader<'a> {
    /// The clinic.
    pub(super) home: &'a Home,
    /// Today there.
    pub(super) today: NaiveDate,
    /// Columns that are not known: their values go to the note.
    pub(super) unknown: &'a [(usize, String)],
}

/// A row that was read.
pub(super) struct Person {
    /// What will be stored.
    pub(super) data: PatientData,
    /// What is doubtful.
    pub(super) issues: Vec<Issue>,
    /// Figures without a line of their own.
    pub(super) figures: Vec<&'static str>,
    /// Goes to the note: what could not be stored where it belongs.
    extra: Vec<String>,
}

impl Person {
    /// Something doubtful; the raw value goes to the note when it was left out.
    fn doubt(&mut self, column: (&'static str, &'static str), figure: &'static str, reason: Text, raw: &str) {
        if !raw.is_empty() {
            self.extra.push(format!("{}（原）：{raw}", column.0));
        }
        // The report is a file on somebody's desk: no identity numbers in it.
        let value = if column.0 == "身份证号" {
            String::new()
        } else {
            raw.to_owned()
        };
        self.issues.push(Issue {
            verdict: Verdict::Doubtful,
            column,
            figure,
            reason,
            value,
        });
    }
    /// A remark in the note and a line in the report.
    pub(super) fn flag(
        &mut self,
        column: (&'static str, &'static str),
        figure: &'static str,
        reason: Text,
        remark: &str,
    ) {
        if !remark.is_empty() {
            self.extra.push(remark.to_owned());
        }
        self.issues.push(Issue {
            verdict: Verdict::Doubtful,
            column,
            figure,
            reason,
            value: String::new(),
        });
    }
    /// Puts together the note.
    pub(super) fn close(&mut self) {
        let mut parts: Vec<String> = Vec::new();
        if !self.data.note.is_empty() {
            parts.push(std::mem::take(&mut self.data.note));
        }
        parts.append(&mut self.extra);
        self.data.note = parts.join("\n");
    }
}

fn rejected(column: (&'static str, &'static str), figure: &'static str, zh: &str, en: &str, value: &str) -> Box<Issue> {
    Box::new(Issue {
        verdict: Verdict::Rejected,
        column,
        figure,
        reason: Text::new(zh, en),
        value: value.to_owned(),
    })
}

fn none_given(text: &str) -> bool {
    text.is_empty() || NONE_GIVEN.contains(&text.to_lowercase().as_str())
}

impl Reader<'_> {
    /// The patient of a row.
    ///
    /// # Errors
    /// Why the row cannot be imported at all.
    pub(super) fn read(&self, row: &Row) -> Result<Person, Box<Issue>> {
        let chart = ("病历号", "chart number");
        let chart_no = tidy_chart_no(row.get("chart_no"));
        if chart_no.is_empty() {
            return Err(rejected(chart, "", "缺病历号", "there is none", ""));
        }
        if !is_chart_no(&chart_no) {
            return Err(rejected(
                chart,
                "",
                "病历号不合规则",
                "not a chart number",
                row.get("chart_no"),
            ));
        }
        let name = match tidy_name(row.get("name")) {
            Some(name) if name.chars().count() <= NAME_MAX => name,
            Some(name) => return Err(rejected(("姓名", "name"), "", "姓名太长", "too long", &name)),
            None => {
                return Err(rejected(
                    ("姓名", "name"),
                    "missing_name",
                    "缺姓名",
                    "there is none",
                    "",
                ));
            }
        };
        let mut p = Person {
            data: PatientData {
                chart_no: Some(chart_no),
                name,
                language: self.home.language,
                email: None,
                occupation: row.get("occupation").to_owned(),
                address: row.get("address").to_owned(),
                source: row.get("source").to_owned(),
                note: row.get("note").to_owned(),
                allergies: unless_denied(row.get("allergies")),
                history: unless_denied(row.get("history")),
                ..PatientData::default()
            },
            issues: Vec::new(),
            figures: Vec::new(),
            extra: Vec::new(),
        };
        sex(&mut p, row.get("sex"));
        self.birth(&mut p, row.get("birth"));
        national_id(&mut p, row.get("national_id"));
        self.phones(&mut p, row);
        email(&mut p, row.get("email"));
        tier(&mut p, row.get("tier"));
        self.rest(&mut p, row);
        Ok(p)
    }

    fn birth(&self, p: &mut Person, text: &str) {
        let column = ("出生日期", "date of birth");
        if none_given(text) {
            return;
        }
        match parse_exported_day(text)
            .ok_or(BirthFault::Unreadable)
            .and_then(|d| check_birth(d, self.today))
        {
            Ok(day) => p.data.birth_date = Some(day),
            Err(BirthFault::Future) => {
                let reason = Text::new(
                    "在今天之后，已留空，原文在备注",
                    "after today: left out, kept in the note",
                );
                p.doubt(column, "future_birth", reason, text);
            }
            Err(BirthFault::Unreadable | BirthFault::TooEarly) => {
                let reason = Text::new(
                    "无法识别，已留空，原文在备注",
                    "cannot be read: left out, kept in the note",
                );
                p.doubt(column, "bad_birth", reason, text);
            }
        }
    }

    fn phones(&self, p: &mut Person, row: &Row) {
        let (mobile, other) = (row.get("phone"), row.get("other_phone"));
        let none_there = Text::new(
            "没有这样的号码，已留空，原文在备注",
            "no such number: left out, kept in the note",
        );
        if !none_given(other) {
            match PhoneNumber::parse(other, &self.home.country) {
                Ok(number) => p.data.other_phone = Some(number),
                Err(_) => p.doubt(("备用电话", "other phone"), "", none_there.clone(), other),
            }
        }
        if !none_given(mobile) {
            match PhoneNumber::parse(mobile, &self.home.country) {
                Ok(number) if number.is_mobile() => p.data.phone = Some(number),
                Ok(number) if p.data.other_phone.is_none() => {
                    p.data.other_phone = Some(number);
                    let reason = Text::new("不是手机，已放到其他电话", "not a mobile: put under other phone");
                    p.flag(("手机", "mobile"), "", reason, "");
                }
                _ => p.doubt(("手机", "mobile"), "bad_phone", none_there, mobile),
            }
        } else if p.data.other_phone.is_some() {
            p.figures.push("no_mobile");
        } else {
            let reason = Text::new("没有任何联系电话", "there is no phone at all");
            p.flag(("手机", "mobile"), "no_phone", reason, "");
        }
        if p.data.phone.is_none() && p.data.other_phone.is_some() {
            p.data.channel = Channel::Phone;
        }
    }

    /// What has no field of its own, and rows with unreadable bytes.
    fn rest(&self, p: &mut Person, row: &Row) {
        for (index, header) in self.unknown {
            let value = row.at(*index);
            if !value.is_empty() {
                p.extra.push(format!("{header}：{value}"));
            }
        }
        if row.is_damaged() {
            let reason = Text::new("有无法解码的字符", "some characters could not be decoded");
            p.flag(("整行", "row"), "", reason, "");
        }
        let id_day = p.data.national_id.as_ref().map(NationalId::birth_date);
        if [p.data.birth_date, id_day]
            .into_iter()
            .flatten()
            .any(|d| (d.month(), d.day()) == (2, 29))
        {
            p.figures.push("leap_birthdays");
        }
        if p.data.birth_date.is_none() {
            p.data.birth_date = id_day.filter(|_| none_given(row.get("birth")));
        }
    }
}

fn unless_denied(text: &str) -> String {
    if DENIED.contains(&text.to_lowercase().as_str()) {
        String::new()
    } else {
        text.to_owned()
    }
}

fn sex(p: &mut Person, text: &str) {
    p.data.sex = match text.to_lowercase().as_str() {
        "女" | "女士" | "女性" | "f" | "female" | "w" => Sex::Female,
        "男" | "先生" | "男性" | "m" | "male" => Sex::Male,
        other => {
            if !none_given(other) {
                let reason = Text::new(
                    "无法识别，已留空，原文在备注",
                    "cannot be read: left out, kept in the note",
                );
                p.doubt(("性别", "sex"), "", reason, text);
            }
            Sex::Unknown
        }
    };
}

fn national_id(p: &mut Person, text: &str) {
    let column = ("身份证号", "national ID");
    if none_given(text) {
        return;
    }
    let Ok(id) = NationalId::parse(text) else {
        let reason = Text::new(
            "校验不通过，已留空，原文在备注",
            "wrong check digit or form: left out, kept in the note",
        );
        p.doubt(column, "bad_id", reason, text);
        return;
    };
    if p.data.birth_date.is_some_and(|d| d != id.birth_date()) {
        let reason = Text::new(
            "与登记的出生日期不符，两者都保留，请核对",
            "disagrees with the birthday: both kept, to be checked",
        );
        p.flag(column, "id_birth_mismatch", reason, "身份证号与出生日期不符，请核对");
    }
    if p.data.sex == Sex::Unknown {
        p.data.sex = id.sex();
    } else if p.data.sex != id.sex() {
        let reason = Text::new(
            "与登记的性别不符，两者都保留，请核对",
            "disagrees with the sex: both kept, to be checked",
        );
        p.flag(column, "id_sex_mismatch", reason, "身份证号与性别不符，请核对");
    }
    p.data.national_id = Some(id);
}

fn email(p: &mut Person, text: &str) {
    if none_given(text) {
        return;
    }
    if text.parse::<lettre::Address>().is_ok() {
        p.data.email = Some(text.to_owned());
    } else {
        let reason = Text::new(
            "不是邮箱地址，已留空，原文在备注",
            "not an address: left out, kept in the note",
        );
        p.doubt(("邮箱", "email"), "", reason, text);
    }
}

fn tier(p: &mut Person, text: &str) {
    match text.to_lowercase().as_str() {
        "" | "普通" | "普通会员" | "regular" | "无" => {}
        "vip" | "特需" | "svip" | "贵宾" => p.data.vip = true,
        _ => p.extra.push(format!("会员等级：{text}")),
    }
}
