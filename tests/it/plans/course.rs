//! The whole course of a plan at once; the desk's list of plans of which nothing is booked.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{item, plan, planned, root_canal, service, states};
use crate::both;
use crate::support::make_patient;

/// A proposal as a batch to be booked.
fn batch(set: &Value) -> Value {
    let visits = set.as_array().unwrap().iter().map(|v| {
        json!({ "patient_id": v["patient_id"], "service_id": v["service_id"], "provider_id": v["provider_id"],
            "starts_at": v["starts_at"], "minutes": v["minutes"], "plan_item_id": v["plan_item_id"] })
    });
    json!({ "kind": "course", "appointments": visits.collect::<Vec<_>>() })
}

both!(a_course_from_the_plan_is_searched_and_booked_all_or_nothing, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let find = json!({ "plan_of": who, "limit": 3, "from": "2026-11-24", "from_time": "14:00" });
    let (status, why) = api.post_json("/api/v1/slots/search", &find).await;
    assert_eq!(
        (status, why["errors"][0]["field"].as_str()),
        (422, Some("plan_of")),
        "{why}"
    );
    root_canal(&clinic, who).await;
    let both = json!({ "plan_of": who, "visits": [{ "service_id": service(&clinic, "cleaning") }] });
    assert_eq!(api.post_json("/api/v1/slots/search", &both).await.0, 422);
    assert_eq!(
        api.post_json("/api/v1/slots/search", &json!({ "plan_of": 999_999 }))
            .await
            .0,
        404
    );
    let (status, found) = api.post_json("/api/v1/slots/search", &find).await;
    assert_eq!(status, 200, "{found}");
    let set = &found["proposals"][0];
    let days: Vec<&str> = (0..4).map(|i| &set[i]["starts_at"].as_str().unwrap()[..10]).collect();
    assert_eq!(days, ["2026-11-24", "2026-12-01", "2026-12-08", "2026-12-22"], "{set}");
    let read = "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND subject = 'treatment_plans'";
    assert_eq!(
        clinic.count(read).await,
        2,
        "the plan was written, and read for the search"
    );
    // Where the last of them is taken, none is booked and nothing of the plan is.
    let mut taken = batch(set);
    let other = make_patient(&clinic, "陈静", "13900007732").await;
    let mut theirs = taken["appointments"][3].clone();
    theirs["patient_id"] = json!(other);
    theirs["plan_item_id"] = Value::Null;
    let (status, booked) = api.post_json("/api/v1/appointments", &theirs).await;
    assert_eq!(status, 201, "{booked}");
    let (status, why) = api.post_json("/api/v1/appointments/batch", &taken).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    assert_eq!(states(&clinic, who).await, ["planned"; 4]);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM appointments").await, 1);
    // Two of the same service in one another's place stay the items that they were looked for.
    let visits = taken["appointments"].as_array_mut().unwrap();
    visits.remove(3);
    visits.remove(1);
    let (status, booked) = api.post_json("/api/v1/appointments/batch", &taken).await;
    assert_eq!(status, 201, "{booked}");
    assert_eq!(states(&clinic, who).await, ["booked", "planned", "booked", "planned"]);
    // The rest is counted from what is booked: the crown's 14 days are from the third.
    let (_, found) = api.post_json("/api/v1/slots/search", &find).await;
    let set = &found["proposals"][0];
    assert_eq!(set.as_array().unwrap().len(), 2, "{set}");
    assert_eq!(&set[0]["starts_at"].as_str().unwrap()[..10], "2026-12-01", "{set}");
});

