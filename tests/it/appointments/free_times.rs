//! Free times: offered, taken once, never twice, however many ask at once.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{booked, booking, overlaps, provider, service};
use crate::both;
use crate::support::make_patient;

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

both!(who_mostly_comes_in_the_afternoon_is_offered_one, |clinic| {
    use diesel::RunQueryDsl;
    let api = clinic.api(chairside::staff::Role::FrontDesk).await;
    let who = crate::support::make_patient(&clinic, "孙丽", "13900007731").await;
    for day in [24, 25, 26] {
        let at = format!("2026-11-{day}T15:00:00+08:00");
        super::booked(&api, &super::booking(&clinic, who, "cleaning", 5, &at)).await;
    }
    let desk = clinic.signed_in("desk").await;
    let panel = format!("/day?day=2026-11-30&book={who}");
    assert!(!desk.page(&panel).await.contains("常约时段"));
    let done = format!("UPDATE appointments SET status = 'done' WHERE patient_id = {who}");
    clinic.sql(move |c| Ok(diesel::sql_query(done).execute(c)?)).await;
    let page = desk.page(&panel).await;
    assert!(page.contains("常约时段") && page.contains("赵洁牙师 · 下午"), "{page}");
    let found = desk
        .page(&format!(
            "/find?patient={who}&service={}",
            super::service(&clinic, "cleaning").id
        ))
        .await;
    assert!(
        found.contains("通常：赵洁牙师 · 下午") && found.contains("part=afternoon"),
        "{found}"
    );
});
