//! Booking, moving, cancelling, the steps of a visit, undo; races for one slot; the board as page.

use chairside::clinic::{Provider, Service};
use chairside::patients::PatientId;
use chairside::staff::Role;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Browser, Clinic, make_patient};

fn service<'a>(clinic: &'a Clinic, code: &str) -> &'a Service {
    clinic.sample.services.iter().find(|s| s.code == code).unwrap()
}
fn provider(clinic: &Clinic, position: usize) -> &Provider {
    &clinic.sample.providers[position - 1]
}
/// Body of a booking.
fn booking(clinic: &Clinic, patient: PatientId, code: &str, position: usize, at: &str) -> Value {
    json!({ "patient_id": patient, "service_id": service(clinic, code).id, "provider_id": provider(clinic, position).id, "starts_at": at })
}
async fn booked(api: &Browser, body: &Value) -> Value {
    let (status, answer) = api.post_json("/api/v1/appointments", body).await;
    assert_eq!(status, 201, "{answer}");
    answer
}
async fn step(api: &Browser, a: &Value, action: &str, more: Value) -> (u16, Value) {
    let mut body = json!({ "version": a["version"] });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap_or_default());
    api.post_json(&format!("/api/v1/appointments/{}/{action}", a["id"]), &body)
        .await
}
/// Overlapping pairs by an independent look at the table.
async fn overlaps(clinic: &Clinic) -> i64 {
    let mut n = 0;
    for (thing, from, until) in [
        ("provider_id", "busy_from", "busy_until"),
        ("chair_id", "busy_from", "busy_until"),
        ("patient_id", "starts_at", "ends_at"),
    ] {
        n += clinic
            .count(&format!(
                "SELECT count(*) AS n FROM appointments a JOIN appointments b ON a.{thing} = b.{thing} AND a.id < b.id \
                 AND a.{from} < b.{until} AND b.{from} < a.{until} \
                 WHERE a.status NOT IN ('no-show', 'cancelled') AND b.status NOT IN ('no-show', 'cancelled')"
            ))
            .await;
    }
    n
}

both!(a_free_time_is_offered_booked_and_then_gone, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "孙丽", "13900007731").await;
    let path = format!(
        "/api/v1/slots?service_id={}&from=2026-11-24&days=1",
        service(&clinic, "cleaning").id
    );
    let (status, answer) = api.get_json(&path).await;
    assert_eq!(status, 200, "{answer}");
    let first = answer["slots"][0].clone();
    assert_eq!(first["starts_at"], "2026-11-24T08:45:00+08:00");
    let body = json!({ "patient_id": patient, "service_id": service(&clinic, "cleaning").id, "starts_at": first["starts_at"] });
    let a = booked(&api, &body).await;
    assert_eq!(a["provider_id"], first["provider_id"]);
    assert_eq!(a["status"], "booked");
    let (_, after) = api.get_json(&path).await;
    assert_eq!(after["slots"][0]["starts_at"], "2026-11-24T09:30:00+08:00");
});

both!(fifty_at_once_for_one_slot_give_one_booking_and_other_times, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let mut bodies = Vec::new();
    for i in 0..50 {
        let patient = make_patient(&clinic, "某人", &format!("139000{:05}", 10_000 + i)).await;
        bodies.push(booking(&clinic, patient, "extraction", 1, "2026-11-25T09:00:00+08:00"));
    }
    let tries = bodies.iter().map(|b| api.post_json("/api/v1/appointments", b));
    let answers = crate::support::all(tries).await;
    let won = answers.iter().filter(|(s, _)| *s == 201).count();
    let lost: Vec<_> = answers.iter().filter(|(s, _)| *s == 409).collect();
    assert_eq!(
        (won, lost.len()),
        (1, 49),
        "{:?}",
        answers.iter().map(|a| a.0).collect::<Vec<_>>()
    );
    for (_, answer) in lost {
        assert_eq!(answer["code"], "slot_taken");
        let next = answer["next"].as_array().unwrap();
        assert!(next.len() >= 3, "{answer}");
        assert!(next.iter().all(|s| s["starts_at"] != "2026-11-25T09:00:00+08:00"));
    }
    assert_eq!(overlaps(&clinic).await, 0);
});

