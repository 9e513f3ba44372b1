//! Finding a time: by provider or kind, day and hour; for one visit, a family, or a course of visits.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::super::model::suggest::{Free, Why, offers};
use super::super::model::together::{DAYS_OFF, Filter, Member, back_to_back, course, side_by_side};
use super::super::store::Except;
use super::{Found, HORIZON_DAYS, Search, TOGETHER_MAX, find_free, habit_of};
use crate::clinic::{ProviderId, ProviderKind, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::records::plan::{Plan, PlanItemId};

/// The first weeks are searched first; when they have too little, all there is.
const SEARCH_DAYS: [u32; 2] = [14, HORIZON_DAYS];
/// Around the day on which a visit of a course should be, so many days are searched.
const COURSE_WINDOW: i64 = 21;

/// With whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// Whoever does it.
    Anyone,
    /// Anyone of a kind.
    Kind(ProviderKind),
    /// This one.
    One(ProviderId),
}

/// How several visits belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// One visit only.
    Single,
    /// Different people, one after the other.
    BackToBack,
    /// Different people at one time.
    SideBySide,
    /// One person's visits, days apart.
    Course,
}

/// One of the visits wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Whose other visits to heed.
    pub patient: Option<PatientId>,
    /// For what.
    pub service: ServiceId,
    /// How long; none: as the service says.
    pub minutes: Option<i32>,
    /// In a course: so many days after the one before.
    pub days_after: i64,
    /// The item of the patient's treatment plan that it is for.
    pub item: Option<PlanItemId>,
}

impl Wanted {
    /// What has no appointment yet of a treatment plan, in order, with the days between; and the day from which on the first
    /// of it should be.
    pub fn of_plan(plan: &Plan) -> Option<(NaiveDate, Vec<Wanted>)> {
        let first = plan.next()?.from;
        let mut last = first;
        let wanted = plan.unbooked().take(TOGETHER_MAX).map(|p| Wanted {
            patient: Some(plan.patient),
            service: p.item.service_id,
            minutes: p.item.minutes,
            days_after: (p.from - std::mem::replace(&mut last, p.from)).num_days().max(0),
            item: Some(p.item.id),
        });
        Some((first, wanted.collect()))
    }
}

/// A search.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What is wanted, in order; at least one.
    pub visits: Vec<Wanted>,
    /// How they belong together.
    pub together: Together,
    /// With whom.
    pub whom: Whom,
    /// When.
    pub filter: Filter,
    /// From this day on.
    pub first: NaiveDate,
    /// At most so many proposals.
    pub limit: usize,
    /// For patients who book by themselves: by each service's notice and horizon.
    pub online: bool,
}

/// What a search came to: for each proposal the visits in the order wanted; in a course, none where nothing is free near
/// the day it should be on.
#[derive(Debug, Default)]
pub struct Proposals {
    /// The proposals, soonest first.
    pub list: Vec<Vec<Option<Free>>>,
    /// Minutes of each visit.
    pub minutes: Vec<i32>,
    /// Of a single visit: the times to offer first, and why; the soonest, what the patient prefers, what closes a gap.
    pub suggested: Vec<(Free, Why)>,
}

/// Looks for times.
pub fn find_times(c: &mut Conn, now: Instant, f: &Finding) -> Result<Proposals> {
    let mut found = Proposals::default();
    for days in SEARCH_DAYS {
        found = search(c, now, f, days)?;
        if found.list.len() >= f.limit {
            break;
        }
    }
    found.list.truncate(f.limit);
    Ok(found)
}

fn search(c: &mut Conn, now: Instant, f: &Finding, days: u32) -> Result<Proposals> {
    let mut members = Vec::with_capacity(f.visits.len());
    let (mut zone, mut offset) = (Tz::UTC, 0);
    let mut suggested = Vec::new();
    for (i, wanted) in f.visits.iter().enumerate() {
        let (mut first, mut within) = (f.first, days);
        if f.together == Together::Course && i > 0 {
            offset += wanted.days_after;
            first = plus_days(f.first, offset - DAYS_OFF);
            within = u32::try_from(COURSE_WINDOW + 2 * DAYS_OFF).unwrap_or(days);
        } else if f.together == Together::Course {
            within = within.min(u32::try_from(COURSE_WINDOW).unwrap_or(days));
        }
        let found = one(c, now, f, wanted, (first, within))?;
        zone = found.clinic.site.tz();
        let filter = |free: &Free| f.filter.lets(zone, free.start, found.wish.minutes);
        let free: Vec<Free> = found.free.iter().copied().filter(filter).collect();
        if f.together == Together::Single && !f.online {
            suggested = suggest(c, &found, wanted, &free)?;
        }
        members.push(Member {
            free,
            wish: found.wish.clone(),
            days_after: wanted.days_after,
        });
    }
    let all = |list: Vec<Vec<Free>>| list.into_iter().map(|p| p.into_iter().map(Some).collect()).collect();
    let firsts = members.first().map(|m| m.free.clone()).unwrap_or_default();
    let list = match f.together {
        Together::Single => firsts.into_iter().map(|free| vec![Some(free)]).collect(),
        Together::BackToBack => all(back_to_back(&members, f.limit)),
        Together::SideBySide => all(side_by_side(&members, f.limit)),
        Together::Course => {
            let mut firsts = firsts;
            firsts.dedup_by_key(|free| free.start);
            firsts
                .into_iter()
                .take(f.limit)
                .map(|free| course(&members, zone, free))
                .collect()
        }
    };
    Ok(Proposals {
        list,
        minutes: members.iter().map(|m| m.wish.minutes).collect(),
        suggested,
    })
}

/// Which of the free times of a visit to offer first.
fn suggest(c: &mut Conn, found: &Found, wanted: &Wanted, free: &[Free]) -> Result<Vec<(Free, Why)>> {
    let zone = found.clinic.site.tz();
    let habit = habit_of(c, wanted.patient, zone, found.wish.minutes)?;
    let offered = offers(free, habit, |f| found.is_tidy(f), zone);
    let of = |start, provider| free.iter().find(|f| (f.start, f.provider) == (start, provider));
    let each = offered.into_iter();
    Ok(each.filter_map(|o| Some((*of(o.start, o.provider)?, o.why))).collect())
}

/// The free times of one visit.
fn one(c: &mut Conn, now: Instant, f: &Finding, wanted: &Wanted, (first, days): (NaiveDate, u32)) -> Result<Found> {
    let search = Search {
        service: wanted.service,
        provider: match f.whom {
            Whom::One(id) => Some(id),
            _ => None,
        },
        minutes: wanted.minutes,
        first,
        days,
        except: Except {
            patient: wanted.patient,
            ..Except::default()
        },
        online: f.online,
    };
    let mut found = find_free(c, now, &search)?;
    if let Whom::Kind(kind) = f.whom {
        let clinic = found.clinic.clone();
        let is = |id: ProviderId| clinic.find_provider(id).is_some_and(|p| p.kind == kind);
        found.free.retain(|free| is(free.provider));
    }
    Ok(found)
}
