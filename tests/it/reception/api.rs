//! Reception over the API: the waiting room, the news of VIP patients, checking in by number, and what is set for it.

use chairside::appointments::{AppointmentId, check_in_number};
use chairside::platform::db::schema::patients as p;
use chairside::staff::Role;
use diesel::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};

use super::{booked, provider, service, took};
use crate::api_contract::{call, read};
use crate::both;
use crate::support::{Clinic, make_patient};

fn number(clinic: &Clinic, a: &Value) -> String {
    check_in_number(&clinic.app.keys, AppointmentId(a["id"].as_i64().unwrap()))
}

both!(
    who_is_here_is_read_whole_by_the_staff_and_masked_for_patients,
    |clinic| {
        let api = clinic.api(Role::FrontDesk).await;
        let who = make_patient(&clinic, "孙丽", "13900000001").await;
        let a = booked(&api, &clinic, who, "check-up", 1, "2026-11-23T11:15:00+08:00").await;
        took(&api, &a, "arrive").await;
        let walk_in = make_patient(&clinic, "钱一", "13900000002").await;
        let body = json!({ "patient_id": walk_in, "service_id": service(&clinic, "check-up").id, "urgency": "soon" });
        assert_eq!(api.post_json("/api/v1/walk-ins", &body).await.0, 201);
        clinic.minutes_pass(12);
        let room = read(&api, "/api/v1/waiting-room").await.body;
        let people = room["people"].as_array().unwrap();
        assert_eq!(people.len(), 2, "{room}");
        let sun = people.iter().find(|p| p["patient_id"] == json!(who)).unwrap();
        assert_eq!(
            (&sun["stage"], &sun["minutes"], &sun["level"], &sun["name"]),
            (&json!("arrived"), &json!(12), &json!("amber"), &json!("孙丽"))
        );
        assert_eq!((&sun["appointment_id"], &sun["version"]), (&a["id"], &json!(2)));
        assert_eq!(sun["steps"][0], "seat", "{sun}");
        let qian = people.iter().find(|p| p["patient_id"] == json!(walk_in)).unwrap();
        assert_eq!(
            (&qian["number"], &qian["walk_in_id"], &qian["appointment_id"]),
            (&json!(1), &json!(1), &Value::Null)
        );
        // For a screen that patients see there is no name, no time and no reason.
        let private = read(&api, "/api/v1/waiting-room/private").await.body;
        let names: Vec<&str> = private["people"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["name"].as_str().unwrap())
            .collect();
        assert_eq!(names.len(), 2);
        assert!(names.contains(&"孙*") && names.contains(&"钱*"), "{private}");
        assert!(!private.to_string().contains("minutes") && !private.to_string().contains("patient_id"));
        let screen = read(&api, "/api/v1/waiting-room/screen").await.body;
        let address = screen["address"].as_str().unwrap();
        let path = address.split_once("/waiting/").unwrap().1;
        let wall = clinic.visitor().page(&format!("/waiting/{path}")).await;
        assert!(wall.contains("孙*") && !wall.contains("孙丽"), "{wall}");
    }
);

both!(the_news_of_a_vip_patient_is_read_with_whom_it_concerns, |clinic| {
    let (desk, nurse) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Nurse).await);
    let who = make_patient(&clinic, "孙丽", "13900000003").await;
    clinic
        .sql(move |c| {
            diesel::update(p::table.find(who))
                .set((p::vip.eq(true), p::needs.eq("轮椅")))
                .execute(c)?;
            Ok(())
        })
        .await;
    assert_eq!(read(&desk, "/api/v1/vip-news").await.body["news"], json!([]));
    let a = booked(&desk, &clinic, who, "check-up", 1, "2026-11-23T11:15:00+08:00").await;
    let news = read(&desk, "/api/v1/vip-news").await.body["news"][0].clone();
    assert_eq!(
        (&news["did"], &news["needs"], &news["yours"]),
        (&json!("booked"), &json!("轮椅"), &json!(false))
    );
    took(&desk, &a, "arrive").await;
    let news = read(&nurse, "/api/v1/vip-news").await.body["news"].clone();
    assert_eq!(news.as_array().unwrap().len(), 1, "the arrival tells it all: {news}");
    assert_eq!((&news[0]["did"], &news[0]["yours"]), (&json!("arrived"), &json!(true)));
    assert_eq!(
        (&news[0]["appointment_id"], &news[0]["provider_id"]),
        (&a["id"], &json!(provider(&clinic, 1).id))
    );
    clinic.minutes_pass(31);
    assert_eq!(read(&nurse, "/api/v1/vip-news").await.body["news"], json!([]));
});

