//! Visits that were cancelled or missed and not booked anew; the end of a day.

use chairside::staff::Role;
use serde_json::json;

use super::{booked, booking, step, undo};
use crate::both;
use crate::support::make_patient;

both!(
    waiting_for_a_new_visit_lost_ones_stay_on_the_list_until_booked_or_put_aside,
    |clinic| {
        let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
        let mut visits = Vec::new();
        for (i, name) in ["刘破", "刘来电", "刘诊所", "刘撤销"].iter().enumerate() {
            let who = make_patient(&clinic, name, &format!("1390001000{i}")).await;
            let at = format!("2026-11-25T{:02}:00:00+08:00", 14 + i);
            visits.push((who, booked(&api, &booking(&clinic, who, "check-up", 1, &at)).await));
        }
        for ((_, a), kind) in visits.iter().zip(["broken", "will-call", "clinic"]) {
            let fields = [
                ("version", "1"),
                ("reason", "患者有事"),
                ("kind", kind),
                ("day", "2026-11-25"),
            ];
            let answer = desk
                .post_form(&format!("/appointments/{}/cancel", a["id"]), &fields)
                .await;
            assert_eq!(answer.status(), 303);
        }
        let list = desk.page("/unscheduled").await;
        assert!(
            list.contains("刘破") && list.contains("刘来电") && list.contains("刘诊所") && !list.contains("刘撤销"),
            "{list}"
        );
        let only = desk.page("/unscheduled?kind=will-call").await;
        assert!(only.contains("刘来电") && !only.contains("刘破"), "{only}");
        // At the next booking: the first has broken one, the others none.
        for ((who, _), counts) in visits.iter().zip([true, false, false]) {
            let panel = desk.page(&format!("/day?book={who}")).await;
            assert_eq!(panel.contains("取消 1 次"), counts, "{panel}");
        }
        // A cancellation that was taken back is none.
        let (_, gone) = step(&api, &visits[3].1, "cancel", json!({ "reason": "x" })).await;
        assert!(desk.page("/unscheduled").await.contains("刘撤销"));
        assert_eq!(undo(&api, &gone).await.0, 200);
        assert!(!desk.page("/unscheduled").await.contains("刘撤销"));
        // Booked anew: off the list. Put aside with a reason: off the list.
        booked(
            &api,
            &booking(&clinic, visits[0].0, "check-up", 1, "2026-11-26T09:00:00+08:00"),
        )
        .await;
        let aside = format!("/unscheduled/{}/aside", visits[1].1["id"]);
        assert_eq!(desk.post_form(&aside, &[("reason", " ")]).await.status(), 422);
        assert_eq!(desk.post_form(&aside, &[("reason", "搬家")]).await.status(), 303);
        let list = desk.page("/unscheduled?lang=en").await;
        assert!(
            !list.contains("刘破") && !list.contains("刘来电") && list.contains("By the clinic"),
            "{list}"
        );
        let planned = format!("/unscheduled/{}/aside", visits[3].1["id"]);
        assert_eq!(desk.post_form(&planned, &[("reason", "x")]).await.status(), 409);
        // Have them called: one task, however often it is pressed.
        let call = format!("/callbacks/appointments/{}", visits[2].1["id"]);
        for _ in 0..2 {
            assert_eq!(desk.post_form(&call, &[]).await.status(), 303);
        }
        assert_eq!(clinic.count("SELECT count(*) AS n FROM call_tasks").await, 1);
        assert!(
            clinic
                .signed_in("nurse")
                .await
                .page("/callbacks")
                .await
                .contains("刘诊所")
        );
    }
);

both!(waiting_for_an_end_visits_of_a_day_are_settled_by_hand, |clinic| {
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    let mut visits = Vec::new();
    for (i, name) in ["刘没来", "刘来了", "刘治了", "刘再看"].iter().enumerate() {
        let who = make_patient(&clinic, name, &format!("1390001000{i}")).await;
        let at = format!("2026-11-23T{:02}:00:00+08:00", 14 + i);
        visits.push(booked(&api, &booking(&clinic, who, "check-up", 1, &at)).await);
    }
    let (status, arrived) = step(&api, &visits[1], "arrive", json!({})).await;
    assert_eq!(status, 200, "{arrived}");
    assert!(
        desk.page("/day-end").await.contains("当天都已处理"),
        "nothing is past yet"
    );
    clinic.it_is("2026-11-24T09:00:00+08:00");
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    let side = desk.page("/day").await;
    assert!(
        side.contains("/day-end?day=2026-11-23") && side.contains("之前有 4 个"),
        "{side}"
    );
    let list = desk.page("/day-end?day=2026-11-23").await;
    for name in ["刘没来", "刘来了", "刘治了", "刘再看"] {
        assert!(list.contains(name), "{list}");
    }
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM appointments WHERE status = 'no-show'")
            .await,
        0,
        "nothing by itself"
    );
    // One was treated although nobody noted that they came; one is moved by hand.
    let one = format!("{}:1:finish", visits[2]["id"]);
    let answer = desk
        .post_form("/day-end", &[("day", "2026-11-23"), ("end", &one)])
        .await;
    let to = format!("/day-end?day=2026-11-23&done=1&failed=0&did={}", visits[2]["id"]);
    assert_eq!(answer.headers()["location"], to);
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM visits").await,
        1,
        "with its record"
    );
    let again = desk
        .post_form("/day-end", &[("day", "2026-11-23"), ("end", &one)])
        .await;
    assert_eq!(again.headers()["location"], "/day-end?day=2026-11-23&done=0&failed=1");
    assert_eq!(
        step(
            &api,
            &visits[3],
            "move",
            json!({ "starts_at": "2026-11-25T09:00:00+08:00" })
        )
        .await
        .0,
        200
    );
    // The rest as proposed.
    let list = desk.page("/day-end?day=2026-11-23").await;
    let proposed: Vec<&str> = list
        .split("name=\"proposed\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(proposed.len(), 2, "{list}");
    let mut fields = vec![("day", "2026-11-23"), ("all", "1")];
    fields.extend(proposed.iter().map(|p| ("proposed", *p)));
    let answer = desk.post_form("/day-end", &fields).await;
    let to = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(to.starts_with("/day-end?day=2026-11-23&done=2&failed=0&did="), "{to}");
    let now = |id: &serde_json::Value| {
        let (api, path) = (&api, format!("/api/v1/appointments/{id}"));
        async move { api.get_json(&path).await.1["status"].as_str().unwrap().to_owned() }
    };
    assert_eq!(now(&visits[0]["id"]).await, "no-show");
    assert_eq!(now(&visits[1]["id"]).await, "done");
    assert!(!desk.page("/day").await.contains("day-end"), "nothing is left over");
    assert!(desk.page("/unscheduled?kind=no-show").await.contains("刘没来"));
});
