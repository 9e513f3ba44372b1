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
async fn undo(api: &Browser, a: &Value) -> (u16, Value) {
    let body = json!({ "version": a["version"] });
    api.post_json(&format!("/api/v1/appointments/{}/undo", a["id"]), &body)
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
    use chairside::appointments::{
        Appointment, AppointmentId, get_appointment, insert_appointment, update_appointment,
    };
    let api = clinic.api(Role::FrontDesk).await;
    let (one, two) = (
        make_patient(&clinic, "甲", "13900000001").await,
        make_patient(&clinic, "乙", "13900000002").await,
    );
    let a = booked(&api, &booking(&clinic, one, "check-up", 1, "2026-11-25T09:00:00+08:00")).await;
    let b = booked(&api, &booking(&clinic, two, "check-up", 3, "2026-11-25T11:00:00+08:00")).await;
    let id = |v: &Value| AppointmentId(v["id"].as_i64().unwrap());
    let (a, b) = (id(&a), id(&b));
    let (mine, other) = (provider(&clinic, 1).clone(), provider(&clinic, 3).clone());
    // Each kind of thing alone, by insert, by update and by taking a cancellation back.
    type Change = Box<dyn Fn(&mut Appointment) + Send>;
    let cases: Vec<(&str, Change)> = vec![
        ("provider", {
            let p = mine.id;
            Box::new(move |x| x.provider_id = p)
        }),
        ("chair", {
            let chair = mine.chair_id;
            Box::new(move |x| x.chair_id = chair)
        }),
        ("patient", Box::new(move |x| x.patient_id = one)),
    ];
    for (what, change) in cases {
        let other = (other.id, other.chair_id);
        let tried = clinic
            .app
            .db
            .write(move |c| {
                let at = get_appointment(c, a)?;
                let mut x = get_appointment(c, b)?;
                (x.starts_at, x.ends_at, x.busy_from, x.busy_until) =
                    (at.starts_at, at.ends_at, at.busy_from, at.busy_until);
                (x.provider_id, x.chair_id) = other;
                x.patient_id = two;
                change(&mut x);
                insert_appointment(c, &x)
            })
            .await;
        assert!(tried.is_err(), "{what} twice by insert");
    }
    let moved = clinic
        .app
        .db
        .write(move |c| {
            let at = get_appointment(c, a)?;
            let mut x = get_appointment(c, b)?;
            let version = x.version;
            (x.starts_at, x.ends_at, x.busy_from, x.busy_until) =
                (at.starts_at, at.ends_at, at.busy_from, at.busy_until);
            x.provider_id = at.provider_id;
            update_appointment(c, &x, version)
        })
        .await;
    assert!(moved.is_err(), "provider twice by update");
    let woken = clinic
        .app
        .db
        .write(move |c| {
            let at = get_appointment(c, a)?;
            let mut x = at.clone();
            x.status = chairside::appointments::Status::Cancelled;
            x.patient_id = two;
            x.id = insert_appointment(c, &x)?;
            x.status = chairside::appointments::Status::Booked;
            update_appointment(c, &x, x.version)
        })
        .await;
    assert!(woken.is_err(), "a cancelled one that comes back");
    assert_eq!(overlaps(&clinic).await, 0);
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
        &booking(&clinic, patient, "extraction", 1, "2026-11-23T10:45:00+08:00"),
    )
    .await;
    let was = |a: &Value| {
        [
            "status",
            "starts_at",
            "ends_at",
            "provider_id",
            "arrived_at",
            "seated_at",
            "finished_at",
        ]
        .map(|k| a[k].clone())
    };
    // Every step, and back; in between the visit goes on to the state that the next one needs.
    let mut now = a;
    for (action, more, goes_on) in [
        ("move", json!({ "starts_at": "2026-11-23T14:00:00+08:00" }), false),
        ("move", json!({ "minutes": 60 }), false),
        ("cancel", json!({ "reason": "有事" }), false),
        ("no-show", json!({}), false),
        ("confirm", json!({}), true),
        ("arrive", json!({}), true),
        ("seat", json!({}), true),
        ("finish", json!({}), false),
    ] {
        clinic.minutes_pass(4);
        let (status, done) = step(&api, &now, action, more.clone()).await;
        assert_eq!(status, 200, "{action}: {done}");
        clinic.app.clock.advance(8_000);
        let (status, back) = undo(&api, &done).await;
        assert_eq!(status, 200, "{action}: {back}");
        assert_eq!(was(&back), was(&now), "{action}");
        assert_eq!(undo(&api, &back).await.1["code"], "nothing_to_undo");
        assert_eq!(
            clinic.count("SELECT count(*) AS n FROM call_tasks").await,
            0,
            "{action}"
        );
        now = if goes_on {
            step(&api, &back, action, more).await.1
        } else {
            back
        };
    }
    let (_, now) = step(&api, &now, "finish", json!({})).await;
    clinic.app.clock.advance(11_000);
    assert_eq!(undo(&api, &now).await.1["code"], "too_late");
});

