//! Who comes without an appointment.

use chairside::patients::PatientId;
use chairside::staff::Role;
use serde_json::{Value, json};

use super::{between, booked, provider, service, took};
use crate::both;
use crate::support::{Browser, Clinic, all, make_patient};

async fn came(api: &Browser, clinic: &Clinic, who: PatientId, code: &str, urgency: &str) -> Value {
    let body =
        json!({ "patient_id": who, "service_id": service(clinic, code).id, "complaint": "牙痛", "urgency": urgency });
    let (status, w) = api.post_json("/api/v1/walk-ins", &body).await;
    assert_eq!(status, 201, "{w}");
    w
}

async fn queue(api: &Browser) -> Vec<Value> {
    let (_, answer) = api.get_json("/api/v1/walk-ins").await;
    answer["walk_ins"].as_array().unwrap().clone()
}

async fn place(api: &Browser, w: &Value, position: i64, more: Value) -> (u16, Value) {
    let mut body = json!({ "version": w["version"], "provider_id": position });
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    api.post_json(&format!("/api/v1/walk-ins/{}/place", w["id"]), &body)
        .await
}

both!(one_click_puts_somebody_into_the_queue_in_triage_order, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let (first, second) = (
        make_patient(&clinic, "刘芳", "13900000003").await,
        make_patient(&clinic, "吴磊", "13900000004").await,
    );
    let found = desk.page("/walk-in?q=%E5%90%B4%E7%A3%8A").await;
    assert!(found.contains(&format!("/walk-in?patient={second}")), "{found}");
    let form = desk.page(&format!("/walk-in?patient={second}")).await;
    assert!(
        form.contains("class=\"hist\"") && form.contains("初诊"),
        "the history is there unasked: {form}"
    );
    let check_up = service(&clinic, "check-up").id.to_string();
    let send = |who: PatientId, urgency: &'static str| {
        let (who, check_up, desk) = (who.to_string(), &check_up, &desk);
        async move {
            let fields = [
                ("patient", who.as_str()),
                ("service", check_up.as_str()),
                ("urgency", urgency),
                ("complaint", "智齿肿痛"),
            ];
            desk.post_form("/walk-in", &fields).await
        }
    };
    assert_eq!(send(first, "can-wait").await.status(), 303);
    clinic.minutes_pass(3);
    assert_eq!(send(second, "urgent").await.status(), 303);
    let twice = send(second, "urgent").await;
    assert_eq!(twice.status(), 409);
    assert!(twice.text().await.unwrap().contains("已在候诊队列中"));
    let page = desk.page("/walk-in").await;
    let list = between(&page, "<ol>", "</ol>");
    assert!(
        list.find("吴磊").unwrap() < list.find("刘芳").unwrap(),
        "urgent first: {list}"
    );
    assert!(
        list.contains("2 号") && list.contains("1 号") && list.contains("智齿肿痛"),
        "{list}"
    );
    // On the board and in the waiting room, too.
    assert!(desk.page("/day").await.contains("智齿肿痛"));
    assert!(between(&desk.page("/waiting/lanes").await, "lane-arrived", "lane-in-chair").contains("2 号"));
    // A nurse finds that it can wait after all.
    let nurse = clinic.signed_in("nurse").await;
    let id = clinic.count("SELECT id AS n FROM walk_ins WHERE number = 2").await;
    let fields = [("version", "1"), ("urgency", "can-wait")];
    assert_eq!(
        nurse
            .post_form(&format!("/walk-in/{id}/urgency"), &fields)
            .await
            .status(),
        303
    );
    let page = desk.page("/walk-in").await;
    let list = between(&page, "<ol>", "</ol>");
    assert!(list.find("刘芳").unwrap() < list.find("吴磊").unwrap(), "{list}");
});

