//! `/find`: a time for one visit, a family or a course of visits; and booking all of them at once.

use actix_web::HttpResponse;
use chrono::NaiveDate;
use maud::Markup;

use super::super::actions::{self, Booking, Finding, Together, Wanted, Whom};
use super::super::model::suggest::Habit;
use super::super::model::together::Filter;
use super::super::preferences::said_of;
use super::super::store::{self, SeriesKind};
use super::super::views::find as view;
use super::answer::{html, to_board};
use super::day::Query;
use super::desk::Request;
use crate::clinic;
use crate::patients::{self, Patient, PatientId};
use crate::platform::clock::{Instant, is_in_calendar};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::records::plan::{Plan, PlanItemId, find_plan};
use crate::staff::{self, Actor};

/// Times shown for one visit; proposals for several.
const SHOWN_SINGLE: usize = 60;
const SHOWN_TOGETHER: usize = 12;
/// People that a search shows.
const HITS: i64 = 6;
/// People or visits in one search.
const ROWS_MAX: usize = 8;
/// Visits of a repeated one, and weeks between two.
const VISITS: std::ops::RangeInclusive<i64> = 1..=24;
const WEEKS: std::ops::RangeInclusive<i64> = 1..=52;
/// Parts of the day: name, from, until.
const PARTS: [(&str, Option<i32>, Option<i32>); 4] = [
    ("any", None, None),
    ("morning", None, Some(12 * 60)),
    ("afternoon", Some(12 * 60), Some(18 * 60)),
    ("evening", Some(17 * 60), None),
];

