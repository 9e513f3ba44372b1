//! Eighteen months of visits, a full day today, bookings ahead. Rows are written straight into the tables: nobody works
//! through eighteen months of buttons; what follows from them (recalls, calls) is made by the features' own rules.

mod courses;

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;

use super::chairs::IN_SECOND_CHAIR;
use super::clinic::Sample;
use super::holidays::holiday;
use super::people::{Dice, PATIENTS};
use crate::appointments::{
    Appointment, AppointmentId, Status, get_appointment, insert_appointment, update_appointment,
};
use crate::clinic::{self, ChairId, Hours, Provider, Service};
use crate::patients::{self, PatientId};
use crate::platform::clock::{DAY_MS, Instant, at_minute, plus_days};
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointments, treatments, visits};
use crate::platform::error::Result;
use crate::records::VisitId;
use courses::{COURSES, MILK, ages, days_between};

/// Days of history.
const DAYS_BACK: i64 = 548;
/// How long before a visit it was booked.
const BOOKED_BEFORE_MS: i64 = 7 * DAY_MS;
/// Tries at finding somebody of the right age who does not come that day.
const TRIES: usize = 400;
/// The days around today that are as busy as a real week.
const BUSY_DAYS: i64 = 10;
/// Days booked ahead.
const DAYS_AHEAD: i64 = 14;

/// Services before which a scan is taken.
const SCANNED: [&str; 4] = ["implant", "implant-review", "extraction", "root-canal"];

/// A visit that took place, for what follows from it.
#[derive(Debug, Clone, Copy)]
pub struct Past {
    /// The visit.
    pub visit: VisitId,
    /// When it was over.
    pub finished_at: Instant,
}

/// The sample's appointments and visits.
#[derive(Debug, Default)]
pub struct Made {
    /// Visits that took place, oldest first.
    pub past: Vec<Past>,
    /// Today's appointments, all still planned until [`bring_to_now`].
    pub today: Vec<AppointmentId>,
}

/// Makes the past, today as it was booked, and what is booked ahead.
///
/// # Errors
/// Those of the database.
pub fn build(c: &mut Conn, now: Instant, sample: &Sample, patients: &[PatientId]) -> Result<Made> {
    let mut world = World::new(c, now, sample, patients)?;
    let today = now.day(sample.site.tz());
    for offset in -DAYS_BACK..=DAYS_AHEAD {
        let day = plus_days(today, offset);
        if offset == 0 || holiday(day).is_none() {
            world.day(c, day, offset)?;
        }
    }
    Ok(world.made)
}

/// Everybody was registered when their first visit was booked; those who have had none, some time or other.
///
/// # Errors
/// Those of the database.
pub fn register_before_first_visit(c: &mut Conn, now: Instant, patients: &[PatientId]) -> Result<()> {
    let booked: Vec<(PatientId, Instant)> = appointments::table
        .select((appointments::patient_id, appointments::created_at))
        .load(c)?;
    let mut first: HashMap<PatientId, Instant> = HashMap::new();
    for (patient, at) in booked {
        let earliest = first.entry(patient).or_insert(at);
        *earliest = (*earliest).min(at);
    }
    for (patient, n) in patients.iter().zip(1_i64..) {
        let some_time = now + -(n * 37 % DAYS_BACK) * DAY_MS;
        let at = first.get(patient).copied().unwrap_or(some_time).min(now);
        patients::registered_by(c, *patient, at)?;
    }
    Ok(())
}

/// Brings today's appointments to the states they have by now: done, in the chair, waiting, late.
///
/// # Errors
/// Those of the database.
pub fn bring_to_now(c: &mut Conn, now: Instant, sample: &Sample, made: &mut Made) -> Result<()> {
    let mut world = World::new(c, now, sample, &[])?;
    for id in &made.today {
        let mut a = get_appointment(c, *id)?;
        let status = world.status(a.starts_at, a.ends_at);
        if a.status.is_planned() && status.is_planned() {
            continue;
        }
        world.stamp(&mut a, status);
        update_appointment(c, &a, a.version)?;
        let provider = sample.providers.iter().find(|p| p.id == a.provider_id);
        let service = sample.services.iter().find(|s| s.id == a.service_id);
        if let (Status::Done, Some(provider), Some(service)) = (status, provider, service) {
            world.visit(c, &a, provider, service, now.day(sample.site.tz()))?;
        }
    }
    made.past.append(&mut world.made.past);
    Ok(())
}

struct World<'a> {
    now: Instant,
    sample: &'a Sample,
    patients: &'a [PatientId],
    born: HashMap<PatientId, NaiveDate>,
    /// Who came last for what, and when.
    last: HashMap<(PatientId, String), NaiveDate>,
    dice: Dice,
    hours: Vec<Hours>,
    made: Made,
}

