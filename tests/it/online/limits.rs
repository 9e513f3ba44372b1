//! Notice, horizon, and how much one may ask for.

use chairside::appointments::online::book_path;
use chairside::platform::clock::{DAY_MS, HOUR_MS};
use chairside::platform::db::schema::booking_rules as rules;
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::{ask, booked, location, proof, service, times, typed};
use crate::both;
use crate::support::{Clinic, make_patient};

async fn set_rules(clinic: &Clinic, code: &str, notice: i32, horizon: i32) {
    let s = service(clinic, code);
    clinic
        .sql(move |c| {
            Ok(diesel::update(rules::table.find(s))
                .set((rules::notice_minutes.eq(notice), rules::horizon_days.eq(horizon)))
                .execute(c)?)
        })
        .await;
}

both!(nobody_books_sooner_than_the_notice_nor_beyond_the_horizon, |clinic| {
    set_rules(&clinic, "cleaning", 24 * 60, 5).await;
    let phone = clinic.visitor();
    let s = service(&clinic, "cleaning").to_string();
    let now = clinic.now();
    let first = times(&phone.page(&format!("/book?s={s}")).await)[0];
    assert!(first - now >= DAY_MS, "{first}");
    let page = phone.page(&format!("/book?s={s}&f=2026-11-28")).await;
    assert!(times(&page).iter().all(|t| *t - now < 5 * DAY_MS));
    assert!(!page.contains("更晚的日期"), "{page}");
    // A form that asks for it all the same is shown other times.
    let mut form = typed("王一", "13900110001");
    for at in [now + 2 * HOUR_MS, now + 30 * DAY_MS] {
        let t = (at.0 / 900_000 * 900_000).to_string();
        let mut sent = form.clone();
        sent.extend([("s", s.as_str()), ("t", t.as_str())]);
        assert_eq!(phone.post_form("/book", &sent).await.status(), 409);
    }
    // Held in time, confirmed a little later: it stays theirs although the notice has passed by then.
    let (at, answer) = ask(&clinic, &phone, "cleaning", &form).await;
    assert_eq!(answer.status(), 303);
    clinic.minutes_pass(10);
    let (_, link) = proof(&clinic).await;
    assert_eq!(phone.post_form(&link, &[]).await.status(), 303);
    assert_eq!(booked(&clinic).await[0].starts_at, at);
    // But not when the hold is over, too.
    form = typed("王二", "13900110002");
    let (at, _) = ask(&clinic, &phone, "cleaning", &form).await;
    let (_, link) = proof(&clinic).await;
    clinic.app.clock.set(at + -(23 * HOUR_MS));
    assert_eq!(phone.post_form(&link, &[]).await.status(), 409);
    assert_eq!(booked(&clinic).await.len(), 1);
});

both!(one_address_searches_sixty_times_a_minute, |clinic| {
    let phone = clinic.visitor();
    let s = service(&clinic, "cleaning");
    let search = async |lang: &str| {
        let url = format!("{}/book?s={s}&lang={lang}", clinic.base);
        phone.client.get(url).send().await.unwrap()
    };
    for _ in 0..60 {
        assert_eq!(search("en").await.status(), 200);
    }
    for (lang, words) in [("zh", "短时间内操作过多"), ("en", "Too many requests in a short time")] {
        let answer = search(lang).await;
        assert_eq!(answer.status(), 429);
        assert_eq!(answer.headers()["retry-after"], "61");
        let page = answer.text().await.unwrap();
        assert!(page.contains(words) && page.contains("tel:"), "{page}");
    }
    // What is looked for costs, and not the pages before it.
    assert!(phone.page("/book?lang=en").await.contains("What troubles you?"));
    clinic.minutes_pass(1);
    assert_eq!(search("en").await.status(), 200);
});

