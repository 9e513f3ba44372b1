//! A visit's page and its form.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use maud::Markup;

use super::actions;
use super::model::{FEE_MAX, Notes, Observers, Treatment, Visit, VisitId, VisitSummary};
use super::plan::{self, Plan, PlanLine};
use super::store::{self, Missing, Names};
use super::teeth::{join_teeth, parse_teeth};
use super::views::{self, Editor};
use crate::clinic;
use crate::patients::{self, Patient};
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::platform::web::Ctx;
use crate::platform::web::answer::see_other;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, AuditEntry, CLINICAL, Role};

/// Empty lines that "more lines" adds.
const MORE_LINES: usize = 4;
/// Other visits shown beside one.
const HISTORY: i64 = 6;
/// Changes shown of a record.
const CHANGES: i64 = 20;
/// Records to be written are looked for so many days back, and so many are shown.
const MISSING_DAYS: i64 = 366;
const MISSING: i64 = 200;
/// Most treatment lines of one visit.
const LINES_MAX: usize = 60;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/visits").route(staff::get(CLINICAL, missing)))
        .service(web::resource("/visits/{id}").route(staff::get(CLINICAL, show)))
        .service(
            web::resource("/visits/{id}/edit")
                .route(staff::get(CLINICAL, edit))
                .route(staff::post(CLINICAL, save)),
        )
        .service(web::resource("/appointments/{id}/visit").route(staff::post(CLINICAL, of_appointment)));
}

/// A visit with everything its pages show.
pub(super) struct Sheet {
    pub visit: Visit,
    pub done: Vec<Treatment>,
    pub patient: Patient,
    pub site: clinic::Site,
    pub today: NaiveDate,
    /// Who treated, and what was booked.
    pub provider: Text,
    pub service: Text,
    /// The patient's other visits (clinic.md R5).
    pub history: Vec<VisitSummary>,
    /// Who changed the record, when and what; the latest first.
    pub changes: Vec<AuditEntry>,
    /// The patient's treatment plan, and the clinic whose services are in it.
    pub plan: Plan,
    pub clinic: Arc<clinic::Snapshot>,
}
pub(super) fn load(c: &mut Conn, now: Instant, actor: &Actor, id: VisitId) -> Result<Sheet> {
    let visit = store::get_visit(c, id)?;
    let site = clinic::the_site(c)?;
    let names = store::names_of(c, std::slice::from_ref(&visit))?;
    let mut history = store::history_for(c, visit.patient_id, actor.role, HISTORY + 1)?;
    history.retain(|v| v.visit_id != id);
    history.truncate(usize::try_from(HISTORY).unwrap_or(0));
    Ok(Sheet {
        done: store::list_treatments(c, id)?,
        patient: patients::get_patient(c, visit.patient_id)?,
        today: now.day(site.tz()),
        provider: names.provider(&visit),
        service: names.service(&visit),
        history,
        changes: store::list_changes(c, &visit, CHANGES)?,
        plan: plan::find_plan(c, visit.patient_id)?,
        clinic: clinic::snapshot(c)?,
        site,
        visit,
    })
}
async fn read(ctx: &Ctx, actor: &Actor, id: VisitId) -> Result<Sheet> {
    let (now, who) = (ctx.now(), actor.clone());
    let sheet = ctx.db.read(move |c| load(c, now, &who, id)).await?;
    staff::read_of_record(&ctx.db, ctx.now(), actor, "visits", sheet.patient.id.0).await?;
    Ok(sheet)
}

async fn show(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<VisitId>) -> Result<Markup> {
    let sheet = read(&ctx, &actor, *id).await?;
    Ok(views::show(&frame, &sheet))
}

async fn edit(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<VisitId>) -> Result<Markup> {
    let sheet = read(&ctx, &actor, *id).await?;
    let input = prefilled(&sheet);
    let (faults, lines) = (Faults::default(), lines_of(&input));
    let editor = Editor {
        sheet: &sheet,
        input: &input,
        faults: &faults,
        lines: &lines,
        plan: &plan::form_of(&input, false),
        stale: None,
    };
    Ok(views::edit(&frame, &editor))
}