both!(the_number_of_the_slip_checks_in_todays_visit_and_no_other, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900000004").await;
    let today = booked(&api, &clinic, who, "check-up", 1, "2026-11-23T14:00:00+08:00").await;
    let later = booked(&api, &clinic, who, "check-up", 1, "2026-11-24T14:00:00+08:00").await;
    let slip = read(&api, &format!("/api/v1/slips/{}", today["id"])).await.body;
    assert_eq!(slip["check_in_number"], json!(number(&clinic, &today)));
    let link = slip["link"].as_str().unwrap();
    let own = clinic.visitor().page(&link[link.find("/v/").unwrap()..]).await;
    assert!(own.contains("14:00"), "{own}");
    let post = async |number: String| {
        call(
            &api,
            Method::POST,
            "/api/v1/check-ins",
            &[],
            Some(&json!({ "number": number })),
        )
        .await
    };
    for wrong in [number(&clinic, &later), "12".into(), String::new()] {
        let answer = post(wrong.clone()).await;
        assert_eq!(
            (answer.status, answer.fault()),
            (422, "number"),
            "{wrong}: {}",
            answer.body
        );
    }
    let spaced = number(&clinic, &today);
    let here = post(format!(" {} {} ", &spaced[..3], &spaced[3..])).await;
    assert_eq!(
        (here.status, &here.body["status"], &here.body["id"]),
        (200, &json!("arrived"), &today["id"]),
        "{}",
        here.body
    );
    assert_eq!(post(spaced).await.status, 409, "here already");
    let undone = api
        .post_json(
            &format!("/api/v1/appointments/{}/undo", today["id"]),
            &json!({ "version": 2 }),
        )
        .await;
    assert_eq!((undone.0, &undone.1["status"]), (200, &json!("booked")));
});

both!(alert_minutes_and_supplies_are_set_over_the_api, |clinic| {
    let api = clinic.api(Role::Administrator).await;
    let path = "/api/v1/wait-alerts";
    let set = read(&api, path).await;
    assert_eq!(
        (&set.body["arrived"], set.headers["etag"].to_str().unwrap()),
        (&json!({ "amber": 10, "red": 20 }), "\"0\"")
    );
    for (body, field) in [
        (json!({ "in_chair": { "amber": 30, "red": 30 } }), "in_chair.red"),
        (json!({ "ready": { "amber": 0, "red": 30 } }), "ready.amber"),
        (json!({ "ready": { "amber": 5 } }), "ready.red"),
    ] {
        let answer = call(&api, Method::PATCH, path, &[("If-Match", "\"0\"")], Some(&body)).await;
        assert_eq!((answer.status, answer.fault()), (422, field), "{}", answer.body);
    }
    let body = json!({ "arrived": { "amber": 5, "red": 15 } });
    let saved = call(&api, Method::PATCH, path, &[("If-Match", "\"0\"")], Some(&body)).await;
    assert_eq!(
        (saved.status, &saved.body["in_chair"]["red"]),
        (200, &json!(90)),
        "{}",
        saved.body
    );
    let stale = call(&api, Method::PATCH, path, &[("If-Match", "\"0\"")], Some(&body)).await;
    assert_eq!(
        (stale.status, &stale.body["current"]),
        (412, &saved.body),
        "{}",
        stale.body
    );
    let page = clinic.signed_in("admin").await.page("/settings/waiting").await;
    assert!(page.contains("value=\"15\""), "{page}");
    // Supplies of a service.
    let path = format!("/api/v1/services/{}/supplies", service(&clinic, "cleaning").id);
    let set = read(&api, &path).await.body;
    let body = json!({ "version": set["version"], "supplies": " 洁治盘 ", "supplies_en": "x".repeat(301) });
    let wrong = call(&api, Method::PATCH, &path, &[], Some(&body)).await;
    assert_eq!((wrong.status, wrong.fault()), (422, "supplies_en"));
    let body = json!({ "version": set["version"], "supplies": " 洁治盘 " });
    let saved = call(&api, Method::PATCH, &path, &[], Some(&body)).await;
    assert_eq!(
        (saved.status, &saved.body["supplies"], &saved.body["supplies_en"]),
        (200, &json!("洁治盘"), &set["supplies_en"])
    );
    let sheet = clinic.signed_in("manager").await.page("/settings/supplies").await;
    assert!(sheet.contains("洁治盘"), "{sheet}");
    assert_eq!(read(&api, "/api/v1/services/999/supplies").await.status, 404);
});
