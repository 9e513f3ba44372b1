//! `/r/{token}/family`: a family whom one text told of what is due books for all of them, one after the other. Each step is an
//! address, as on the page of one patient.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;

use super::choice::Choice;
use super::views::{self, Door, Note};
use super::{SEARCHES, Typed, Visit, enter, page, query, see_other};
use crate::appointments::online::{self, Asking, Confirmed, FAMILY_LINK, Limit, Relative};
use crate::appointments::{get_appointment, visit_path};
use crate::clinic::{self, Service, Snapshot};
use crate::outreach::{self, RecallId, Told};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::replies::views::too_many;

/// Somebody of the family, and where they stand.
pub(super) struct Member {
    pub told: Told,
    pub service: Service,
    /// When they come, and the path of that visit's page; none: nothing is booked.
    pub visit: Option<(Instant, String)>,
    /// Whether a time is looked for.
    pub chosen: bool,
    /// Whether they do not book online now.
    pub limited: bool,
}

/// What the page shows.
pub(super) struct Family {
    pub clinic: Arc<Snapshot>,
    pub members: Vec<Member>,
    /// Why one of those chosen does not book online.
    pub limit: Option<Limit>,
    /// The ways in which those chosen could come.
    pub ways: Vec<Vec<Asking>>,
    /// The day looked at.
    pub day: Option<NaiveDate>,
    /// The way chosen, if it is still free.
    pub way: Option<Vec<Asking>>,
    /// Whether one was chosen that is gone.
    pub gone: bool,
}

impl Family {
    /// Those for whom a time is looked for, in the order of the ways.
    pub(super) fn chosen(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|m| m.chosen)
    }
}

/// The family of a patient, and what is chosen: `m` (recalls; at first all who may), `d` a day, `t` a start, `w` what was shown
/// of that way. None: the patient was told alone.
fn load(c: &mut Conn, now: Instant, ctx: &Ctx, patient: PatientId, input: &Input) -> Result<Option<Family>> {
    let clinic = clinic::snapshot(c)?;
    let zone = clinic.site.tz();
    let picked: Vec<RecallId> = input.all("m").into_iter().filter_map(|id| id.parse().ok()).collect();
    let mut members = Vec::new();
    for told in outreach::told_together(c, now, patient)? {
        let service = clinic.bookable_online().into_iter().find(|s| s.id == told.service);
        let Some(service) = service.cloned().filter(|_| clinic.online.open) else {
            continue;
        };
        let visit = told.visit.map(|id| get_appointment(c, id)).transpose()?;
        let limited = visit.is_none() && online::limit_of(c, now, told.patient)?.is_some();
        // At first everybody who may; then whoever was ticked.
        let wished = match input.ticked("f") || !picked.is_empty() {
            true => picked.contains(&told.recall),
            false => !limited,
        };
        members.push(Member {
            chosen: visit.is_none() && wished,
            limited,
            visit: visit.map(|a| (a.starts_at, visit_path(&ctx.keys, &a))),
            service,
            told,
        });
    }
    if members.is_empty() {
        return Ok(None);
    }
    let mut family = Family {
        clinic,
        members,
        limit: None,
        ways: Vec::new(),
        day: None,
        way: None,
        gone: false,
    };
    let relatives: Vec<Relative> = family.chosen().map(relative).collect();
    for member in &relatives {
        family.limit = family.limit.or(online::limit_of(c, now, member.patient)?);
    }
    // Not before all of it is due.
    let due = family.chosen().map(|m| m.told.due_on).max();
    let first = due.map(|day| day.max(now.day(zone)));
    if let (Some(first), None) = (first, family.limit) {
        family.ways = online::times_together(c, now, &relatives, first)?;
    }
    let at: Option<Instant> = input.get("t").parse().ok().map(Instant);
    // What is booked is what was shown, with the same doctors at the same times.
    let shown = input.get("w");
    let is_it = |way: &&Vec<Asking>| starts(way) == at && (shown.is_empty() || mark(way) == shown);
    family.way = at.and_then(|_| family.ways.iter().find(is_it).cloned());
    family.gone = at.is_some() && family.way.is_none();
    let on = |way: &Vec<Asking>| starts(way).map(|at| at.day(zone));
    let asked: Option<NaiveDate> = input.get("d").parse().ok();
    let asked = asked.filter(|day| family.ways.iter().any(|way| on(way) == Some(*day)));
    family.day = asked.or_else(|| family.ways.first().and_then(on));
    Ok(Some(family))
}

