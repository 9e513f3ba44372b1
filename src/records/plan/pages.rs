//! A patient's plan, the desk's list of what is planned and not booked, and the plan's part of the visit form.

use std::sync::Arc;

use actix_web::web;
use chrono::NaiveDate;
use maud::Markup;

use super::super::store as records;
use super::super::teeth::{join_teeth, parse_teeth};
use super::model::{Plan, PlanItemId, PlanLine};
use super::store::{self, Waiting};
use super::views;
use crate::clinic::{self, Snapshot};
use crate::patients::{self, Patient, PatientId};
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, CLINICAL, DESK, EVERYONE};

/// Rows of the desk's list.
const ROWS: usize = 200;
/// Most rows of the form.
const ROWS_MAX: usize = 60;
/// Empty rows at the end of the form, and how many more "more rows" adds.
const EMPTY_ROWS: usize = 2;
const MORE_ROWS: usize = 4;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/patients/{id:\\d+}/plan").route(staff::get(EVERYONE, show)))
        .service(web::resource("/planned").route(staff::get(DESK, planned)));
}

/// What the page of one plan shows.
pub(super) struct PlanPage {
    pub patient: Patient,
    pub plan: Plan,
    pub clinic: Arc<Snapshot>,
    pub today: NaiveDate,
    /// The latest visit, beside which this reader may change the plan.
    pub writes_at: Option<String>,
    /// Whether this reader may book.
    pub desk: bool,
}

async fn show(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<PatientId>) -> Result<Markup> {
    let (now, id) = (ctx.now(), *id);
    let (writes, desk) = (actor.is(CLINICAL), actor.is(DESK));
    let page = ctx
        .db
        .read(move |c| {
            let clinic = clinic::snapshot(c)?;
            let visits = records::list_visits(c, id, 1)?;
            Ok(PlanPage {
                patient: patients::get_patient(c, id)?,
                plan: store::find_plan(c, id)?,
                today: now.day(clinic.site.tz()),
                writes_at: visits
                    .first()
                    .filter(|_| writes)
                    .map(|v| format!("/visits/{}/edit", v.id)),
                clinic,
                desk,
            })
        })
        .await?;
    staff::read_of_record(&ctx.db, now, &actor, "treatment_plans", id.0).await?;
    Ok(views::page(&frame, &page))
}

/// What the desk's list shows.
pub(super) struct List {
    pub rows: Vec<Waiting>,
    pub clinic: Arc<Snapshot>,
    pub today: NaiveDate,
}

async fn planned(ctx: Ctx, frame: Frame, actor: Actor) -> Result<Markup> {
    let now = ctx.now();
    let list = ctx
        .db
        .read(move |c| {
            let clinic = clinic::snapshot(c)?;
            Ok(List {
                rows: store::list_waiting(c, None, ROWS)?,
                today: now.day(clinic.site.tz()),
                clinic,
            })
        })
        .await?;
    staff::read_of_list(&ctx.db, now, &actor, "treatment_plans", list.rows.len()).await?;
    Ok(views::list(&frame, &list))
}

/// A row of the form as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PlanRow {
    pub id: String,
    pub order: String,
    pub service: String,
    pub teeth: String,
    pub days: String,
    pub minutes: String,
    pub note: String,
    pub drop: String,
}

