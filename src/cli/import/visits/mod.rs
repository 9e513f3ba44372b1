//! One row of the visits' file: from cells to a visit.

mod store;

use std::collections::HashMap;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::report::{Issue, Verdict, without_ids};
use super::table::{Column, Row, row_issues};
use crate::clinic::{Provider, ProviderId, Service, ServiceId};
use crate::patients::{PatientId, parse_exported_day, tidy_chart_no};
use crate::platform::clock::at_minute;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::hex;
use crate::records::{ImportedVisit, Treatment, VisitStatus, join_teeth, parse_teeth};

/// Columns of a visits' file and the headers they go by.
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
    ("day", &["就诊日期", "日期", "就诊时间", "date", "day"]),
    ("time", &["时间", "time"]),
    ("minutes", &["时长", "分钟", "时长（分钟）", "duration", "minutes"]),
    ("chair", &["椅位", "诊椅", "诊位", "chair"]),
    ("provider", &["医生", "就诊医生", "医师", "doctor", "provider"]),
    ("service", &["项目", "就诊项目", "治疗项目", "service"]),
    ("diagnosis", &["诊断", "diagnosis"]),
    ("tooth", &["牙位", "牙齿", "tooth"]),
    ("treatment", &["处置", "治疗", "处理", "treatment"]),
    ("advice", &["医嘱", "advice"]),
    ("fee", &["费用", "金额", "fee", "amount"]),
    ("status", &["状态", "status"]),
];
/// Columns without which nothing can be imported.
pub(super) const NEEDED: &[&str] = &["chart_no", "day"];

/// Columns that say where and how long somebody was treated once. No visit has a field for them and no work follows from
/// them: they are kept with the import's own row of the audit. Key, Chinese, English.
pub(super) const IN_THE_AUDIT: [(&str, &str, &str); 2] = [("minutes", "时长", "duration"), ("chair", "椅位", "chair")];

/// Providers and services by their names, as exports write them.
#[derive(Default)]
pub(super) struct Names {
    providers: HashMap<String, ProviderId>,
    services: HashMap<String, ServiceId>,
}

impl Names {
    /// From the clinic's own.
    pub(super) fn new(providers: &[Provider], services: &[Service]) -> Names {
        let mut names = Names::default();
        for p in providers {
            for name in [&p.name, &p.name_en] {
                names.providers.entry(bare(name)).or_insert(p.id);
            }
        }
        for s in services {
            for name in [&s.name, &s.name_en, &s.code] {
                names.services.entry(s_key(name)).or_insert(s.id);
            }
        }
        names
    }
}

/// `赵倩(护士)` → `赵倩`: without brackets and titles.
fn bare(name: &str) -> String {
    let plain = name.split(['(', '（']).next().unwrap_or(name).trim();
    let mut plain = plain.to_lowercase();
    for title in ["主任医师", "医师", "医生", "洁牙师", "护士", "主任"] {
        if let Some(rest) = plain.strip_suffix(title)
            && rest.chars().count() >= 2
        {
            plain = rest.to_owned();
        }
    }
    plain
}

fn s_key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// What to know while reading.
pub(super) struct Reader<'a> {
    /// Ours, by name.
    pub(super) names: &'a Names,
    /// The clinic's zone, its day today, and the language of what is noted.
    pub(super) zone: chrono_tz::Tz,
    pub(super) today: NaiveDate,
    pub(super) lang: Lang,
    /// Minor units in a unit of the clinic's currency.
    pub(super) minor: i64,
    /// Columns that are not known: their values go behind the advice.
    pub(super) unknown: &'a [(usize, String)],
}

/// A row that was read; the patient is still to be found.
pub(super) struct Seen {
    /// Whose.
    pub(super) chart_no: String,
    /// What will be stored, of nobody yet.
    pub(super) visit: ImportedVisit,
    /// What is doubtful.
    pub(super) issues: Vec<Issue>,
    /// Figures without a line of their own.
    pub(super) figures: Vec<&'static str>,
    /// What no field is for, for the audit.
    pub(super) aside: String,
    /// The key of a second visit that the first one's key would name, too: told apart by what was done to which tooth.
    pub(super) own_key: String,
}

fn issue(verdict: Verdict, column: (&'static str, &'static str), zh: &str, en: &str, value: &str) -> Issue {
    Issue {
        verdict,
        column,
        figure: "",
        reason: Text::new(zh, en),
        value: value.to_owned(),
    }
}