fn relative(m: &Member) -> Relative {
    Relative {
        patient: m.told.patient,
        service: m.told.service,
    }
}

/// A way in short: each start and provider.
pub(super) fn mark(way: &[Asking]) -> String {
    let one = |a: &Asking| format!("{}.{}", a.starts_at.0, a.provider.map_or(0, |p| p.0));
    way.iter().map(one).collect::<Vec<_>>().join("_")
}

/// When the first of them is seen.
pub(super) fn starts(way: &[Asking]) -> Option<Instant> {
    way.first().map(|first| first.starts_at)
}

impl Visit {
    async fn family(&self, input: &Input) -> Result<Option<Family>> {
        let (now, ctx, input) = (self.now, self.ctx.clone(), input.clone());
        let Some(patient) = self.door.patient() else {
            return Ok(None);
        };
        SEARCHES.count(&self.actor.ip, now);
        self.ctx.db.read(move |c| load(c, now, &ctx, patient, &input)).await
    }

    /// Where the patient books alone.
    fn alone(&self) -> String {
        match &self.door {
            Door::Known(known) => online::book_path(&self.ctx.keys, known.id, known.ends_at),
            Door::Open => self.door.path(),
        }
    }

    /// Each look is several searches: so many a minute from one address.
    fn waits(&self) -> Option<HttpResponse> {
        let seconds = SEARCHES.blocked(&self.actor.ip, self.now)?;
        let mut answer = page(StatusCode::TOO_MANY_REQUESTS, too_many());
        if let Ok(value) = header::HeaderValue::from_str(&seconds.to_string()) {
            answer.headers_mut().insert(header::RETRY_AFTER, value);
        }
        Some(answer)
    }

    /// The page of the family; a patient who was told alone goes on alone.
    async fn together(&self, typed: Typed) -> Result<HttpResponse> {
        let Some(family) = self.family(&typed.input).await? else {
            return Ok(see_other(&self.alone()));
        };
        if let Some(limit) = family.limit {
            return Ok(self.limited(&family.clinic, limit));
        }
        let taken = (family.gone || typed.note == Some(Note::Taken)).then_some(Note::Taken);
        let status = match (taken, typed.faults.0.is_empty()) {
            (Some(_), _) => StatusCode::CONFLICT,
            (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
            (None, true) => StatusCode::OK,
        };
        let booked = query_says_booked(&typed.input).then_some(Note::Booked);
        let frame = (self.lang, &self.door);
        let body = views::family(frame, &family, taken.or(booked), (&typed.input, &typed.faults));
        Ok(page(status, body))
    }

    fn limited(&self, clinic: &Snapshot, limit: Limit) -> HttpResponse {
        let frame = views::Frame {
            lang: self.lang,
            clinic,
            door: &self.door,
            choice: Choice::default(),
        };
        page(StatusCode::OK, frame.limited(limit))
    }
}

fn query_says_booked(input: &Input) -> bool {
    input.get("done") == "booked"
}

pub(super) async fn show(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let visit = match enter(&req, ctx, (FAMILY_LINK, token.into_inner())).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    if let Some(answer) = visit.waits() {
        return Ok(answer);
    }
    let typed = Typed {
        input: query(&req),
        ..Typed::default()
    };
    visit.together(typed).await
}

pub(super) async fn book(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let visit = match enter(&req, ctx, (FAMILY_LINK, token.into_inner())).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    if let Some(answer) = visit.waits() {
        return Ok(answer);
    }
    let family = visit.family(&input).await?;
    let again = |faults, note| Typed {
        input: input.clone(),
        faults,
        note,
    };
    let Some((family, way)) = family.and_then(|f| f.way.clone().map(|way| (f, way))) else {
        // Nothing is free there, or they may not: the page says which.
        return visit.together(again(Faults::default(), None)).await;
    };
    let visits = family.chosen().map(|m| m.told.patient).zip(way).collect();
    match online::book_family(&visit.ctx, visit.actor.clone(), visits, input.clone()).await {
        Ok(Confirmed::Booked(_)) => Ok(see_other(&format!("{}/family?done=booked", visit.door.path()))),
        Ok(Confirmed::Refused(limit)) => Ok(visit.limited(&family.clinic, limit)),
        Ok(Confirmed::Taken) => visit.together(again(Faults::default(), Some(Note::Taken))).await,
        Err(Error::Invalid(faults)) => visit.together(again(Faults(faults), None)).await,
        Err(e) => Err(e),
    }
}