async fn save(
    (ctx, observers): (Ctx, web::Data<Observers>),
    frame: Frame,
    actor: Actor,
    id: web::Path<VisitId>,
    input: Input,
) -> Result<HttpResponse> {
    let (id, now, finish) = (*id, ctx.now(), input.get("do") == "finish");
    if matches!(input.get("do"), "add" | "plan") {
        return again(&ctx, (&frame, &actor), id, input, Why::More).await;
    }
    let (notes, version, planned) = match parse(&input) {
        Ok(parsed) => parsed,
        Err(faults) => return again(&ctx, (&frame, &actor), id, input, Why::Wrong(faults)).await,
    };
    let who = actor.clone();
    let saved = ctx.db.write(move |c| {
        let visit = actions::save_notes(c, now, &who, (id, version), &notes)?;
        if let Some((version, lines)) = planned {
            plan::save_plan(c, now, &who, (visit.patient_id, Some(id), version), &lines)?;
        }
        if finish {
            actions::finish_written(c, now, &who, &observers, id)?;
        }
        Ok(())
    });
    match saved.await {
        Ok(()) => Ok(see_other(&format!("/visits/{id}"))),
        Err(Error::Conflict {
            code: "stale", text, ..
        }) => again(&ctx, (&frame, &actor), id, input, Why::Stale(text)).await,
        Err(e) => again(&ctx, (&frame, &actor), id, input, Why::Wrong(Faults::from_error(e)?)).await,
    }
}

/// The form once more with everything that was typed. After a conflict it carries the newest version, so that saving again
/// is a decision made knowing of the other change.
async fn again(
    ctx: &Ctx,
    (frame, actor): (&Frame, &Actor),
    id: VisitId,
    mut input: Input,
    why: Why,
) -> Result<HttpResponse> {
    let sheet = read(ctx, actor, id).await?;
    let (status, faults, stale) = match why {
        Why::More => (StatusCode::OK, Faults::default(), None),
        Why::Wrong(faults) => (StatusCode::UNPROCESSABLE_ENTITY, faults, None),
        Why::Stale(text) => (StatusCode::CONFLICT, Faults::default(), Some(text)),
    };
    if stale.is_some() {
        input.set("version", sheet.visit.version.to_string());
        plan::merged(&mut input, &sheet.plan);
    }
    let mut lines = lines_of(&input);
    if input.get("do") == "add" {
        lines.resize(lines.len() + MORE_LINES, (String::new(), String::new()));
    }
    let editor = Editor {
        sheet: &sheet,
        input: &input,
        faults: &faults,
        lines: &lines,
        plan: &plan::form_of(&input, input.get("do") == "plan"),
        stale: stale.as_ref(),
    };
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(views::edit(frame, &editor).into_string()))
}

/// Why the form is shown again.
enum Why {
    /// More lines were asked for: of treatments, or of the plan.
    More,
    /// Something is wrong.
    Wrong(Faults),
    /// Somebody else saved meanwhile: who, and when.
    Stale(Text),
}

/// The records that are still to be written; a doctor's own first.
pub(super) struct Unwritten {
    pub rows: Vec<(Missing, bool)>,
    pub names: Names,
}

async fn missing(ctx: Ctx, frame: Frame, actor: Actor) -> Result<Markup> {
    let (now, user, who) = (ctx.now(), actor.user, actor);
    let list = ctx.db.read(move |c| {
        let today = now.day(clinic::the_site(c)?.tz());
        let found = store::list_missing(c, (plus_days(today, -MISSING_DAYS), today), MISSING)?;
        let visits: Vec<Visit> = found.iter().map(|m| m.visit.clone()).collect();
        let own = |m: &Missing| user.is_some() && m.user == user;
        let mut rows: Vec<(Missing, bool)> = found.into_iter().map(|m| (own(&m), m)).map(|(o, m)| (m, o)).collect();
        rows.sort_by_key(|(_, own)| !own);
        Ok(Unwritten {
            rows,
            names: store::names_of(c, &visits)?,
        })
    });
    let list = list.await?;
    if !list.rows.is_empty() {
        staff::read_of_list(&ctx.db, now, &who, "visits", list.rows.len()).await?;
    }
    Ok(views::missing(&frame, &list))
}

/// How many records are still to be written: a doctor's own, anybody's for others.
pub fn count_missing(c: &mut Conn, now: Instant, actor: &Actor) -> Result<usize> {
    let today = now.day(clinic::the_site(c)?.tz());
    let found = store::list_missing(c, (plus_days(today, -MISSING_DAYS), today), MISSING)?;
    let own = |m: &&Missing| actor.role != Some(Role::Doctor) || m.user == actor.user;
    Ok(found.iter().filter(own).count())
}

async fn of_appointment(ctx: Ctx, actor: Actor, id: web::Path<i64>) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let visit = ctx
        .db
        .write(move |c| actions::open_for_appointment(c, now, &actor, id))
        .await?;
    Ok(see_other(&format!("/visits/{visit}/edit")))
}