impl PlanRow {
    fn pairs(self) -> [(&'static str, String); 8] {
        [
            ("plan_item", self.id),
            ("plan_order", self.order),
            ("plan_service", self.service),
            ("plan_teeth", self.teeth),
            ("plan_days", self.days),
            ("plan_minutes", self.minutes),
            ("plan_note", self.note),
            ("plan_drop", self.drop),
        ]
    }
    /// Which item it is of.
    pub fn item(&self) -> Option<PlanItemId> {
        self.id.parse().ok()
    }
    /// Whether nothing was written in it: where it stands is no content.
    fn is_empty(&self) -> bool {
        *self
            == PlanRow {
                order: self.order.clone(),
                ..PlanRow::default()
            }
    }
}

/// The plan's part of the form.
pub(in super::super) struct PlanForm {
    pub version: String,
    pub(super) rows: Vec<PlanRow>,
}

/// The open items as rows.
fn rows_of_plan(plan: &Plan) -> impl Iterator<Item = PlanRow> {
    plan.open().zip(1..).map(|(p, place)| PlanRow {
        id: p.item.id.to_string(),
        order: place.to_string(),
        service: p.item.service_id.to_string(),
        teeth: p.item.teeth.clone().unwrap_or_default(),
        days: p.item.days_after.to_string(),
        minutes: p.item.minutes.map(|m| m.to_string()).unwrap_or_default(),
        note: p.item.note.clone(),
        drop: String::new(),
    })
}
/// The stored plan as a form sends it.
pub(in super::super) fn prefilled(plan: &Plan) -> Vec<(&'static str, String)> {
    let version = ("plan_version", plan.version.to_string());
    let rows = rows_of_plan(plan).flat_map(PlanRow::pairs);
    std::iter::once(version).chain(rows).collect()
}
/// Rows as typed, the empty ones at the end left out.
fn rows_of(input: &Input) -> Vec<PlanRow> {
    let columns = PlanRow::default().pairs().map(|(name, _)| input.all(name));
    let longest = columns.iter().map(Vec::len).max().unwrap_or(0).min(ROWS_MAX);
    let row = |i: usize| {
        let [id, order, service, teeth, days, minutes, note, drop] = std::array::from_fn(|n| {
            columns
                .get(n)
                .and_then(|c| c.get(i))
                .map_or_else(String::new, |t| (*t).to_owned())
        });
        PlanRow {
            id,
            order,
            service,
            teeth,
            days,
            minutes,
            note,
            drop,
        }
    };
    let mut rows: Vec<PlanRow> = (0..longest).map(row).collect();
    while rows.last().is_some_and(PlanRow::is_empty) {
        rows.pop();
    }
    rows
}
/// The form with some empty rows, or with `more` of them.
pub(in super::super) fn form_of(input: &Input, more: bool) -> PlanForm {
    let mut rows = rows_of(input);
    let empty = if more { MORE_ROWS } else { EMPTY_ROWS };
    rows.resize(rows.len() + empty, PlanRow::default());
    PlanForm {
        version: input.get("plan_version").to_owned(),
        rows,
    }
}
/// The form after somebody else changed the plan: rows of what is over by now go, what was added meanwhile comes.
pub(in super::super) fn merged(input: &mut Input, plan: &Plan) {
    let mut rows = rows_of(input);
    let is_open = |row: &PlanRow| plan.open().any(|p| p.item.id.to_string() == row.id);
    rows.retain(|row| row.id.is_empty() || is_open(row));
    let added = rows_of_plan(plan).filter(|new| !rows.iter().any(|row| row.id == new.id));
    let added: Vec<PlanRow> = added.collect();
    rows.extend(added);
    for (name, _) in PlanRow::default().pairs() {
        input.untick(name);
    }
    let pairs = input.pairs().map(|(n, v)| (n.to_owned(), v.to_owned()));
    let rows = rows.into_iter().flat_map(PlanRow::pairs);
    *input = Input::from_pairs(pairs.chain(rows.map(|(n, v)| (n.to_owned(), v))));
    input.set("plan_version", plan.version.to_string());
}

/// Reads the plan's part of a form, in the order asked for, and the version it was written on; none when the form has no
/// such part. A fault names the field of its row: `plan_teeth-0`.
pub(in super::super) fn read_rows(input: &Input, faults: &mut Faults) -> Option<(i64, Vec<PlanLine>)> {
    let version = input.parse("plan_version", faults)?;
    let mut lines: Vec<(i32, PlanLine)> = Vec::new();
    for (row, typed) in rows_of(input).iter().enumerate() {
        if typed.is_empty() {
            continue;
        }
        let mut number = |name: &str, text: &str| {
            let read: Option<i32> = text.parse().ok();
            if read.is_none() && !text.is_empty() {
                faults.add(&format!("{name}-{row}"), "invalid", "请填写数字", "Give a number");
            }
            read
        };
        let order = number("plan_order", &typed.order).unwrap_or(i32::MAX);
        let (days, minutes) = (number("plan_days", &typed.days), number("plan_minutes", &typed.minutes));
        let service = typed.service.parse().ok();
        if service.is_none() {
            faults.add(
                &format!("plan_service-{row}"),
                "required",
                "请选择项目",
                "Choose a visit type",
            );
        }
        let teeth = read_teeth(row, &typed.teeth, faults);
        if let Some(service) = service {
            lines.push((
                order,
                PlanLine {
                    row,
                    id: typed.item(),
                    service,
                    teeth,
                    note: typed.note.clone(),
                    minutes,
                    days_after: days.unwrap_or(0),
                    drop: typed.drop.clone(),
                },
            ));
        }
    }
    lines.sort_by_key(|(order, _)| *order);
    Some((version, lines.into_iter().map(|(_, line)| line).collect()))
}

/// Teeth as they are stored; a fault where one is none.
pub(super) fn read_teeth(row: usize, text: &str, faults: &mut Faults) -> Option<String> {
    match parse_teeth(text) {
        Ok(teeth) => (!teeth.is_empty()).then(|| join_teeth(&teeth)),
        Err(wrong) => {
            let (zh, en) = wrong.told();
            faults.add(&format!("plan_teeth-{row}"), "invalid", zh, en);
            None
        }
    }
}
