//! One row of the patients' file: from cells to a patient, with everything doubtful told and kept.

mod fields;
mod store;

use chrono::{Datelike, NaiveDate};

use super::report::{Issue, Verdict, last_four, without_ids};
use super::table::{Column, Row, row_issues};
use crate::patients::{
    BirthFault, Channel, Home, NAME_MAX, NationalId, PatientData, PhoneNumber, check_birth, is_chart_no,
    parse_exported_day, tidy_chart_no, tidy_name,
};
use crate::platform::i18n::{Lang, Text};
use fields::{answer, email, national_id, none_given, sex, tier};

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
    /// Goes to the note: what could not be stored where it belongs.
    extra: Vec<String>,
}

impl Person {
    /// Something doubtful; the raw value goes to the note when it was left out.
    fn doubt(&mut self, column: (&'static str, &'static str), figure: &'static str, reason: Text, raw: &str) {
        // Identity numbers are sealed everywhere else: neither the note nor the report, a file on somebody's desk, has one.
        let value = if column.0 == "身份证号" {
            last_four(raw)
        } else {
            raw.to_owned()
        };
        if !raw.is_empty() {
            let name = match self.data.language {
                Lang::Zh => format!("{}（原）", column.0),
                Lang::En => format!("{} (original)", column.1),
            };
            self.keep(&name, &value);
        }
        self.issues.push(Issue {
            verdict: Verdict::Doubtful,
            column,
            figure,
            reason,
            value,
        });
    }
    /// What stood in a cell goes to the note, under a name.
    fn keep(&mut self, name: &str, text: &str) {
        let colon = self.data.language.pick("：", ": ");
        self.extra.push(format!("{name}{colon}{}", without_ids(text)));
    }
    /// A remark in the note and a line in the report.
    pub(super) fn flag(
        &mut self,
        column: (&'static str, &'static str),
        figure: &'static str,
        reason: Text,
        remark: Option<Text>,
    ) {
        if let Some(remark) = remark {
            self.extra.push(remark.get(self.data.language).to_owned());
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
                allergies: answer(row.get("allergies"), self.home.language),
                history: answer(row.get("history"), self.home.language),
                ..PatientData::default()
            },
            issues: Vec::new(),
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
                    p.flag(("手机", "mobile"), "", reason, None);
                }
                _ => p.doubt(("手机", "mobile"), "bad_phone", none_there, mobile),
            }
        } else if p.data.other_phone.is_some() {
            let reason = Text::new(
                "没有手机，只有其他电话：只能打电话提醒",
                "there is none, only another phone: to be reminded by calls",
            );
            p.flag(("手机", "mobile"), "no_mobile", reason, None);
        } else {
            let reason = Text::new("没有任何联系电话", "there is no phone at all");
            p.flag(("手机", "mobile"), "no_phone", reason, None);
        }
        if p.data.phone.is_none() && p.data.other_phone.is_some() {
            p.data.channel = Channel::Phone;
        }
    }

    /// What has no field of its own, and rows that are not as they should be.
    fn rest(&self, p: &mut Person, row: &Row) {
        for (index, header) in self.unknown {
            let value = row.at(*index);
            if !value.is_empty() {
                p.keep(header, value);
            }
        }
        for (column, value) in row.unnamed() {
            let name = self
                .home
                .language
                .pick(format!("第 {column} 列"), format!("column {column}"));
            p.keep(&name, value);
        }
        p.issues.extend(row_issues(row, Text::new("备注", "note")));
        let id_day = p.data.national_id.as_ref().map(NationalId::birth_date);
        let leap = |d: NaiveDate| (d.month(), d.day()) == (2, 29);
        if [p.data.birth_date, id_day].into_iter().flatten().any(leap) {
            let reason = Text::new(
                "2月29日出生（登记或身份证）：平年在2月28日祝贺",
                "born on 29 February (registered or by ID): greeted on the 28th in other years",
            );
            p.flag(("出生日期", "date of birth"), "leap_birthdays", reason, None);
        }
        if p.data.birth_date.is_none() {
            p.data.birth_date = id_day.filter(|_| none_given(row.get("birth")));
        }
    }
}
