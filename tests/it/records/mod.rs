//! Visits: begun at seating, written, finished, corrected; the follow-up call that finishing makes.

mod visits;
mod writing;

use std::sync::Arc;

use chairside::callbacks::FollowUps;
use chairside::patients::PatientId;
use chairside::platform::clock::Instant;
use chairside::platform::db::Conn;
use chairside::platform::db::schema::{appointments, patients};
use chairside::platform::error::Result;
use chairside::records::{self, NewVisit, Observers, Visit, VisitId};
use chairside::staff::Actor;
use diesel::prelude::*;

use crate::support::Clinic;

/// A patient with a phone and a penicillin allergy.
pub fn insert_patient(c: &mut Conn, now: Instant, name: &str, n: i64) -> Result<PatientId> {
    Ok(diesel::insert_into(patients::table)
        .values((
            (
                patients::chart_no.eq(format!("T{n:05}")),
                patients::name.eq(name),
                patients::search_name.eq(name),
                patients::initials.eq("x"),
                patients::sex.eq("male"),
                patients::birth_date.eq(chrono::NaiveDate::from_ymd_opt(1992, 3, 1)),
                patients::phone.eq(format!("+861390000{n:04}")),
                patients::language.eq("zh"),
                patients::channel.eq("sms"),
                patients::marketing.eq(false),
                patients::vip.eq(false),
                patients::needs.eq(""),
            ),
            (
                patients::allergies.eq("青霉素过敏"),
                patients::history.eq(""),
                patients::occupation.eq(""),
                patients::address.eq(""),
                patients::source.eq(""),
                patients::note.eq(""),
                patients::completeness.eq(50),
                patients::deceased.eq(false),
                patients::version.eq(1_i64),
                patients::created_at.eq(now),
                patients::updated_at.eq(now),
            ),
        ))
        .returning(patients::id)
        .get_result(c)?)
}

/// An appointment of the sample clinic's `service`, `days` from now at the same time; its row id.
pub async fn insert_appointment(clinic: &Clinic, patient: PatientId, service: &str, days: i64, status: &str) -> i64 {
    let sample = &clinic.sample;
    let service = sample.services.iter().find(|s| s.code == service).unwrap().id;
    let provider = sample.providers[usize::try_from(patient.0 - 1).unwrap() % 5].clone();
    let (site, now, status) = (sample.site.id, clinic.now(), status.to_owned());
    let starts = now + days * 86_400_000;
    clinic
        .sql(move |c| {
            Ok(diesel::insert_into(appointments::table)
                .values((
                    appointments::site_id.eq(site),
                    appointments::patient_id.eq(patient),
                    appointments::provider_id.eq(provider.id),
                    appointments::chair_id.eq(provider.chair_id),
                    appointments::service_id.eq(service),
                    appointments::starts_at.eq(starts),
                    appointments::ends_at.eq(starts + 1_800_000),
                    appointments::busy_from.eq(starts),
                    appointments::busy_until.eq(starts + 1_800_000),
                    appointments::status.eq(status),
                    appointments::note.eq(""),
                    appointments::source.eq("test"),
                    appointments::version.eq(1_i64),
                    appointments::created_at.eq(now),
                    appointments::updated_at.eq(now),
                ))
                .returning(appointments::id)
                .get_result(c)?)
        })
        .await
}

pub async fn new_patient(clinic: &Clinic, name: &str, n: i64) -> PatientId {
    let (now, name) = (clinic.now(), name.to_owned());
    clinic.sql(move |c| insert_patient(c, now, &name, n)).await
}

fn observers() -> Observers {
    vec![Arc::new(FollowUps)]
}

/// A visit begun today for an appointment of `service`.
pub async fn begun(clinic: &Clinic, patient: PatientId, service: &str) -> VisitId {
    let appointment = insert_appointment(clinic, patient, service, 0, "in-chair").await;
    let (provider, service) = (
        clinic.sample.providers[0].clone(),
        clinic
            .sample
            .services
            .iter()
            .find(|s| s.code == service)
            .unwrap()
            .clone(),
    );
    let (now, zone) = (clinic.now(), clinic.sample.site.tz());
    clinic
        .sql(move |c| {
            let visit = NewVisit {
                appointment_id: appointment,
                patient_id: patient,
                provider_id: provider.id,
                service_id: service.id,
                day: now.day(zone),
                provider_name: provider.name,
                service_name: service.name,
            };
            let actor = Actor::system("test");
            let first = records::begin_visit(c, now, &actor, visit.clone())?;
            assert_eq!(
                records::begin_visit(c, now, &actor, visit)?,
                first,
                "one visit per appointment"
            );
            Ok(first)
        })
        .await
}

pub async fn finished(clinic: &Clinic, patient: PatientId, service: &str) -> Visit {
    let (id, now) = (begun(clinic, patient, service).await, clinic.now());
    clinic
        .sql(move |c| records::finish_visit(c, now, &Actor::system("test"), &observers(), id))
        .await
}

const TASKS: &str = "SELECT count(*) AS n FROM call_tasks";