both!(a_new_patient_is_registered_on_the_way_in, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let check_up = service(&clinic, "check-up").id.to_string();
    let mut fields = vec![
        ("patient", "new"),
        ("name", "欧阳新客"),
        ("phone", "123"),
        ("sex", "unknown"),
        ("service", check_up.as_str()),
        ("urgency", "soon"),
        ("complaint", "牙痛"),
    ];
    let refused = desk.post_form("/walk-in", &fields).await;
    assert_eq!(refused.status(), 422);
    let text = refused.text().await.unwrap();
    assert!(
        text.contains("f-phone-e") && text.contains("欧阳新客") && text.contains("牙痛"),
        "{text}"
    );
    assert_eq!(clinic.count("SELECT count(*) AS n FROM walk_ins").await, 0);
    fields[2].1 = "13900000077";
    let done = desk.post_form("/walk-in", &fields).await;
    assert_eq!(done.status(), 303, "{}", done.text().await.unwrap());
    assert_eq!(
        clinic
            .count(
                "SELECT count(*) AS n FROM walk_ins w JOIN patients p ON p.id = w.patient_id WHERE p.name = '欧阳新客'"
            )
            .await,
        1
    );
});

both!(whoever_is_free_first_is_suggested_and_says_why_not_now, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘芳", "13900000003").await;
    let other = make_patient(&clinic, "吴磊", "13900000004").await;
    // Dr Li (1) has somebody in the chair until 11:15; cleaning is only done by the hygienist (5).
    let a = booked(&api, &clinic, other, "cleaning", 5, "2026-11-23T10:45:00+08:00").await;
    took(&api, &a, "seat").await;
    let w = came(&api, &clinic, who, "cleaning", "soon").await;
    let list = queue(&api).await;
    let own = list[0]["suggestions"].as_array().unwrap();
    let hygienist = own
        .iter()
        .find(|s| s["provider_id"] == json!(provider(&clinic, 5).id))
        .unwrap();
    assert_eq!(hygienist["now"], false, "{list:?}");
    let desk = clinic.signed_in("desk").await;
    let page = desk.page("/walk-in").await;
    assert!(page.contains("该时段已被占用") && page.contains("起有空"), "{page}");
    // Over time: free by the plan, and yet not.
    let ends = chairside::platform::clock::Instant::parse_rfc3339(a["ends_at"].as_str().unwrap()).unwrap();
    clinic.app.clock.set(ends.plus_minutes(20));
    let page = desk.page("/walk-in").await;
    assert!(page.contains("前一位超时 20 分钟"), "{page}");
    drop(w);
});

both!(placing_makes_a_real_appointment_of_now, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘芳", "13900000003").await;
    let w = came(&api, &clinic, who, "check-up", "soon").await;
    clinic.minutes_pass(7);
    let best = queue(&api).await[0]["suggestions"][0].clone();
    assert_eq!(best["now"], true, "{best}");
    let (status, a) = place(&api, &w, best["provider_id"].as_i64().unwrap(), json!({})).await;
    assert_eq!(status, 201, "{a}");
    assert_eq!(
        (a["status"].as_str(), a["source"].as_str()),
        (Some("arrived"), Some("walk-in"))
    );
    assert_eq!(
        a["arrived_at"], "2026-11-23T02:42:00.000Z",
        "since they came, not since they were placed"
    );
    assert_eq!(
        (a["starts_at"].as_str(), a["note"].as_str()),
        (Some("2026-11-23T02:49:00.000Z"), Some("牙痛"))
    );
    assert!(queue(&api).await.is_empty());
    let (status, stale) = place(&api, &w, 1, json!({})).await;
    assert_eq!((status, stale["code"].as_str()), (409, Some("stale")));
    // The number goes along to the waiting room, for the screen that patients see.
    let desk = clinic.signed_in("desk").await;
    assert!(desk.page("/waiting?privacy=1").await.contains("1 号"));
    // Taken back, they wait again with their number.
    let undo = json!({ "version": a["version"] });
    let (status, back) = api
        .post_json(&format!("/api/v1/appointments/{}/undo", a["id"]), &undo)
        .await;
    assert_eq!((status, back["status"].as_str()), (200, Some("cancelled")), "{back}");
    let again = queue(&api).await;
    assert_eq!(
        (again[0]["number"].as_i64(), again[0]["version"].as_i64()),
        (Some(1), Some(3)),
        "{again:?}"
    );
    // And are seated and finished like everybody.
    let (_, a) = place(&api, &again[0], best["provider_id"].as_i64().unwrap(), json!({})).await;
    let a = took(&api, &a, "seat").await;
    assert_eq!(took(&api, &a, "finish").await["status"], "done");
});