fn in_the_future(day: &str) -> Issue {
    let (zh, en) = ("在今天之后，不是已发生的就诊", "after today: not a visit that has been");
    Issue {
        figure: "future_visits",
        ..issue(Verdict::Rejected, ("就诊日期", "date"), zh, en, day)
    }
}

impl Reader<'_> {
    /// The visit of a row.
    ///
    /// # Errors
    /// Why the row cannot be imported at all.
    pub(super) fn read(&self, row: &Row) -> Result<Seen, Box<Issue>> {
        let reject = |column, zh, en, value: &str| Box::new(issue(Verdict::Rejected, column, zh, en, value));
        let chart_no = tidy_chart_no(row.get("chart_no"));
        if chart_no.is_empty() {
            return Err(reject(("病历号", "chart number"), "缺病历号", "there is none", ""));
        }
        let text = row.get("day");
        let Some(day) = parse_exported_day(text) else {
            return Err(reject(("就诊日期", "date"), "无法识别", "cannot be read", text));
        };
        let status_text = row.get("status");
        let Some((status, figure)) = status(status_text) else {
            let (zh, en) = ("不是已发生的就诊", "not a visit that has been");
            return Err(reject(("状态", "status"), zh, en, status_text));
        };
        if day > self.today {
            return Err(Box::new(in_the_future(text)));
        }
        let mut issues = Vec::new();
        let mut figures = vec![figure];
        let (provider_name, service_name) = (row.get("provider"), row.get("service"));
        let provider = self.names.providers.get(&bare(provider_name)).copied();
        let service = self.names.services.get(&s_key(service_name)).copied();
        if provider.is_none() {
            figures.push("no_provider");
        }
        if service.is_none() {
            figures.push("no_service");
        }
        let mut advice = row.get("advice").to_owned();
        let minute = self.minute_of(row.get("time"), &mut advice, &mut issues);
        let fee_minor = self.fee(row.get("fee"), &mut advice, &mut issues);
        self.rest(row, &mut advice, &mut issues);
        let (on, at) = (day.to_string(), minute.to_string());
        let named = [&chart_no, &on, &at, provider_name, service_name];
        let own_key = key(&[&named[..], &[row.get("tooth"), row.get("treatment")]].concat());
        let visit = ImportedVisit {
            key: key(&named),
            patient: PatientId(0),
            provider,
            service,
            provider_name: provider_name.to_owned(),
            service_name: service_name.to_owned(),
            day,
            started_at: at_minute(self.zone, day, minute),
            diagnosis: row.get("diagnosis").to_owned(),
            advice,
            fee_minor,
            status,
            treatments: treatments(row, &mut issues),
        };
        Ok(Seen {
            chart_no,
            visit,
            issues,
            figures,
            aside: self.aside(row),
            own_key,
        })
    }

    /// What has no field of its own, and rows that are not as they should be.
    fn rest(&self, row: &Row, advice: &mut String, issues: &mut Vec<Issue>) {
        let named = self.unknown.iter().map(|(i, header)| (header.clone(), row.at(*i)));
        let unnamed = row.unnamed().into_iter().map(|(n, text)| {
            let name = self.lang.pick(format!("第 {n} 列"), format!("column {n}"));
            (name, text)
        });
        for (name, text) in named.chain(unnamed).filter(|(_, text)| !text.is_empty()) {
            self.append(advice, &name, &without_ids(text));
        }
        issues.extend(row_issues(row, Text::new("医嘱之后", "advice, at its end")));
    }

    /// Puts what has no place behind the advice, under a name.
    fn append(&self, advice: &mut String, name: &str, text: &str) {
        let colon = self.lang.pick("：", ": ");
        *advice = format!("{advice}\n{name}{colon}{text}").trim().to_owned();
    }

    /// `时长：45；椅位：5号椅`
    fn aside(&self, row: &Row) -> String {
        let (colon, between) = self.lang.pick(("：", "；"), (": ", "; "));
        let parts = IN_THE_AUDIT.map(|(key, zh, en)| (self.lang.pick(zh, en), row.get(key)));
        let given = parts.into_iter().filter(|(_, text)| !text.is_empty());
        let worded: Vec<String> = given.map(|(name, text)| format!("{name}{colon}{text}")).collect();
        worded.join(between)
    }

    /// Minute of the day; a time that is not given is midnight.
    fn minute_of(&self, text: &str, advice: &mut String, issues: &mut Vec<Issue>) -> i32 {
        if text.is_empty() {
            return 0;
        }
        let mut parts = text.split([':', '：']);
        let mut part = |below: i32| {
            parts
                .next()
                .and_then(|p| p.trim().parse::<i32>().ok())
                .filter(|n| (0..below).contains(n))
        };
        if let (Some(hour), Some(minute)) = (part(24), part(60)) {
            return hour * 60 + minute;
        }
        let (zh, en) = (
            "无法识别，按 0 点，原文在医嘱后",
            "cannot be read: midnight, kept behind the advice",
        );
        issues.push(issue(Verdict::Doubtful, ("时间", "time"), zh, en, text));
        self.append(advice, self.lang.pick("时间（原）", "Time (original)"), text);
        0
    }

    fn fee(&self, text: &str, advice: &mut String, issues: &mut Vec<Issue>) -> Option<i64> {
        if text.is_empty() {
            return None;
        }
        let fee = minor_units(text, self.minor);
        if fee.is_none() {
            let (zh, en) = ("无法识别，原文在医嘱后", "cannot be read: kept behind the advice");
            issues.push(issue(Verdict::Doubtful, ("费用", "fee"), zh, en, text));
            self.append(advice, self.lang.pick("费用（原）", "Fee (original)"), text);
        }
        fee
    }
}

