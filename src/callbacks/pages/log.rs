//! The log of callbacks and satisfaction, for the head nurse.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use chrono::{Datelike, Months, NaiveDate};
use serde::Deserialize;

use crate::callbacks::model::{Attempt, AttemptId, CallResult, LOW_SCORE, Task, reason_in};
use crate::callbacks::store::{self, Logged};
use crate::callbacks::views::log as view;
use crate::clinic;
use crate::platform::clock::{Instant, day_bounds};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::layout::Frame;
use crate::platform::web::sheet::{self, Sheet};
use crate::platform::web::{Ctx, Params};
use crate::staff::{self, Actor, MANAGERS, Subject, UserId};

/// Most calls of one month that are looked at.
const ROWS_MAX: i64 = 20_000;
/// Months that can be chosen.
const MONTHS: u32 = 24;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/callbacks/log").route(staff::get(MANAGERS, show)))
        .service(web::resource("/callbacks/log.csv").route(staff::get(MANAGERS, export)));
}

/// What the query asks for; a form sends empty texts for "all".
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    month: String,
    #[serde(default)]
    result: String,
    #[serde(default)]
    low: String,
}

/// The calls of a month and what they add up to.
pub(in crate::callbacks) struct Log {
    pub lang: Lang,
    pub zone: chrono_tz::Tz,
    pub month: NaiveDate,
    pub months: Vec<NaiveDate>,
    pub result: Option<CallResult>,
    pub low: bool,
    pub rows: Vec<Logged>,
    /// Other tasks that a call of these settled, by the call.
    pub along: BTreeMap<AttemptId, Vec<Task>>,
}

/// Sums over the rows shown.
#[derive(Debug, Default, PartialEq)]
pub(in crate::callbacks) struct Sums {
    pub calls: usize,
    pub reached: usize,
    pub scores: usize,
    pub total: i64,
    pub low: usize,
}
impl Sums {
    /// Share of calls that reached somebody, in percent.
    pub fn reach_rate(&self) -> Option<usize> {
        (self.reached * 100 + self.calls / 2).checked_div(self.calls)
    }
    /// Mean score with one decimal.
    pub fn mean(&self) -> Option<String> {
        let n = i64::try_from(self.scores).unwrap_or(i64::MAX);
        let tenths = (self.total * 10 + n / 2).checked_div(n)?;
        Some(format!("{}.{}", tenths / 10, tenths % 10))
    }
}
impl Sums {
    fn add(&mut self, a: &Attempt) {
        self.calls += 1;
        self.reached += usize::from(a.result.is_reached());
        self.scores += usize::from(a.score.is_some());
        self.total += i64::from(a.score.unwrap_or(0));
        self.low += usize::from(a.score.is_some_and(|s| s <= LOW_SCORE));
    }
}
impl Log {
    pub fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for (a, ..) in &self.rows {
            sums.add(a);
        }
        sums
    }
    /// Sums of each caller, who called most first.
    pub fn by_caller(&self) -> Vec<(&str, Sums)> {
        let mut callers: BTreeMap<(Option<UserId>, &str), Sums> = BTreeMap::new();
        for (a, ..) in &self.rows {
            callers.entry((a.user_id, a.actor.as_str())).or_default().add(a);
        }
        let mut list: Vec<(&str, Sums)> = callers.into_iter().map(|((_, name), sums)| (name, sums)).collect();
        list.sort_by_key(|(_, sums)| std::cmp::Reverse(sums.calls));
        list
    }
    /// What a call settled along: kind and reason of each task.
    pub fn along_of(&self, call: AttemptId) -> Vec<String> {
        let tasks = self.along.get(&call).map_or(&[][..], Vec::as_slice);
        let lang = self.lang;
        let words = |t: &Task| format!("{} · {}", t.kind.name().get(lang), reason_in(&t.reason, lang));
        tasks.iter().map(words).collect()
    }
    /// The query that shows the same rows.
    pub fn query(&self) -> String {
        let result = self.result.map_or("", CallResult::as_str);
        format!(
            "month={}&result={result}&low={}",
            self.month.format("%Y-%m"),
            if self.low { "1" } else { "" }
        )
    }
}