both!(a_booking_can_be_undone_and_its_time_is_free_again, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (one, two) = (
        make_patient(&clinic, "甲", "13900000001").await,
        make_patient(&clinic, "乙", "13900000002").await,
    );
    let at = "2026-11-25T09:00:00+08:00";
    let a = booked(&api, &booking(&clinic, one, "check-up", 1, at)).await;
    let (status, back) = undo(&api, &a).await;
    assert_eq!((status, back["status"].as_str()), (200, Some("cancelled")));
    booked(&api, &booking(&clinic, two, "check-up", 1, at)).await;
});

both!(nobody_undoes_what_another_did_or_what_they_may_not_do, |clinic| {
    let (desk, doctor) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Doctor).await);
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &desk,
        &booking(&clinic, patient, "check-up", 1, "2026-11-23T10:45:00+08:00"),
    )
    .await;
    let (_, confirmed) = step(&desk, &a, "confirm", json!({})).await;
    let (_, cancelled) = step(&desk, &confirmed, "cancel", json!({ "reason": "有事" })).await;
    // The first clerk's undo is of the confirmation, and that is not the latest step any more.
    let (status, stale) = undo(&desk, &confirmed).await;
    assert_eq!((status, stale["code"].as_str()), (409, Some("stale")), "{stale}");
    assert_eq!(undo(&doctor, &cancelled).await.0, 403);
    let (_, back) = undo(&desk, &cancelled).await;
    assert_eq!(back["status"], "confirmed");
    // What a doctor may do, a doctor may take back.
    let (_, arrived) = step(&doctor, &back, "arrive", json!({})).await;
    let (status, back) = undo(&doctor, &arrived).await;
    assert_eq!((status, back["status"].as_str()), (200, Some("confirmed")), "{back}");
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
        let (_, gone) = step(&api, &a, "cancel", json!({ "reason": "x" })).await;
        booked(&api, &booking(&clinic, two, "check-up", 1, at)).await;
        let (status, answer) = undo(&api, &gone).await;
        assert_eq!((status, answer["code"].as_str()), (409, Some("slot_taken")));
        assert_eq!(overlaps(&clinic).await, 0);
    }
);

both!(races_of_undo_against_booking_leave_no_overlap, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let at = "2026-11-25T09:00:00+08:00";
    let mut rivals = Vec::new();
    for i in 0..10 {
        rivals.push(make_patient(&clinic, "某人", &format!("139000{:05}", 30_000 + i)).await);
    }
    for round in rivals.chunks(2) {
        let a = booked(&api, &booking(&clinic, round[0], "check-up", 1, at)).await;
        let (_, gone) = step(&api, &a, "cancel", json!({ "reason": "x" })).await;
        let body = booking(&clinic, round[1], "check-up", 1, at);
        let undone = undo(&api, &gone);
        let rival = api.post_json("/api/v1/appointments", &body);
        let ((back, b), (new, n)) = tokio::join!(undone, rival);
        assert!(
            matches!((back, new), (200, 409) | (409, 201)),
            "exactly one wins: {back} {new} {b} {n}"
        );
        assert_eq!(overlaps(&clinic).await, 0);
        let winner = if back == 200 { b } else { n };
        let (status, cleared) = step(&api, &winner, "cancel", json!({ "reason": "x" })).await;
        assert_eq!(status, 200, "{cleared}");
    }
});

both!(nobody_arrives_on_another_day_than_the_one_booked, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00"),
    )
    .await;
    for action in ["arrive", "seat"] {
        let (status, answer) = step(&api, &a, action, json!({})).await;
        assert_eq!((status, answer["code"].as_str()), (409, Some("too_early")), "{answer}");
    }
    let nurse = clinic.signed_in("nurse").await;
    let card = nurse.page(&format!("/day/peek?open={}", a["id"])).await;
    assert!(
        !card.contains("data-key=\"a\"") && card.contains("data-key=\"n\""),
        "{card}"
    );
    assert_eq!(clinic.count("SELECT count(*) AS n FROM visits").await, 0);
});

