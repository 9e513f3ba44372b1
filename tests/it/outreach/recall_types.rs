//! Recall types: exclusive ones, age, risk, and what a change of the settings does to recalls.

use chairside::outreach;
use chairside::patients::PatientId;
use chairside::platform::db::schema::patients as p;
use diesel::prelude::*;

use super::{dispatch, due, rows, service, visit};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

async fn from_history(clinic: &Clinic) {
    let now = clinic.now();
    clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
}

async fn job(clinic: &Clinic) -> String {
    outreach::recalculate_recalls(&clinic.app.db, clinic.now())
        .await
        .unwrap()
}

/// Day and state of each recall of a patient by the code of its service.
async fn of(clinic: &Clinic, who: PatientId, code: &str) -> Option<(String, String)> {
    use chairside::platform::db::schema::recalls as r;
    let id = service(clinic, code).id;
    clinic
        .sql(move |c| {
            let row: Option<(chrono::NaiveDate, String)> = r::table
                .filter(r::patient_id.eq(who.0).and(r::service_id.eq(id.0)))
                .select((r::due_on, r::state))
                .first(c)
                .optional()?;
            Ok(row.map(|(day, state)| (day.to_string(), state)))
        })
        .await
}

fn stands(day: &str, state: &str) -> Option<(String, String)> {
    Some((day.into(), state.into()))
}

