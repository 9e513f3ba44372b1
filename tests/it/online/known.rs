//! Who comes by their own link: from a recall, from the page of a visit.

use chairside::appointments::online::book_path;
use chairside::appointments::visit_path;
use chairside::platform::clock::DAY_MS;
use chairside::platform::db::schema::{messages as m, patients as p, recalls};
use chairside::staff::Role;
use diesel::prelude::*;

use super::{booked, location, service, times};
use crate::both;
use crate::support::make_patient;

both!(a_known_patient_books_without_typing_anything, |clinic| {
    let id = make_patient(&clinic, "孙丽", "13900007731").await;
    let path = book_path(&clinic.app.keys, id, clinic.now() + DAY_MS);
    let phone = clinic.visitor();
    let s = service(&clinic, "cleaning").to_string();
    let page = phone.page(&format!("{path}?s={s}")).await;
    assert!(page.contains("孙*") && !page.contains("孙丽"), "{page}");
    let t = times(&page)[0].0.to_string();
    let last = phone.page(&format!("{path}?s={s}&t={t}")).await;
    assert!(!last.contains("就诊人姓名") && last.contains("确定预约"), "{last}");
    let done = phone
        .post_form(&path, &[("s", &s), ("t", &t), ("note", "下班后")])
        .await;
    assert_eq!(done.status(), 303);
    assert!(phone.page(&location(&done)).await.contains("已为您约好"));
    let [a] = booked(&clinic).await.try_into().unwrap();
    assert_eq!((a.patient_id, a.note.as_str()), (id, "下班后"));
    // A note that is too long is told at its field, and not cut.
    let long = "长".repeat(301);
    let later = times(&page)[5].0.to_string();
    let answer = phone
        .post_form(&path, &[("s", &s), ("t", &later), ("note", &long)])
        .await;
    assert_eq!(answer.status(), 422);
    let text = answer.text().await.unwrap();
    assert!(text.contains("f-note-e") && text.contains(&long));
    // The same time again is told as gone; nothing is booked twice.
    let again = phone.post_form(&path, &[("s", &s), ("t", &t)]).await;
    assert_eq!(again.status(), 409);
    assert_eq!(booked(&clinic).await.len(), 1);
    // Times at which they are here already are not offered.
    assert!(!times(&phone.page(&format!("{path}?s={s}")).await).contains(&a.starts_at));
    clinic.minutes_pass(24 * 60);
    assert_eq!(phone.get(&path).await.status(), 410);
});

both!(a_recall_leads_to_its_service_not_before_it_is_due, |clinic| {
    let id = make_patient(&clinic, "周远", "13900007755").await;
    let (s, now) = (service(&clinic, "cleaning"), clinic.now());
    clinic
        .sql(move |c| {
            let due = chrono::NaiveDate::from_ymd_opt(2026, 12, 7).unwrap();
            diesel::insert_into(recalls::table)
                .values((
                    recalls::patient_id.eq(id),
                    recalls::service_id.eq(s),
                    recalls::calculated_on.eq(due),
                    recalls::due_on.eq(due),
                    recalls::state.eq("due"),
                    recalls::attempts.eq(0),
                    recalls::version.eq(1_i64),
                    recalls::created_at.eq(now),
                    recalls::updated_at.eq(now),
                ))
                .execute(c)?;
            Ok(())
        })
        .await;
    let recall = clinic
        .count(&format!("SELECT id AS n FROM recalls WHERE patient_id = {id}"))
        .await;
    let desk = clinic.signed_in("desk").await;
    let answer = desk
        .post_form(&format!("/recall/{recall}/text"), &[("version", "1")])
        .await;
    assert_eq!(answer.status(), 303);
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    let body: Option<String> = clinic
        .sql(move |c| {
            Ok(m::table
                .filter(m::patient_id.eq(id).and(m::purpose.eq("recall")))
                .select(m::body)
                .first(c)?)
        })
        .await;
    let body = body.expect("sent");
    let link = body
        .split(&clinic.base)
        .nth(1)
        .expect("a link")
        .split([' ', '\n'])
        .next()
        .unwrap()
        .to_owned();
    assert!(link.ends_with(&format!("?s={s}&f=2026-12-07")), "{body}");
    let page = clinic.visitor().page(&link).await;
    assert!(page.contains("洁牙"), "{page}");
    let first = times(&page)[0];
    assert!(first.day(chrono_tz::Asia::Shanghai) >= chrono::NaiveDate::from_ymd_opt(2026, 12, 7).unwrap());
    // A service that patients do not book brings no link.
    let desk = clinic.signed_in("admin").await;
    let form = [
        ("change_hours", "2"),
        ("moves_max", "3"),
        ("planned_max", "3"),
        ("broken_days", "180"),
    ];
    assert_eq!(desk.post_form("/settings/online", &form).await.status(), 303);
    assert!(clinic.visitor().page(&link).await.contains("目前不能在网上预约"));
});