both!(a_walk_in_is_placed_by_the_same_rules_as_a_booking, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘芳", "13900000003").await;
    let other = make_patient(&clinic, "吴磊", "13900000004").await;
    let a = booked(&api, &clinic, other, "check-up", 1, "2026-11-23T10:45:00+08:00").await;
    took(&api, &a, "seat").await;
    let w = came(&api, &clinic, who, "check-up", "urgent").await;
    let (status, taken) = place(&api, &w, provider(&clinic, 1).id.0, json!({})).await;
    assert_eq!((status, taken["code"].as_str()), (409, Some("slot_taken")), "{taken}");
    assert!(!taken["next"].as_array().unwrap().is_empty());
    let tomorrow = json!({ "starts_at": "2026-11-24T09:00:00+08:00" });
    assert_eq!(place(&api, &w, provider(&clinic, 1).id.0, tomorrow).await.0, 422);
    // Over others, with the permission and a reason.
    let over = json!({ "overbook": "外伤出血" });
    let nurse = clinic.api(Role::Nurse).await;
    assert_eq!(place(&nurse, &w, provider(&clinic, 1).id.0, over.clone()).await.0, 403);
    let (status, squeezed) = place(&api, &w, provider(&clinic, 1).id.0, over).await;
    assert_eq!(
        (status, squeezed["overbooked"].as_str()),
        (201, Some("外伤出血")),
        "{squeezed}"
    );
});

both!(who_leaves_unseen_says_why, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘芳", "13900000003").await;
    let w = came(&api, &clinic, who, "check-up", "soon").await;
    let path = format!("/api/v1/walk-ins/{}/leave", w["id"]);
    assert_eq!(
        api.post_json(&path, &json!({ "version": 1, "reason": " " })).await.0,
        422
    );
    let (status, left) = api
        .post_json(&path, &json!({ "version": 1, "reason": "等候太久" }))
        .await;
    assert_eq!(
        (status, left["state"].as_str(), left["left_reason"].as_str()),
        (200, Some("left"), Some("等候太久"))
    );
    assert!(queue(&api).await.is_empty());
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE action = 'leave-unseen'")
            .await,
        1
    );
    let record = clinic.signed_in("desk").await.page(&format!("/patients/{who}")).await;
    assert!(record.contains("未就诊离开") && record.contains("等候太久"), "{record}");
    // Back in the afternoon: a new number.
    assert_eq!(came(&api, &clinic, who, "check-up", "soon").await["number"], 2);
    // The next day begins with 1.
    clinic.it_is("2026-11-24T09:00:00+08:00");
    assert!(queue(&api).await.is_empty());
    assert_eq!(came(&api, &clinic, who, "check-up", "soon").await["number"], 1);
});

both!(many_who_come_at_once_have_numbers_of_their_own, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let mut bodies = Vec::new();
    for n in 0..8 {
        let who = make_patient(&clinic, "刘芳", &format!("1390000010{n}")).await;
        bodies.push(json!({ "patient_id": who, "service_id": service(&clinic, "check-up").id, "urgency": "soon" }));
    }
    let answers = all(bodies.iter().map(|b| api.post_json("/api/v1/walk-ins", b))).await;
    let mut numbers: Vec<i64> = answers.iter().map(|(_, w)| w["number"].as_i64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
});
