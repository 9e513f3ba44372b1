//! `/reports/waiting`: how long patients wait and stay, by provider, weekday and hour, over a period (clinic.md R18).

use actix_web::{HttpResponse, web};
use chrono::{Days, NaiveDate, Weekday};
use maud::Markup;
use serde::Deserialize;

use super::super::model::waits::{By, Measure, Summaries, Summary, group, sum_up};
use super::super::{store, views};
use crate::clinic::{self, Provider, ProviderId};
use crate::platform::clock::{day_bounds, is_in_calendar};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, Text};
use crate::platform::web::layout::Frame;
use crate::platform::web::sheet::{self, Sheet};
use crate::platform::web::{Ctx, Params};
use crate::staff::{self, Actor, MANAGERS, Subject};

/// The period when none is chosen: so many days up to today.
const USUAL_DAYS: u64 = 28;
/// Longest period, in days.
const DAYS_MAX: i64 = 732;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/reports/waiting").route(staff::get(MANAGERS, show)))
        .service(web::resource("/reports/waiting.csv").route(staff::get(MANAGERS, export)));
}

/// What the query asks for; a form sends empty texts for "all".
#[derive(Debug, Default, Clone, Deserialize)]
pub(in crate::appointments::reception) struct Asked {
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub until: String,
    #[serde(default)]
    pub provider: String,
}

/// The visits of a period in groups.
pub(in crate::appointments::reception) struct Grouping {
    pub by: By,
    pub title: Text,
    /// Key, name, and what the measures come to.
    pub groups: Vec<(i64, Text, Summaries)>,
}

/// The report.
pub(in crate::appointments::reception) struct Report {
    pub lang: Lang,
    pub from: NaiveDate,
    pub until: NaiveDate,
    pub provider: Option<ProviderId>,
    pub providers: Vec<Provider>,
    /// Of all visits of the period.
    pub whole: Summaries,
    /// The same in groups.
    pub groups: Vec<Grouping>,
}

impl Report {
    /// The query that shows the same.
    pub fn query(&self) -> String {
        let provider = self.provider.map(|p| p.to_string()).unwrap_or_default();
        format!("from={}&until={}&provider={provider}", self.from, self.until)
    }
}

fn day(field: &'static str, text: &str, usual: NaiveDate) -> Result<NaiveDate> {
    match text {
        "" => Ok(usual),
        text => text.parse().ok().filter(|d| is_in_calendar(*d)).ok_or_else(|| {
            Error::field(
                field,
                "invalid",
                "日期格式应为 2026-11-23",
                "A day is written 2026-11-23",
            )
        }),
    }
}

pub(in crate::appointments::reception) async fn read(ctx: &Ctx, lang: Lang, asked: Asked) -> Result<Report> {
    let now = ctx.now();
    ctx.db
        .read(move |c| {
            let clinic = clinic::snapshot(c)?;
            let zone = clinic.site.tz();
            let until = day("until", &asked.until, now.day(zone))?;
            let usual = until.checked_sub_days(Days::new(USUAL_DAYS - 1)).unwrap_or(until);
            let from = day("from", &asked.from, usual)?;
            if from > until || (until - from).num_days() > DAYS_MAX {
                return Err(Error::field(
                    "from",
                    "out_of_range",
                    "起始日期应在结束日期之前，最多两年",
                    "The first day comes before the last, by two years at most",
                ));
            }
            let unknown = |_| Error::field("provider", "unknown", "没有这位医生", "There is no such provider");
            let provider: Option<ProviderId> = match asked.provider.as_str() {
                "" => None,
                text => Some(text.parse().map_err(unknown)?),
            };
            let span = (day_bounds(zone, from).0, day_bounds(zone, until).1);
            let visits = store::list_waits(c, clinic.site.id, span, provider)?;
            let named = |by: By, title: Text| {
                let groups = group(&visits, by, zone).into_iter();
                let groups = groups.map(|(key, sums)| (key, name(by, key, &clinic.providers), sums));
                Grouping {
                    by,
                    title,
                    groups: groups.collect(),
                }
            };
            Ok(Report {
                lang,
                from,
                until,
                provider,
                whole: sum_up(&visits),
                groups: vec![
                    named(By::Provider, Text::new("按医生", "By provider")),
                    named(By::Weekday, Text::new("按星期", "By weekday")),
                    named(By::Hour, Text::new("按到诊时间", "By hour of arrival")),
                ],
                providers: clinic.providers.clone(),
            })
        })
        .await
}

fn name(by: By, key: i64, providers: &[Provider]) -> Text {
    match by {
        By::Provider => {
            let found = providers.iter().find(|p| p.id.0 == key);
            found.map_or_else(|| Text::new("–", "–"), |p| Text::new(p.name.clone(), p.name_en.clone()))
        }
        By::Weekday => {
            let weekday = u8::try_from(key)
                .ok()
                .and_then(|n| Weekday::try_from(n).ok())
                .unwrap_or(Weekday::Mon);
            Text::new(Lang::Zh.weekday(weekday), Lang::En.weekday(weekday))
        }
        By::Hour => {
            let hours = format!("{key:02}:00–{:02}:00", key + 1);
            Text::new(hours.clone(), hours)
        }
    }
}

async fn show(ctx: Ctx, frame: Frame, Params(asked): Params<Asked>) -> Result<Markup> {
    let report = read(&ctx, frame.lang, asked).await?;
    Ok(views::report::page(&frame, &report))
}

async fn export(ctx: Ctx, lang: Lang, actor: Actor, Params(asked): Params<Asked>) -> Result<HttpResponse> {
    let report = read(&ctx, lang, asked).await?;
    let (now, detail) = (ctx.now(), report.query());
    let subject = Subject {
        kind: "appointments",
        id: None,
        patient: None,
    };
    ctx.db
        .write(move |c| staff::audit(c, now, &actor, "export", subject, &detail))
        .await?;
    let name = format!("waiting-{}-{}", report.from, report.until);
    Ok(sheet::download(&name, csv_of(&report)?))
}

/// One line for each group and measure.
fn csv_of(r: &Report) -> Result<Vec<u8>> {
    let lang = r.lang;
    let mut csv = Sheet::new(lang.pick(
        [
            "分组",
            "组",
            "指标",
            "人次",
            "中位数（分钟）",
            "P90（分钟）",
            "10 分钟内（%）",
            "20 分钟内（%）",
        ],
        [
            "Grouping",
            "Group",
            "Measure",
            "n",
            "Median (min)",
            "P90 (min)",
            "Within 10 min (%)",
            "Within 20 min (%)",
        ],
    ))?;
    let all = Text::new("全部", "All");
    let groups = r.groups.iter();
    let groups = groups.flat_map(|g| g.groups.iter().map(|(_, name, sums)| (&g.title, name, sums)));
    for (title, name, sums) in std::iter::once((&all, &all, &r.whole)).chain(groups) {
        for (measure, s) in Measure::ALL.iter().zip(sums) {
            csv.row(line(lang, (title, name), *measure, s))?;
        }
    }
    csv.bytes()
}

fn line(lang: Lang, (title, name): (&Text, &Text), measure: Measure, s: &Summary) -> [String; 8] {
    let [ten, twenty] = s.within.map(|n| n.to_string());
    [
        title.get(lang).to_owned(),
        name.get(lang).to_owned(),
        measure.name().get(lang).to_owned(),
        s.n.to_string(),
        s.median.to_string(),
        s.p90.to_string(),
        ten,
        twenty,
    ]
}