/// Saves a type; gives status and body.
async fn save(clinic: &Clinic, manager: &Browser, code: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let id = service(clinic, code).id;
    let path = format!("/settings/recall/{id}");
    let version = format!("SELECT coalesce(max(version), 0) AS n FROM recall_types WHERE service_id = {id}");
    let (version, own) = (clinic.count(&version).await.to_string(), id.to_string());
    let mut all = vec![("version", version.as_str()), ("rank", "0")];
    if !fields.iter().any(|(name, _)| *name == "triggers") {
        all.push(("triggers", own.as_str()));
    }
    all.retain(|(name, _)| !fields.iter().any(|(given, _)| given == name));
    all.extend(fields);
    let answer = manager.post_form(&path, &all).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

both!(of_an_exclusive_group_one_is_open_and_the_other_comes_back, |clinic| {
    let who = make_patient(&clinic, "孙丽", "13900007701").await;
    visit(&clinic, who, "cleaning", "2026-05-15").await;
    visit(&clinic, who, "fluoride", "2026-05-20").await;
    from_history(&clinic).await;
    let (manager, desk) = (clinic.signed_in("manager").await, clinic.signed_in("desk").await);
    assert_eq!(due(&clinic).await.len(), 2);
    // Texted about the cleaning; then fluoride excludes it.
    let id = clinic
        .count("SELECT id AS n FROM recalls ORDER BY due_on LIMIT 1")
        .await;
    assert_eq!(
        desk.post_form(&format!("/recall/{id}/text"), &[("version", "1")])
            .await
            .status(),
        303
    );
    assert_eq!(
        save(
            &clinic,
            &manager,
            "cleaning",
            &[("exclusive", "hygiene"), ("rank", "1")]
        )
        .await
        .0,
        303
    );
    let group = [("exclusive", "hygiene"), ("rank", "2")];
    let (status, page) = save(&clinic, &manager, "fluoride", &group).await;
    assert_eq!(status, 409, "asks first");
    assert!(
        page.contains("将改变 1 个复诊提醒") && page.contains("1 个结束") && page.contains("hygiene"),
        "{page}"
    );
    assert_eq!(of(&clinic, who, "cleaning").await, stands("2026-11-15", "due"));
    let agreed = [group[0], group[1], ("agreed", "1")];
    assert_eq!(save(&clinic, &manager, "fluoride", &agreed).await.0, 303);
    assert_eq!(of(&clinic, who, "cleaning").await, stands("2026-11-15", "ended"));
    assert_eq!(of(&clinic, who, "fluoride").await, stands("2026-11-20", "due"));
    clinic.minutes_pass(3);
    dispatch(&clinic).await;
    assert!(
        rows(&clinic).await[0]
            .reason
            .as_deref()
            .unwrap()
            .contains("recall-replaced")
    );
    let page = desk.page(&format!("/patients/{who}/recalls?lang=en")).await;
    assert!(page.contains("“Fluoride” goes before it"), "{page}");
    // The winner is switched off: the other is due again.
    let fluoride = clinic
        .count("SELECT id AS n FROM recalls ORDER BY due_on DESC LIMIT 1")
        .await;
    let version = clinic
        .count(&format!("SELECT version AS n FROM recalls WHERE id = {fluoride}"))
        .await;
    let off = [
        ("version", version.to_string()),
        ("off", "1".into()),
        ("reason", "不做".into()),
    ];
    let off: Vec<(&str, &str)> = off.iter().map(|(a, b)| (*a, b.as_str())).collect();
    assert_eq!(desk.post_form(&format!("/recall/{fluoride}"), &off).await.status(), 303);
    assert_eq!(of(&clinic, who, "cleaning").await, stands("2026-11-15", "due"));
    assert_eq!(of(&clinic, who, "fluoride").await, stands("2026-11-20", "off"));
});

both!(faults_of_a_type_are_told_at_their_fields, |clinic| {
    let manager = clinic.signed_in("manager").await;
    for (fields, fault) in [
        (vec![("age_from", "12"), ("age_until", "12")], "f-age_until-e"),
        (vec![("age_until", "x")], "f-age_until-e"),
        (vec![("high_days", "0")], "f-high_months-e"),
        (vec![("rank", "500")], "f-rank-e"),
        (vec![("triggers", "999999")], "f-triggers"),
    ] {
        let mut all = fields.clone();
        all.push(("exclusive", "留着"));
        let (status, body) = save(&clinic, &manager, "cleaning", &all).await;
        assert_eq!(status, 422, "{fault}");
        assert!(body.contains(fault) && body.contains("留着"), "{fault} in {body}");
    }
    let page = manager.page("/settings/recall?lang=en").await;
    assert!(
        page.contains("Services without recall") && page.contains("6 months"),
        "{page}"
    );
    let answer = manager
        .post_form("/settings/recall", &[("version", "1"), ("family_days", "900")])
        .await;
    assert_eq!(answer.status(), 422);
    let answer = manager
        .post_form("/settings/recall", &[("version", "1"), ("family_days", "45")])
        .await;
    assert_eq!(answer.headers()["location"], "/settings/recall?saved=family#family");
    let answer = manager
        .post_form("/settings/recall", &[("version", "1"), ("family_days", "50")])
        .await;
    assert_eq!(answer.status(), 409, "somebody was faster");
});

both!(a_child_of_twelve_comes_to_the_grown_ups_recall, |clinic| {
    let born = |who: PatientId, day: &'static str| {
        let day: chrono::NaiveDate = day.parse().unwrap();
        use chrono::Datelike;
        let month_day = i32::try_from(day.month() * 100 + day.day()).unwrap();
        clinic.sql(move |c| {
            let row = diesel::update(p::table.find(who));
            Ok(row
                .set((p::birth_date.eq(Some(day)), p::birth_month_day.eq(Some(month_day))))
                .execute(c)?)
        })
    };
    let child = make_patient(&clinic, "小明", "13900007701").await;
    born(child, "2014-11-25").await;
    visit(&clinic, child, "fluoride", "2026-08-31").await;
    from_history(&clinic).await;
    let manager = clinic.signed_in("manager").await;
    assert_eq!(save(&clinic, &manager, "fluoride", &[("age_until", "12")]).await.0, 303);
    let (own, other) = (
        service(&clinic, "cleaning").id.to_string(),
        service(&clinic, "fluoride").id.to_string(),
    );
    let grown = [
        ("age_from", "12"),
        ("triggers", own.as_str()),
        ("triggers", other.as_str()),
    ];
    assert_eq!(save(&clinic, &manager, "cleaning", &grown).await.0, 303);
    assert_eq!(of(&clinic, child, "fluoride").await, stands("2027-02-28", "due"));
    assert_eq!(of(&clinic, child, "cleaning").await, None);
    // The process stood still over the birthday.
    clinic.it_is("2026-12-03T09:00:00+08:00");
    assert!(job(&clinic).await.starts_with("2 recalls"));
    assert_eq!(of(&clinic, child, "fluoride").await, stands("2027-02-28", "ended"));
    assert_eq!(of(&clinic, child, "cleaning").await, stands("2027-02-28", "due"));
    assert!(job(&clinic).await.starts_with("0 recalls"));
    // The day of birth was wrong.
    born(child, "2016-11-25").await;
    let now = clinic.now();
    clinic
        .sql(move |c| {
            Ok(diesel::update(p::table.find(child))
                .set(p::updated_at.eq(now))
                .execute(c)?)
        })
        .await;
    assert!(job(&clinic).await.starts_with("2 recalls"));
    assert_eq!(of(&clinic, child, "fluoride").await, stands("2027-02-28", "due"));
});

