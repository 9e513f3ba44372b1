//! A call to somebody whose visit was cancelled or missed.

use actix_web::{HttpResponse, web};

use super::super::actions::create_task;
use super::super::model::{NewTask, PRIORITY_NORMAL, TaskKind};
use crate::appointments::{AppointmentId, get_appointment};
use crate::clinic;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::web::Ctx;
use crate::platform::web::answer::see_other;
use crate::staff::{self, Actor, Role, Subject};

/// Puts the call on the list, once for each version of the visit.
pub(super) async fn call(ctx: Ctx, actor: Actor, id: web::Path<AppointmentId>) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    ctx.db
        .write(move |c| {
            let a = get_appointment(c, id)?;
            let zone = clinic::get_site(c, a.site_id)?.tz();
            let at = |lang: Lang| lang.day_time(a.starts_at, zone);
            let task = NewTask {
                occurrence: format!("appointment:{id}:v{}:rebook", a.version),
                kind: TaskKind::Recall,
                patient: a.patient_id,
                visit: None,
                appointment: Some(id.0),
                parent: None,
                script: String::new(),
                role: Role::FrontDesk,
                reason: if a.status.is_planned() {
                    Text::new(
                        format!("{} 的就诊需要改约", at(Lang::Zh)),
                        format!("The visit of {} has to be moved", at(Lang::En)),
                    )
                } else {
                    Text::new(
                        format!("{} 的就诊未成，请再约", at(Lang::Zh)),
                        format!("The visit of {} did not take place: book another", at(Lang::En)),
                    )
                },
                priority: PRIORITY_NORMAL,
                due_at: now,
            };
            create_task(c, now, &task)?;
            let subject = Subject::of_patient("appointments", id.0, a.patient_id.0);
            staff::audit(c, now, &actor, "call-task", subject, "")
        })
        .await?;
    Ok(see_other("/unscheduled?done=call"))
}
