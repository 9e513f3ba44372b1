//! Finding times by what people say on the phone; a family; a course of visits, and changing one of them or those after it.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{booked, booking, overlaps, provider, service, step};
use crate::both;
use crate::support::{Browser, make_patient};

async fn find(api: &Browser, body: Value) -> Vec<Value> {
    let (status, answer) = api.post_json("/api/v1/slots/search", &body).await;
    assert_eq!(status, 200, "{answer}");
    answer["proposals"].as_array().unwrap().clone()
}
fn start(v: &Value) -> &str {
    v["starts_at"].as_str().unwrap()
}
/// A proposal as a batch to be booked.
fn batch(kind: &str, set: &Value) -> Value {
    let visits = set.as_array().unwrap().iter().map(|v| {
        json!({ "patient_id": v["patient_id"], "service_id": v["service_id"], "provider_id": v["provider_id"],
            "starts_at": v["starts_at"], "minutes": v["minutes"] })
    });
    json!({ "kind": kind, "appointments": visits.collect::<Vec<_>>() })
}
async fn book_all(api: &Browser, kind: &str, set: &Value) -> Vec<Value> {
    let (status, answer) = api.post_json("/api/v1/appointments/batch", &batch(kind, set)).await;
    assert_eq!(status, 201, "{answer}");
    answer["appointments"].as_array().unwrap().clone()
}

both!(any_hygienist_45_minutes_mornings_after_7_december, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let wanted = json!({ "visits": [{ "service_id": service(&clinic, "fluoride").id, "minutes": 45 }], "provider_kind": "hygienist",
        "until_time": "12:00", "from": "2026-12-08", "weekdays": [2, 4], "limit": 30 });
    let found = find(&api, wanted).await;
    assert_eq!(found.len(), 30);
    for set in &found {
        let v = &set[0];
        assert_eq!(v["provider_id"], json!(provider(&clinic, 5).id), "the only hygienist");
        assert!(start(v) >= "2026-12-08" && &start(v)[11..16] <= "11:15", "{v}");
        let day: chrono::NaiveDate = start(v)[..10].parse().unwrap();
        assert!(["Tue", "Thu"].contains(&day.format("%a").to_string().as_str()), "{v}");
    }
    let (status, why) = api
        .post_json("/api/v1/slots/search", &json!({ "visits": [], "from_time": "x" }))
        .await;
    assert_eq!(status, 422, "{why}");
});

both!(a_family_back_to_back_or_together, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (mother, child) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "刘小明", "13900010002").await,
    );
    let visits = json!([
        { "patient_id": mother, "service_id": service(&clinic, "check-up").id },
        { "patient_id": child, "service_id": service(&clinic, "fluoride").id },
    ]);
    let base = json!({ "visits": visits, "together": "back-to-back", "from": "2026-11-30" });
    let found = find(&api, base.clone()).await;
    let first = &found[0];
    let at = |i: usize| chrono::DateTime::parse_from_rfc3339(start(&first[i])).unwrap();
    let wait = (at(1) - at(0)).num_minutes() - 30;
    assert!((0..=30).contains(&wait), "{first}");
    let booked = book_all(&api, "family", first).await;
    assert_eq!(booked.len(), 2);
    let mut together = base;
    together["together"] = json!("side-by-side");
    let found = find(&api, together).await;
    assert_eq!(start(&found[0][0]), start(&found[0][1]));
    assert_ne!(found[0][0]["provider_id"], found[0][1]["provider_id"]);
    // All or nothing: the second of these is not free any more.
    let mut set = found[0].clone();
    let taken = booked[1].clone();
    set[1]["starts_at"] = taken["starts_at"].clone();
    set[1]["provider_id"] = taken["provider_id"].clone();
    let before = clinic.count("SELECT count(*) AS n FROM appointments").await;
    let (status, why) = api
        .post_json("/api/v1/appointments/batch", &batch("family", &set))
        .await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    assert_eq!(clinic.count("SELECT count(*) AS n FROM appointments").await, before);
});

