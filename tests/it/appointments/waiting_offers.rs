//! A freed time is offered: who is asked, the first to accept has it, the others see other times; it is held meanwhile.

use chairside::appointments::waiting::{Offer, SlotId, offer_path, offers_of};
use chairside::platform::db::schema::{messages as m, patients as p};
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::waiting::waits;
use super::{booked, booking, overlaps, provider, service, step};
use crate::both;
use crate::support::{Browser, Clinic, all, make_patient};

/// A cleaning on Wednesday at 10 is cancelled. Gives the freed time.
async fn freed(clinic: &Clinic, api: &Browser) -> SlotId {
    let who = make_patient(clinic, "周走", "13900019999").await;
    let a = booked(api, &booking(clinic, who, "cleaning", 5, "2026-11-25T10:00:00+08:00")).await;
    assert_eq!(step(api, &a, "cancel", json!({ "reason": "出差" })).await.0, 200);
    // Whoever does not come is not asked whether they want it.
    let put = format!(
        "INSERT INTO unscheduled (appointment_id, aside_reason, aside_at) VALUES ({}, 'x', 1)",
        a["id"]
    );
    clinic.sql(move |c| Ok(diesel::sql_query(put).execute(c)?)).await;
    SlotId(clinic.count("SELECT max(id) AS n FROM freed_slots").await)
}
async fn offers(clinic: &Clinic, slot: SlotId) -> Vec<Offer> {
    clinic.sql(move |c| offers_of(c, slot)).await
}
async fn states(clinic: &Clinic, slot: SlotId) -> Vec<String> {
    offers(clinic, slot).await.iter().map(|o| o.state.to_string()).collect()
}
async fn slot_state(clinic: &Clinic, slot: SlotId) -> String {
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::freed_slots as f;
            Ok(f::table.find(slot).select(f::state).first(c)?)
        })
        .await
}
/// Asks all who are shown.
async fn ask(desk: &Browser, slot: SlotId, batch: &str, minutes: &str) -> String {
    let path = format!("/waiting-list/fill/{slot}");
    let page = desk.page(&path).await;
    let keys: Vec<&str> = page
        .split("name=\"who\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let mut fields = vec![("batch", batch), ("minutes", minutes)];
    fields.extend(keys.iter().map(|k| ("who", *k)));
    let answer = desk.post_form(&path, &fields).await;
    let status = answer.status();
    assert_eq!(status, 303, "{}", answer.text().await.unwrap());
    page
}
fn link(clinic: &Clinic, offer: &Offer) -> String {
    offer_path(&clinic.app.keys, offer)
}
/// State and text of the message of an offer.
async fn message(clinic: &Clinic, offer: &Offer) -> (String, Option<String>) {
    let id = offer.id.0;
    clinic
        .sql(move |c| {
            Ok(m::table
                .filter(m::subject.eq("slot-offer").and(m::subject_id.eq(id)))
                .select((m::state, m::body))
                .first(c)?)
        })
        .await
}
async fn free_at_ten(clinic: &Clinic, api: &Browser) -> bool {
    let path = format!(
        "/api/v1/slots?service_id={}&from=2026-11-25&days=1",
        service(clinic, "cleaning").id
    );
    api.get_json(&path)
        .await
        .1
        .to_string()
        .contains("\"starts_at\":\"2026-11-25T10:00:00+08:00\"")
}

both!(
    of_twenty_who_accept_at_once_one_has_it_and_the_others_see_other_times,
    |clinic| {
        let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
        let slot = freed(&clinic, &api).await;
        for i in 0..20 {
            waits(&clinic, &api, "刘洋", &format!("139000100{i:02}"), json!({})).await;
        }
        ask(&desk, slot, "all", "60").await;
        let asked = offers(&clinic, slot).await;
        assert_eq!(asked.len(), 20);
        let phone = clinic.visitor();
        let paths: Vec<String> = asked.iter().map(|o| format!("{}/accept", link(&clinic, o))).collect();
        let answers = all(paths.iter().map(|path| phone.post_form(path, &[]))).await;
        let codes: Vec<u16> = answers.iter().map(|a| a.status().as_u16()).collect();
        assert_eq!(codes.iter().filter(|s| **s == 303).count(), 1, "{codes:?}");
        assert_eq!(codes.iter().filter(|s| **s == 409).count(), 19, "{codes:?}");
        for answer in answers.into_iter().filter(|a| a.status() == 409) {
            let page = answer.text().await.unwrap();
            assert!(page.contains("该时间刚被占用"), "{page}");
            assert_eq!(page.matches("name=\"to\"").count(), 8, "other times: {page}");
        }
        let planned = "SELECT count(*) AS n FROM appointments WHERE status = 'booked'";
        assert_eq!(clinic.count(planned).await, 1);
        assert_eq!(clinic.count("SELECT count(*) AS n FROM holds").await, 0);
        assert_eq!(overlaps(&clinic).await, 0);
        assert_eq!(slot_state(&clinic, slot).await, "filled");
        let entries = "SELECT count(*) AS n FROM waiting_entries WHERE state = 'booked' AND booked_id IS NOT NULL";
        assert_eq!(clinic.count(entries).await, 1);
        // Nobody is told of a time that is gone.
        clinic.minutes_pass(3);
        clinic.app.dispatcher().dispatch().await.unwrap();
        let sent = "SELECT count(*) AS n FROM messages WHERE subject = 'slot-offer' AND state <> 'skipped'";
        assert_eq!(clinic.count(sent).await, 0);
        // One of the late ones takes another time, once.
        let late = offers(&clinic, slot)
            .await
            .into_iter()
            .find(|o| o.booked_id.is_none())
            .unwrap();
        let page = phone.page(&link(&clinic, &late)).await;
        let to = page
            .split("name=\"to\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let other = format!("{}/other", link(&clinic, &late));
        assert_eq!(phone.post_form(&other, &[("to", to)]).await.status(), 303);
        assert_eq!(phone.post_form(&other, &[("to", to)]).await.status(), 409);
        assert!(phone.page(&link(&clinic, &late)).await.contains("已为您约好"));
        assert_eq!((clinic.count(planned).await, clinic.count(entries).await), (2, 2));
    }
);

both!(
    one_by_one_the_next_is_asked_when_time_is_up_and_then_the_gap_is_free_again,
    |clinic| {
        let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
        let slot = freed(&clinic, &api).await;
        waits(&clinic, &api, "刘先", "13900010001", json!({})).await;
        clinic.minutes_pass(1);
        waits(&clinic, &api, "刘急", "13900010002", json!({ "urgency": "urgent" })).await;
        waits(&clinic, &api, "刘后", "13900010003", json!({})).await;
        waits(&clinic, &api, "刘周五", "13900010004", json!({ "weekdays": [5] })).await;
        waits(&clinic, &api, "刘下午", "13900010005", json!({ "from_time": "14:00" })).await;
        let page = ask(&desk, slot, "1", "30").await;
        let place = |name: &str| page.find(name).unwrap_or(usize::MAX);
        assert!(place("刘急") < place("刘先") && place("刘先") < place("刘后"), "{page}");
        assert!(!page.contains("刘周五") && !page.contains("刘下午"), "{page}");
        assert_eq!(states(&clinic, slot).await, ["asked", "queued", "queued"]);
        // Held for two minutes, then sent, with a link that opens.
        let first = offers(&clinic, slot).await.remove(0);
        let dispatcher = clinic.app.dispatcher();
        dispatcher.dispatch().await.unwrap();
        assert_eq!(message(&clinic, &first).await.0, "queued");
        clinic.minutes_pass(2);
        dispatcher.dispatch().await.unwrap();
        let (state, body) = message(&clinic, &first).await;
        assert_eq!(state, "accepted");
        let body = body.unwrap();
        assert!(
            body.contains("11月25日 周三 10:00") && body.contains(&link(&clinic, &first)) && body.contains("11:15"),
            "{body}"
        );
        // 30 minutes after it was sent.
        let tick = || async {
            chairside::appointments::waiting::lapse(&clinic.app.db, clinic.now())
                .await
                .unwrap()
        };
        clinic.minutes_pass(29);
        assert!(tick().await.starts_with("0 offers"));
        clinic.minutes_pass(1);
        assert!(tick().await.starts_with("1 offers"));
        assert_eq!(states(&clinic, slot).await, ["lapsed", "asked", "queued"]);
        let late = clinic
            .visitor()
            .post_form(&format!("{}/accept", link(&clinic, &first)), &[])
            .await;
        assert_eq!(late.status(), 409);
        // The second says no: the third is asked at once, without anybody's click.
        let second = offers(&clinic, slot).await.remove(1);
        let no = clinic
            .visitor()
            .post_form(&format!("{}/decline", link(&clinic, &second)), &[])
            .await;
        assert_eq!(no.status(), 303);
        assert_eq!(states(&clinic, slot).await, ["lapsed", "declined", "asked"]);
        assert!(!free_at_ten(&clinic, &api).await, "held");
        // The third wants never to be asked again: nobody is left, the desk sees it.
        let third = offers(&clinic, slot).await.remove(2);
        let never = [("never", "1")];
        let phone = clinic.visitor();
        assert_eq!(
            phone
                .post_form(&format!("{}/decline", link(&clinic, &third)), &never)
                .await
                .status(),
            303
        );
        assert!(phone.page(&link(&clinic, &third)).await.contains("不会再为此通知您"));
        assert_eq!(slot_state(&clinic, slot).await, "open");
        assert!(free_at_ten(&clinic, &api).await);
        assert!(desk.page("/waiting-list").await.contains("无人接受"));
        let withdrawn = "SELECT count(*) AS n FROM waiting_entries WHERE state = 'withdrawn'";
        assert_eq!(clinic.count(withdrawn).await, 1);
        assert_eq!(
            message(&clinic, &third).await.0,
            "skipped",
            "it was declined before it was sent"
        );
    }
);

both!(a_held_time_is_booked_by_nobody_else_until_the_desk_ends_it, |clinic| {
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    let slot = freed(&clinic, &api).await;
    waits(&clinic, &api, "刘洋", "13900010001", json!({})).await;
    ask(&desk, slot, "1", "30").await;
    let other = make_patient(&clinic, "陈静", "13900010002").await;
    let mut want = booking(&clinic, other, "cleaning", 5, "2026-11-25T10:15:00+08:00");
    let (status, why) = api.post_json("/api/v1/appointments", &want).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    want["overbook"] = json!("急");
    let (status, why) = api.post_json("/api/v1/appointments", &want).await;
    assert_eq!(status, 409, "not even on purpose: {why}");
    // Beside the hold, but outside of the hours: neither.
    let night = booked(
        &api,
        &booking(&clinic, other, "cleaning", 5, "2026-11-26T10:00:00+08:00"),
    )
    .await;
    let (status, _) = step(
        &api,
        &night,
        "move",
        json!({ "starts_at": "2026-11-25T10:00:00+08:00" }),
    )
    .await;
    assert_eq!(status, 409);
    // Pressed by two: the second is told.
    let again = desk
        .post_form(
            &format!("/waiting-list/fill/{slot}"),
            &[("who", "waiting:1"), ("batch", "1"), ("minutes", "30")],
        )
        .await;
    assert_eq!(again.status(), 422);
    let stop = format!("/waiting-list/fill/{slot}/stop");
    assert_eq!(desk.post_form(&stop, &[]).await.status(), 303);
    assert_eq!(desk.post_form(&stop, &[]).await.status(), 409);
    assert!(free_at_ten(&clinic, &api).await);
    assert_eq!(states(&clinic, slot).await, ["over"]);
    let offer = offers(&clinic, slot).await.remove(0);
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert_eq!(message(&clinic, &offer).await.0, "skipped");
    let yes = clinic
        .visitor()
        .post_form(&format!("{}/accept", link(&clinic, &offer)), &[])
        .await;
    assert_eq!(yes.status(), 409);
    assert_eq!(
        desk.post_form(&format!("/waiting-list/fill/{slot}/dismiss"), &[])
            .await
            .status(),
        303
    );
    assert_eq!(slot_state(&clinic, slot).await, "closed");
});

both!(a_later_visit_is_moved_up_and_leaves_its_own_gap, |clinic| {
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    let slot = freed(&clinic, &api).await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let later = booked(&api, &booking(&clinic, who, "cleaning", 5, "2026-12-09T10:00:00+08:00")).await;
    let body = json!({ "patient_id": who, "service_id": service(&clinic, "cleaning").id,
        "provider_id": provider(&clinic, 5).id, "appointment_id": later["id"] });
    assert_eq!(api.post_json("/api/v1/waiting-list", &body).await.0, 201);
    assert!(ask(&desk, slot, "1", "30").await.contains("提前原预约"));
    let offer = offers(&clinic, slot).await.remove(0);
    let phone = clinic.visitor();
    assert!(phone.page(&link(&clinic, &offer)).await.contains("会改到这个时间"));
    assert_eq!(
        phone
            .post_form(&format!("{}/accept", link(&clinic, &offer)), &[])
            .await
            .status(),
        303
    );
    let now = api.get_json(&format!("/api/v1/appointments/{}", later["id"])).await.1;
    assert_eq!(now["starts_at"], "2026-11-25T02:00:00.000Z");
    let open = "SELECT starts_at AS n FROM freed_slots WHERE state = 'open'";
    let left = chairside::platform::clock::Instant::parse_rfc3339("2026-12-09T10:00:00+08:00").unwrap();
    assert_eq!(clinic.count(open).await, left.0);
    // Pressed twice: it is theirs.
    assert_eq!(
        phone
            .post_form(&format!("{}/accept", link(&clinic, &offer)), &[])
            .await
            .status(),
        303
    );
});

both!(lost_visits_and_recalls_are_asked_too_and_the_page_is_small, |clinic| {
    let (api, desk) = (clinic.api(Role::FrontDesk).await, clinic.signed_in("desk").await);
    let slot = freed(&clinic, &api).await;
    let lost = make_patient(&clinic, "陈失", "13900010002").await;
    let a = booked(
        &api,
        &booking(&clinic, lost, "cleaning", 5, "2026-11-27T10:00:00+08:00"),
    )
    .await;
    step(&api, &a, "cancel", json!({ "reason": "患者有事" })).await;
    let due = make_patient(&clinic, "Smith", "13900010003").await;
    let cleaning = service(&clinic, "cleaning").id;
    clinic
        .sql(move |c| {
            diesel::update(p::table.find(due))
                .set(p::language.eq("en"))
                .execute(c)?;
            let now = 1_i64;
            use chairside::platform::db::schema::recalls as r;
            diesel::insert_into(r::table)
                .values((
                    r::patient_id.eq(due),
                    r::service_id.eq(cleaning),
                    r::calculated_on.eq("2026-11-20".parse::<chrono::NaiveDate>().unwrap()),
                    r::due_on.eq("2026-11-20".parse::<chrono::NaiveDate>().unwrap()),
                    r::state.eq("due"),
                    r::attempts.eq(0),
                    r::version.eq(1_i64),
                    r::created_at.eq(now),
                    r::updated_at.eq(now),
                ))
                .execute(c)?;
            Ok(())
        })
        .await;
    let page = ask(&desk, slot, "all", "30").await;
    assert!(
        page.contains("取消或爽约后未再约") && page.contains("到期复诊"),
        "{page}"
    );
    let asked = offers(&clinic, slot).await;
    assert_eq!(asked.len(), 2);
    let english = asked.iter().find(|o| o.patient_id == due).unwrap();
    let phone = clinic.visitor();
    let page = phone.page(&link(&clinic, english)).await;
    assert!(
        page.contains("Yes, I take it") && page.contains("S*") && !page.contains("<script"),
        "{page}"
    );
    let mut bytes = page.len();
    for part in page.split("href=\"/s/").skip(1) {
        bytes += phone
            .page(&format!("/s/{}", part.split('"').next().unwrap()))
            .await
            .len();
    }
    assert!(bytes < 30 * 1024, "{bytes}");
    assert!(
        phone
            .page(&format!("{}?lang=zh", link(&clinic, english)))
            .await
            .contains("接受")
    );
    assert_eq!(phone.get("/o/guess").await.status(), 404);
    // By telephone: the desk answers for them.
    let other = asked.iter().find(|o| o.patient_id == lost).unwrap();
    assert_eq!(
        desk.post_form(&format!("/waiting-list/offers/{}/accept", other.id), &[])
            .await
            .status(),
        303
    );
    assert_eq!(slot_state(&clinic, slot).await, "filled");
    clinic.it_is("2026-11-26T10:00:00+08:00");
    assert_eq!(phone.get(&link(&clinic, english)).await.status(), 410);
});
