//! What finishing a visit does to a recall, and what undoing it gives back, through the steps of the desk.

use chairside::patients::PatientId;
use chairside::staff::Role;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Browser, Clinic, make_patient};

/// Books a cleaning at `time`, brings the patient to the chair and finishes; gives the appointment as it is then.
async fn cleaned(clinic: &Clinic, api: &Browser, who: PatientId, time: &str) -> Value {
    clinic.it_is(time);
    let service = clinic.sample.services.iter().find(|s| s.code == "cleaning").unwrap().id;
    let starts = chairside::platform::clock::Instant::parse_rfc3339(time)
        .unwrap()
        .plus_minutes(15);
    let body = json!({ "patient_id": who, "service_id": service, "starts_at": starts.rfc3339() });
    let (status, mut a) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!(status, 201, "{a}");
    for step in ["arrive", "seat", "finish"] {
        clinic.minutes_pass(1);
        a = stepped(api, &a, step).await;
    }
    a
}
async fn stepped(api: &Browser, a: &Value, step: &str) -> Value {
    let path = format!("/api/v1/appointments/{}/{step}", a["id"]);
    let (status, a) = api.post_json(&path, &json!({ "version": a["version"] })).await;
    assert_eq!(status, 200, "{step}: {a}");
    a
}
type Stands = (String, String, i32, Option<String>);
/// Day, state, contacts and last result of the only recall.
async fn recall(clinic: &Clinic) -> Option<Stands> {
    use chairside::platform::db::schema::recalls as r;
    use diesel::prelude::*;
    clinic
        .sql(|c| {
            let row: Option<(chrono::NaiveDate, String, i32, Option<String>)> = r::table
                .select((r::due_on, r::state, r::attempts, r::last_result))
                .first(c)
                .optional()?;
            Ok(row.map(|(day, state, n, last)| (day.to_string(), state, n, last)))
        })
        .await
}
fn stands(day: &str, state: &str, contacts: i32, last: Option<&str>) -> Option<Stands> {
    Some((day.into(), state.into(), contacts, last.map(str::to_owned)))
}
async fn call(clinic: &Clinic, desk: &Browser, result: &str) {
    let version = clinic.count("SELECT version AS n FROM recalls").await.to_string();
    let id = clinic.count("SELECT id AS n FROM recalls").await;
    let answer = desk
        .post_form(
            &format!("/recall/{id}/call"),
            &[("version", &version), ("result", result)],
        )
        .await;
    assert_eq!(answer.status(), 303, "{result}: {:?}", answer.text().await);
}

both!(an_undone_finish_gives_back_the_recall_as_it_was, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let first = cleaned(&clinic, &api, who, "2026-11-23T10:40:00+08:00").await;
    assert_eq!(recall(&clinic).await, stands("2027-05-23", "due", 0, None));
    // There was none before: none is left.
    let first = stepped(&api, &first, "undo").await;
    assert_eq!(recall(&clinic).await, None);
    clinic.minutes_pass(1);
    stepped(&api, &first, "finish").await;
    assert_eq!(recall(&clinic).await, stands("2027-05-23", "due", 0, None));
    // The patient wants no reminder of it any more …
    clinic.it_is("2027-05-24T10:40:00+08:00");
    let desk = clinic.signed_in("desk").await;
    call(&clinic, &desk, "no-answer").await;
    call(&clinic, &desk, "declined").await;
    let declined = stands("2027-05-23", "declined", 2, Some("declined"));
    assert_eq!(recall(&clinic).await, declined);
    // … comes all the same, and the visit is finished by mistake: twice.
    let second = cleaned(&clinic, &api, who, "2027-06-01T10:40:00+08:00").await;
    assert_eq!(recall(&clinic).await, stands("2027-12-01", "due", 0, None));
    let second = stepped(&api, &second, "undo").await;
    assert_eq!(recall(&clinic).await, declined, "what was declined is not due again");
    clinic.minutes_pass(1);
    let second = stepped(&api, &second, "finish").await;
    assert_eq!(recall(&clinic).await, stands("2027-12-01", "due", 0, None));
    stepped(&api, &second, "undo").await;
    assert_eq!(recall(&clinic).await, declined);
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM recalls_before").await,
        1,
        "nothing is kept of what was taken back"
    );
});

both!(a_contact_since_the_visit_is_not_undone_with_it, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    cleaned(&clinic, &api, who, "2026-11-23T10:40:00+08:00").await;
    let second = cleaned(&clinic, &api, who, "2027-06-01T10:40:00+08:00").await;
    let desk = clinic.signed_in("desk").await;
    call(&clinic, &desk, "declined").await;
    stepped(&api, &second, "undo").await;
    assert_eq!(
        recall(&clinic).await,
        stands("2027-05-23", "declined", 1, Some("declined"))
    );
});
