//! A leave over visits that are booked: two ways out for each, all at once or nothing, and all of it back.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{booked, booking, overlaps, provider, service, step};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

const QUERY: &str = "from=2026-12-01T08:00&until=2026-12-01T18:30";

/// Three check-ups with the first doctor on the first of December.
async fn visits(clinic: &Clinic, api: &Browser) -> Vec<Value> {
    let mut list = Vec::new();
    for (i, (name, at)) in [("刘一", "09:00"), ("刘二", "09:30"), ("刘三", "14:00")]
        .iter()
        .enumerate()
    {
        let who = make_patient(clinic, name, &format!("1390001000{i}")).await;
        list.push(
            booked(
                api,
                &booking(clinic, who, "check-up", 1, &format!("2026-12-01T{at}:00+08:00")),
            )
            .await,
        );
    }
    list
}
/// The choices that the page proposes for a visit: fate and what follows.
fn proposed(page: &str, a: &Value) -> Vec<String> {
    let mark = format!("name=\"v{}\" value=\"", a["id"]);
    page.split(&mark)
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}
fn plan_fields(clinic: &Clinic, visits: &[Value], fates: &[&str]) -> Vec<(String, String)> {
    let mut fields = vec![
        ("provider".into(), provider(clinic, 1).id.to_string()),
        ("from".into(), "2026-12-01T08:00".into()),
        ("until".into(), "2026-12-01T18:30".into()),
        ("reason".into(), "牙会".into()),
    ];
    for (a, fate) in visits.iter().zip(fates) {
        fields.push(("visit".into(), format!("{}:{}", a["id"], a["version"])));
        fields.push((format!("v{}", a["id"]), (*fate).to_owned()));
    }
    fields
}
async fn post(browser: &Browser, fields: &[(String, String)]) -> (u16, String) {
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = browser.post_form("/leave-plan", &pairs).await;
    let to = answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
    (
        answer.status().as_u16(),
        match to {
            Some(to) => to,
            None => answer.text().await.unwrap(),
        },
    )
}
async fn now_is(api: &Browser, a: &Value) -> Value {
    api.get_json(&format!("/api/v1/appointments/{}", a["id"])).await.1
}

both!(
    waiting_for_a_leave_to_be_arranged_all_visits_move_at_once_and_back,
    |clinic| {
        let (api, admin) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("admin").await);
        let list = visits(&clinic, &api).await;
        // The warning in the settings leads to the workbench.
        let first = provider(&clinic, 1).id;
        let leave = [
            ("leave_from", "2026-12-01T08:00"),
            ("leave_to", "2026-12-01T18:30"),
            ("leave_reason", "牙会"),
        ];
        let asked = admin
            .post_form(&format!("/settings/providers/{first}/leave"), &leave)
            .await;
        let asked = asked.text().await.unwrap();
        let link = asked
            .split("href=\"/leave-plan?")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let page = admin.page(&format!("/leave-plan?{}", link.replace("&amp;", "&"))).await;
        assert!(
            page.contains("3 个就诊受影响") && page.contains("牙会") && page.contains("消息草稿"),
            "{page}"
        );
        assert!(
            page.contains("您的预约已改到"),
            "the draft is the patient's text: {page}"
        );
        // Two suggestions each; none in another's way, none in the leave.
        let mut seen = Vec::new();
        for a in &list {
            let ways = proposed(&page, a);
            assert_eq!(ways.len(), 5, "two suggestions, another time, call, cancel: {ways:?}");
            for way in &ways[..2] {
                assert!(way.starts_with("move:") && !seen.contains(way), "{way}");
                seen.push(way.clone());
            }
            assert!(ways[0].ends_with(&format!(":{first}")) && !ways[1].ends_with(&format!(":{first}")));
        }
        assert_eq!(
            clinic.count("SELECT count(*) AS n FROM leaves").await,
            0,
            "nothing is changed by looking"
        );
        let ways: Vec<Vec<String>> = list.iter().map(|a| proposed(&page, a)).collect();
        let fields = plan_fields(&clinic, &list, &[ways[0][0].as_str(), ways[1][1].as_str(), "cancel"]);
        let (status, to) = post(&admin, &fields).await;
        assert_eq!(status, 303, "{to}");
        assert_eq!(now_is(&api, &list[0]).await["provider_id"], json!(first));
        assert_ne!(now_is(&api, &list[0]).await["starts_at"], list[0]["starts_at"]);
        assert_ne!(now_is(&api, &list[1]).await["provider_id"], json!(first));
        assert_eq!(now_is(&api, &list[2]).await["status"], "cancelled");
        assert_eq!(clinic.count("SELECT count(*) AS n FROM leaves").await, 1);
        assert_eq!(
            clinic
                .count("SELECT count(*) AS n FROM messages WHERE state = 'queued'")
                .await,
            3
        );
        let open = "SELECT count(*) AS n FROM freed_slots WHERE state IN ('open', 'offering')";
        assert_eq!(clinic.count(open).await, 0, "nobody is there to fill them");
        assert_eq!(overlaps(&clinic).await, 0);
        let done = admin.page(&to).await;
        assert!(
            done.contains("全部撤销") && done.contains("刘二") && done.contains("已取消"),
            "{done}"
        );
        // A minute later all of it is taken back, the messages with it.
        clinic.minutes_pass(1);
        assert_eq!(admin.post_form(&format!("{to}/undo"), &[]).await.status(), 303);
        for a in &list {
            let now = now_is(&api, a).await;
            assert_eq!((&now["starts_at"], &now["status"]), (&a["starts_at"], &json!("booked")));
        }
        assert_eq!(clinic.count("SELECT count(*) AS n FROM leaves").await, 0);
        assert_eq!(
            clinic
                .count("SELECT count(*) AS n FROM messages WHERE state = 'queued'")
                .await,
            0
        );
        assert_eq!(admin.post_form(&format!("{to}/undo"), &[]).await.status(), 409);
    }
);