both!(a_doctor_sets_the_risk_and_the_day_follows, |clinic| {
    let who = make_patient(&clinic, "孙丽", "13900007701").await;
    visit(&clinic, who, "cleaning", "2026-08-31").await;
    from_history(&clinic).await;
    let manager = clinic.signed_in("manager").await;
    let high = [("high_months", "3"), ("high_days", "1"), ("low_months", "12")];
    assert_eq!(
        save(&clinic, &manager, "cleaning", &high).await.0,
        303,
        "nobody is at risk yet"
    );
    let path = format!("/patients/{who}/risk");
    let desk = clinic.signed_in("desk").await;
    assert_eq!(
        desk.post_form(&path, &[("version", "0"), ("risk", "high")])
            .await
            .status(),
        403
    );
    let doctor = clinic.signed_in("doctor").await;
    assert_eq!(
        doctor
            .post_form(&path, &[("version", "0"), ("risk", "high")])
            .await
            .status(),
        303
    );
    assert_eq!(of(&clinic, who, "cleaning").await, stands("2026-12-01", "due"));
    assert_eq!(
        doctor
            .post_form(&path, &[("version", "0"), ("risk", "low")])
            .await
            .status(),
        409
    );
    assert_eq!(
        doctor
            .post_form(&path, &[("version", "1"), ("risk", "low")])
            .await
            .status(),
        303
    );
    assert_eq!(of(&clinic, who, "cleaning").await, stands("2027-08-31", "due"));
    let page = doctor.page(&format!("/patients/{who}/recalls?lang=en")).await;
    assert!(page.contains("Low risk") && page.contains("李明"), "{page}");
    let audited = "SELECT count(*) AS n FROM audit_log WHERE subject = 'recall_risks' AND action = 'update'";
    assert_eq!(clinic.count(audited).await, 2);
});

both!(a_change_for_many_goes_in_short_steps, |clinic| {
    let day = "2026-06-15";
    for i in 0..12 {
        let who = make_patient(&clinic, &format!("患者{i}"), &format!("139000078{i:02}")).await;
        visit(&clinic, who, "cleaning", day).await;
    }
    from_history(&clinic).await;
    let id = service(&clinic, "cleaning").id;
    let sql = format!("UPDATE services SET recall_months = 4 WHERE id = {id}");
    crate::api_contract::run(&clinic, sql).await;
    // Seen by two instances at the same time.
    let other = clinic.another_instance().await;
    let (now, db) = (clinic.now(), other.app.db.clone());
    let (a, b) = tokio::join!(
        outreach::recalculate_recalls(&clinic.app.db, now),
        outreach::recalculate_recalls(&db, now)
    );
    assert!(a.is_ok() && b.is_ok(), "{a:?} {b:?}");
    let moved = "SELECT count(*) AS n FROM recalls WHERE due_on = '2026-10-15' AND version = 2";
    assert_eq!(clinic.count(moved).await, 12);
});