both!(a_program_asks_for_what_patients_may_book, |clinic| {
    set_rules(&clinic, "cleaning", 24 * 60, 5).await;
    let api = clinic.api(Role::FrontDesk).await;
    let path = |code: &str, online: bool| {
        format!(
            "/api/v1/slots?service_id={}&days=30&limit=500&online={online}",
            service(&clinic, code)
        )
    };
    let starts = |body: &serde_json::Value| -> Vec<String> {
        let slots = body["slots"].as_array().unwrap();
        slots
            .iter()
            .map(|s| s["starts_at"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = starts(&api.get_json(&path("cleaning", false)).await.1);
    let open = starts(&api.get_json(&path("cleaning", true)).await.1);
    assert!(open.len() < all.len() && open.iter().all(|s| all.contains(s)));
    assert!(
        open.iter()
            .all(|s| s.as_str() >= "2026-11-24T10:42" && s.as_str() < "2026-11-28T10:43"),
        "{open:?}"
    );
    assert_eq!(api.get_json(&path("root-canal", true)).await.0, 404);
    let (_, list) = api.get_json("/api/v1/complaints").await;
    assert_eq!(list[0]["name_en"], "Toothache, swelling");
    assert_eq!(list[0]["urgent"], true);
});

both!(services_that_are_not_open_are_not_there, |clinic| {
    let phone = clinic.visitor();
    let s = service(&clinic, "root-canal").to_string();
    assert!(times(&phone.page(&format!("/book?s={s}")).await).is_empty());
    let t = (clinic.now() + 2 * DAY_MS).0.to_string();
    let mut form = typed("王一", "13900110001");
    form.extend([("s", s.as_str()), ("t", t.as_str())]);
    assert_eq!(phone.post_form("/book", &form).await.status(), 200);
    for odd in [
        "/book?s=999999",
        "/book?c=999999",
        "/book?s=x&t=y&d=z&w=-1",
        "/book?f=9999-12-31",
        "/book?c=1&f=0001-01-01",
    ] {
        assert_eq!(phone.get(odd).await.status(), 200, "{odd}");
    }
    let id = make_patient(&clinic, "孙丽", "13900007731").await;
    let path = book_path(&clinic.app.keys, id, clinic.now() + DAY_MS);
    assert_eq!(phone.post_form(&path, &[("s", &s), ("t", &t)]).await.status(), 200);
    assert!(booked(&clinic).await.is_empty());
    assert_eq!(clinic.count("SELECT count(*) AS n FROM booking_requests").await, 0);
});

both!(
    a_number_is_asked_three_times_an_hour_and_a_message_sent_three_times,
    |clinic| {
        let phone = clinic.visitor();
        let mut sent = String::new();
        for n in 0..4 {
            let name = format!("王{}", ["一", "二", "三", "四"][n]);
            let (_, answer) = ask(&clinic, &phone, "cleaning", &typed(&name, "13900110001")).await;
            if n < 3 {
                assert_eq!(answer.status(), 303, "{n}");
                sent = location(&answer);
            } else {
                assert_eq!(answer.status(), 429);
                assert!(answer.headers().contains_key("retry-after"));
                assert!(answer.text().await.unwrap().contains("请稍后再试"));
            }
        }
        for status in [303, 303, 429] {
            assert_eq!(phone.post_form(&sent, &[]).await.status(), status);
        }
        assert_eq!(
            clinic
                .count("SELECT count(*) AS n FROM messages WHERE subject = 'booking-request'")
                .await,
            5
        );
        clinic.minutes_pass(61);
        let (_, answer) = ask(&clinic, &phone, "cleaning", &typed("王五", "13900110001")).await;
        assert_eq!(answer.status(), 303);
    }
);

both!(asking_again_gives_the_first_time_free, |clinic| {
    let phone = clinic.visitor();
    let (first, _) = ask(&clinic, &phone, "cleaning", &typed("王一", "13900110001")).await;
    let (_, link) = proof(&clinic).await;
    let (second, _) = ask(&clinic, &phone, "cleaning", &typed("王一", "13900110001")).await;
    assert_ne!(first, second);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM holds").await, 1);
    // The earlier message's link books nothing any more.
    let answer = phone.post_form(&link, &[]).await;
    assert_eq!(answer.status(), 409);
    assert!(booked(&clinic).await.is_empty());
});

both!(who_has_enough_visits_or_broke_too_many_calls, |clinic| {
    let id = make_patient(&clinic, "孙丽", "13900007731").await;
    let api = clinic.api(Role::FrontDesk).await;
    let path = book_path(&clinic.app.keys, id, clinic.now() + DAY_MS);
    let phone = clinic.visitor();
    let s = service(&clinic, "cleaning");
    let mut ids = Vec::new();
    for day in [30, 28, 27] {
        let body = json!({ "patient_id": id, "service_id": s, "starts_at": format!("2026-11-{day}T14:00:00+08:00") });
        let (status, a) = api.post_json("/api/v1/appointments", &body).await;
        assert_eq!(status, 201, "{a}");
        ids.push(a["id"].as_i64().unwrap());
    }
    let page = phone.page(&path).await;
    assert!(page.contains("您已有预约") && page.contains("0571 8765 4321"), "{page}");
    // A stranger's door leads to the same, once the number is proved.
    let (_, answer) = ask(&clinic, &phone, "cleaning", &typed("孙丽", "13900007731")).await;
    assert_eq!(answer.status(), 303);
    let (_, link) = proof(&clinic).await;
    let refused = phone.post_form(&link, &[]).await;
    assert_eq!(refused.status(), 409);
    assert!(refused.text().await.unwrap().contains("您已有预约"));
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM holds").await,
        0,
        "given free at once"
    );
    assert!(
        clinic
            .signed_in("desk")
            .await
            .page("/online-bookings")
            .await
            .contains("未来预约已够多")
    );
    // Cancelled of one's own accord, three times.
    for id in ids {
        let answer = api
            .post_json(
                &format!("/api/v1/appointments/{id}/cancel"),
                &json!({ "version": 1, "reason": "不来了" }),
            )
            .await;
        assert_eq!(answer.0, 200);
    }
    assert!(phone.page(&path).await.contains("请通过电话安排"));
    // What the clinic cancelled does not count.
    clinic
        .sql(|c| {
            use chairside::platform::db::schema::{appointments as a, unscheduled as u};
            let one: i64 = a::table.filter(a::status.eq("cancelled")).select(a::id).first(c)?;
            diesel::delete(u::table.filter(u::appointment_id.eq(one))).execute(c)?;
            diesel::insert_into(u::table)
                .values((u::appointment_id.eq(one), u::kind.eq("clinic")))
                .execute(c)?;
            Ok(())
        })
        .await;
    assert!(!phone.page(&path).await.contains("请通过电话安排"));
});
