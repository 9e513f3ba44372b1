//! The week of one provider, what is picked out, saved views, and what leads back to the same board.

use chairside::appointments::{Appointment, Booking, book};
use chairside::clinic;
use chairside::platform::clock::Instant;
use chairside::staff::Actor;
use reqwest::Response;

use crate::both;
use crate::support::{Clinic, make_patient};

fn at(time: &str) -> Instant {
    Instant::parse_rfc3339(&format!("{time}:00+08:00")).unwrap()
}

/// With the sample's first provider.
async fn booked(clinic: &Clinic, name: &str, time: &str) -> Appointment {
    let mobile = format!("139{:08}", rand::random::<u32>() % 100_000_000);
    let patient = make_patient(clinic, name, &mobile).await;
    let service = clinic
        .sample
        .services
        .iter()
        .find(|s| s.code == "checkup")
        .unwrap_or(&clinic.sample.services[0]);
    let booking = Booking {
        patient,
        service: service.id,
        provider: Some(clinic.sample.providers[0].id),
        chair: None,
        starts_at: at(time),
        minutes: Some(30),
        note: String::new(),
        source: "desk",
        tell: false,
        hold: None,
        overbook: None,
    };
    book(&clinic.app.db, clinic.now(), Actor::system("test"), booking)
        .await
        .unwrap()
}

fn location(answer: &Response) -> String {
    assert_eq!(answer.status(), 303);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

/// The columns of a board: provider and day of each, and what stands in it.
fn columns(page: &str) -> Vec<(String, String, String)> {
    page.split("class=\"col\"")
        .skip(1)
        .map(|part| {
            let value = |name: &str| part.split(name).nth(1).unwrap().split('"').nth(1).unwrap().to_owned();
            (
                value("data-res="),
                value("data-day="),
                part.split("</section>").next().unwrap().to_owned(),
            )
        })
        .collect()
}

/// The card of a patient: its opening tag.
fn card(page: &str, a: &Appointment) -> String {
    let (before, after) = page.split_once(&format!("id=\"a{}\"", a.id)).unwrap();
    let tag = before.rsplit('<').next().unwrap();
    format!("<{tag}{}", after.split('>').next().unwrap())
}

both!(a_week_has_seven_days_of_one_provider, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let provider = clinic.sample.providers[0].clone();
    let (monday, friday) = (
        booked(&clinic, "周一客", "2026-11-23T16:00").await,
        booked(&clinic, "周五客", "2026-11-27T09:00").await,
    );
    let (site, id) = (clinic.sample.site.id, provider.id);
    clinic
        .sql(move |c| {
            clinic::insert_holiday(c, site, "2026-11-26".parse().unwrap(), "店庆", "Anniversary")?;
            clinic::insert_leave(c, id, at("2026-11-25T09:00"), at("2026-11-25T12:00"), "")
        })
        .await;
    let page = desk.page(&format!("/week?provider={id}&day=2026-11-25&lang=en")).await;
    let found = columns(&page);
    let days: Vec<&str> = found.iter().map(|(_, day, _)| day.as_str()).collect();
    let week: Vec<String> = (23..30).map(|d| format!("2026-11-{d}")).collect();
    assert_eq!(days, week);
    assert!(found.iter().all(|(res, _, _)| *res == id.to_string()));
    assert!(found[0].2.contains("周一客") && found[4].2.contains("周五客"));
    assert!(found[2].2.contains("On leave") && found[3].2.contains("Anniversary") && found[6].2.contains("Not in"));
    assert!(page.contains("<h1 class=\"dt\">23–29 Nov</h1>"), "{page}");
    for there in ["day=2026-11-18", "day=2026-12-02"] {
        assert!(page.contains(&format!("/week?provider={id}&amp;{there}\"")), "{there}");
    }
    assert!(page.contains(&format!(
        "href=\"/week?provider={id}&amp;day=2026-11-25&amp;open={}\"",
        friday.id
    )));
    // Only today has the hand of the clock; only this provider's cards are here.
    assert!(page.contains("class=\"now one\"") && page.contains(";--i:0\""));
    assert!(card(&page, &monday).contains("appt un"));
    // A week of nobody in particular is the reader's own, else the first provider's.
    let doctor = clinic.signed_in("doctor").await;
    let own = columns(&doctor.page("/week").await)[0].0.clone();
    let of_doctor = clinic.sample.providers.iter().find(|p| p.user_id.is_some()).unwrap();
    assert_eq!(own, of_doctor.id.to_string());
});

