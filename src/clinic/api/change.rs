//! What changes of the set-up have in common over the API: who makes them, on which version, and visits that they touch.

use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::super::actions::By;
use super::super::model::Outcome;
use crate::platform::clock::Instant;
use crate::platform::error::{Error, Result};
use crate::staff::Actor;

/// Visits named when it is asked about them.
const NAMED: usize = 100;

/// What a removal says besides what is removed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Removal {
    /// So many visits that no longer fit were seen and agreed to (`visits_affected` told how many).
    #[serde(default)]
    pub(super) agreed: usize,
}

/// Who makes a change; `seen`: the version that it is made on.
pub(super) fn by(now: Instant, actor: Actor, agreed: usize, seen: Option<i64>) -> By {
    By {
        now,
        actor,
        agreed,
        seen,
    }
}

/// Nothing, when it was done.
///
/// # Errors
/// `visits_affected` when booked visits would not fit any more, and fewer were agreed to.
pub(super) fn done(outcome: Outcome) -> Result<()> {
    let Outcome::Ask(effect) = outcome else {
        return Ok(());
    };
    let ids: Vec<i64> = effect.bookings.iter().take(NAMED).map(|b| b.id).collect();
    Err(Error::Conflict {
        code: "visits_affected",
        text: effect.text(),
        extra: json!({ "affected": effect.bookings.len(), "appointment_ids": ids }),
    })
}

/// Faults at the fields as the API names them, which the forms call otherwise.
pub(super) fn named(e: Error, names: &[(&str, &str)]) -> Error {
    let Error::Invalid(mut faults) = e else { return e };
    for fault in &mut faults {
        if let Some((_, ours)) = names.iter().find(|(form, _)| *form == fault.field) {
            (*ours).clone_into(&mut fault.field);
        }
    }
    Error::Invalid(faults)
}