both!(orthodontics_every_four_weeks_and_changing_this_and_later, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let adjust = service(&clinic, "ortho-adjust").id;
    let mut visits = vec![json!({ "patient_id": who, "service_id": adjust })];
    visits.extend((0..3).map(|_| json!({ "patient_id": who, "service_id": adjust, "days_after": 28 })));
    let wanted =
        json!({ "visits": visits, "together": "course", "from": "2026-11-30", "from_time": "14:00", "limit": 3 });
    let found = find(&api, wanted).await;
    let days: Vec<&str> = (0..4).map(|i| &start(&found[0][i])[..10]).collect();
    assert_eq!(
        days,
        ["2026-11-30", "2026-12-28", "2027-01-25", "2027-02-22"],
        "{}",
        found[0]
    );
    let made = book_all(&api, "course", &found[0]).await;
    // The second one and those after it a day later, an hour later.
    let to = json!({ "starts_at": "2026-12-29T15:00:00+08:00", "with_later": true });
    let (status, moved) = step(&api, &made[1], "move", to).await;
    assert_eq!(status, 200, "{moved}");
    let at = |id: &Value| {
        let (api, path) = (&api, format!("/api/v1/appointments/{id}"));
        async move { api.get_json(&path).await.1 }
    };
    assert_eq!(
        at(&made[0]["id"]).await["starts_at"],
        made[0]["starts_at"],
        "the first stays"
    );
    for (a, day) in made[1..].iter().zip(["2026-12-29", "2027-01-26", "2027-02-23"]) {
        assert_eq!(at(&a["id"]).await["starts_at"], format!("{day}T07:00:00.000Z"));
    }
    // Where one of them cannot go, none goes.
    let other = make_patient(&clinic, "陈静", "13900010002").await;
    booked(
        &api,
        &booking(&clinic, other, "ortho-adjust", 2, "2027-01-28T15:00:00+08:00"),
    )
    .await;
    let now = at(&made[1]["id"]).await;
    let to = json!({ "starts_at": "2026-12-31T15:00:00+08:00", "with_later": true });
    let (status, why) = step(&api, &now, "move", to).await;
    assert_eq!(status, 409, "{why}");
    assert!(why.to_string().contains("15:00"), "it says which: {why}");
    assert_eq!(at(&made[1]["id"]).await["starts_at"], now["starts_at"]);
    // This and later are cancelled; the first is not.
    let (status, _) = step(&api, &now, "cancel", json!({ "reason": "搬家", "with_later": true })).await;
    assert_eq!(status, 200);
    let left = format!("SELECT count(*) AS n FROM appointments WHERE patient_id = {who} AND status = 'booked'");
    assert_eq!(clinic.count(&left).await, 1);
    assert_eq!(overlaps(&clinic).await, 0);
});

// The same by the pages, without JavaScript.
both!(the_find_page_proposes_and_books, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let (mother, child) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "刘小明", "13900010001").await,
    );
    let (check_up, fluoride) = (service(&clinic, "check-up").id, service(&clinic, "fluoride").id);
    let page = desk.page("/find").await;
    assert!(page.contains("填好左边的条件"), "{page}");
    let page = desk
        .page(&format!(
            "/find?service={check_up}&with=kind:doctor&from=2026-11-30&day=1&part=morning&patient={mother}"
        ))
        .await;
    assert!(page.contains("/day?day=2026-11-30&amp;book="), "{page}");
    let page = desk.page(&format!("/find?q=13900010001&service={check_up}")).await;
    assert!(
        page.contains("刘小明") && page.contains("刘洋"),
        "both of that phone are offered"
    );
    let family =
        format!("/find?patient={mother}&service={check_up}&patient={child}&service={fluoride}&from=2026-11-30");
    let page = desk.page(&family).await;
    let set = page
        .split("<form method=\"post\" action=\"/find/book\">")
        .nth(1)
        .unwrap();
    let set = set.split("</form>").next().unwrap();
    let fields: Vec<(String, String)> = set
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|i| {
            let (name, rest) = i.split_once("\" value=\"").unwrap();
            (name.to_owned(), rest.split('"').next().unwrap().to_owned())
        })
        .collect();
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = desk.post_form("/find/book", &pairs).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    // Again: somebody was faster. The page stands as it was, and says which time.
    let again = desk.post_form("/find/book", &pairs).await;
    assert_eq!(again.status(), 409);
    let text = again.text().await.unwrap();
    assert!(text.contains("刘小明") && text.contains("role=\"alert\""), "{text}");
    let wrong = desk.page("/find?service=1&with=kind:wizard&visits=99").await;
    assert!(wrong.contains("没有这位医生"), "{wrong}");
});

both!(this_and_later_count_as_was_said, |clinic| {
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    for (i, (how, counts)) in [("broken", 2), ("clinic", 0), ("will-call", 0)].iter().enumerate() {
        for over_api in [true, false] {
            let who = make_patient(&clinic, "刘洋", &format!("139000{i}{:04}", u8::from(over_api))).await;
            let visit = |day: u32| {
                json!({ "patient_id": who, "service_id": service(&clinic, "check-up").id,
                    "starts_at": format!("2026-12-{day:02}T{:02}:00:00+08:00", 9 + i) })
            };
            let (status, course) = api
                .post_json(
                    "/api/v1/appointments/batch",
                    &json!({ "kind": "course", "appointments": [visit(1), visit(8)] }),
                )
                .await;
            assert_eq!(status, 201, "{course}");
            let a = &course["appointments"][0];
            if over_api {
                let more = json!({ "reason": "搬家", "with_later": true, "kind": how });
                assert_eq!(step(&api, a, "cancel", more).await.0, 200);
            } else {
                let fields = [
                    ("version", "1"),
                    ("reason", "搬家"),
                    ("later", "1"),
                    ("kind", how),
                    ("day", "2026-12-01"),
                ];
                let answer = desk
                    .post_form(&format!("/appointments/{}/cancel", a["id"]), &fields)
                    .await;
                assert_eq!(answer.status(), 303);
            }
            let said = format!(
                "SELECT count(*) AS n FROM unscheduled u JOIN appointments a ON a.id = u.appointment_id WHERE a.patient_id = {who} AND u.kind = '{how}'"
            );
            assert_eq!(clinic.count(&said).await, 2, "{how} {over_api}");
            let panel = desk.page(&format!("/day?book={who}")).await;
            assert_eq!(
                panel.contains(&format!("取消 {counts} 次")),
                *counts > 0,
                "{how} {over_api} {panel}"
            );
        }
    }
});