both!(staff_say_why_they_cancel, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00"),
    )
    .await;
    let (status, answer) = step(&api, &a, "cancel", json!({ "reason": " " })).await;
    assert_eq!(
        (status, answer["errors"][0]["field"].as_str()),
        (422, Some("reason")),
        "{answer}"
    );
    let desk = clinic.signed_in("desk").await;
    let url = format!("/appointments/{}/cancel", a["id"]);
    let form = [
        ("version", "1"),
        ("day", "2026-11-25"),
        ("reason", ""),
        ("reason_more", ""),
    ];
    let refused = desk.post_form(&url, &form).await;
    assert_eq!(refused.status(), 422);
    let page = refused.text().await.unwrap();
    assert!(
        page.contains("id=\"f-reason-e\"") || page.contains("f-reason"),
        "{page}"
    );
    let form = [
        ("version", "1"),
        ("day", "2026-11-25"),
        ("reason", "其他"),
        ("reason_more", "出差"),
    ];
    assert_eq!(desk.post_form(&url, &form).await.status(), 303);
    let (_, gone) = api.get_json(&format!("/api/v1/appointments/{}", a["id"])).await;
    assert_eq!(gone["cancel_reason"], "其他：出差");
});

both!(
    a_visit_whose_record_is_begun_is_not_cancelled_and_a_cancelled_one_not_finished,
    |clinic| {
        let desk = clinic.api(Role::FrontDesk).await;
        let patient = make_patient(&clinic, "刘芳", "13900000003").await;
        let a = booked(
            &desk,
            &booking(&clinic, patient, "extraction", 1, "2026-11-23T10:45:00+08:00"),
        )
        .await;
        let (_, a) = step(&desk, &a, "arrive", json!({})).await;
        let doctor = clinic.signed_in("doctor").await;
        let begun = doctor.post_form(&format!("/appointments/{}/visit", a["id"]), &[]).await;
        assert_eq!(begun.status(), 303);
        // An empty record does not stand in the way of a cancellation, and goes with it.
        let (status, gone) = step(&desk, &a, "cancel", json!({ "reason": "走了" })).await;
        assert_eq!(status, 200, "{gone}");
        assert_eq!(clinic.count("SELECT count(*) AS n FROM visits").await, 0);
        let (_, a) = undo(&desk, &gone).await;
        let begun = doctor.post_form(&format!("/appointments/{}/visit", a["id"]), &[]).await;
        let visit = begun.headers()["location"].to_str().unwrap().to_owned();
        let saved = doctor
            .post_form(&visit, &[("version", "1"), ("complaint", "肿痛"), ("do", "save")])
            .await;
        assert_eq!(saved.status(), 303, "{}", saved.text().await.unwrap());
        let (status, refused) = step(&desk, &a, "cancel", json!({ "reason": "走了" })).await;
        assert_eq!((status, refused["code"].as_str()), (409, Some("record_begun")));
    }
);

both!(
    changing_only_the_length_keeps_the_confirmation_and_the_messages,
    |clinic| {
        let api = clinic.api(Role::FrontDesk).await;
        let patient = make_patient(&clinic, "刘芳", "13900000003").await;
        let mut body = booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00");
        body["notify"] = json!(true);
        let a = booked(&api, &body).await;
        let (_, a) = step(&api, &a, "confirm", json!({})).await;
        let (_, longer) = step(&api, &a, "move", json!({ "starts_at": a["starts_at"], "minutes": 45 })).await;
        assert_eq!(longer["status"], "confirmed", "{longer}");
        clinic.minutes_pass(3);
        clinic.app.dispatcher().dispatch().await.unwrap();
        let sent = "SELECT count(*) AS n FROM messages WHERE template = 'booking-confirmed' AND state = 'accepted'";
        assert_eq!(clinic.count(sent).await, 1, "told of the booking all the same");
        // Another provider is news: to be confirmed again, and told.
        let other = provider(&clinic, 3).id;
        let (status, moved) = step(
            &api,
            &longer,
            "move",
            json!({ "starts_at": a["starts_at"], "provider_id": other }),
        )
        .await;
        assert_eq!((status, moved["status"].as_str()), (200, Some("booked")), "{moved}");
        let told = "SELECT count(*) AS n FROM messages WHERE template = 'visit-moved'";
        assert_eq!(clinic.count(told).await, 1);
    }
);

both!(the_desk_s_notices_say_how_things_stand_in_the_end, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let sent = |template: &str| {
        format!("SELECT count(*) AS n FROM messages WHERE template = '{template}' AND state = 'accepted'")
    };
    // Moved, moved back by undo: nobody is told of either.
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00"),
    )
    .await;
    let to = json!({ "starts_at": "2026-11-26T09:00:00+08:00" });
    let (_, moved) = step(&api, &a, "move", to.clone()).await;
    let (_, a) = undo(&api, &moved).await;
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(clinic.count(&sent("visit-moved")).await, 0);
    // Moved, and told.
    let (_, a) = step(&api, &a, "move", to).await;
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(clinic.count(&sent("visit-moved")).await, 1);
    // Moved and cancelled within two minutes: told of the cancellation only.
    let (_, a) = step(&api, &a, "move", json!({ "starts_at": "2026-11-27T09:00:00+08:00" })).await;
    let (status, gone) = step(&api, &a, "cancel", json!({ "reason": "有事" })).await;
    assert_eq!(status, 200, "{gone}");
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(clinic.count(&sent("visit-moved")).await, 1);
    assert_eq!(clinic.count(&sent("visit-cancelled")).await, 1);
});

