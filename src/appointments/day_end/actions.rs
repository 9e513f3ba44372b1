//! Saying how a visit ended.

use super::model::End;
use crate::appointments::actions::{Step, advance_with_record, as_of, cancel_untold, finish_unseen, may, wrong_state};
use crate::appointments::store::join_events;
use crate::appointments::unscheduled::{self, CancelKind};
use crate::appointments::{Action, Appointment, AppointmentId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::records::Observers;
use crate::staff::Actor;

/// How a visit ended, and who says so.
#[derive(Debug, Clone)]
pub struct Settling {
    /// Which.
    pub id: AppointmentId,
    /// The version that was seen.
    pub version: i64,
    /// How.
    pub end: End,
    /// In whose language the reason of a cancellation is written.
    pub lang: Lang,
    /// What the visits that one click ends have in common; none: it is one visit.
    pub click: Option<String>,
}

/// Ends a visit that was left over, in one step. When the patient came, was seated and was done nobody saw: it is not noted.
/// Nobody is told of a cancellation: the time is past.
pub async fn settle(db: &Db, now: Instant, actor: Actor, observers: Observers, s: Settling) -> Result<Appointment> {
    db.write(move |c| {
        let done = settle_in(c, now, &actor, &observers, &s)?;
        if let Some(click) = &s.click {
            join_events(c, click, &[(done.id, done.version)])?;
        }
        Ok(done)
    })
    .await
}

fn settle_in(c: &mut Conn, now: Instant, actor: &Actor, observers: &Observers, s: &Settling) -> Result<Appointment> {
    let a = as_of(c, s.id, s.version)?;
    if !s.end.fits(a.status) {
        return Err(wrong_state(&a));
    }
    if a.ends_at > now {
        return Err(Error::conflict(
            "too_early",
            "就诊时间还没结束",
            "The visit's time is not over yet",
        ));
    }
    let action = match s.end {
        End::NoShow => Action::NoShow,
        End::Finish => Action::Finish,
        End::Cancelled | End::LeftUnseen => Action::Cancel,
    };
    may(actor, action)?;
    let step = Step {
        id: s.id,
        version: s.version,
        action,
    };
    let why = match s.end {
        End::NoShow => return advance_with_record(c, now, actor, observers, step),
        End::Finish => return finish_unseen(c, now, actor, observers, step),
        End::Cancelled => s.lang.pick("日终核对：已取消", "End of day: was cancelled"),
        End::LeftUnseen => s.lang.pick("到诊后未就诊离开", "Left without being seen"),
    };
    let gone = cancel_untold(c, now, actor, (s.id, s.version), why)?;
    if s.end == End::LeftUnseen {
        // It was not the patient who called it off.
        unscheduled::set_kind(c, gone.id, CancelKind::Clinic)?;
    }
    Ok(gone)
}