/// The stored values as a form shows them.
fn prefilled(sheet: &Sheet) -> Input {
    let v = &sheet.visit;
    let mut pairs = vec![
        ("version", v.version.to_string()),
        ("complaint", v.complaint.clone()),
        ("diagnosis", v.diagnosis.clone()),
        ("advice", v.advice.clone()),
        ("next_visit", v.next_visit.clone()),
        (
            "next_visit_day",
            v.next_visit_day.map(|d| d.to_string()).unwrap_or_default(),
        ),
        ("fee", v.fee_minor.map(fee_text).unwrap_or_default()),
    ];
    for t in &sheet.done {
        pairs.push(("tooth", t.tooth.clone().unwrap_or_default()));
        pairs.push(("treatment", t.description.clone()));
    }
    pairs.extend(plan::prefilled(&sheet.plan));
    Input::from_pairs(pairs)
}
fn fee_text(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}
/// Treatment lines as typed: tooth, description.
fn lines_of(input: &Input) -> Vec<(String, String)> {
    let (teeth, done) = (input.all("tooth"), input.all("treatment"));
    let own = |t: &str| t.to_owned();
    (0..teeth.len().max(done.len()).min(LINES_MAX))
        .map(|i| {
            (
                teeth.get(i).map_or_else(String::new, |t| own(t)),
                done.get(i).map_or_else(String::new, |d| own(d)),
            )
        })
        .collect()
}

/// What a form says: the notes, the version they were written on, and the plan on its own version.
type Parsed = (Notes, i64, Option<(i64, Vec<PlanLine>)>);

fn parse(input: &Input) -> Result<Parsed, Faults> {
    let mut faults = Faults::default();
    let version = input.need("version", &mut faults).unwrap_or(0);
    let text = |name: &str| input.get(name).to_owned();
    let notes = Notes {
        complaint: text("complaint"),
        diagnosis: text("diagnosis"),
        treatments: treatments(&lines_of(input), &mut faults),
        advice: text("advice"),
        next_visit: text("next_visit"),
        next_visit_day: input.parse("next_visit_day", &mut faults),
        fee_minor: fee(input.get("fee"), &mut faults),
    };
    faults.0.extend(notes.check().0);
    let planned = plan::read_rows(input, &mut faults);
    if faults.0.is_empty() {
        Ok((notes, version, planned))
    } else {
        Err(faults)
    }
}
/// Checked treatment lines; empty ones are left out. A fault names its line: `tooth-0`, `treatment-2`.
pub(super) fn treatments(lines: &[(String, String)], faults: &mut Faults) -> Vec<Treatment> {
    let mut list = Vec::new();
    for (i, (tooth, description)) in lines.iter().enumerate() {
        let teeth = match parse_teeth(tooth) {
            Ok(teeth) => teeth,
            Err(wrong) => {
                let (zh, en) = wrong.told();
                faults.add(&format!("tooth-{i}"), "invalid", zh, en);
                continue;
            }
        };
        if description.is_empty() && !teeth.is_empty() {
            faults.add(
                &format!("treatment-{i}"),
                "required",
                "请写明这颗牙做了什么",
                "Say what was done to this tooth",
            );
        } else if !description.is_empty() {
            let tooth = (!teeth.is_empty()).then(|| join_teeth(&teeth));
            list.push(Treatment {
                tooth,
                description: description.clone(),
            });
        }
    }
    list
}
/// `280`, `280.5`, `¥280.50` in minor units.
fn fee(text: &str, faults: &mut Faults) -> Option<i64> {
    let plain = text
        .trim_start_matches(['¥', '￥', '$', '€', '£'])
        .replace([',', '，', ' '], "");
    if plain.is_empty() {
        return None;
    }
    let (whole, cents) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let minor = (digits(whole) && digits(cents) && cents.len() <= 2 && !whole.is_empty())
        .then(|| format!("{whole}{cents:0<2}").parse::<i64>().ok())
        .flatten()
        .filter(|f| *f <= FEE_MAX);
    if minor.is_none() {
        faults.add(
            "fee",
            "invalid",
            "金额格式不对，例如 280 或 280.50",
            "This is no amount, such as 280 or 280.50",
        );
    }
    minor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees() {
        let read = |t| {
            let mut faults = Faults::default();
            (fee(t, &mut faults), faults.0.len())
        };
        assert_eq!(read("280"), (Some(28_000), 0));
        assert_eq!(read("¥1,280.5"), (Some(128_050), 0));
        assert_eq!(read(""), (None, 0));
        for wrong in ["-1", "1.234", "abc", ".5", "99999999999999999999", "1.-2"] {
            assert_eq!(read(wrong), (None, 1), "{wrong}");
        }
    }
}
