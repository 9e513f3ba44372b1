//! What is changed of a visit on its panel: what it is for, how long, the note.

use actix_web::{HttpResponse, web};

use super::super::actions::{self, Edit};
use super::super::model::{Action, Appointment, AppointmentId};
use super::desk::Request;
use super::steps::answer;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::Actor;

/// Changes what the form says, or shows it again with what is wrong.
pub(super) async fn edit(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<AppointmentId>,
    input: Input,
) -> Result<HttpResponse> {
    let r = Request::new(ctx.now(), frame, actor, input);
    let done = try_to_edit(&ctx, &r, *id).await.map_err(at_fields);
    answer(&ctx, r, (*id, Action::Edit), (done, "did")).await
}

async fn try_to_edit(ctx: &Ctx, r: &Request, id: AppointmentId) -> Result<Appointment> {
    let mut faults = Faults::default();
    let version: i64 = r.input.need("version", &mut faults).unwrap_or_default();
    let edit = Edit {
        service: r.input.parse("service", &mut faults),
        minutes: r.input.parse("length", &mut faults),
        note: Some(r.input.get("note").to_owned()),
        overbook: Some(r.input.get("over").to_owned()).filter(|t| !t.is_empty()),
    };
    faults.finish()?;
    actions::edit(&ctx.db, r.now, r.actor.clone(), (id, version), edit).await
}

/// Faults at the fields of this form.
fn at_fields(e: Error) -> Error {
    let Error::Invalid(mut faults) = e else {
        return e;
    };
    for fault in &mut faults {
        let here = match fault.field.as_str() {
            "service_id" | "starts_at" => "service",
            "minutes" => "length",
            "overbook" => "over",
            _ => continue,
        };
        fault.field = here.into();
    }
    Error::Invalid(faults)
}