both!(a_cancelled_visit_leads_to_the_next_one, |clinic| {
    let id = make_patient(&clinic, "孙丽", "13900007731").await;
    let path = book_path(&clinic.app.keys, id, clinic.now() + DAY_MS);
    let phone = clinic.visitor();
    let s = service(&clinic, "cleaning").to_string();
    let t = times(&phone.page(&format!("{path}?s={s}")).await)[0].0.to_string();
    phone.post_form(&path, &[("s", &s), ("t", &t)]).await;
    let [a] = booked(&clinic).await.try_into().unwrap();
    let visit = visit_path(&clinic.app.keys, &a);
    let seen = a.starts_at.0.to_string();
    let answer = phone
        .post_form(&format!("{visit}/cancel"), &[("at", &seen), ("reason", "有事来不了")])
        .await;
    assert_eq!(answer.status(), 303);
    let page = phone.page(&visit).await;
    let link = page
        .split("href=\"/r/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&");
    assert!(!times(&phone.page(&format!("/r/{link}")).await).is_empty());
});

both!(whoever_died_or_is_gone_has_no_page, |clinic| {
    let id = make_patient(&clinic, "孙丽", "13900007731").await;
    let path = book_path(&clinic.app.keys, id, clinic.now() + DAY_MS);
    clinic
        .sql(move |c| Ok(diesel::update(p::table.find(id)).set(p::deceased.eq(true)).execute(c)?))
        .await;
    assert_eq!(clinic.visitor().get(&path).await.status(), 410);
});

both!(a_visit_is_moved_by_its_patient_so_often_and_no_more, |clinic| {
    let id = make_patient(&clinic, "孙丽", "13900007731").await;
    let api = clinic.api(Role::FrontDesk).await;
    let body = serde_json::json!({ "patient_id": id, "service_id": service(&clinic, "cleaning"), "starts_at": "2026-11-30T10:00:00+08:00" });
    let (status, a) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!(status, 201, "{a}");
    let visit_id = chairside::appointments::AppointmentId(a["id"].as_i64().unwrap());
    let phone = clinic.visitor();
    for n in 0..4 {
        let visit = clinic
            .sql(move |c| chairside::appointments::get_appointment(c, visit_id))
            .await;
        let path = visit_path(&clinic.app.keys, &visit);
        let page = phone.page(&format!("{path}?show=times")).await;
        if n == 3 {
            assert!(
                page.contains("请通过电话改期") && !page.contains("name=\"to\""),
                "{page}"
            );
            let seen = visit.starts_at.0.to_string();
            let to = (visit.starts_at + DAY_MS).0.to_string();
            phone
                .post_form(&format!("{path}/move"), &[("at", &seen), ("to", &to)])
                .await;
            let after = clinic
                .sql(move |c| chairside::appointments::get_appointment(c, visit_id))
                .await;
            assert_eq!(after.starts_at, visit.starts_at);
            // It can still be cancelled: a freed time is better than an empty chair.
            assert!(phone.page(&path).await.contains("取消预约"));
            break;
        }
        let to = page
            .split("name=\"to\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let seen = visit.starts_at.0.to_string();
        let answer = phone
            .post_form(&format!("{path}/move"), &[("at", &seen), ("to", &to)])
            .await;
        assert_eq!(answer.status(), 303);
        assert_ne!(
            clinic
                .sql(move |c| chairside::appointments::get_appointment(c, visit_id))
                .await
                .starts_at,
            visit.starts_at
        );
    }
});