// The same by the page, without JavaScript.
both!(the_find_page_books_the_plan, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let page = desk.page(&format!("/find?patient={who}")).await;
    assert!(!page.contains("按治疗计划查找"), "{page}");
    let items: Vec<Value> = (0..3)
        .map(|i| item(&clinic, "ortho-adjust", "", if i == 0 { 0 } else { 28 }))
        .collect();
    planned(&clinic, who, &items).await;
    let page = desk.page(&format!("/find?patient={who}")).await;
    assert!(
        page.contains("按治疗计划查找（3 次）") && page.contains("正畸复诊 1/3 → 正畸复诊 2/3"),
        "{page}"
    );
    let page = desk
        .page(&format!("/find?patient={who}&from=2026-11-30&part=afternoon&plan=1"))
        .await;
    assert!(page.contains("约这 3 次"), "{page}");
    let form = page
        .split("<li><form method=\"post\" action=\"/find/book\">")
        .nth(1)
        .unwrap();
    let form = form.split("</form>").next().unwrap();
    let visits: Vec<&str> = form
        .split("name=\"visit\" value=\"")
        .skip(1)
        .map(|v| v.split('"').next().unwrap())
        .collect();
    assert_eq!(visits.len(), 3, "{form}");
    let id = who.to_string();
    let mut fields = vec![("kind", "course"), ("patient", id.as_str()), ("plan", "1")];
    fields.extend(visits.iter().map(|v| ("visit", *v)));
    assert_eq!(desk.post_form("/find/book", &fields).await.status(), 303);
    assert_eq!(states(&clinic, who).await, ["booked"; 3]);
    // Sent once more it is refused, and the page is as it was.
    let again = desk.post_form("/find/book", &fields).await;
    assert_eq!(again.status(), 409);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM appointments").await, 3);
});

both!(what_is_planned_and_not_booked_is_on_the_desks_list, |clinic| {
    let (desk, api) = (clinic.signed_in("desk").await, clinic.api(Role::FrontDesk).await);
    assert!(desk.page("/waiting-list").await.contains("/planned"));
    assert!(desk.page("/planned").await.contains("治疗计划都约好了"));
    let mut people = Vec::new();
    for (name, days) in [("刘晚", 30), ("刘早", 3), ("刘中", 14)] {
        let who = make_patient(&clinic, name, &format!("139000100{days:02}")).await;
        let items = [
            item(&clinic, "root-canal", "36", days),
            item(&clinic, "crown", "36", 14),
        ];
        planned(&clinic, who, &items).await;
        people.push(who);
    }
    let list = desk.page("/planned").await;
    let at = |name: &str| list.find(name).unwrap();
    assert!(at("刘早") < at("刘中") && at("刘中") < at("刘晚"), "{list}");
    for there in [
        "根管治疗 · 36",
        "建议 11月26日之后",
        "2026年11月23日",
        "tel:+8613900010003",
        &format!("/day?book={}", people[1]),
        "约整个疗程（2 次）",
    ] {
        assert!(list.contains(there), "{there}: {list}");
    }
    // Page by page, the most urgent first.
    let (mut seen, mut at) = (Vec::new(), "/api/v1/planned?limit=2".to_owned());
    loop {
        let (status, page) = api.get_json(&at).await;
        assert_eq!(status, 200, "{page}");
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|i| i["patient_id"].as_i64().unwrap()),
        );
        let Some(next) = page["next"].as_str() else { break };
        at = format!("/api/v1/planned?limit=2&cursor={next}");
    }
    assert_eq!(seen, [people[1].0, people[2].0, people[0].0]);
    // Whose next visit is booked is not lost; when it is over, the rest is to be booked.
    let body = json!({ "patient_id": people[1], "service_id": service(&clinic, "root-canal"),
        "starts_at": "2026-11-26T09:00:00+08:00" });
    assert_eq!(api.post_json("/api/v1/appointments", &body).await.0, 201);
    assert!(!desk.page("/planned").await.contains("刘早"));
    clinic.it_is("2026-11-26T09:05:00+08:00");
    let (desk, nurse) = (clinic.signed_in("desk").await, clinic.api(Role::Nurse).await);
    for (action, version) in [("seat", 1), ("finish", 2)] {
        let (status, a) = nurse
            .post_json(
                &format!("/api/v1/appointments/1/{action}"),
                &json!({ "version": version }),
            )
            .await;
        assert_eq!(status, 200, "{a}");
    }
    let list = desk.page("/planned?lang=en").await;
    assert!(list.contains("刘早") && list.contains("from 10 Dec on"), "{list}");
    assert_eq!(plan(&clinic, people[1]).await["items"][0]["state"], "done");
});
