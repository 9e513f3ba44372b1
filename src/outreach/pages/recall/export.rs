//! `/recall.csv`: the recall list for a spreadsheet, for labels, cards or another telephone.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;

use super::super::super::model::{RecallFilter, Risk};
use super::super::super::store::recalls::{self, RecallRow};
use super::filter;
use crate::clinic;
use crate::platform::clock::{Instant, day_bounds};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::Ctx;
use crate::platform::web::form::Input;
use crate::platform::web::sheet::{self, Sheet};
use crate::staff::{self, Actor, DESK, Subject};

/// Rows read at a time.
const ROWS: i64 = 1000;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/recall.csv").route(staff::get(DESK, export)));
}

async fn export(ctx: Ctx, lang: Lang, actor: Actor, query: web::Query<Vec<(String, String)>>) -> Result<HttpResponse> {
    let now = ctx.now();
    let input = Input::from_pairs(query.into_inner());
    let (name, table, rows) = ctx.db.read(move |c| written(c, now, lang, &input)).await?;
    let subject = Subject {
        kind: "recalls",
        id: None,
        patient: None,
    };
    let detail = format!("{rows} recalls");
    ctx.db
        .write(move |c| staff::audit(c, now, &actor, "export", subject, &detail))
        .await?;
    Ok(sheet::download(&name, table))
}

/// All of the list, in the order of the page.
fn all(c: &mut Conn, (today, morning): (NaiveDate, Instant), filter: RecallFilter) -> Result<Vec<RecallRow>> {
    let mut by_day = RecallFilter {
        by_risk: false,
        ..filter
    };
    let mut rows: Vec<RecallRow> = Vec::new();
    loop {
        let some = recalls::list_due(c, today, morning, by_day, ROWS)?;
        let Some(last) = some.last() else { break };
        by_day.after = Some((last.recall.due_on, last.recall.id));
        rows.extend(some);
    }
    if filter.by_risk {
        rows.sort_by_key(|r| Risk::rank(r.risk));
    }
    Ok(rows)
}

/// The list as a table, by the filters and in the order of the page: its name, the file, and how many rows.
fn written(c: &mut Conn, now: Instant, lang: Lang, input: &Input) -> Result<(String, Vec<u8>, usize)> {
    let zone = clinic::the_site(c)?.tz();
    let today = now.day(zone);
    let rows = all(c, (today, day_bounds(zone, today).0), filter(input))?;
    let mut table = Sheet::new(lang.pick(
        [
            "患者",
            "手机",
            "方式",
            "项目",
            "到期日",
            "超期周数",
            "风险",
            "联系次数",
            "上次就诊",
            "医生",
        ],
        [
            "Patient",
            "Mobile",
            "Channel",
            "Type",
            "Due on",
            "Weeks over",
            "Risk",
            "Contacts",
            "Last visit",
            "Provider",
        ],
    ))?;
    for RecallRow {
        recall,
        name,
        phone,
        channel,
        service,
        service_en,
        last_visit,
        risk,
        ..
    } in &rows
    {
        let (day, provider) = last_visit
            .clone()
            .map(|(d, who)| (d.to_string(), who))
            .unwrap_or_default();
        table.row([
            name.clone(),
            phone.as_deref().map(phone_for_people).unwrap_or_default(),
            channel.name().get(lang).to_owned(),
            lang.pick(service, service_en).clone(),
            recall.due_on.to_string(),
            recall.weeks_over(today).to_string(),
            risk.map(|r| r.name().get(lang).to_owned()).unwrap_or_default(),
            recall.attempts.to_string(),
            day,
            provider,
        ])?;
    }
    Ok((format!("recalls-{today}"), table.bytes()?, rows.len()))
}
