//! The patient's page behind the link in a message: no sign-in, no script; showing changes nothing.

mod calls;

use chairside::appointments::visit_path;
use chairside::appointments::{self, Appointment, Status, Target};
use chairside::platform::clock::Instant;
use chairside::platform::db::schema::{appointments as a, patients as p};
use chairside::staff::Actor;
use diesel::prelude::*;

use crate::both;
use crate::support::{Clinic, make_patient};

fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).unwrap()
}
async fn book(clinic: &Clinic, name: &str, mobile: &str, time: &str) -> Appointment {
    let booking = appointments::Booking {
        patient: make_patient(clinic, name, mobile).await,
        service: clinic.sample.services.iter().find(|s| s.code == "cleaning").unwrap().id,
        provider: None,
        chair: None,
        starts_at: at(time),
        minutes: None,
        note: String::new(),
        source: "desk",
        tell: false,
        hold: None,
        overbook: None,
    };
    appointments::book(&clinic.app.db, clinic.now(), Actor::system("test"), booking)
        .await
        .unwrap()
}
async fn now_is(clinic: &Clinic, visit: &Appointment) -> Appointment {
    let id = visit.id;
    clinic.sql(move |c| Ok(a::table.find(id).first(c)?)).await
}
fn path(clinic: &Clinic, visit: &Appointment) -> String {
    visit_path(&clinic.app.keys, visit)
}
/// What the form on the page says the patient saw.
fn seen(visit: &Appointment) -> String {
    visit.starts_at.0.to_string()
}
/// The times offered by a page, in order.
fn offered(page: &str) -> Vec<Instant> {
    page.split(r#"name="to" value=""#)
        .skip(1)
        .map(|rest| Instant(rest.split('"').next().unwrap().parse().unwrap()))
        .collect()
}

both!(a_patient_confirms_and_looking_changes_nothing, |clinic| {
    let visit = book(&clinic, "孙丽", "13900007731", "2026-11-25T09:00:00+08:00").await;
    let (phone, path) = (clinic.visitor(), path(&clinic, &visit));
    let answer = phone.get(&path).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let page = answer.text().await.unwrap();
    for wanted in [
        "知齿口腔",
        "0571 8765 4321",
        "孙*",
        "11月25日 周三",
        "09:00",
        "赵洁牙师",
        "文三路",
        "确认就诊",
        "改时间",
        "取消预约",
    ] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    assert!(
        !page.contains("孙丽") && !page.contains("洁牙<") && !page.contains("<script"),
        "{page}"
    );
    for show in [
        "?show=times",
        "?show=more",
        "?show=cancel",
        "?done=confirmed",
        "?do=confirm",
    ] {
        assert_eq!(phone.get(&format!("{path}{show}")).await.status(), 200);
    }
    assert_eq!(phone.get(&format!("{path}/confirm")).await.status(), 405);
    assert_eq!(now_is(&clinic, &visit).await.version, 1);
    let answer = phone
        .post_form(&format!("{path}/confirm"), &[("at", &seen(&visit))])
        .await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], format!("{path}?done=confirmed"));
    assert!(
        phone
            .page(&format!("{path}?done=confirmed"))
            .await
            .contains("谢谢，已为您确认")
    );
    assert_eq!(now_is(&clinic, &visit).await.status, Status::Confirmed);
    // Pressed twice: the page says how things stand.
    let again = phone
        .post_form(&format!("{path}/confirm"), &[("at", &seen(&visit))])
        .await;
    assert_eq!(again.status(), 200);
    let page = again.text().await.unwrap();
    assert!(page.contains("您的预约已确认") && !page.contains("确认就诊"), "{page}");
    assert_eq!(now_is(&clinic, &visit).await.version, 2);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE actor = 'patient' AND action = 'confirm'")
            .await,
        1
    );
});