both!(what_is_done_on_a_week_leads_back_to_it, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let provider = clinic.sample.providers[0].id;
    let a = booked(&clinic, "挪动客", "2026-11-27T09:00").await;
    let board = format!("/week?provider={provider}&day=2026-11-25");
    let panel = desk.page(&format!("{board}&open={}", a.id)).await;
    assert!(panel.contains(&format!("name=\"board\" value=\"{}\"", board.replace('&', "&amp;"))));
    assert!(card(&panel, &a).contains(" sel"), "the open card is marked");
    let id = a.id.to_string();
    let moved = |version: &'static str, day: &'static str, time: &'static str| {
        [
            ("version", version.to_owned()),
            ("day", day.to_owned()),
            ("at", time.to_owned()),
            ("provider", provider.to_string()),
            ("board", board.clone()),
        ]
    };
    let post = |values: [(&'static str, String); 5]| {
        let url = format!("{}/appointments/{id}/move", desk.base);
        desk.client
            .post(url)
            .header("Sec-Fetch-Site", "same-origin")
            .form(&values)
            .send()
    };
    let answer = post(moved("1", "2026-11-24", "10:00")).await.unwrap();
    assert_eq!(location(&answer), format!("{board}&did={id}#a{id}"));
    let page = desk.page(&format!("{board}&did={id}")).await;
    assert!(columns(&page)[1].2.contains("挪动客"), "on Tuesday");
    assert!(page.contains("id=\"did\""));
    // Out of the week: the week goes along.
    let answer = post(moved("2", "2026-12-02", "10:00")).await.unwrap();
    assert_eq!(
        location(&answer),
        format!("/week?provider={provider}&day=2026-12-02&did={id}#a{id}")
    );
    // Refused: the same week again, with what is wrong.
    let answer = post(moved("2", "2026-11-24", "11:00")).await.unwrap();
    assert_eq!(answer.status(), 409);
    assert_eq!(columns(&answer.text().await.unwrap()).len(), 7);
    // An address of somebody else's is not followed.
    let mut foreign = moved("3", "2026-11-24", "10:00");
    foreign[4].1 = "//evil.example/week?day=2026-11-24".to_owned();
    assert_eq!(
        location(&post(foreign).await.unwrap()),
        format!("/day?day=2026-11-24&did={id}#a{id}")
    );
});

both!(what_is_picked_out_stays_picked_out, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let (one, two) = (
        booked(&clinic, "未确认客", "2026-11-24T09:00").await,
        booked(&clinic, "已确认客", "2026-11-24T10:00").await,
    );
    let actor = Actor::system("test");
    chairside::appointments::confirm(&clinic.app.db, clinic.now(), actor, two.id, two.version)
        .await
        .unwrap();
    let all = desk.page("/day?day=2026-11-24").await;
    assert!(!card(&all, &one).contains("dim") && !card(&all, &two).contains("dim"));
    assert!(all.contains("class=\"kpi\" href=\"/day?day=2026-11-24&amp;show=un\""));
    let picked = desk.page("/day?day=2026-11-24&show=un").await;
    assert!(!card(&picked, &one).contains("dim") && card(&picked, &two).contains("dim"));
    // Other days, other states, cards and forms keep it; choosing it again puts it back.
    for link in [
        "/day?day=2026-11-25&amp;show=un\"",
        "/day?day=2026-11-23&amp;show=un\"",
        "/day?day=2026-11-24&amp;show=un.cf\"",
        "class=\"kpi\" href=\"/day?day=2026-11-24\"",
    ] {
        assert!(picked.contains(link), "{link}");
    }
    assert!(picked.contains(&format!("/day?day=2026-11-24&amp;show=un&amp;open={}\"", two.id)));
    let fresh = desk
        .page("/day/board?board=%2Fday%3Fday%3D2026-11-24%26show%3Dun")
        .await;
    assert!(card(&fresh, &two).contains("dim"));
    let both = desk.page("/day?day=2026-11-24&show=un.cf").await;
    assert!(!card(&both, &one).contains("dim") && !card(&both, &two).contains("dim"));
    // Columns left out are left out.
    let first = clinic.sample.providers[0].id;
    assert_eq!(
        columns(&desk.page(&format!("/day?day=2026-11-24&only={first}")).await).len(),
        1
    );
    assert_eq!(columns(&all).len(), clinic.sample.providers.len());
});

