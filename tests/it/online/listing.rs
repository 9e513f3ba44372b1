//! When no time suits, patients put themselves on the waiting list: known ones at once, others once they have shown that the
//! number is theirs; with consent, and within the limits of booking by oneself.

use chairside::appointments::online::book_path;
use chairside::platform::clock::DAY_MS;
use chairside::platform::db::schema::messages as m;
use chairside::staff::Role;
use diesel::prelude::*;
use serde_json::Value;

use super::{location, service, typed};
use crate::both;
use crate::support::{Clinic, make_patient};

async fn entries(clinic: &Clinic) -> Vec<Value> {
    let api = clinic.api(Role::FrontDesk).await;
    let list = api.get_json("/api/v1/waiting-list?state=waiting").await.1;
    list["entries"].as_array().unwrap().clone()
}
/// The link of the latest message that proves a request, once it has been sent.
async fn proof(clinic: &Clinic) -> String {
    clinic.app.dispatcher().dispatch().await.unwrap();
    let body: Option<String> = clinic
        .sql(|c| {
            Ok(m::table
                .filter(m::subject.eq("waiting-request"))
                .order(m::id.desc())
                .select(m::body)
                .first(c)?)
        })
        .await;
    let body = body.expect("sent");
    let link: String = body
        .split("/b/list/")
        .nth(1)
        .expect("a link")
        .chars()
        .take(40)
        .collect();
    format!("/b/list/{link}")
}

both!(who_comes_by_their_link_is_on_the_list_at_once, |clinic| {
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let path = book_path(&clinic.app.keys, who, clinic.now() + 30 * DAY_MS);
    let browser = clinic.visitor();
    let s = service(&clinic, "cleaning").to_string();
    // From the page with the times, in both languages, without a script and small.
    for lang in ["zh", "en"] {
        let times = browser.page(&format!("{path}?s={s}&lang={lang}")).await;
        assert!(times.contains(&format!("{path}/wait?s={s}")), "{times}");
        let form = browser.page(&format!("{path}/wait?s={s}&lang={lang}")).await;
        assert!(!form.contains("<script") && form.len() < 30_000, "{}", form.len());
        assert_eq!(form.contains("Put me on the list"), lang == "en", "{form}");
    }
    // Without consent nothing is kept; what was typed stays.
    let fields = [
        ("s", s.as_str()),
        ("weekday", "3"),
        ("weekday", "1"),
        ("part", "morning"),
        ("until", "2026-12-10"),
        ("note", "接电话方便"),
    ];
    let answer = browser.post_form(&format!("{path}/wait"), &fields).await;
    assert_eq!(answer.status(), 422);
    let again = answer.text().await.unwrap();
    assert!(
        again.contains("接电话方便") && again.contains("f-agree-e") && again.contains("2026-12-10"),
        "{again}"
    );
    let wrong = [("s", s.as_str()), ("until", "2030-01-01"), ("agree", "1")];
    assert_eq!(browser.post_form(&format!("{path}/wait"), &wrong).await.status(), 422);
    assert!(entries(&clinic).await.is_empty());
    let with_consent: Vec<(&str, &str)> = fields.into_iter().chain([("agree", "1")]).collect();
    let done = browser.post_form(&format!("{path}/wait"), &with_consent).await;
    assert_eq!(
        (done.status().as_u16(), location(&done)),
        (303, format!("{path}/wait?done=1"))
    );
    let list = entries(&clinic).await;
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["weekdays"], serde_json::json!([1, 3]));
    assert_eq!(
        (&list[0]["until_time"], &list[0]["last_day"]),
        (&"12:00".into(), &"2026-12-10".into())
    );
    assert_eq!(list[0]["from_patient"], true);
    // Twice is once.
    browser.post_form(&format!("{path}/wait"), &with_consent).await;
    assert_eq!(entries(&clinic).await.len(), 1);
    let desk = clinic.signed_in("desk").await.page("/waiting-list?lang=en").await;
    assert!(desk.contains("by the patient") && desk.contains("接电话方便"), "{desk}");
});