both!(the_page_is_small_and_speaks_the_patients_language, |clinic| {
    let visit = book(&clinic, "Smith", "13900007731", "2026-11-25T09:00:00+08:00").await;
    let id = visit.patient_id;
    clinic
        .sql(move |c| Ok(diesel::update(p::table.find(id)).set(p::language.eq("en")).execute(c)?))
        .await;
    let (phone, path) = (clinic.visitor(), path(&clinic, &visit));
    let page = phone.page(&path).await;
    assert!(
        page.contains(r#"<html lang="en">"#) && page.contains("Change time") && page.contains("S*"),
        "{page}"
    );
    assert!(page.contains(">中文<"), "the switch");
    let mut bytes = page.len();
    for part in page.split("href=\"/s/").skip(1) {
        let name = part.split('"').next().unwrap();
        bytes += phone.page(&format!("/s/{name}")).await.len();
    }
    assert!(bytes < 30 * 1024, "{bytes}");
    assert!(phone.page(&format!("{path}?lang=zh")).await.contains("改时间"));
    assert!(phone.page(&path).await.contains("改时间"), "the choice is kept");
});

both!(a_patient_moves_to_one_of_the_times_offered, |clinic| {
    let visit = book(&clinic, "孙丽", "13900007731", "2026-11-25T09:00:00+08:00").await;
    let (phone, path) = (clinic.visitor(), path(&clinic, &visit));
    let page = phone.page(&format!("{path}?show=times")).await;
    let times = offered(&page);
    assert_eq!(times.len(), 6, "{page}");
    assert!(offered(&phone.page(&format!("{path}?show=more")).await).len() > 6);
    assert!(times.iter().all(|t| *t > clinic.now() && *t != visit.starts_at));
    // Somebody else takes the first of them while the patient thinks.
    let local = times[0].rfc3339();
    book(&clinic, "王敏", "13900007732", &local).await;
    let to = |t: Instant| t.0.to_string();
    let url = format!("{path}/move");
    let answer = phone
        .post_form(&url, &[("at", &seen(&visit)), ("to", &to(times[0]))])
        .await;
    assert_eq!(answer.status(), 409);
    let page = answer.text().await.unwrap();
    assert!(page.contains("该时间刚被占用"), "{page}");
    let others = offered(&page);
    assert!(others.len() == 6 && !others.contains(&times[0]));
    // A time nobody offered.
    let night = at("2026-11-26T03:00:00+08:00");
    let made_up = phone
        .post_form(&url, &[("at", &seen(&visit)), ("to", &to(night))])
        .await;
    assert_eq!(made_up.status(), 409);
    assert_eq!(
        phone
            .post_form(&url, &[("at", &seen(&visit)), ("to", "x")])
            .await
            .status(),
        409
    );
    assert_eq!(now_is(&clinic, &visit).await.starts_at, visit.starts_at);
    let answer = phone
        .post_form(&url, &[("at", &seen(&visit)), ("to", &to(others[2]))])
        .await;
    assert_eq!(answer.status(), 303);
    assert_eq!(now_is(&clinic, &visit).await.starts_at, others[2]);
    assert!(
        phone
            .page(&format!("{path}?done=moved"))
            .await
            .contains("已改到下面的时间")
    );
    // The page from before does not act on what it did not show.
    let old = phone
        .post_form(&format!("{path}/cancel"), &[("at", &seen(&visit))])
        .await;
    assert_eq!(old.status(), 409);
    assert!(old.text().await.unwrap().contains("预约刚有变动"));
    assert_eq!(now_is(&clinic, &visit).await.status, Status::Booked);
});

both!(
    a_patient_cancels_with_or_without_a_reason_until_2_hours_before,
    |clinic| {
        let first = book(&clinic, "孙丽", "13900007731", "2026-11-25T09:00:00+08:00").await;
        let second = book(&clinic, "王敏", "13900007732", "2026-11-25T10:00:00+08:00").await;
        let phone = clinic.visitor();
        let form = phone.page(&format!("{}?show=cancel", path(&clinic, &first))).await;
        assert!(form.contains("点选原因") && form.contains("有事来不了"), "{form}");
        let url = format!("{}/cancel", path(&clinic, &first));
        let answer = phone
            .post_form(&url, &[("at", &seen(&first)), ("reason", "出差")])
            .await;
        assert_eq!(answer.status(), 303);
        let gone = now_is(&clinic, &first).await;
        assert_eq!(
            (gone.status, gone.cancel_reason.as_deref()),
            (Status::Cancelled, Some("出差"))
        );
        let page = phone.page(&path(&clinic, &first)).await;
        assert!(
            page.contains("预约已取消") && !page.contains(r#"name="at""#),
            "nothing of it can be changed: {page}"
        );
        assert_eq!(
            phone.post_form(&url, &[("at", &seen(&first))]).await.status(),
            200,
            "pressed twice"
        );
        assert_eq!(now_is(&clinic, &first).await.version, gone.version);
        // An hour and a half before it is too late for that, but not for confirming.
        clinic.it_is("2026-11-25T08:30:00+08:00");
        let p2 = path(&clinic, &second);
        let page = phone.page(&p2).await;
        assert!(
            page.contains("确认就诊") && !page.contains("show=cancel") && page.contains("请致电我们"),
            "{page}"
        );
        for (what, more) in [("cancel", ("reason", "")), ("move", ("to", "1"))] {
            let answer = phone
                .post_form(&format!("{p2}/{what}"), &[("at", &seen(&second)), more])
                .await;
            assert_eq!(answer.status(), 409, "{what}");
            assert!(answer.text().await.unwrap().contains("不到 2 小时"));
        }
        assert_eq!(
            phone
                .post_form(&format!("{p2}/confirm"), &[("at", &seen(&second))])
                .await
                .status(),
            303
        );
        clinic.it_is("2026-11-25T10:31:00+08:00");
        assert!(phone.page(&p2).await.contains("就诊时间已过"));
        let past = phone
            .post_form(&format!("{p2}/cancel"), &[("at", &seen(&second))])
            .await;
        assert_eq!(past.status(), 200);
        assert_eq!(now_is(&clinic, &second).await.status, Status::Confirmed);
    }
);

both!(
    a_link_ends_an_hour_after_the_visit_and_an_altered_one_never_opens,
    |clinic| {
        let visit = book(&clinic, "孙丽", "13900007731", "2026-11-25T09:00:00+08:00").await;
        let (phone, path) = (clinic.visitor(), path(&clinic, &visit));
        let mut altered = path.clone();
        let last = altered.pop().unwrap();
        altered.push(if last == 'A' { 'Q' } else { 'A' });
        for wrong in [altered.as_str(), "/v/x", "/v/%E5%AD%99", &path[..path.len() - 5]] {
            let answer = phone.get(wrong).await;
            assert_eq!(answer.status(), 404, "{wrong}");
            let page = answer.text().await.unwrap();
            assert!(
                page.contains("链接无效") && page.contains("This link does not work") && page.contains("0571"),
                "{page}"
            );
            assert_eq!(
                phone
                    .post_form(&format!("{wrong}/cancel"), &[("at", &seen(&visit))])
                    .await
                    .status(),
                404
            );
        }
        // A token signed for something else.
        let other = chairside::platform::links::make(&clinic.app.keys, "survey", visit.id.0, visit.ends_at);
        assert_eq!(phone.get(&format!("/v/{other}")).await.status(), 404);
        clinic.it_is("2026-11-25T10:44:00+08:00");
        assert_eq!(phone.get(&path).await.status(), 200);
        clinic.it_is("2026-11-25T10:45:00+08:00");
        let answer = phone.get(&format!("{path}?lang=en")).await;
        assert_eq!(answer.status(), 410);
        let page = answer.text().await.unwrap();
        assert!(
            page.contains("please call us") && page.contains("tel:057187654321"),
            "{page}"
        );
        assert_eq!(now_is(&clinic, &visit).await.version, 1);
    }
);

both!(a_visit_moved_to_a_later_day_keeps_its_link, |clinic| {
    let visit = book(&clinic, "孙丽", "13900007731", "2026-11-25T09:00:00+08:00").await;
    let (phone, path) = (clinic.visitor(), path(&clinic, &visit));
    let to = Target {
        starts_at: at("2026-12-02T09:00:00+08:00"),
        provider: None,
        chair: None,
        minutes: None,
        overbook: None,
    };
    appointments::reschedule(&clinic.app.db, clinic.now(), Actor::system("test"), (visit.id, 1), to)
        .await
        .unwrap();
    clinic.it_is("2026-11-28T12:00:00+08:00");
    let page = phone.page(&path).await;
    assert!(page.contains("12月2日"), "{page}");
    let times = phone.page(&format!("{path}?show=times")).await;
    assert!(times.matches("name=\"to\"").count() == 6, "{times}");
    clinic.it_is("2026-12-02T11:00:00+08:00");
    assert_eq!(phone.get(&path).await.status(), 410);
});

both!(somebody_who_tries_links_is_slowed_down, |clinic| {
    let visit = book(&clinic, "孙丽", "13900007731", "2026-11-25T09:00:00+08:00").await;
    let phone = clinic.visitor();
    for i in 0..30 {
        assert_eq!(phone.get(&format!("/v/guess{i}")).await.status(), 404);
    }
    let answer = phone.get("/v/guess").await;
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key("retry-after"));
    // Whose link is right is never kept waiting by others at the same address.
    assert_eq!(phone.get(&path(&clinic, &visit)).await.status(), 200);
    clinic.minutes_pass(11);
    assert_eq!(phone.get("/v/guess").await.status(), 404);
    assert_eq!(phone.get(&path(&clinic, &visit)).await.status(), 200);
});

both!(what_the_desk_did_meanwhile_is_shown, |clinic| {
    let visit = book(&clinic, "孙丽", "13900007731", "2026-11-25T09:00:00+08:00").await;
    let (phone, path) = (clinic.visitor(), path(&clinic, &visit));
    let to = Target {
        starts_at: at("2026-11-26T10:30:00+08:00"),
        provider: None,
        chair: None,
        minutes: None,
        overbook: None,
    };
    appointments::reschedule(&clinic.app.db, clinic.now(), Actor::system("test"), (visit.id, 1), to)
        .await
        .unwrap();
    let answer = phone
        .post_form(&format!("{path}/confirm"), &[("at", &seen(&visit))])
        .await;
    assert_eq!(answer.status(), 409);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("预约刚有变动") && page.contains("11月26日 周四") && page.contains("10:30"),
        "{page}"
    );
    assert_eq!(now_is(&clinic, &visit).await.status, Status::Booked);
});

both!(the_link_in_a_reminder_opens_the_page, |clinic| {
    let visit = book(&clinic, "孙丽", "13900007731", "2026-11-25T09:00:00+08:00").await;
    clinic.it_is("2026-11-24T18:00:00+08:00");
    chairside::outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    clinic.app.dispatcher().dispatch().await.unwrap();
    let id = visit.id.0;
    let body: Option<String> = clinic
        .sql(move |c| {
            use chairside::platform::db::schema::messages as m;
            Ok(m::table
                .filter(m::subject_id.eq(id).and(m::purpose.eq("reminder")))
                .select(m::body)
                .first(c)?)
        })
        .await;
    let body = body.unwrap();
    let link = body
        .split_whitespace()
        .find(|w| w.starts_with("http") || w.contains("http"))
        .unwrap();
    let path = link.split(&clinic.base).nth(1).unwrap().to_owned();
    let page = clinic.visitor().page(&path).await;
    assert!(page.contains("孙*") && page.contains("09:00"), "{page}");
});