impl<'a> World<'a> {
    fn new(c: &mut Conn, now: Instant, sample: &'a Sample, patients: &'a [PatientId]) -> Result<World<'a>> {
        let hours = clinic::list_hours_on(c, now.day(sample.site.tz()))?;
        let all = patients::list_patients(c, None, i64::try_from(PATIENTS).unwrap_or(i64::MAX))?;
        let born = all.into_iter().filter_map(|p| p.birth_date.map(|born| (p.id, born)));
        Ok(World {
            born: born.collect(),
            last: HashMap::new(),
            now,
            sample,
            patients,
            dice: Dice::new(7),
            hours,
            made: Made::default(),
        })
    }

    /// Gives an appointment a state, with the times that go with it.
    fn stamp(&mut self, a: &mut Appointment, status: Status) {
        let jitter = i64::try_from(self.dice.below(12)).unwrap_or(0);
        let arrived = matches!(status, Status::Arrived | Status::InChair | Status::Done);
        let seated = matches!(status, Status::InChair | Status::Done);
        a.status = status;
        a.arrived_at = arrived.then(|| {
            a.starts_at
                .plus_minutes(-2 - jitter)
                .min(self.now.plus_minutes(-1 - jitter))
        });
        a.seated_at = seated.then(|| a.starts_at.plus_minutes(jitter / 2).min(self.now));
        a.finished_at = (status == Status::Done).then(|| a.ends_at.plus_minutes(jitter / 3).min(self.now));
        // Some of today's are still at the desk.
        let gone = a.finished_at.filter(|at| self.now.minutes_since(*at) > 10 + jitter);
        a.left_at = gone.map(|at| at.plus_minutes(3 + jitter));
        a.cancel_reason = (status == Status::Cancelled).then(|| "患者有事".into());
    }

    /// Fills one day. How full: today all of it, near days about half, far days a few.
    fn day(&mut self, c: &mut Conn, day: NaiveDate, offset: i64) -> Result<()> {
        let weekday = i32::try_from(day.weekday().number_from_monday()).unwrap_or(1);
        let mut here: Vec<PatientId> = Vec::new();
        let sample = self.sample;
        for provider in &sample.providers {
            let sessions: Vec<Hours> = self
                .hours
                .iter()
                .filter(|h| h.provider_id == Some(provider.id) && h.weekday == weekday)
                .copied()
                .collect();
            for session in sessions {
                let mut minute = session.start_minute;
                while minute < session.end_minute {
                    let keep = match offset {
                        0 => !self.dice.one_in(7),
                        o if o.abs() <= BUSY_DAYS => self.dice.one_in(3),
                        _ => self.dice.one_in(16),
                    };
                    let Some(service) = self.service_of(provider).cloned() else {
                        break;
                    };
                    let length = service.minutes + service.buffer_before + service.buffer_after;
                    if keep && minute + length <= session.end_minute {
                        let start = at_minute(sample.site.tz(), day, minute + service.buffer_before);
                        self.appointment(c, provider, &service, (day, start), &mut here)?;
                        minute += (length + 14) / 15 * 15;
                    } else {
                        minute += 15;
                    }
                }
            }
        }
        Ok(())
    }

    fn service_of(&mut self, provider: &Provider) -> Option<&Service> {
        let codes: &[&str] = match provider.position {
            1 => &[
                "check-up",
                "filling",
                "root-canal",
                "extraction",
                "filling",
                "sutures-out",
                "crown",
            ],
            2 => &["ortho-adjust", "ortho-adjust", "ortho-adjust", "ortho-first"],
            3 => &["fluoride", "filling", "check-up", "filling", "check-up"],
            4 => &["implant", "implant-review", "extraction", "sutures-out", "crown"],
            _ => &["cleaning", "cleaning", "cleaning", "cleaning", "cleaning", "fluoride"],
        };
        let code = self.dice.pick(codes);
        let services = &self.sample.services;
        services.iter().find(|s| s.code == code)
    }

    fn age(&self, patient: PatientId, day: NaiveDate) -> u32 {
        let born = self.born.get(&patient);
        born.and_then(|born| day.years_since(*born)).unwrap_or(0)
    }

    /// Somebody of an age for this service who does not come that day already.
    fn patient(&mut self, code: &str, day: NaiveDate, here: &mut Vec<PatientId>) -> Option<PatientId> {
        for n in 0..TRIES {
            let p = *self.patients.get(self.dice.below(self.patients.len()))?;
            let last = self.last.get(&(p, code.to_owned()));
            let again = last.is_none_or(|last| (day - *last).num_days() >= days_between(code));
            // Today rather somebody too soon than a chair without anybody.
            let soon = n > TRIES / 2 && day == self.now.day(self.sample.site.tz());
            if !here.contains(&p) && ages(code).contains(&self.age(p, day)) && (again || soon) {
                here.push(p);
                self.last.insert((p, code.to_owned()), day);
                return Some(p);
            }
        }
        None
    }

    fn appointment(
        &mut self,
        c: &mut Conn,
        provider: &Provider,
        service: &Service,
        (day, start): (NaiveDate, Instant),
        here: &mut Vec<PatientId>,
    ) -> Result<()> {
        let Some(patient) = self.patient(&service.code, day, here) else {
            return Ok(());
        };
        let ends_at = start.plus_minutes(i64::from(service.minutes));
        let is_today = day == self.now.day(self.sample.site.tz());
        let planned = if self.dice.below(100) < 72 {
            Status::Confirmed
        } else {
            Status::Booked
        };
        let status = if is_today { planned } else { self.status(start, ends_at) };
        let (chair_id, provider_parts) = self.place_of(c, provider, service)?;
        let mut a = Appointment {
            id: AppointmentId(0),
            site_id: self.sample.site.id,
            patient_id: patient,
            provider_id: provider.id,
            chair_id,
            service_id: service.id,
            starts_at: start,
            ends_at,
            busy_from: start.plus_minutes(-i64::from(service.buffer_before)),
            busy_until: ends_at.plus_minutes(i64::from(service.buffer_after)),
            status,
            note: if self.dice.one_in(12) && SCANNED.contains(&service.code.as_str()) {
                "CT 已拍".into()
            } else {
                String::new()
            },
            cancel_reason: None,
            source: "desk".into(),
            version: 1,
            arrived_at: None,
            seated_at: None,
            finished_at: None,
            created_by: self.sample.users.get(1).copied(),
            created_at: start + -BOOKED_BEFORE_MS,
            updated_at: start.min(self.now),
            provider_parts,
            second_id: None,
            second_parts: String::new(),
            overbooked: None,
            left_at: None,
        };
        self.stamp(&mut a, status);
        a.id = insert_appointment(c, &a)?;
        if is_today {
            self.made.today.push(a.id);
        }
        if status == Status::Done {
            self.visit(c, &a, provider, service, day)?;
        }
        Ok(())
    }

    /// In which chair, and when the provider is needed.
    fn place_of(&self, c: &mut Conn, provider: &Provider, service: &Service) -> Result<(ChairId, String)> {
        let clinic = clinic::snapshot(c)?;
        let further = clinic.further_chairs(provider.id).next();
        let second = further.filter(|_| service.code == IN_SECOND_CHAIR);
        let parts = clinic.rules(service.id).provider_parts.show();
        Ok((second.unwrap_or(provider.chair_id), parts))
    }

    /// What state an appointment has by now.
    fn status(&mut self, start: Instant, end: Instant) -> Status {
        let n = self.dice.below(100);
        let until = start.minutes_since(self.now);
        if end <= self.now {
            match n {
                0..4 => Status::NoShow,
                4..7 => Status::Cancelled,
                _ => Status::Done,
            }
        } else if until <= 0 {
            match n {
                0..12 => Status::Booked,
                12..30 => Status::Arrived,
                _ => Status::InChair,
            }
        } else if until <= 25 && n < 60 {
            Status::Arrived
        } else if n < 72 {
            Status::Confirmed
        } else {
            Status::Booked
        }
    }

    fn visit(
        &mut self,
        c: &mut Conn,
        a: &Appointment,
        provider: &Provider,
        service: &Service,
        day: NaiveDate,
    ) -> Result<()> {
        let Some(course) = COURSES.iter().find(|x| x.code == service.code) else {
            return Ok(());
        };
        let finished_at = a.finished_at.unwrap_or(a.ends_at);
        let id: VisitId = diesel::insert_into(visits::table)
            .values((
                (
                    visits::patient_id.eq(a.patient_id),
                    visits::provider_id.eq(provider.id),
                    visits::service_id.eq(service.id),
                    visits::appointment_id.eq(a.id.0),
                    visits::day.eq(day),
                    visits::started_at.eq(a.seated_at.unwrap_or(a.starts_at)),
                    visits::provider_name.eq(&provider.name),
                    visits::service_name.eq(&service.name),
                    visits::complaint.eq(course.complaint),
                    visits::diagnosis.eq(course.diagnosis),
                ),
                (
                    visits::advice.eq(course.advice),
                    visits::next_visit.eq(course.next),
                    visits::fee_minor.eq(service.price_minor),
                    visits::status.eq("finished"),
                    visits::version.eq(1_i64),
                    visits::created_at.eq(finished_at),
                    visits::updated_at.eq(finished_at),
                ),
            ))
            .returning(visits::id)
            .get_result(c)?;
        let teeth = if self.age(a.patient_id, day) < MILK.0 {
            &MILK.1
        } else {
            course.teeth
        };
        let tooth = (!course.teeth.is_empty()).then(|| self.dice.pick(teeth));
        diesel::insert_into(treatments::table)
            .values((
                treatments::visit_id.eq(id),
                treatments::position.eq(1),
                treatments::tooth.eq(tooth),
                treatments::description.eq(course.treatment),
            ))
            .execute(c)?;
        self.made.past.push(Past { visit: id, finished_at });
        Ok(())
    }
}