both!(a_stranger_shows_first_that_the_number_is_theirs, |clinic| {
    let browser = clinic.visitor();
    let s = service(&clinic, "cleaning").to_string();
    let page = browser.page(&format!("/book?s={s}")).await;
    assert!(page.contains(&format!("/book/wait?s={s}")), "{page}");
    let form = browser.page(&format!("/book/wait?s={s}")).await;
    assert!(!form.contains("<script") && form.len() < 30_000);
    let mut fields = typed("新来客", "13912345678");
    fields.extend([("s", s.as_str()), ("part", "evening"), ("until", "2026-12-20")]);
    let asked = browser.post_form("/book/wait", &fields).await;
    assert_eq!(asked.status(), 303);
    let sent = location(&asked);
    let page = browser.page(&sent).await;
    assert!(
        page.contains("5678") && !page.contains("13912345678") && !page.contains("新来客"),
        "{page}"
    );
    assert!(entries(&clinic).await.is_empty(), "not yet");
    let link = proof(&clinic).await;
    let shown = browser.page(&link).await;
    assert!(shown.contains("放入候补名单？") && !shown.contains("新来客"), "{shown}");
    assert!(entries(&clinic).await.is_empty(), "opening it does nothing");
    let done = browser.post_form(&link, &[]).await;
    assert_eq!((done.status().as_u16(), location(&done)), (303, link.clone()));
    assert!(browser.page(&link).await.contains("您已在候补名单上"));
    assert_eq!(browser.post_form(&link, &[]).await.status(), 303, "pressed twice");
    let list = entries(&clinic).await;
    assert_eq!(list.len(), 1);
    assert_eq!(
        (&list[0]["from_time"], &list[0]["from_patient"]),
        (&"17:00".into(), &true.into())
    );
    let made = "SELECT count(*) AS n FROM patients WHERE name = '新来客'";
    assert_eq!(clinic.count(made).await, 1);
    // The message is sent again twice, no more; and its link ends.
    assert_eq!(browser.post_form(&sent, &[]).await.status(), 429, "it is over");
    clinic.minutes_pass(25 * 60);
    assert_eq!(browser.get(&link).await.status(), 410);
});

both!(the_limits_of_booking_hold_for_the_list, |clinic| {
    let browser = clinic.visitor();
    let s = service(&clinic, "cleaning").to_string();
    let ask = async |name: &str, number: &str| {
        let mut fields = typed(name, number);
        fields.push(("s", s.as_str()));
        browser.post_form("/book/wait", &fields).await.status().as_u16()
    };
    for n in 0..3 {
        assert_eq!(ask(&format!("第{n}位"), "13912345678").await, 303);
    }
    assert_eq!(
        ask("又一位", "13912345678").await,
        429,
        "so many an hour for one number"
    );
    assert_eq!(ask("别的人", "13912345679").await, 303);
    // Who may not register is told to call; who waits for much, too.
    let admin = clinic.signed_in("admin").await;
    let rules = [
        ("open", "1"),
        ("change_hours", "24"),
        ("moves_max", "2"),
        ("planned_max", "3"),
        ("broken_max", "3"),
        ("broken_days", "365"),
    ];
    assert_eq!(admin.post_form("/settings/online", &rules).await.status(), 303);
    let link = proof(&clinic).await;
    assert_eq!(browser.post_form(&link, &[]).await.status(), 409);
    assert!(entries(&clinic).await.is_empty());
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let path = book_path(&clinic.app.keys, who, clinic.now() + 30 * DAY_MS);
    let mut answers = Vec::new();
    for code in ["check-up", "cleaning", "ortho-first", "fluoride"] {
        let s = service(&clinic, code).to_string();
        let fields = [("s", s.as_str()), ("agree", "1")];
        answers.push(
            browser
                .post_form(&format!("{path}/wait"), &fields)
                .await
                .status()
                .as_u16(),
        );
    }
    assert_eq!(answers, [303, 303, 303, 409]);
    // A service that is not booked online is not waited for online; nor is anything when booking online is closed.
    let implant = service(&clinic, "implant").to_string();
    let page = browser.page(&format!("{path}/wait?s={implant}")).await;
    assert!(!page.contains("name=\"until\""), "{page}");
    assert_eq!(admin.post_form("/settings/online", &rules[1..]).await.status(), 303);
    let closed = browser.page(&format!("/book/wait?s={s}")).await;
    assert!(!closed.contains("name=\"until\""), "{closed}");
});
