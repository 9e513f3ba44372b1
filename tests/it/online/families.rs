//! A family that one text told of what is due books for all of them by its link.

use chairside::appointments::online::{book_path, family_path};
use chairside::patients::PatientId;
use chairside::platform::clock::{DAY_MS, MINUTE_MS};
use chairside::platform::db::schema::{messages as m, recalls};
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::json;

use super::{booked, location, service, times};
use crate::both;
use crate::support::{Clinic, make_patient};

/// A recall for cleaning; gives its id.
async fn recall(clinic: &Clinic, patient: PatientId, due: &str) -> i64 {
    let (s, now, due) = (
        service(clinic, "cleaning"),
        clinic.now(),
        due.parse::<chrono::NaiveDate>().unwrap(),
    );
    clinic
        .sql(move |c| {
            Ok(diesel::insert_into(recalls::table)
                .values((
                    recalls::patient_id.eq(patient),
                    recalls::service_id.eq(s),
                    recalls::calculated_on.eq(due),
                    recalls::due_on.eq(due),
                    recalls::state.eq("due"),
                    recalls::attempts.eq(0),
                    recalls::version.eq(1_i64),
                    recalls::created_at.eq(now),
                    recalls::updated_at.eq(now),
                ))
                .returning(recalls::id)
                .get_result(c)?)
        })
        .await
}

/// A mother and her son, texted together; gives both, their recalls, and the link in the text.
async fn told(clinic: &Clinic) -> ([PatientId; 2], [String; 2], String) {
    let mother = make_patient(clinic, "孙丽", "13900007731").await;
    let son = make_patient(clinic, "孙小明", "13900007731").await;
    let ids = [
        recall(clinic, mother, "2026-11-15").await,
        recall(clinic, son, "2026-12-07").await,
    ];
    let desk = clinic.signed_in("desk").await;
    let members = ids.map(|id| format!("{id}:1"));
    let form: Vec<(&str, &str)> = members.iter().map(|m| ("member", m.as_str())).collect();
    assert_eq!(desk.post_form("/recall/family/text", &form).await.status(), 303);
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    let body: Option<String> = clinic
        .sql(|c| Ok(m::table.filter(m::purpose.eq("recall")).select(m::body).first(c)?))
        .await;
    let body = body.expect("sent");
    let link = body.split(&clinic.base).nth(1).expect("a link");
    let link = link.split([' ', '\n']).next().unwrap().to_owned();
    assert!(link.ends_with("/family"), "{body}");
    ([mother, son], ids.map(|id| id.to_string()), link)
}

both!(all_whom_the_text_told_of_are_booked_one_after_the_other, |clinic| {
    let (who, [first, second], link) = told(&clinic).await;
    let phone = clinic.visitor();
    let page = phone.page(&link).await;
    assert!(
        page.contains("*丽") && page.contains("*小明") && !page.contains("孙"),
        "{page}"
    );
    assert_eq!(page.matches("洁牙").count(), 2, "{page}");
    assert_eq!(page.matches(" checked").count(), 2, "{page}");
    // When all of it is due.
    let at = times(&page)[0];
    assert_eq!(at.day(chrono_tz::Asia::Shanghai).to_string(), "2026-12-07");
    let t = at.0.to_string();
    let last = phone.page(&format!("{link}?m={first}&m={second}&t={t}")).await;
    assert!(last.contains("确定预约（2 位）") && last.contains("*小明"), "{last}");
    let english = phone.page(&format!("{link}?m={first}&m={second}&t={t}&lang=en")).await;
    assert!(english.contains("Book for 2"), "{english}");
    let form = |note: &'static str| {
        [
            ("m", first.clone()),
            ("m", second.clone()),
            ("t", t.clone()),
            ("note", note.into()),
        ]
    };
    let send = async |form: &[(&str, String)]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(a, b)| (*a, b.as_str())).collect();
        phone.post_form(&link, &form).await
    };
    // What is wrong is told at its field, and nothing is booked.
    let long: &'static str = Box::leak("长".repeat(301).into_boxed_str());
    let answer = send(&form(long)).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains("f-note-e"));
    let mut night = form("");
    night[2].1 = (at + -8 * 60 * MINUTE_MS).0.to_string();
    assert_eq!(send(&night).await.status(), 409);
    assert!(booked(&clinic).await.is_empty());
    let done = send(&form("下班后")).await;
    assert_eq!(done.status(), 303);
    let page = phone.page(&format!("{}&lang=zh", location(&done))).await;
    assert!(
        page.contains("已为您约好") && page.matches("/v/").count() == 2,
        "{page}"
    );
    assert!(!page.contains("checkbox"), "{page}");
    let [a, b] = booked(&clinic).await.try_into().unwrap();
    assert_eq!(([a.patient_id, b.patient_id], a.starts_at), (who, at));
    assert!(
        b.starts_at >= a.ends_at && b.starts_at - a.ends_at <= 30 * MINUTE_MS,
        "{a:?} {b:?}"
    );
    assert_eq!((a.note.as_str(), b.note.as_str()), ("下班后", "下班后"));
    let series = "SELECT count(*) AS n FROM appointment_series_members";
    assert_eq!(clinic.count(series).await, 2);
    // Sent again, nothing is booked twice.
    assert_eq!(send(&form("下班后")).await.status(), 409);
    assert_eq!(booked(&clinic).await.len(), 2);
});