both!(shifted_and_any_provider_races_leave_no_overlap, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let mut bodies = Vec::new();
    for i in 0..40_i64 {
        let patient = make_patient(&clinic, "某人", &format!("138000{:05}", 20_000 + i / 2)).await;
        let at = format!("2026-11-25T{:02}:{:02}:00+08:00", 9 + i % 2, (i * 5) % 60);
        let mut body = booking(&clinic, patient, "check-up", 1, &at);
        if i % 3 == 0 {
            body.as_object_mut().unwrap().remove("provider_id");
        }
        bodies.push(body);
    }
    let answers = crate::support::all(bodies.iter().map(|b| api.post_json("/api/v1/appointments", b))).await;
    assert!(
        answers
            .iter()
            .all(|(s, a)| matches!(s, 201 | 409 | 422) && a["code"] != "internal"),
        "{answers:?}"
    );
    assert!(answers.iter().any(|(s, _)| *s == 201));
    assert_eq!(overlaps(&clinic).await, 0);
});

both!(the_database_itself_refuses_a_double_booking, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (one, two) = (
        make_patient(&clinic, "甲", "13900000001").await,
        make_patient(&clinic, "乙", "13900000002").await,
    );
    let a = booked(&api, &booking(&clinic, one, "check-up", 1, "2026-11-25T09:00:00+08:00")).await;
    let id = chairside::appointments::AppointmentId(a["id"].as_i64().unwrap());
    let refused = clinic
        .app
        .db
        .write(move |c| {
            let mut copy = chairside::appointments::get_appointment(c, id)?;
            copy.patient_id = two;
            chairside::appointments::insert_appointment(c, &copy)
        })
        .await;
    assert!(refused.is_err());
});

both!(a_visit_goes_through_its_states_and_nothing_skips_one, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-23T11:00:00+08:00"),
    )
    .await;
    assert_eq!(step(&api, &a, "finish", json!({})).await.1["code"], "wrong_state");
    let (_, a) = step(&api, &a, "confirm", json!({})).await;
    assert_eq!(a["status"], "confirmed");
    assert_eq!(step(&api, &a, "no-show", json!({})).await.1["code"], "too_early");
    let (_, a) = step(&api, &a, "arrive", json!({})).await;
    assert_eq!(a["arrived_at"], "2026-11-23T02:42:00.000Z");
    clinic.minutes_pass(14);
    let (_, a) = step(&api, &a, "seat", json!({})).await;
    clinic.minutes_pass(30);
    let (_, a) = step(&api, &a, "finish", json!({})).await;
    assert_eq!((a["status"].as_str(), a["version"].as_i64()), (Some("done"), Some(5)));
    assert_eq!(step(&api, &a, "cancel", json!({ "reason": "x" })).await.0, 409);
});

both!(each_step_can_be_undone_for_eight_seconds_and_no_longer, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-23T11:00:00+08:00"),
    )
    .await;
    let undo = format!("/api/v1/appointments/{}/undo", a["id"]);
    let (_, moved) = step(&api, &a, "move", json!({ "starts_at": "2026-11-23T14:00:00+08:00" })).await;
    assert_eq!(moved["starts_at"], "2026-11-23T06:00:00.000Z");
    clinic.app.clock.advance(7_000);
    let (status, back) = api.post_json(&undo, &json!({})).await;
    assert_eq!(
        (status, back["starts_at"].as_str()),
        (200, Some("2026-11-23T03:00:00.000Z")),
        "{back}"
    );
    assert_eq!(api.post_json(&undo, &json!({})).await.1["code"], "nothing_to_undo");
    let (_, gone) = step(&api, &back, "cancel", json!({ "reason": "有事" })).await;
    assert_eq!(gone["status"], "cancelled");
    clinic.app.clock.advance(11_000);
    assert_eq!(api.post_json(&undo, &json!({})).await.1["code"], "too_late");
});

both!(
    an_undo_cannot_take_a_time_that_somebody_else_has_booked_since,
    |clinic| {
        let api = clinic.api(Role::FrontDesk).await;
        let (one, two) = (
            make_patient(&clinic, "甲", "13900000001").await,
            make_patient(&clinic, "乙", "13900000002").await,
        );
        let at = "2026-11-25T09:00:00+08:00";
        let a = booked(&api, &booking(&clinic, one, "check-up", 1, at)).await;
        step(&api, &a, "cancel", json!({ "reason": "x" })).await;
        booked(&api, &booking(&clinic, two, "check-up", 1, at)).await;
        let (status, answer) = api
            .post_json(&format!("/api/v1/appointments/{}/undo", a["id"]), &json!({}))
            .await;
        assert_eq!((status, answer["code"].as_str()), (409, Some("slot_taken")));
        assert_eq!(overlaps(&clinic).await, 0);
    }
);

both!(two_clerks_moves_are_not_lost_silently, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00"),
    )
    .await;
    assert_eq!(
        step(&api, &a, "move", json!({ "starts_at": "2026-11-25T10:00:00+08:00" }))
            .await
            .0,
        200
    );
    let (status, stale) = step(&api, &a, "move", json!({ "starts_at": "2026-11-25T11:00:00+08:00" })).await;
    assert_eq!((status, stale["code"].as_str()), (409, Some("stale")));
    assert_eq!(stale["changed_by"], "API front-desk");
});