both!(who_read_which_appointments_is_on_record, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-11-25T09:00:00+08:00"),
    )
    .await;
    let reads = "SELECT count(*) AS n FROM audit_log WHERE action = 'read'";
    let mut seen = clinic.count(reads).await;
    for path in [
        format!("/api/v1/appointments/{}", a["id"]),
        format!("/api/v1/appointments?patient_id={patient}"),
        "/api/v1/appointments?from=2026-11-25".to_owned(),
    ] {
        assert_eq!(api.get_json(&path).await.0, 200);
        assert_eq!(clinic.count(reads).await, seen + 1, "{path}");
        seen += 1;
    }
});

both!(a_vip_and_what_patients_change_are_news_on_every_day, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let patient = make_patient(&clinic, "贵客", "13900000009").await;
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::patients;
            use diesel::prelude::*;
            diesel::update(patients::table.find(patient))
                .set((patients::vip.eq(true), patients::needs.eq("轮椅")))
                .execute(c)?;
            Ok(())
        })
        .await;
    booked(
        &api,
        &booking(&clinic, patient, "check-up", 1, "2026-12-03T09:00:00+08:00"),
    )
    .await;
    let doctor = clinic.signed_in("doctor").await;
    let side = doctor.page("/day/panel").await;
    assert!(side.contains("贵客") && side.contains("轮椅"), "{side}");
    let nurse = clinic.signed_in("nurse").await.page("/callbacks").await;
    assert!(
        nurse.contains("贵客（特需）刚预约") && nurse.contains("轮椅"),
        "{nurse}"
    );
    clinic.minutes_pass(31);
    assert!(!doctor.page("/day/panel").await.contains("贵客"));
});

both!(
    the_booking_panel_tells_the_patient_unless_switched_off_and_offers_what_is_due,
    |clinic| {
        let desk = clinic.signed_in("desk").await;
        let patient = make_patient(&clinic, "孙丽", "13900007731").await;
        let cleaning = service(&clinic, "cleaning").id;
        clinic
        .sql(move |c| {
            use diesel::connection::SimpleConnection;
            let sql = format!(
                "INSERT INTO recalls (id, patient_id, service_id, due_on, state, attempts, version, created_at, updated_at) \
                 VALUES (1, {patient}, {cleaning}, '2026-12-01', 'due', 0, 1, 0, 0)"
            );
            Ok(c.batch_execute(&sql)?)
        })
        .await;
        let panel = desk.page(&format!("/day?day=2026-11-25&book={patient}&lang=zh")).await;
        let tick = panel.split("name=\"tell\"").nth(1).unwrap();
        assert!(tick[..tick.find('>').unwrap()].contains("checked"), "{panel}");
        assert!(
            panel.contains(&format!("<option value=\"{cleaning}\" selected>")),
            "{panel}"
        );
        assert!(panel.contains("复诊到期"), "{panel}");
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
        ("starts_at", json!("2026-11-25T09:00:07.123+08:00"), "starts_at"),
        ("starts_at", json!("2036-11-25T09:00:00+08:00"), "starts_at"),
        ("minutes", json!(0), "minutes"),
        ("clinic_id", json!(1), "clinic_id"),
        ("service_id", json!("abc"), "service_id"),
        ("starts_at", json!("tomorrow"), "starts_at"),
        ("notify", json!("yes"), "notify"),
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
    let (status, answer) = api.post_json("/api/v1/appointments", &json!("nonsense")).await;
    assert_eq!((status, answer["errors"][0]["field"].as_str()), (422, Some("body")));
    let (status, answer) = api.get_json("/api/v1/slots?service_id=abc").await;
    assert_eq!(
        (status, answer["errors"][0]["field"].as_str()),
        (422, Some("service_id")),
        "{answer}"
    );
    let (status, answer) = api.get_json("/api/v1/slots?service_id=1&days=0").await;
    assert_eq!(
        (status, answer["errors"][0]["field"].as_str()),
        (422, Some("days")),
        "{answer}"
    );
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
    // Days out of all reason are days like others: nothing is booked on them.
    for day in ["-262143-01-01", "0001-01-01", "9999-12-31", "%2B262142-12-31"] {
        let answer = doctor.get(&format!("/day?day={day}")).await.status();
        assert!(answer == 200 || answer == 422, "{day}: {answer}");
        let path = format!(
            "/api/v1/slots?service_id={}&from={day}",
            service(&clinic, "check-up").id
        );
        let answer = doctor.get(&path).await.status();
        assert!(answer == 200 || answer == 422, "{day}: {answer}");
    }
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
