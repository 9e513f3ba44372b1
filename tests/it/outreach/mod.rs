//! Rules, planning with a clock that moves (and jumps), recalls and their list.

pub mod api;
mod clock;
mod families;
mod forecast;
mod ladders;
mod months;
mod recall_edits;
mod recall_sheet;
mod recall_types;
mod recalls;
mod reminders;
mod rules;

use chairside::appointments::{self, Appointment};
use chairside::clinic::Service;
use chairside::outreach::{self, PlanReport};
use chairside::patients::PatientId;
use chairside::platform::clock::Instant;
use chairside::platform::db::schema::{messages as m, recalls as r, visits as v};
use chairside::records::Visit;
use chairside::staff::{Actor, Role};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::Clinic;

fn service<'a>(clinic: &'a Clinic, code: &str) -> &'a Service {
    clinic.sample.services.iter().find(|s| s.code == code).unwrap()
}

fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).unwrap()
}

/// Books with the first provider who does `code`.
async fn book(clinic: &Clinic, patient: PatientId, code: &str, time: &str) -> Appointment {
    let booking = appointments::Booking {
        patient,
        service: service(clinic, code).id,
        provider: None,
        chair: None,
        starts_at: at(time),
        minutes: None,
        note: String::new(),
        source: "desk",
        tell: false,
        hold: None,
        overbook: None,
    };
    appointments::book(&clinic.app.db, clinic.now(), Actor::system("test"), booking)
        .await
        .unwrap()
}

async fn plan(clinic: &Clinic) -> PlanReport {
    outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap()
}

async fn plan_at(clinic: &Clinic, time: &str) -> PlanReport {
    clinic.it_is(time);
    plan(clinic).await
}

async fn dispatch(clinic: &Clinic) {
    clinic.app.dispatcher().dispatch().await.unwrap();
}

#[derive(Debug, Clone, Queryable)]
struct Row {
    key: String,
    state: String,
    reason: Option<String>,
    body: Option<String>,
    subject_id: Option<i64>,
    due_at: Instant,
}

/// Reminders, recalls and greetings in the order they were queued (what booking itself sends is not looked at), without those
/// who were left out.
async fn rows(clinic: &Clinic) -> Vec<Row> {
    clinic
        .sql(|c| {
            Ok(m::table
                .filter(m::purpose.eq_any(["reminder", "recall", "birthday"]))
                .filter(m::dedupe_key.not_like("%:left-out"))
                .order(m::id)
                .select((m::dedupe_key, m::state, m::reason, m::body, m::subject_id, m::due_at))
                .load::<Row>(c)?)
        })
        .await
}

async fn keys(clinic: &Clinic) -> Vec<String> {
    let all = rows(clinic).await.into_iter().map(|row| row.key);
    all.filter(|key| !key.ends_with(":missed")).collect()
}

fn rule_id(list: &Value, code: &str) -> (i64, i64) {
    let rule = list.as_array().unwrap().iter().find(|x| x["code"] == code).unwrap();
    (rule["id"].as_i64().unwrap(), rule["version"].as_i64().unwrap())
}

/// What of a change belongs to a rule's first step.
const OF_STEP: [&str; 5] = [
    "offset_days",
    "offset_minutes",
    "at_minute",
    "window_minutes",
    "template",
];

/// Changes a rule; what belongs to a step is of its first.
async fn patch_rule(clinic: &Clinic, code: &str, mut change: Value) -> (u16, Value) {
    let api = clinic.api(Role::Manager).await;
    let all = api.get_json("/api/v1/rules").await.1;
    let (id, version) = rule_id(&all, code);
    let mut steps = all.as_array().unwrap().iter().find(|x| x["code"] == code).unwrap()["steps"].clone();
    let fields = change.as_object_mut().unwrap();
    let moved: Vec<(&str, Value)> = OF_STEP.iter().filter_map(|f| Some((*f, fields.remove(*f)?))).collect();
    if !moved.is_empty() {
        for (field, value) in moved {
            steps[0][field] = value;
        }
        fields.insert("steps".into(), steps);
    }
    change["version"] = json!(version);
    api.patch_json(&format!("/api/v1/rules/{id}"), &change).await
}

/// A finished visit in the record.
async fn visit(clinic: &Clinic, patient: PatientId, code: &str, day: &str) -> Visit {
    let (service, day) = (service(clinic, code).clone(), day.parse::<chrono::NaiveDate>().unwrap());
    let (now, provider) = (clinic.now(), clinic.sample.providers[4].clone());
    clinic
        .sql(move |c| {
            let texts = (
                v::provider_name.eq(provider.name),
                v::service_name.eq(service.name),
                v::complaint.eq(""),
                v::diagnosis.eq(""),
                v::advice.eq(""),
                v::next_visit.eq(""),
                v::status.eq("finished"),
            );
            let rest = (
                v::patient_id.eq(patient),
                v::provider_id.eq(Some(provider.id)),
                v::service_id.eq(Some(service.id)),
                v::day.eq(day),
                v::started_at.eq(chairside::platform::clock::at_minute(
                    chrono_tz::Asia::Shanghai,
                    day,
                    600,
                )),
                v::version.eq(1_i64),
                v::created_at.eq(now),
                v::updated_at.eq(now),
            );
            Ok(diesel::insert_into(v::table)
                .values((texts, rest))
                .returning(v::all_columns)
                .get_result(c)?)
        })
        .await
}

async fn due(clinic: &Clinic) -> Vec<(i64, String, String)> {
    clinic
        .sql(|c| {
            let list: Vec<(i64, chrono::NaiveDate, String)> = r::table
                .order(r::id)
                .select((r::patient_id, r::due_on, r::state))
                .load(c)?;
            Ok(list
                .into_iter()
                .map(|(id, day, state)| (id, day.to_string(), state))
                .collect())
        })
        .await
}
