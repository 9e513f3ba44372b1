//! `/settings/audit`: who did what.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::super::audit::{AuditFilter, Subject, audit, search_audit};
use super::super::gate::get;
use super::super::model::{Actor, MANAGERS, UserId};
use super::super::store;
use super::super::views::audit as views;
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

/// Looking at the log is noted in it, too: it tells about patients.
async fn log(ctx: Ctx, frame: Frame, actor: Actor, query: web::Query<Vec<(String, String)>>) -> Result<HttpResponse> {
    let input = Input::from_pairs(query.into_inner());
    let mut faults = Faults::default();
    let wanted = filter(&input, &mut faults);
    let (now, patient) = (ctx.now(), wanted.patient);
    let subject = Subject {
        kind: "audit_log",
        id: None,
        patient,
    };
    let well = faults.0.is_empty();
    let mut shown = ctx
        .db
        .read(move |c| {
            Ok(views::Log {
                rows: if well {
                    search_audit(c, &wanted, PAGE + 1)?
                } else {
                    Vec::new()
                },
                users: store::list_users(c)?,
                zone: store::zone(c)?,
                older: None,
            })
        })
        .await?;
    ctx.db
        .write(move |c| audit(c, now, &actor, "read", subject, ""))
        .await?;
    shown.older = older(&input, &mut shown.rows);
    let form = Form {
        lang: frame.lang,
        input: &input,
        faults: &faults,
    };
    let status = if well {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok(page(status, views::log(&frame, &form, &shown)))
}

fn filter(input: &Input, faults: &mut Faults) -> AuditFilter {
    AuditFilter {
        user: input.parse::<UserId>("person", faults),
        action: Some(input.get("action").to_owned()).filter(|a| !a.is_empty()),
        patient: input.parse("patient", faults),
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
    let pairs = [
        ("person", input.get("person")),
        ("action", input.get("action")),
        ("patient", input.get("patient")),
        ("before", &before),
    ];
    let query: Vec<String> = pairs
        .iter()
        .filter(|(_, v)| !v.is_empty())
        .map(|(n, v)| format!("{n}={}", super::super::gate::url_encode(v)))
        .collect();
    Some(format!("/settings/audit?{}", query.join("&")))
}
