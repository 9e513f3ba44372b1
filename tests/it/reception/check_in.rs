//! Patients who say themselves that they are here: by their link, or at the clinic's door.

use chairside::appointments::{Appointment, AppointmentId, check_in_number, get_appointment, visit_path};
use chairside::patients::PatientId;
use chairside::platform::db::schema::patients as p;
use chairside::staff::Role;
use diesel::prelude::*;

use super::{between, booked};
use crate::both;
use crate::support::{Clinic, make_patient};

async fn born(clinic: &Clinic, who: PatientId, month_day: i32) {
    clinic
        .sql(move |c| {
            diesel::update(p::table.find(who))
                .set(p::birth_month_day.eq(month_day))
                .execute(c)?;
            Ok(())
        })
        .await;
}

async fn visit(clinic: &Clinic, who: PatientId, position: usize, at: &str) -> Appointment {
    let api = clinic.api(Role::FrontDesk).await;
    let a = booked(&api, clinic, who, "check-up", position, at).await;
    now_is(clinic, AppointmentId(a["id"].as_i64().unwrap())).await
}
async fn now_is(clinic: &Clinic, id: AppointmentId) -> Appointment {
    clinic.sql(move |c| get_appointment(c, id)).await
}
/// The address of the tablet.
async fn kiosk(clinic: &Clinic) -> String {
    let page = clinic.signed_in("desk").await.page("/check-in").await;
    assert!(page.contains("<svg class=\"qr\""), "{page}");
    format!("/check-in/{}", between(&page, "/check-in/", "\""))
}

both!(the_link_says_i_am_here_near_the_time_and_else_why_not, |clinic| {
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let a = visit(&clinic, who, 1, "2026-11-23T14:00:00+08:00").await;
    let (phone, path) = (clinic.visitor(), visit_path(&clinic.app.keys, &a));
    let seen = a.starts_at.0.to_string();
    let here = format!("{path}/here");
    assert_eq!(phone.get(&here).await.status(), 405, "looking checks nobody in");
    // 10:42: too early, and it says from when on.
    let page = phone.page(&path).await;
    assert!(page.contains("13:00") && !page.contains("我到了"), "{page}");
    phone.post_form(&here, &[("at", &seen)]).await;
    assert_eq!(now_is(&clinic, a.id).await.version, 1);
    // The day before there is nothing to say about it at all.
    for (time, opens) in [
        ("12:59:00", false),
        ("13:00:00", true),
        ("14:30:00", true),
        ("14:31:00", false),
    ] {
        clinic.it_is(&format!("2026-11-23T{time}+08:00"));
        assert_eq!(phone.page(&path).await.contains("我到了"), opens, "{time}");
    }
    assert!(phone.page(&path).await.contains("到前台"));
    phone.post_form(&here, &[("at", &seen)]).await;
    assert_eq!(now_is(&clinic, a.id).await.version, 1, "too late");
    clinic.it_is("2026-11-23T13:50:00+08:00");
    let moved = phone.post_form(&here, &[("at", "1")]).await;
    assert_eq!(moved.status(), 409);
    let done = phone.post_form(&here, &[("at", &seen)]).await;
    assert_eq!(done.status(), 303);
    let page = phone.page(&format!("{path}?done=here")).await;
    assert!(page.contains("已签到") && page.contains("您已到诊"), "{page}");
    let now = now_is(&clinic, a.id).await;
    assert_eq!((now.status.as_str(), now.arrived_at), ("arrived", Some(clinic.now())));
    // Pressed twice: as it was. The desk sees it, and who did it.
    assert_eq!(phone.post_form(&here, &[("at", &seen)]).await.status(), 200);
    assert_eq!(now_is(&clinic, a.id).await.version, 2);
    assert!(
        clinic
            .signed_in("desk")
            .await
            .page("/waiting/lanes")
            .await
            .contains("孙丽")
    );
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE action = 'arrive' AND actor = 'patient'")
            .await,
        1
    );
});

