//! A recall's day is worked out until somebody edits it: days, own intervals, pauses, off, undo, and conflicts.

use chairside::outreach::{self, Recalls};
use chairside::platform::db::schema::{recalls as r, services as s, visits as v};
use chairside::records::VisitObserver;
use chairside::staff::Role;
use diesel::prelude::*;

use super::{dispatch, due, rows, service, visit};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

/// A patient whose cleaning of 15 June made a recall due on 15 December; gives the recall's id.
async fn one_due(clinic: &Clinic, name: &str, mobile: &str) -> (chairside::patients::PatientId, i64) {
    let who = make_patient(clinic, name, mobile).await;
    visit(clinic, who, "cleaning", "2026-06-15").await;
    let now = clinic.now();
    clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
    let id = clinic
        .count(&format!("SELECT id AS n FROM recalls WHERE patient_id = {who}"))
        .await;
    (who, id)
}

async fn version(clinic: &Clinic, id: i64) -> String {
    clinic
        .count(&format!("SELECT version AS n FROM recalls WHERE id = {id}"))
        .await
        .to_string()
}

/// Posts the form of a recall as it is now, with these fields.
async fn edit(clinic: &Clinic, desk: &Browser, id: i64, fields: &[(&str, &str)]) -> u16 {
    let version = version(clinic, id).await;
    let mut all = vec![("version", version.as_str())];
    all.extend(fields);
    desk.post_form(&format!("/recall/{id}"), &all).await.status().as_u16()
}

/// The base interval of cleaning is another, and the job has seen it.
async fn cleaning_every(clinic: &Clinic, months: i32) -> String {
    let id = service(clinic, "cleaning").id;
    clinic
        .sql(move |c| {
            let row = diesel::update(s::table.find(id));
            Ok(row.set(s::recall_months.eq(Some(months))).execute(c)?)
        })
        .await;
    outreach::recalculate_recalls(&clinic.app.db, clinic.now())
        .await
        .unwrap()
}

async fn day(clinic: &Clinic, id: i64) -> (String, String) {
    clinic
        .sql(move |c| {
            let row: (chrono::NaiveDate, String) = r::table.find(id).select((r::due_on, r::state)).first(c)?;
            Ok((row.0.to_string(), row.1))
        })
        .await
}

fn on(day: &str) -> (String, String) {
    (day.to_owned(), "due".to_owned())
}

both!(
    a_day_follows_until_it_is_edited_and_again_after_the_next_visit,
    |clinic| {
        let (who, edited) = one_due(&clinic, "孙丽", "13900007701").await;
        let (_, follows) = one_due(&clinic, "王敏", "13900007702").await;
        let desk = clinic.signed_in("desk").await;
        assert_eq!(edit(&clinic, &desk, edited, &[("due_on", "2027-01-10")]).await, 303);
        assert_eq!(day(&clinic, edited).await, on("2027-01-10"));
        // The interval changes: only the other one goes with it.
        assert!(
            cleaning_every(&clinic, 3).await.starts_with("2 recalls"),
            "its calculated day moves, too"
        );
        assert_eq!(day(&clinic, edited).await, on("2027-01-10"));
        assert_eq!(day(&clinic, follows).await, on("2026-09-15"));
        assert!(
            cleaning_every(&clinic, 3).await.starts_with("0 recalls"),
            "twice is once"
        );
        let page = desk.page(&format!("/recall/{edited}?lang=en")).await;
        assert!(
            page.contains("Set by hand") && page.contains("15 Sep 2026") && page.contains("last visit"),
            "{page}"
        );
        // The next visit resets it; undoing the visit gives the edited day back.
        let next = visit(&clinic, who, "cleaning", "2026-11-23").await;
        let (now, told) = (clinic.now(), next.clone());
        clinic.sql(move |c| Recalls.finished(c, now, &told)).await;
        assert_eq!(day(&clinic, edited).await, on("2027-02-23"));
        clinic.sql(move |c| Recalls.reopened(c, now, &next)).await;
        assert_eq!(day(&clinic, edited).await, on("2027-01-10"));
        clinic
            .sql(|c| {
                let on: chrono::NaiveDate = "2026-11-23".parse().unwrap();
                Ok(diesel::delete(v::table.filter(v::day.eq(on))).execute(c)?)
            })
            .await;
        // Set to the day that is worked out, it follows again.
        assert_eq!(edit(&clinic, &desk, edited, &[("due_on", "2026-09-15")]).await, 303);
        cleaning_every(&clinic, 6).await;
        assert_eq!(day(&clinic, edited).await, on("2026-12-15"));
        let audited = "SELECT count(*) AS n FROM audit_log WHERE subject = 'recalls' AND action = 'update'";
        assert_eq!(clinic.count(audited).await, 2);
    }
);

both!(what_was_found_at_the_first_start_stays, |clinic| {
    let (_, id) = one_due(&clinic, "孙丽", "13900007701").await;
    crate::api_contract::run(&clinic, "UPDATE recall_settings SET basis = NULL".into()).await;
    assert!(cleaning_every(&clinic, 3).await.starts_with("0 recalls"));
    assert_eq!(day(&clinic, id).await, on("2026-12-15"));
});