both!(a_surname_of_two_characters_is_left_out_as_a_whole, |clinic| {
    let (_, _, link) = told(&clinic).await;
    for (from, to, shown) in [("孙丽", "欧阳娜娜", "*娜娜"), ("孙小明", "司马光", "*光")] {
        let sql = format!("UPDATE patients SET name = '{to}' WHERE name = '{from}'");
        crate::api_contract::run(&clinic, sql).await;
        let page = clinic.visitor().page(&link).await;
        assert!(page.contains(shown), "{shown}: {page}");
    }
});

both!(who_cannot_come_along_is_left_out, |clinic| {
    let ([_, son], [first, second], link) = told(&clinic).await;
    let phone = clinic.visitor();
    // The son has as many visits ahead as one books by oneself.
    let api = clinic.api(Role::FrontDesk).await;
    for day in 25..=27 {
        let visit = json!({ "patient_id": son, "service_id": service(&clinic, "check-up"), "starts_at": format!("2026-11-{day}T09:00:00+08:00") });
        let (status, answer) = api.post_json("/api/v1/appointments", &visit).await;
        assert_eq!(status, 201, "{answer}");
    }
    // At first a time is looked for whoever may book, and the page says that he may not.
    let page = phone.page(&link).await;
    assert!(page.contains("*小明：请致电预约") && !times(&page).is_empty(), "{page}");
    // Nobody ticked is nobody.
    assert!(times(&phone.page(&format!("{link}?f=1")).await).is_empty());
    let page = phone.page(&format!("{link}?m={first}")).await;
    assert_eq!(page.matches(" checked").count(), 1, "{page}");
    let t = times(&page)[0].0.to_string();
    let both = [("m", first.as_str()), ("m", second.as_str()), ("t", t.as_str())];
    assert_eq!(phone.post_form(&link, &both).await.status(), 200, "told to call");
    assert!(booked(&clinic).await.is_empty());
    let done = phone.post_form(&link, &[("m", &first), ("t", &t)]).await;
    assert_eq!(done.status(), 303);
    assert_eq!(booked(&clinic).await.len(), 1);
    // The son still waits, and the mother's visit stands beside.
    let page = phone.page(&format!("{link}?m=999999")).await;
    assert!(page.contains("/v/") && page.contains("*小明"), "{page}");
});

both!(who_was_told_alone_books_alone, |clinic| {
    let (_, _, link) = told(&clinic).await;
    let other = make_patient(&clinic, "王敏", "13900007732").await;
    let phone = clinic.visitor();
    let ends_at = clinic.now() + DAY_MS;
    let answer = phone.get(&family_path(&clinic.app.keys, other, ends_at)).await;
    let alone = book_path(&clinic.app.keys, other, ends_at);
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, alone.clone()));
    // Another link of a patient does not show who belongs to them, nor the family's another page.
    assert_eq!(phone.get(&format!("{alone}/family")).await.status(), 404);
    assert_eq!(phone.get(&link.replace("/family", "")).await.status(), 404);
    // Whoever has another number by now is no more of those whom this link books for.
    crate::api_contract::run(
        &clinic,
        "UPDATE patients SET phone = '+8613900007799' WHERE name = '孙小明'".into(),
    )
    .await;
    let answer = phone.get(&link).await;
    assert_eq!(answer.status(), 303);
    assert!(!location(&answer).contains("family"), "{}", location(&answer));
});
