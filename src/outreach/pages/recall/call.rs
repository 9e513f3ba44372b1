//! `/recall/{id}/call`: the result of a call, for everybody of the family that it was about.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::Markup;

use super::super::super::actions::{self, Called};
use super::super::super::model::{CallResult, Contact, Recall, RecallId};
use super::super::super::store::recalls;
use super::super::super::views::recall as view;
use super::{answer, incomplete, name_of, version};
use crate::clinic;
use crate::messaging::Carrier;
use crate::patients;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::page as answer_page;
use crate::platform::web::form::{Faults, Form, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor};

/// Days until somebody who asks for another call is called.
const LATER_DAYS: i64 = 7;

pub(super) async fn form(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>) -> Result<Markup> {
    let (now, id) = (ctx.now(), RecallId(*id));
    let (call, zone) = ctx
        .db
        .read(move |c| Ok((load(c, now, id)?, clinic::the_site(c)?.tz())))
        .await?;
    staff::read_of_record(&ctx.db, now, &actor, "recalls", call.patient.id.0).await?;
    // "Call later" means in a week, unless somebody says another day.
    let later = plus_days(now.day(zone), LATER_DAYS).to_string();
    let mut input = Input::from_pairs([("version", call.recall.version.to_string()), ("later", later.clone())]);
    for member in &call.family {
        let id = member.recall.id;
        input.set(&format!("version-{id}"), member.recall.version.to_string());
        input.set(&format!("later-{id}"), later.clone());
    }
    let form = Form {
        lang: frame.lang,
        input: &input,
        faults: &Faults::default(),
    };
    Ok(view::call_form(&frame, &call, form))
}

fn load(c: &mut Conn, now: Instant, id: RecallId) -> Result<view::CallPage> {
    let recall = recalls::get_recall(c, id)?;
    let today = now.day(clinic::the_site(c)?.tz());
    let days = recalls::progress(c)?.family_days;
    let mut family = recalls::family_of(c, (&recall, Carrier::Sms), days, today, now)?;
    family.retain(|m| m.recall.id != recall.id);
    Ok(view::CallPage {
        patient: patients::get_patient(c, recall.patient_id)?,
        service: clinic::get_service(c, recall.service_id)?,
        family,
        today,
        recall,
    })
}

pub(super) async fn save(
    req: HttpRequest,
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    (id, input): (web::Path<i64>, Input),
) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), RecallId(*id));
    match called(&ctx, actor, id, &input).await {
        Ok((recall, contact)) => {
            let name = name_of(&ctx, &recall).await?;
            Ok(answer(&req, &frame, &recall, &contact, &name))
        }
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let call = ctx.db.read(move |c| load(c, now, id)).await?;
            let form = Form {
                lang: frame.lang,
                input: &input,
                faults: &faults,
            };
            let page = view::call_form(&frame, &call, form);
            Ok(answer_page(StatusCode::UNPROCESSABLE_ENTITY, page))
        }
    }
}

/// The first recall has a result; further members may have one.
async fn called(ctx: &Ctx, actor: Actor, id: RecallId, input: &Input) -> Result<(Recall, Contact)> {
    let mut faults = Faults::default();
    let result: Option<CallResult> = input.need("result", &mut faults);
    let later = input.parse("later", &mut faults);
    let mut more = Vec::new();
    for member in input.all("member") {
        let field = |name: &str| format!("{name}-{member}");
        if let Some(result) = input.parse(&field("result"), &mut faults) {
            more.push(Called {
                id: RecallId(member.parse().map_err(|_| incomplete())?),
                version: input.get(&field("version")).parse().map_err(|_| incomplete())?,
                result,
                later: input.parse(&field("later"), &mut faults),
            });
        }
    }
    faults.finish()?;
    let first = Called {
        id,
        version: version(input)?,
        result: result.ok_or_else(|| Error::Invalid(Vec::new()))?,
        later,
    };
    let calls = std::iter::once(first).chain(more).collect();
    actions::call(&ctx.db, ctx.now(), actor, calls).await
}
