//! Recalls over JSON: the list, one of them, those of a patient, contacts, and how they are worked out.

pub(super) mod contacts;
pub(super) mod list;
pub(super) mod of_patient;
pub(super) mod one;
pub(super) mod types;

use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions::UNITS;
use super::super::model::Interval;
use crate::platform::error::Error;
use crate::staff::{self, CLINICAL, DESK, EVERYONE, MANAGERS};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/recalls").route(staff::get(DESK, list::list)))
        .service(
            web::resource("/api/v1/recalls/{id}")
                .route(staff::get(EVERYONE, one::read))
                .route(staff::patch(EVERYONE, one::update)),
        )
        .service(web::resource("/api/v1/recalls/{id}/undo").route(staff::post(EVERYONE, one::undo)))
        .service(web::resource("/api/v1/recalls/{id}/texts").route(staff::post(DESK, contacts::text)))
        .service(web::resource("/api/v1/recall-texts").route(staff::post(DESK, contacts::text_all)))
        .service(web::resource("/api/v1/recalls/{id}/calls").route(staff::post(DESK, contacts::call)))
        .service(web::resource("/api/v1/patients/{id}/recalls").route(staff::get(EVERYONE, of_patient::of_patient)))
        .service(
            web::resource("/api/v1/patients/{id}/recall-risk")
                .route(staff::get(EVERYONE, of_patient::risk))
                .route(staff::patch(CLINICAL, of_patient::set_risk)),
        )
        .service(web::resource("/api/v1/recall-types").route(staff::get(MANAGERS, types::list)))
        .service(
            web::resource("/api/v1/recall-types/{id}")
                .route(staff::get(MANAGERS, types::read))
                .route(staff::patch(MANAGERS, types::update)),
        )
        .service(
            web::resource("/api/v1/recall-settings")
                .route(staff::get(MANAGERS, types::settings))
                .route(staff::patch(MANAGERS, types::update_settings)),
        );
}

/// How long after a visit: calendar months, then weeks and days.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IntervalJson {
    /// 0 to 120.
    #[serde(default)]
    months: i32,
    /// 0 to 260.
    #[serde(default)]
    weeks: i32,
    /// 0 to 366.
    #[serde(default)]
    days: i32,
}

impl From<Interval> for IntervalJson {
    fn from(i: Interval) -> IntervalJson {
        let (months, weeks, days) = i.parts();
        IntervalJson { months, weeks, days }
    }
}

impl IntervalJson {
    /// Its parts, in the order of [`UNITS`]; of none none.
    fn parts(interval: Option<IntervalJson>) -> [Option<i32>; 3] {
        interval.map_or([None; 3], |i| [i.months, i.weeks, i.days].map(Some))
    }
}

/// Faults at the fields as this API names them: those of an interval lie in it, and a day that is set is `edited_on`.
fn as_named_here(e: Error) -> Error {
    let Error::Invalid(mut faults) = e else { return e };
    for fault in &mut faults {
        if fault.field == "due_on" {
            "edited_on".clone_into(&mut fault.field);
        }
        let part = (fault.field.split_once('_')).filter(|(of, unit)| {
            let is_interval = matches!(*of, "own" | "high" | "low");
            is_interval && UNITS.contains(unit)
        });
        if let Some((of, unit)) = part {
            fault.field = format!("{of}_interval.{unit}");
        }
    }
    Error::Invalid(faults)
}