/// `180`, `180.0`, `¥1,200.50` in minor units; never rounded.
fn minor_units(text: &str, minor: i64) -> Option<i64> {
    let plain: String = text.chars().filter(|c| !"¥￥,， 元".contains(*c)).collect();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let places = minor.checked_ilog10().map_or(0, |p| usize::try_from(p).unwrap_or(0));
    let fraction = fraction.trim_end_matches('0');
    let sound = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !sound(whole) || !sound(fraction) || fraction.len() > places {
        return None;
    }
    let part: i64 = format!("{fraction:0<places$}").parse().unwrap_or(0);
    whole.parse::<i64>().ok()?.checked_mul(minor)?.checked_add(part)
}

fn status(text: &str) -> Option<(VisitStatus, &'static str)> {
    match text.to_lowercase().as_str() {
        "完成" | "已完成" | "已就诊" | "结束" | "done" | "finished" | "completed" | "" => {
            Some((VisitStatus::Finished, "finished"))
        }
        "爽约" | "未到" | "失约" | "no-show" | "missed" => Some((VisitStatus::Missed, "missed")),
        "取消" | "已取消" | "cancelled" | "canceled" => Some((VisitStatus::Cancelled, "cancelled")),
        _ => None,
    }
}

fn treatments(row: &Row, issues: &mut Vec<Issue>) -> Vec<Treatment> {
    let (tooth, done) = (row.get("tooth"), row.get("treatment"));
    if tooth.is_empty() && done.is_empty() {
        return Vec::new();
    }
    let described = if done.is_empty() { row.get("service") } else { done };
    match parse_teeth(tooth) {
        Ok(teeth) => vec![Treatment {
            tooth: Some(join_teeth(&teeth)).filter(|t| !t.is_empty()),
            description: described.to_owned(),
        }],
        Err(_) => {
            let (zh, en) = (
                "不是 FDI 牙位，写入处置",
                "not a tooth in FDI notation: put into the treatment",
            );
            issues.push(issue(Verdict::Doubtful, ("牙位", "tooth"), zh, en, tooth));
            vec![Treatment {
                tooth: None,
                description: format!("{tooth} {described}"),
            }]
        }
    }
}

/// Names an exported visit by what does not change: whose, when, by whom, for what.
fn key(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0x1F]);
    }
    format!("csv1-{}", hex(hash.finalize().get(..16).unwrap_or(&[])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_never_rounded() {
        for (text, expected) in [
            ("180.0", Some(18_000)),
            ("0.0", Some(0)),
            ("¥1,200.5", Some(120_050)),
            ("380元", Some(38_000)),
            ("1.005", None),
            ("-5", None),
            ("abc", None),
            (".5", None),
        ] {
            assert_eq!(minor_units(text, 100), expected, "{text}");
        }
        assert_eq!(minor_units("1200", 1), Some(1200));
        assert_eq!(minor_units("12.5", 1), None);
    }
    #[test]
    fn names_without_titles() {
        for (name, expected) in [
            ("赵倩(护士)", "赵倩"),
            ("李明医生", "李明"),
            ("李医生", "李医生"),
            ("周强 主任医师", "周强 "),
        ] {
            assert_eq!(bare(name).trim(), expected.trim(), "{name}");
        }
    }
    #[test]
    fn keys_tell_their_parts_apart() {
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_eq!(key(&["a"]), key(&["a"]));
    }
}