both!(bad_input_is_told_at_its_field, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let good = booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00");
    let cases = [
        ("patient_id", json!(999_999), "patient_id"),
        ("service_id", json!(999_999), "service_id"),
        ("provider_id", json!(provider(&clinic, 5).id), "provider_id"),
        ("starts_at", json!("2026-11-23T09:00:00+08:00"), "starts_at"),
        ("starts_at", json!("2026-11-25T03:00:00+08:00"), "starts_at"),
        ("starts_at", json!("2026-11-29T09:00:00+08:00"), "starts_at"),
        ("minutes", json!(0), "minutes"),
        ("clinic_id", json!(1), "clinic_id"),
        ("note", json!("长".repeat(1001)), "note"),
    ];
    for (name, value, field) in cases {
        let mut body = good.clone();
        body[name] = value;
        let (status, answer) = api.post_json("/api/v1/appointments", &body).await;
        assert_eq!(
            (status, answer["errors"][0]["field"].as_str()),
            (422, Some(field)),
            "{body} {answer}"
        );
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM appointments").await, 0);
    let (status, _) = api.post_json("/api/v1/appointments", &json!("nonsense")).await;
    assert!(status == 422 || status == 400);
});

both!(the_desk_books_moves_and_cancels_with_plain_forms, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let patient = make_patient(&clinic, "孙丽", "13900007731").await;
    let panel = desk.page(&format!("/day?book={patient}&lang=zh")).await;
    assert!(panel.contains("孙丽") && panel.contains("最早"), "{panel}");
    let slot = panel
        .split("name=\"slot\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let (patient_id, service_id) = (patient.to_string(), service(&clinic, "check-up").id.to_string());
    let form = [
        ("patient", patient_id.as_str()),
        ("service", &service_id),
        ("slot", &slot),
        ("form", "1"),
    ];
    let answer = desk.post_form("/appointments", &form).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    let to = answer.headers()["location"].to_str().unwrap().to_owned();
    let board = desk.page(&to).await;
    assert!(board.contains("孙丽") && board.contains("id=\"did\""), "{board}");
    // The same time once more: the panel comes back with what was typed, the reason and other times.
    let again = desk
        .post_form(
            "/appointments",
            &[
                ("patient", patient_id.as_str()),
                ("service", &service_id),
                ("slot", &slot),
                ("note", "靠窗"),
                ("form", "1"),
            ],
        )
        .await;
    assert_eq!(again.status(), 409);
    let text = again.text().await.unwrap();
    assert!(text.contains("靠窗") && text.contains("name=\"slot\""), "{text}");
});

both!(the_board_speaks_both_languages_and_refuses_strangers, |clinic| {
    let visitor = clinic.visitor();
    let answer = visitor.get("/day?day=2026-11-23").await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/sign-in?next=/day%3Fday%3D2026-11-23");
    assert_eq!(visitor.get("/api/v1/appointments").await.status(), 401);
    let doctor = clinic.signed_in("doctor").await;
    assert!(doctor.page("/day?lang=en").await.contains("Waiting room"));
    assert!(doctor.page("/day?lang=zh").await.contains("候诊"));
    assert_eq!(doctor.post_form("/appointments", &[]).await.status(), 403);
    assert_eq!(doctor.get("/day?day=nonsense").await.status(), 422);
});

both!(saving_and_finishing_the_record_finishes_the_appointment, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "extraction", 1, "2026-11-23T11:00:00+08:00"),
    )
    .await;
    let (_, a) = step(&api, &a, "seat", json!({})).await;
    let doctor = clinic.signed_in("doctor").await;
    let answer = doctor.post_form(&format!("/appointments/{}/visit", a["id"]), &[]).await;
    let visit = answer.headers()["location"].to_str().unwrap().to_owned();
    let version = doctor.page(&visit).await;
    let version = version
        .split("name=\"version\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let fields = [
        ("version", version.as_str()),
        ("complaint", "智齿肿痛"),
        ("diagnosis", "阻生齿"),
        ("tooth", "48"),
        ("treatment", "拔除"),
        ("advice", "冰敷"),
        ("do", "finish"),
    ];
    let saved = doctor.post_form(&visit, &fields).await;
    assert_eq!(saved.status(), 303, "{}", saved.text().await.unwrap());
    let (_, after) = api.get_json(&format!("/api/v1/appointments/{}", a["id"])).await;
    assert_eq!(after["status"], "done", "{after}");
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM call_tasks WHERE kind = 'follow-up'")
            .await,
        1
    );
});
