//! The board and the booking panel as pages; who reads what.

use chairside::staff::Role;
use serde_json::json;

use super::{booked, booking, provider, service};
use crate::both;
use crate::support::make_patient;

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
                "INSERT INTO recalls (id, patient_id, service_id, calculated_on, due_on, state, attempts, version, created_at, updated_at) \
                 VALUES (1, {patient}, {cleaning}, '2026-12-01', '2026-12-01', 'due', 0, 1, 0, 0)"
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

both!(the_board_shows_kept_and_held_time_and_who_helps, |clinic| {
    use chairside::platform::db::schema::booking_rules as r;
    use diesel::prelude::*;
    let desk = clinic.signed_in("desk").await;
    // Thursday afternoon is kept for implants, until three days before.
    let page = desk.page("/day?day=2026-12-03&lang=en").await;
    assert!(
        page.contains("class=\"mark kept\"") && page.contains("Kept: "),
        "{page}"
    );
    assert!(!desk.page("/day?day=2026-12-02").await.contains("class=\"mark kept\""));
    // What a colleague is booking; not what one is booking oneself.
    let at = chairside::platform::clock::Instant::parse_rfc3339("2026-11-25T10:00:00+08:00").unwrap();
    let slot = format!("{}@{}", at.0, provider(&clinic, 5).id);
    let s = service(&clinic, "cleaning").id.to_string();
    let colleague = clinic.signed_in("desk2").await;
    let answer = colleague.post_form("/holds", &[("service", &s), ("slot", &slot)]).await;
    let status = answer.status();
    assert!(status.is_success(), "{status}: {}", answer.text().await.unwrap());
    let board = "/day?day=2026-11-25&lang=en";
    assert!(desk.page(board).await.contains("赵敏 is booking"));
    assert!(!colleague.page(board).await.contains("is booking"));
    clinic.minutes_pass(6);
    assert!(!desk.page(board).await.contains("is booking"), "a hold ends by itself");
    // A second person sees in their own column whom they help.
    let extraction = service(&clinic, "extraction").id;
    clinic
        .sql(move |c| {
            let row = (
                (
                    r::service_id.eq(extraction),
                    r::grid_minutes.eq(15),
                    r::chair_kind.eq(""),
                    r::provider_parts.eq(""),
                ),
                (
                    r::second_kind.eq("hygienist"),
                    r::second_parts.eq("0-30"),
                    r::online.eq(false),
                ),
                (r::notice_minutes.eq(120), r::horizon_days.eq(60)),
            );
            diesel::insert_into(r::table).values(row).execute(c)?;
            Ok(())
        })
        .await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let api = clinic.api(Role::FrontDesk).await;
    booked(
        &api,
        &booking(&clinic, who, "extraction", 1, "2026-11-25T14:00:00+08:00"),
    )
    .await;
    let page = desk.page(board).await;
    let column = page
        .split(&format!("data-res=\"{}\"", provider(&clinic, 5).id))
        .nth(1)
        .unwrap();
    let column = column.split("</section>").next().unwrap();
    assert!(column.contains("Assists Dr Li · 孙丽"), "{column}");
    let week = desk
        .page(&format!(
            "/week?provider={}&day=2026-11-25&lang=en",
            provider(&clinic, 5).id
        ))
        .await;
    assert!(week.contains("Assists Dr Li · 孙丽"), "{week}");
});