both!(waiting_for_a_leave_nothing_is_done_when_one_visit_cannot_be, |clinic| {
    let (api, admin) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("manager").await);
    let list = visits(&clinic, &api).await;
    let first = provider(&clinic, 1).id;
    let page = admin.page(&format!("/leave-plan?provider={first}&{QUERY}")).await;
    let ways: Vec<Vec<String>> = list.iter().map(|a| proposed(&page, a)).collect();
    // Somebody takes the time meant for the second.
    let other = make_patient(&clinic, "陈静", "13900010009").await;
    let (at, with) = ways[1][1].strip_prefix("move:").unwrap().split_once(':').unwrap();
    let at = chairside::platform::clock::Instant(at.parse().unwrap()).rfc3339();
    let body = json!({ "patient_id": other, "service_id": service(&clinic, "check-up").id,
        "provider_id": with.parse::<i64>().unwrap(), "starts_at": at });
    booked(&api, &body).await;
    let fields = plan_fields(&clinic, &list, &[ways[0][0].as_str(), ways[1][1].as_str(), "call"]);
    let (status, text) = post(&admin, &fields).await;
    assert_eq!(status, 409);
    assert!(
        text.contains("什么都没有更改") && text.contains("刘二"),
        "it says which: {text}"
    );
    assert_eq!(now_is(&api, &list[0]).await["starts_at"], list[0]["starts_at"]);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM leaves").await, 0);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM messages").await, 0);
    // Another time without a time; a visit that changed meanwhile; one that came.
    let (status, text) = post(&admin, &plan_fields(&clinic, &list, &["call", "other", "call"])).await;
    let at_fields = ["d", "t"].map(|prefix| format!("id=\"f-{prefix}{}-e\"", list[1]["id"]));
    assert!(status == 422 && at_fields.iter().all(|id| text.contains(id)), "{text}");
    let (status, _) = post(&admin, &plan_fields(&clinic, &list[..2], &["call", "call"])).await;
    assert_eq!(status, 409, "the third was not seen");
    // Another time that is typed; the others are called first and stay.
    let mut fields = plan_fields(&clinic, &list, &["call", "other", "call"]);
    fields.push((format!("d{}", list[1]["id"]), "2026-12-03".into()));
    fields.push((format!("t{}", list[1]["id"]), "10:00".into()));
    let (status, to) = post(&admin, &fields).await;
    assert_eq!(status, 303, "{to}");
    assert_eq!(now_is(&api, &list[1]).await["starts_at"], "2026-12-03T02:00:00.000Z");
    assert_eq!(now_is(&api, &list[0]).await["starts_at"], list[0]["starts_at"]);
    let done = admin.page(&to).await;
    assert!(done.contains("请致电患者") && done.contains("放入回访名单"), "{done}");
    // One of them changed since: the plan cannot be taken back any more, and stays whole.
    let now = now_is(&api, &list[1]).await;
    assert_eq!(step(&api, &now, "confirm", json!({})).await.0, 200);
    assert_eq!(admin.post_form(&format!("{to}/undo"), &[]).await.status(), 409);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM leaves").await, 1);
    clinic.minutes_pass(3);
    assert!(!admin.page(&to).await.contains("全部撤销"));
    assert!(
        admin
            .page("/leave-plan?lang=en")
            .await
            .contains("See the visits it takes")
    );
});

