//! The patient's own file of a visit.

use chairside::platform::db::schema::appointments as a;
use chairside::staff::Role;
use diesel::prelude::*;
use icalendar::Component;
use serde_json::json;

use super::{book, calendar, only, step, value};
use crate::both;
use crate::support::make_patient;

both!(a_patient_takes_the_visit_along, |clinic| {
    let who = make_patient(&clinic, "孙丽", "13900007731").await.0;
    let api = clinic.api(Role::FrontDesk).await;
    let visit = book(&api, &clinic, who, 0, "2026-11-25T09:00:00+08:00").await;
    let id = visit["id"].as_i64().unwrap();
    let row: chairside::appointments::Appointment = clinic.sql(move |c| Ok(a::table.find(id).first(c)?)).await;
    let path = chairside::appointments::visit_path(&clinic.app.keys, &row);
    let file = format!("{path}/visit.ics");
    let phone = clinic.visitor();
    let page = phone.page(&path).await;
    assert!(page.contains(&format!("href=\"{file}\"")) && page.contains("加入日历"));

    let answer = phone.get(&file).await;
    assert_eq!(answer.status(), 200);
    for (name, wanted) in [
        ("content-type", "text/calendar; charset=utf-8"),
        ("content-disposition", "attachment; filename=\"visit.ics\""),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.headers()[name], wanted);
    }
    let zh = calendar(&answer.text().await.unwrap());
    assert_eq!(zh.property_value("METHOD"), Some("PUBLISH"));
    assert_eq!(value(only(&zh), "DTSTART"), "20261125T010000Z");
    assert_eq!(value(only(&zh), "URL"), format!("{}{path}", clinic.base));
    assert!(only(&zh).get_attendees().is_empty());
    let en = phone.get(&format!("{file}?lang=en")).await.text().await.unwrap();
    assert!(value(only(&calendar(&en)), "SUMMARY").ends_with(": appointment"));
    assert_eq!(only(&calendar(&en)).get_uid(), only(&zh).get_uid());

    // Not for who guesses, not for what is over.
    assert_eq!(
        phone.get(&format!("/v/{}/visit.ics", "A".repeat(40))).await.status(),
        404
    );
    step(&api, &visit, "cancel", json!({ "reason": "有事" })).await;
    let gone = phone.get(&file).await;
    assert_eq!(gone.status(), 410);
    assert!(gone.text().await.unwrap().contains("Your visit is cancelled"));
    assert!(!phone.page(&path).await.contains("visit.ics"));
    clinic.it_is("2026-11-25T11:00:00+08:00");
    assert_eq!(phone.get(&file).await.status(), 410);
});