both!(at_the_door_by_telephone_and_birthday_or_by_number, |clinic| {
    let (first, second) = (
        make_patient(&clinic, "孙丽", "13900007731").await,
        make_patient(&clinic, "吴磊", "13900000004").await,
    );
    born(&clinic, first, 308).await;
    born(&clinic, second, 1231).await;
    let a = visit(&clinic, first, 1, "2026-11-23T11:15:00+08:00").await;
    let b = visit(&clinic, second, 2, "2026-11-23T11:30:00+08:00").await;
    let (tablet, path) = (clinic.visitor(), kiosk(&clinic).await);
    let page = tablet.page(&path).await;
    assert!(!page.contains("孙") && !page.contains("<script"), "{page}");
    // What is incomplete, and what is wrong: the same patient is not told from nobody.
    let nothing = tablet.post_form(&path, &[("tail", "7731")]).await;
    assert_eq!(nothing.status(), 422);
    let wrong = tablet.post_form(&path, &[("tail", "7731"), ("born", "0309")]).await;
    let unknown = tablet.post_form(&path, &[("tail", "9999"), ("born", "0309")]).await;
    assert_eq!(
        (wrong.status(), unknown.status()),
        (
            reqwest::StatusCode::UNPROCESSABLE_ENTITY,
            reqwest::StatusCode::UNPROCESSABLE_ENTITY
        )
    );
    let (wrong, unknown) = (wrong.text().await.unwrap(), unknown.text().await.unwrap());
    assert_eq!(wrong, unknown);
    assert!(!wrong.contains("7731") && !wrong.contains("孙"), "{wrong}");
    let done = tablet.post_form(&path, &[("tail", "7731"), ("born", "0308")]).await;
    assert_eq!(done.status(), 200);
    let text = done.text().await.unwrap();
    assert!(
        text.contains("孙*") && text.contains("11:15") && !text.contains("孙丽") && !text.contains("吴"),
        "{text}"
    );
    assert!(text.contains("http-equiv=\"refresh\""), "{text}");
    assert_eq!(now_is(&clinic, a.id).await.status.as_str(), "arrived");
    let again = tablet.post_form(&path, &[("tail", "7731"), ("born", "0308")]).await;
    assert!(again.text().await.unwrap().contains("您已签到"));
    // The number of the message, or the scanned link.
    let number = check_in_number(&clinic.app.keys, b.id);
    assert_eq!(number.len(), 6);
    let done = tablet.post_form(&path, &[("number", &number)]).await;
    assert_eq!(done.status(), 200, "{}", done.text().await.unwrap());
    assert_eq!(now_is(&clinic, b.id).await.status.as_str(), "arrived");
});

both!(at_the_door_wrong_times_and_days_are_told, |clinic| {
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    born(&clinic, who, 308).await;
    let (tablet, path) = (clinic.visitor(), kiosk(&clinic).await);
    let try_it = || async {
        let answer = tablet.post_form(&path, &[("tail", "7731"), ("born", "0308")]).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let a = visit(&clinic, who, 1, "2026-11-25T09:00:00+08:00").await;
    let (status, text) = try_it().await;
    assert!(
        status == 409 && text.contains("不在今天") && text.contains("11月25日"),
        "{text}"
    );
    let link = format!("https://clinic.example{}", visit_path(&clinic.app.keys, &a));
    let scanned = tablet
        .post_form(&path, &[("number", &link)])
        .await
        .text()
        .await
        .unwrap();
    assert!(scanned.contains("不在今天"), "{scanned}");
    let today = visit(&clinic, who, 1, "2026-11-23T15:00:00+08:00").await;
    let (status, text) = try_it().await;
    assert!(status == 409 && text.contains("14:00"), "{text}");
    clinic.it_is("2026-11-23T15:31:00+08:00");
    let (status, text) = try_it().await;
    assert!(status == 409 && text.contains("请到前台"), "{text}");
    assert_eq!(now_is(&clinic, today.id).await.version, 1);
    // With the day the address ends.
    clinic.it_is("2026-11-24T00:00:00+08:00");
    assert_eq!(try_it().await.0, 410);
    assert_eq!(clinic.visitor().get("/check-in/AAAA").await.status(), 410);
});

both!(twins_are_sent_to_the_desk, |clinic| {
    let (one, two) = (
        make_patient(&clinic, "孙大", "13900007731").await,
        make_patient(&clinic, "孙小", "13900007731").await,
    );
    for who in [one, two] {
        born(&clinic, who, 308).await;
    }
    let a = visit(&clinic, one, 1, "2026-11-23T11:15:00+08:00").await;
    visit(&clinic, two, 2, "2026-11-23T11:15:00+08:00").await;
    let (tablet, path) = (clinic.visitor(), kiosk(&clinic).await);
    let text = tablet
        .post_form(&path, &[("tail", "7731"), ("born", "0308")])
        .await
        .text()
        .await
        .unwrap();
    assert!(text.contains("请到前台") && !text.contains("孙"), "{text}");
    assert_eq!(now_is(&clinic, a.id).await.version, 1);
});

both!(the_slip_has_the_code_and_the_number, |clinic| {
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let a = visit(&clinic, who, 1, "2026-11-25T09:00:00+08:00").await;
    let desk = clinic.signed_in("desk").await;
    let slip = desk.page(&format!("/appointments/{}/slip", a.id)).await;
    assert!(
        slip.contains("<svg class=\"qr\"") && slip.contains(&check_in_number(&clinic.app.keys, a.id)),
        "{slip}"
    );
    assert!(
        slip.contains("孙丽") && slip.contains("09:00") && !slip.contains("检查"),
        "{slip}"
    );
    assert!(
        desk.page(&format!("/day?open={}", a.id))
            .await
            .contains(&format!("/appointments/{}/slip", a.id))
    );
});

both!(whoever_guesses_at_the_door_waits, |clinic| {
    let (tablet, path) = (clinic.visitor(), kiosk(&clinic).await);
    for n in 0..30 {
        let number = format!("{n:06}");
        let answer = tablet.post_form(&path, &[("number", &number)]).await;
        assert_eq!(answer.status(), 422, "{n}");
    }
    let answer = tablet.post_form(&path, &[("number", "000031")]).await;
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key("retry-after"));
    clinic.minutes_pass(10);
    assert_eq!(tablet.post_form(&path, &[("number", "000031")]).await.status(), 422);
});