/// The form with what it finds.
pub(super) async fn page(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<Markup> {
    let input = Input::from_pairs(query.into_inner());
    show(&ctx, frame, actor, input, Faults::default()).await
}

/// Notes whom a search shows.
async fn note_hits(ctx: &Ctx, actor: &Actor, q: String) -> Result<()> {
    if q.is_empty() {
        return Ok(());
    }
    let searched = q.clone();
    let found = ctx
        .db
        .read(move |c| patients::search_patients(c, &searched, HITS))
        .await?;
    let shown: Vec<i64> = found.iter().map(|p| p.id.0).collect();
    staff::names_were_shown(ctx, actor, &q, &shown).await
}

async fn show(ctx: &Ctx, frame: Frame, actor: Actor, input: Input, faults: Faults) -> Result<Markup> {
    let now = ctx.now();
    note_hits(ctx, &actor, input.get("q").to_owned()).await?;
    let ids: Vec<PatientId> = ids_of(&input);
    if !ids.is_empty() {
        ctx.db
            .write(move |c| {
                for id in ids {
                    let subject = staff::Subject::of_patient("patients", id.0, id.0);
                    staff::audit(c, now, &actor, "read", subject, "find a time")?;
                }
                Ok(())
            })
            .await?;
    }
    ctx.db
        .read(move |c| {
            let clinic = clinic::snapshot(c)?;
            let mut faults = faults;
            let people = people(c, &input)?;
            let hits = match input.get("q") {
                "" => Vec::new(),
                q => patients::search_patients(c, q, HITS)?,
            };
            let habit = match people.as_slice() {
                [one] => Habit::of(&store::visits_lately(c, one.id)?, clinic.site.tz()),
                _ => Habit::default(),
            };
            let said = match people.as_slice() {
                [one] => said_of(c, one.id, frame.lang)?,
                _ => String::new(),
            };
            let plan = match people.as_slice() {
                [one] => Some(find_plan(c, one.id)?).filter(|plan| plan.next().is_some()),
                _ => None,
            };
            let from_plan = plan.as_ref().filter(|_| input.ticked("plan"));
            let asked = !input.get("service").is_empty() || from_plan.is_some();
            let finding = read(&input, (&people, from_plan), now.day(clinic.site.tz()), &mut faults);
            let wanted = finding.as_ref().filter(|_| asked && faults.0.is_empty());
            let proposals = wanted.map(|finding| actions::find_times(c, now, finding)).transpose();
            let proposals = proposals.or_else(|e| at_fields(e).map(|at| faults = at).map(|()| None))?;
            Ok(view::page(&view::Page {
                frame: &frame,
                clinic: &clinic,
                input: &input,
                faults: &faults,
                people: &people,
                habit,
                said,
                plan: plan.as_ref(),
                hits: &hits,
                finding: finding.as_ref(),
                proposals: proposals.as_ref(),
            }))
        })
        .await
}

/// Faults at the fields as this form names them.
fn at_fields(e: Error) -> Result<Faults> {
    let mut faults = Faults::from_error(e)?;
    for fault in faults.0.iter_mut().filter(|f| f.field == "provider_id") {
        "with".clone_into(&mut fault.field);
    }
    Ok(faults)
}

fn ids_of(input: &Input) -> Vec<PatientId> {
    let ids = input.all("patient").into_iter().filter_map(|id| id.parse().ok());
    let mut list: Vec<PatientId> = Vec::new();
    for id in ids.take(ROWS_MAX) {
        if !list.contains(&id) {
            list.push(id);
        }
    }
    list
}

fn people(c: &mut Conn, input: &Input) -> Result<Vec<Patient>> {
    ids_of(input)
        .into_iter()
        .map(|id| patients::get_patient(c, id))
        .collect()
}

/// What is looked for; each person may come for something else, the only one for what is still to be booked of a plan.
fn read(
    input: &Input,
    (people, plan): (&[Patient], Option<&Plan>),
    today: NaiveDate,
    faults: &mut Faults,
) -> Option<Finding> {
    let first: Option<NaiveDate> = input.parse("from", faults);
    let first = first.filter(|day| is_in_calendar(*day)).unwrap_or(today).max(today);
    if let Some((from, visits)) = plan.and_then(Wanted::of_plan) {
        return Some(Finding {
            visits,
            together: Together::Course,
            whom: whom(input, faults),
            filter: filter(input),
            first: first.max(from),
            limit: SHOWN_TOGETHER,
            online: false,
        });
    }
    let together = together(input, people.len());
    let minutes: Option<i32> = input.parse("minutes", faults);
    let services: Vec<_> = input
        .all("service")
        .into_iter()
        .filter_map(|s| s.parse().ok())
        .collect();
    let service = *services.first()?;
    let rows = people.len().max(1);
    let mut visits: Vec<Wanted> = (0..rows)
        .map(|i| Wanted {
            patient: people.get(i).map(|p| p.id),
            service: services.get(i).copied().unwrap_or(service),
            // A length is that of the visit when there is one; a family comes for the usual lengths.
            minutes: minutes.filter(|_| rows == 1),
            days_after: 0,
            item: None,
        })
        .collect();
    if together == Together::Course {
        visits = repeated(input, *visits.first()?, faults);
    }
    Some(Finding {
        visits,
        together,
        whom: whom(input, faults),
        filter: filter(input),
        first,
        limit: if together == Together::Single {
            SHOWN_SINGLE
        } else {
            SHOWN_TOGETHER
        },
        online: false,
    })
}

fn together(input: &Input, people: usize) -> Together {
    if people > 1 {
        return match input.get("mode") {
            "side" => Together::SideBySide,
            _ => Together::BackToBack,
        };
    }
    match input.get("visits").parse::<i64>() {
        Ok(n) if n > 1 => Together::Course,
        _ if input.all("next").iter().any(|s| !s.is_empty()) => Together::Course,
        _ => Together::Single,
    }
}

/// One visit again and again, and then the other services that were named, each so many weeks after the one before.
fn repeated(input: &Input, visit: Wanted, faults: &mut Faults) -> Vec<Wanted> {
    let mut number = |name: &str, range: std::ops::RangeInclusive<i64>| {
        let n = input.parse::<i64>(name, faults).unwrap_or(1);
        if !range.contains(&n) {
            let (from, to) = (*range.start(), *range.end());
            faults.add(
                name,
                "out_of_range",
                format!("应为 {from} 到 {to}"),
                format!("From {from} to {to}"),
            );
        }
        n.clamp(*range.start(), *range.end())
    };
    let (visits, weeks) = (number("visits", VISITS), number("weeks", WEEKS));
    let again = Wanted {
        days_after: weeks * 7,
        ..visit
    };
    let times = usize::try_from(visits).unwrap_or(1);
    let mut list: Vec<Wanted> = std::iter::once(visit)
        .chain(std::iter::repeat_n(again, times.saturating_sub(1)))
        .collect();
    let others = input.all("next").into_iter().filter_map(|s| s.parse().ok());
    list.extend(others.map(|service| Wanted {
        service,
        minutes: None,
        ..again
    }));
    list.truncate(actions::TOGETHER_MAX);
    list
}

fn whom(input: &Input, faults: &mut Faults) -> Whom {
    match input.get("with") {
        "" => Whom::Anyone,
        text => match (text.strip_prefix("kind:").map(str::parse), text.parse()) {
            (Some(Ok(kind)), _) => Whom::Kind(kind),
            (_, Ok(id)) => Whom::One(id),
            _ => {
                faults.add("with", "invalid", "没有这位医生", "There is no such provider");
                Whom::Anyone
            }
        },
    }
}

fn filter(input: &Input) -> Filter {
    let mut f = Filter::default();
    for day in input.all("day").iter().filter_map(|d| d.parse::<usize>().ok()) {
        if let Some(wanted) = day.checked_sub(1).and_then(|i| f.weekdays.get_mut(i)) {
            *wanted = true;
        }
    }
    let part = PARTS.iter().find(|(name, _, _)| *name == input.get("part"));
    (f.from, f.until) = part.map_or((None, None), |(_, from, until)| (*from, *until));
    f
}

/// Books a proposal for several: all of it, or nothing and why.
pub(super) async fn book(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let mut faults = Faults::default();
    let tell = input.ticked("tell");
    let bookings: Vec<(Booking, Option<PlanItemId>)> =
        input.all("visit").iter().filter_map(|v| booking(v, tell)).collect();
    if bookings.is_empty() {
        faults.add("visit", "required", "请选择一组时间", "Choose a set of times");
    }
    let kind = if input.get("kind") == "family" {
        SeriesKind::Family
    } else {
        SeriesKind::Course
    };
    let done = match faults.clone().finish() {
        Ok(()) => actions::book_together(&ctx.db, ctx.now(), actor.clone(), kind, bookings).await,
        Err(e) => Err(e),
    };
    match done {
        Ok(booked) => match booked.into_iter().next() {
            Some(first) => {
                let r = Request::new(ctx.now(), frame, actor, Input::default());
                to_board(&ctx, &r, first, "did").await
            }
            None => Err(Error::NotFound("appointment")),
        },
        Err(e @ (Error::Conflict { .. } | Error::Invalid(_))) => {
            let status = e.status();
            let text = e.text();
            let mut faults = Faults::default();
            faults.add("visit", "slot_taken", text.zh, text.en);
            let page = show(
                &ctx,
                Frame {
                    path: "/find".into(),
                    ..frame
                },
                actor,
                input,
                faults,
            )
            .await?;
            Ok(html(status, page))
        }
        Err(e) => Err(e),
    }
}

/// `patient:service:provider:start:minutes`, and `:item` of a treatment plan, as the page writes it.
fn booking(text: &str, tell: bool) -> Option<(Booking, Option<PlanItemId>)> {
    let mut parts = text.split(':').map(|p| p.parse::<i64>().ok());
    let mut next = || parts.next().flatten();
    let booking = Booking {
        patient: PatientId(next()?),
        service: clinic::ServiceId(next()?),
        provider: Some(clinic::ProviderId(next()?)),
        chair: None,
        starts_at: Instant(next()?),
        minutes: i32::try_from(next()?).ok(),
        note: String::new(),
        source: "desk",
        tell,
        hold: None,
        overbook: None,
    };
    Some((booking, next().map(PlanItemId)))
}
