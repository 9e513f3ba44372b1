//! `/patients/{id}/preferences`

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::actions;
use super::model::Wanted;
use super::{store, views};
use crate::appointments::model::together::Filter;
use crate::clinic::{self, parse_minute, show_minute};
use crate::patients::{self, PatientId};
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/patients/{id:\\d+}/preferences")
            .route(staff::get(DESK, page))
            .route(staff::post(DESK, save)),
    );
}

async fn page(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = PatientId(*id);
    staff::read_of_record(&ctx.db, ctx.now(), &actor, actions::PREFERENCES, id.0).await?;
    draw(&ctx, &frame, id, None).await
}

/// The fields as they are stored.
fn input_of(wanted: &Wanted, version: i64) -> Input {
    let time = |m: Option<i32>| m.map(show_minute).unwrap_or_default();
    let mut pairs = vec![
        (
            "provider_id",
            wanted.provider.map(|p| p.to_string()).unwrap_or_default(),
        ),
        ("from_time", time(wanted.when.from)),
        ("until_time", time(wanted.when.until)),
        ("version", version.to_string()),
    ];
    let days = (1..).zip(wanted.when.weekdays).filter(|(_, on)| *on);
    pairs.extend(days.map(|(n, _): (u32, bool)| ("weekdays", n.to_string())));
    Input::from_pairs(pairs)
}

async fn draw(
    ctx: &Ctx,
    frame: &Frame,
    id: PatientId,
    again: Option<(StatusCode, Input, Faults)>,
) -> Result<HttpResponse> {
    let (patient, said, clinic) = ctx
        .db
        .read(move |c| {
            let said = store::find_preferences(c, id)?;
            Ok((patients::get_patient(c, id)?, said, clinic::snapshot(c)?))
        })
        .await?;
    let (status, input, faults) = again.unwrap_or_else(|| {
        let wanted = said.as_ref().map(|s| s.wanted).unwrap_or_default();
        let input = input_of(&wanted, said.as_ref().map_or(0, |s| s.version));
        (StatusCode::OK, input, Faults::default())
    });
    let page = views::Page {
        clinic,
        patient,
        said,
        input,
        faults,
    };
    Ok(answer(status, views::page(frame, &page)))
}

fn read(input: &Input) -> Result<(Wanted, i64)> {
    let mut faults = Faults::default();
    let mut minute = |name: &str| match input.get(name) {
        "" => None,
        text => {
            let read = parse_minute(text);
            if read.is_none() {
                faults.add(name, "invalid", "时间的格式是 09:30", "A time is written 09:30");
            }
            read
        }
    };
    let (from, until) = (minute("from_time"), minute("until_time"));
    let mut weekdays = [false; 7];
    for day in input.all("weekdays").iter().filter_map(|d| d.parse::<usize>().ok()) {
        if let Some(on) = day.checked_sub(1).and_then(|i| weekdays.get_mut(i)) {
            *on = true;
        }
    }
    let provider = input.parse("provider_id", &mut faults);
    let version = input.need("version", &mut faults);
    faults.finish()?;
    let wanted = Wanted {
        provider,
        when: Filter { weekdays, from, until },
    };
    Ok((wanted, version.unwrap_or(0)))
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), PatientId(*id));
    let done = match read(&input) {
        Ok((wanted, version)) => {
            let write = move |c: &mut _| actions::save(c, now, &actor, (id, version), wanted);
            ctx.db.write(write).await
        }
        Err(e) => Err(e),
    };
    let (status, faults) = match done {
        Ok(()) => return Ok(see_other(&format!("/patients/{id}/preferences?saved=1"))),
        Err(Error::Conflict { code, text, .. }) => {
            let mut faults = Faults::default();
            faults.add("provider_id", code, text.zh, text.en);
            (StatusCode::CONFLICT, faults)
        }
        Err(e) => (StatusCode::UNPROCESSABLE_ENTITY, Faults::from_error(e)?),
    };
    draw(&ctx, &frame, id, Some((status, input, faults))).await
}