both!(an_edit_is_undone_and_a_conflict_keeps_what_was_typed, |clinic| {
    let (_, id) = one_due(&clinic, "孙丽", "13900007701").await;
    let desk = clinic.signed_in("desk").await;
    let path = format!("/recall/{id}");
    let own = [("own_months", "4"), ("own_weeks", "2"), ("note", "四个半月")];
    assert_eq!(edit(&clinic, &desk, id, &own).await, 303);
    assert_eq!(day(&clinic, id).await, on("2026-10-29"));
    let page = desk.page(&format!("{path}?saved=1&lang=en")).await;
    assert!(
        page.contains("4 months 2 weeks (own)") && page.contains("/undo"),
        "{page}"
    );
    // Somebody else's form is of the version before.
    let stale = [("version", "1"), ("due_on", "2027-03-01"), ("note", "旅行")];
    let answer = desk.post_form(&path, &stale).await;
    assert_eq!(answer.status(), 409);
    let body = answer.text().await.unwrap();
    let now = version(&clinic, id).await;
    for part in [
        "2027-03-01",
        "旅行",
        "role=\"alert\"",
        &format!("name=\"version\" value=\"{now}\""),
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    let undo = format!("{path}/undo");
    assert_eq!(desk.post_form(&undo, &[("version", &now)]).await.status(), 303);
    assert_eq!(day(&clinic, id).await, on("2026-12-15"));
    let now = version(&clinic, id).await;
    assert_eq!(desk.post_form(&undo, &[("version", &now)]).await.status(), 409, "once");
    for (fields, fault) in [
        (vec![("off", "1")], "f-reason-e"),
        (vec![("own_days", "0")], "f-own_months-e"),
        (vec![("own_months", "600")], "f-own_months-e"),
        (vec![("paused_until", "2026-11-23")], "f-paused_until-e"),
        (vec![("due_on", "soon")], "f-due_on-e"),
    ] {
        let mut all = vec![("version", now.as_str()), ("note", "还在")];
        all.extend(fields);
        let answer = desk.post_form(&path, &all).await;
        assert_eq!(answer.status(), 422, "{fault}");
        let body = answer.text().await.unwrap();
        assert!(body.contains(fault) && body.contains("还在"), "{fault} in {body}");
    }
    assert_eq!(day(&clinic, id).await, on("2026-12-15"));
});

both!(paused_and_off_are_respected_by_list_count_and_message, |clinic| {
    let (_, paused) = one_due(&clinic, "孙丽", "13900007701").await;
    let (who, off) = one_due(&clinic, "王敏", "13900007702").await;
    clinic.it_is("2026-12-16T10:00:00+08:00");
    let desk = clinic.signed_in("desk").await;
    let listed = async || {
        clinic.api(Role::FrontDesk).await.get_json("/api/v1/recalls").await.1["items"]
            .as_array()
            .unwrap()
            .len()
    };
    let today = chrono::NaiveDate::from_ymd_opt(2026, 12, 16).unwrap();
    let counted = async || clinic.sql(move |c| outreach::count_due_recalls(c, today)).await;
    assert_eq!((listed().await, counted().await), (2, 2));
    // Both are texted, and stopped within the two minutes.
    for id in [paused, off] {
        let version = version(&clinic, id).await;
        let path = format!("/recall/{id}/text");
        assert_eq!(desk.post_form(&path, &[("version", &version)]).await.status(), 303);
    }
    assert_eq!(
        edit(
            &clinic,
            &desk,
            paused,
            &[("paused_until", "2027-02-01"), ("reason", "怀孕")]
        )
        .await,
        303
    );
    assert_eq!(
        edit(&clinic, &desk, off, &[("off", "1"), ("reason", "搬走了")]).await,
        303
    );
    clinic.minutes_pass(3);
    dispatch(&clinic).await;
    let told: Vec<_> = rows(&clinic)
        .await
        .into_iter()
        .map(|m| (m.state, m.reason.unwrap_or_default()))
        .collect();
    assert!(
        told[0].0 == "skipped" && told[0].1.contains("recall-paused"),
        "{told:?}"
    );
    assert!(told[1].0 == "skipped" && told[1].1.contains("recall-off"), "{told:?}");
    clinic.it_is("2027-01-20T10:00:00+08:00");
    assert_eq!(listed().await, 0);
    clinic.it_is("2027-02-01T10:00:00+08:00");
    let desk = clinic.signed_in("desk").await;
    let list = desk.page("/recall?lang=en").await;
    assert!(list.contains("孙丽") && !list.contains("王敏"), "{list}");
    assert_eq!(day(&clinic, paused).await, on("2027-02-01"));
    // A visit does not bring back what is off.
    let next = visit(&clinic, who, "cleaning", "2027-02-01").await;
    let now = clinic.now();
    clinic.sql(move |c| Recalls.finished(c, now, &next)).await;
    assert_eq!(day(&clinic, off).await, ("2027-08-01".into(), "off".into()));
    assert_eq!(due(&clinic).await.len(), 2);
});
