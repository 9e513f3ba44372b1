//! `/settings/audit`: who did what.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use chrono_tz::Tz;

use super::super::audit::{AuditFilter, PatientName, PatientNames, Subject, audit, search_audit};
use super::super::gate::get;
use super::super::model::{Actor, MANAGERS, UserId};
use super::super::store;
use super::super::views::audit as views;
use crate::platform::clock::day_bounds;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::answer::page;
use crate::platform::web::form::{Faults, Form, Input};
use crate::platform::web::layout::Frame;

/// Rows on a page.
const PAGE: i64 = 50;

pub(in crate::staff) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/settings/audit").route(get(MANAGERS, log)));
}

/// Most patients that a search in the filter may mean.
const FOUND_MAX: i64 = 20;

type Names = web::Data<Arc<dyn PatientNames>>;

/// Looking at the log is noted in it, too: it tells about patients.
async fn log(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    names: Names,
    query: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    let input = Input::from_pairs(query.into_inner());
    let (typed, source) = (input.clone(), Arc::clone(names.get_ref()));
    let (mut shown, faults) = ctx.db.read(move |c| load(c, source.as_ref(), &typed)).await?;
    note_look(&ctx, actor, &shown.meant).await?;
    shown.older = older(&input, &mut shown.rows);
    let form = Form {
        lang: frame.lang,
        input: &input,
        faults: &faults,
    };
    let status = if faults.0.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok(page(status, views::log(&frame, &form, &shown)))
}

fn load(c: &mut Conn, names: &dyn PatientNames, input: &Input) -> Result<(views::Log, Faults)> {
    let (zone, mut faults) = (store::zone(c)?, Faults::default());
    let mut wanted = filter(input, zone, &mut faults);
    let meant = match input.get("patient") {
        "" => Vec::new(),
        text => names.found(c, text, FOUND_MAX)?,
    };
    if !input.get("patient").is_empty() {
        wanted.patients = Some(meant.iter().map(|p| p.id).collect());
        if meant.is_empty() {
            faults.add("patient", "unknown", "没有找到这位患者", "No such patient was found");
        }
    }
    let rows = if faults.0.is_empty() {
        search_audit(c, &wanted, PAGE + 1)?
    } else {
        Vec::new()
    };
    let mut ids: Vec<i64> = rows.iter().filter_map(|e| e.patient).collect();
    ids.sort_unstable();
    ids.dedup();
    let log = views::Log {
        patients: names.named(c, &ids)?,
        users: store::list_users(c)?,
        rows,
        zone,
        meant,
        older: None,
    };
    Ok((log, faults))
}

/// One row for each patient who was asked for, or one that says that the log was looked at.
async fn note_look(ctx: &Ctx, actor: Actor, meant: &[PatientName]) -> Result<()> {
    let mut whose: Vec<Option<i64>> = meant.iter().map(|p| Some(p.id)).collect();
    if whose.is_empty() {
        whose.push(None);
    }
    let now = ctx.now();
    ctx.db
        .write(move |c| {
            whose.into_iter().try_for_each(|patient| {
                let subject = Subject {
                    kind: "audit_log",
                    id: None,
                    patient,
                };
                audit(c, now, &actor, "read", subject, "")
            })
        })
        .await
}

fn filter(input: &Input, zone: Tz, faults: &mut Faults) -> AuditFilter {
    let from: Option<NaiveDate> = input.parse("from", faults);
    let until: Option<NaiveDate> = input.parse("until", faults);
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        faults.add(
            "until",
            "out_of_range",
            "结束日期早于开始日期",
            "The last day is before the first",
        );
    }
    AuditFilter {
        user: input.parse::<UserId>("person", faults),
        action: Some(input.get("action").to_owned()).filter(|a| !a.is_empty()),
        patients: None,
        from: from.map(|d| day_bounds(zone, d).0),
        until: until.map(|d| day_bounds(zone, d).1),
        before: input.parse("before", faults),
    }
}

/// Cuts the row that only says that there are more, and makes the link to them.
fn older(input: &Input, rows: &mut Vec<super::super::audit::AuditEntry>) -> Option<String> {
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    if rows.len() <= page {
        return None;
    }
    rows.truncate(page);
    let before = rows.last()?.id.to_string();
    let kept = ["person", "action", "patient", "from", "until"];
    let pairs = kept.into_iter().map(|name| (name, input.get(name)));
    let query: Vec<String> = pairs
        .chain([("before", before.as_str())])
        .filter(|(_, v)| !v.is_empty())
        .map(|(n, v)| format!("{n}={}", super::super::gate::url_encode(v)))
        .collect();
    Some(format!("/settings/audit?{}", query.join("&")))
}