async fn read(ctx: &Ctx, lang: Lang, asked: &Asked) -> Result<Log> {
    let now = ctx.now();
    let result = match asked.result.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| unknown("result"))?),
    };
    let (wanted, low) = (asked.month.clone(), !asked.low.is_empty());
    ctx.db
        .read(move |c| {
            let zone = clinic::the_site(c)?.tz();
            let this = first_of_month(now.day(zone));
            let month = match wanted.as_str() {
                "" => this,
                text => parse_month(text).ok_or_else(|| unknown("month"))?,
            };
            let after = month.checked_add_months(Months::new(1)).unwrap_or(month);
            let span: (Instant, Instant) = (day_bounds(zone, month).0, day_bounds(zone, after).0);
            let rows = store::list_log(c, span, result, low.then_some(LOW_SCORE), ROWS_MAX)?;
            let months = (0..MONTHS)
                .filter_map(|n| this.checked_sub_months(Months::new(n)))
                .collect();
            Ok(Log {
                lang,
                zone,
                month,
                months,
                result,
                low,
                rows,
                along: store::list_settled_along(c, span)?,
            })
        })
        .await
}
fn unknown(field: &str) -> Error {
    Error::field(field, "invalid", "筛选条件不对", "This filter cannot be read")
}
fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}
fn parse_month(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()
}

async fn audited(ctx: &Ctx, actor: Actor, action: &'static str, log: &Log) -> Result<()> {
    let (now, detail) = (ctx.now(), format!("{} calls of {}", log.rows.len(), log.query()));
    let subject = Subject {
        kind: "call_attempts",
        id: None,
        patient: None,
    };
    ctx.db
        .write(move |c| staff::audit(c, now, &actor, action, subject, &detail))
        .await
}

async fn show(ctx: Ctx, frame: Frame, actor: Actor, Params(asked): Params<Asked>) -> Result<maud::Markup> {
    let log = read(&ctx, frame.lang, &asked).await?;
    audited(&ctx, actor, "read", &log).await?;
    Ok(view::page(&frame, &log))
}

async fn export(ctx: Ctx, lang: Lang, actor: Actor, Params(asked): Params<Asked>) -> Result<HttpResponse> {
    let log = read(&ctx, lang, &asked).await?;
    audited(&ctx, actor, "export", &log).await?;
    let name = format!("callbacks-{}", log.month.format("%Y-%m"));
    Ok(sheet::download(&name, csv_of(&log)?))
}

/// The rows as CSV.
fn csv_of(log: &Log) -> Result<Vec<u8>> {
    let lang = log.lang;
    let mut csv = Sheet::new(lang.pick(
        [
            "时间",
            "患者",
            "类型",
            "原因",
            "护士",
            "结果",
            "警报",
            "评分",
            "备注",
            "同一通电话办理的其他任务",
        ],
        [
            "Time",
            "Patient",
            "Kind",
            "Reason",
            "Caller",
            "Result",
            "Alarm",
            "Score",
            "Note",
            "Also settled by this call",
        ],
    ))?;
    for (a, task, name) in &log.rows {
        csv.row([
            a.at.local(log.zone).format("%Y-%m-%d %H:%M").to_string(),
            name.clone(),
            task.kind.name().get(lang).to_owned(),
            reason_in(&task.reason, lang),
            a.actor.clone(),
            a.result.name().get(lang).to_owned(),
            a.alarm.name().get(lang).to_owned(),
            a.score.map(|s| s.to_string()).unwrap_or_default(),
            a.note.clone(),
            log.along_of(a.id).join(lang.pick("；", "; ")),
        ])?;
    }
    csv.bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        let sums = Sums {
            calls: 6,
            reached: 5,
            scores: 3,
            total: 14,
            low: 0,
        };
        assert_eq!((sums.reach_rate(), sums.mean().as_deref()), (Some(83), Some("4.7")));
        assert_eq!((Sums::default().reach_rate(), Sums::default().mean()), (None, None));
    }
    #[test]
    fn months() {
        assert_eq!(parse_month("2026-11"), NaiveDate::from_ymd_opt(2026, 11, 1));
        assert_eq!(parse_month("2026-13"), None);
    }
}