both!(who_takes_the_time_of_a_no_show_stands_beside_them, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let gone = booked(&clinic, "爽约客", "2026-11-23T11:00").await;
    clinic.it_is("2026-11-23T11:10:00+08:00");
    let step = desk
        .post_form(&format!("/appointments/{}/no-show", gone.id), &[("version", "1")])
        .await;
    assert_eq!(step.status(), 303);
    let instead = booked(&clinic, "补位客", "2026-11-23T11:15").await;
    for board in [
        "/day".to_owned(),
        format!("/week?provider={}", clinic.sample.providers[0].id),
    ] {
        let page = desk.page(&board).await;
        assert!(
            card(&page, &gone).contains("--lane:0;--lanes:2"),
            "{}",
            card(&page, &gone)
        );
        assert!(
            card(&page, &instead).contains("--lane:1;--lanes:2"),
            "{}",
            card(&page, &instead)
        );
    }
});

both!(a_board_is_saved_chosen_and_begun_with, |clinic| {
    let (desk, other) = (clinic.signed_in("desk").await, clinic.signed_in("desk2").await);
    assert_eq!(location(&desk.get("/").await), "/day");
    let provider = clinic.sample.providers[0].id;
    let week = format!("/week?provider={provider}&day=2026-11-25&show=un");
    let saved = desk
        .post_form("/views", &[("board", &week), ("name", "李医生未确认"), ("shared", "1")])
        .await;
    let there = location(&saved);
    let id: i64 = there.rsplit("view=").next().unwrap().parse().unwrap();
    assert_eq!(there, format!("{week}&view={id}"));
    // It is what this person begins with, of today; others find it in their menu.
    let begins = format!("/week?provider={provider}&day=2026-11-23&show=un&view={id}");
    assert_eq!(location(&desk.get("/").await), begins);
    assert_eq!(location(&other.get("/").await), "/day");
    assert!(other.page("/day").await.contains("李医生未确认"));
    assert_eq!(
        location(&other.get(&format!("/views/{id}?day=2026-12-02")).await),
        begins.replace("11-23", "12-02")
    );
    assert_eq!(
        location(&other.get("/").await),
        begins,
        "a new sign-in begins with it, too"
    );
    assert_eq!(location(&other.get("/views/0").await), "/day?day=2026-11-23");
    assert_eq!(location(&other.get("/").await), "/day");
    // Changed by whoever made it alone.
    let path = format!("/views/{id}");
    assert_eq!(other.post_form(&path, &[("name", "改")]).await.status(), 403);
    assert_eq!(other.post_form(&format!("{path}/remove"), &[]).await.status(), 403);
    assert_eq!(desk.post_form(&path, &[("name", " ")]).await.status(), 422);
    assert_eq!(location(&desk.post_form(&path, &[("name", "只有我")]).await), "/views");
    assert!(!other.page("/day").await.contains("只有我"));
    assert_eq!(other.get(&path).await.status(), 404);
    // In the order of their owner.
    let second = desk
        .post_form("/views", &[("board", "/day?show=hot"), ("name", "迟到的人")])
        .await;
    assert!(location(&second).starts_with("/day?day=2026-11-23&show=hot&view="));
    let order = |page: &str| page.find("只有我") < page.find("迟到的人");
    assert!(order(&desk.page("/views").await));
    assert_eq!(
        desk.post_form(&format!("{path}/order"), &[("to", "down")])
            .await
            .status(),
        303
    );
    assert!(!order(&desk.page("/views").await));
    assert_eq!(desk.post_form(&format!("{path}/remove"), &[]).await.status(), 303);
    assert!(!desk.page("/views").await.contains("只有我"));
    assert_eq!(
        desk.post_form("/views", &[("board", "/patients"), ("name", "x")])
            .await
            .status(),
        404
    );
});