both!(a_visit_in_which_they_help_keeps_its_time_with_somebody_else, |clinic| {
    use chairside::platform::db::schema::{appointments as a, booking_rules as r};
    use diesel::prelude::*;
    let api = clinic.api(Role::FrontDesk).await;
    let cleaning = service(&clinic, "cleaning").id;
    clinic
        .sql(move |c| {
            let rules = (r::second_kind.eq("doctor"), r::second_parts.eq("0-30"));
            Ok(diesel::update(r::table.find(cleaning)).set(rules).execute(c)?)
        })
        .await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let visit = booked(&api, &booking(&clinic, who, "cleaning", 5, "2026-12-01T09:00:00+08:00")).await;
    let other = make_patient(&clinic, "周远", "13900007732").await;
    // At the same time another one, so that two suggestions cannot have the same helper.
    let checkup = booked(
        &api,
        &booking(&clinic, other, "check-up", 1, "2026-12-01T10:00:00+08:00"),
    )
    .await;
    let helper = |id: i64| {
        let clinic = &clinic;
        async move {
            let row: Option<chairside::clinic::ProviderId> = clinic
                .sql(move |c| Ok(a::table.find(id).select(a::second_id).first(c)?))
                .await;
            row
        }
    };
    let id = visit["id"].as_i64().unwrap();
    assert_eq!(helper(id).await, Some(provider(&clinic, 1).id));
    let manager = clinic.signed_in("manager").await;
    let page = manager
        .page(&format!(
            "/leave-plan?provider={}&{QUERY}&lang=en",
            provider(&clinic, 1).id
        ))
        .await;
    assert!(page.contains("Same time, somebody else helps"), "{page}");
    let stay = proposed(&page, &visit)[0].clone();
    let fields = plan_fields(&clinic, &[visit.clone(), checkup], &[&stay, "call"]);
    let (status, to) = post(&manager, &fields).await;
    assert_eq!(status, 303, "{to}");
    assert_eq!(helper(id).await, Some(provider(&clinic, 2).id));
    let (_, now) = api.get_json(&format!("/api/v1/appointments/{id}")).await;
    assert_eq!(
        (&now["starts_at"], &now["status"]),
        (&visit["starts_at"], &visit["status"])
    );
    let told = format!("SELECT count(*) AS n FROM messages WHERE patient_id = {who} AND template = 'visit-moved'");
    assert_eq!(clinic.count(&told).await, 0, "nothing that the patient would notice");
    assert_eq!(manager.post_form(&format!("{to}/undo"), &[]).await.status(), 303);
    assert_eq!(helper(id).await, Some(provider(&clinic, 1).id));
});

both!(what_cannot_be_read_is_told_at_its_field, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let list = visits(&clinic, &api).await;
    let manager = clinic.signed_in("manager").await;
    let mut fields = plan_fields(&clinic, &list, &["other", "other", ""]);
    let typed = [
        ("d", 0, "2026-12-02"),
        ("t", 0, "halb zehn"),
        ("d", 1, ""),
        ("t", 1, "10:00"),
        ("w", 1, "x"),
    ];
    for (prefix, i, text) in typed {
        fields.push((format!("{prefix}{}", list[i]["id"]), text.to_owned()));
    }
    let (status, page) = post(&manager, &fields).await;
    assert_eq!(status, 422);
    for (prefix, i) in [("t", 0), ("d", 1), ("w", 1)] {
        assert!(
            page.contains(&format!("id=\"f-{prefix}{}-e\"", list[i]["id"])),
            "{prefix}{i}: {page}"
        );
    }
    assert!(!page.contains(&format!("id=\"f-d{}-e\"", list[0]["id"])));
    let whole = format!("f-v{}", list[2]["id"]);
    assert!(
        page.contains(&format!("href=\"#{whole}\"")) && page.contains(&format!("id=\"{whole}-e\"")),
        "{page}"
    );
    assert!(page.contains("value=\"halb zehn\"") && page.contains("value=\"2026-12-02\""));
    let unknown: Vec<(String, String)> = fields
        .iter()
        .map(|(n, v)| {
            (
                n.clone(),
                if n == "provider" {
                    "999999".to_owned()
                } else {
                    v.clone()
                },
            )
        })
        .collect();
    let (status, page) = post(&manager, &unknown).await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("f-provider-e"));
    assert_eq!(clinic.count("SELECT count(*) AS n FROM leave_plans").await, 0);
});
