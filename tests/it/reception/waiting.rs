//! The waiting room on its own screen, and when waiting is too long.

use chairside::staff::Role;

use super::{between, booked, took};
use crate::both;
use crate::support::make_patient;

both!(lanes_hold_who_is_here_the_longest_first, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let first = make_patient(&clinic, "刘芳", "13900000003").await;
    let second = make_patient(&clinic, "吴磊", "13900000004").await;
    let a = booked(&api, &clinic, first, "check-up", 1, "2026-11-23T11:15:00+08:00").await;
    let b = booked(&api, &clinic, second, "cleaning", 5, "2026-11-23T11:15:00+08:00").await;
    took(&api, &b, "arrive").await;
    clinic.minutes_pass(8);
    let a = took(&api, &a, "arrive").await;
    clinic.minutes_pass(5);
    let doctor = clinic.signed_in("doctor").await;
    let lanes = doctor.page("/waiting/lanes").await;
    assert!(!lanes.contains("<html"));
    let arrived = between(&lanes, "lane-arrived", "lane-in-chair");
    assert!(
        arrived.find("吴磊").unwrap() < arrived.find("刘芳").unwrap(),
        "{arrived}"
    );
    assert!(
        arrived.contains("mins w2\">13") && arrived.contains("mins \">5"),
        "{arrived}"
    );
    took(&api, &a, "seat").await;
    let lanes = doctor.page("/waiting/lanes").await;
    assert!(
        between(&lanes, "lane-in-chair", "lane-ready").contains("刘芳"),
        "{lanes}"
    );
    // By itself, every ten seconds at most, with scripts and without.
    let page = doctor.page("/waiting").await;
    assert!(
        page.contains("data-fresh=\"/waiting/lanes\" data-seconds=\"10\""),
        "{page}"
    );
    assert!(
        page.contains("<noscript><meta http-equiv=\"refresh\" content=\"10;"),
        "{page}"
    );
});

both!(patients_see_no_name_but_the_chair, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "欧阳小雨", "13900000003").await;
    let a = booked(&api, &clinic, who, "check-up", 1, "2026-11-23T11:15:00+08:00").await;
    took(&api, &a, "arrive").await;
    let desk = clinic.signed_in("desk").await;
    let private = desk.page("/waiting?privacy=1").await;
    let page = desk.page("/waiting").await;
    let screen = between(&page, "/waiting/screen/", "\"").to_owned();
    let path = format!("/waiting/screen/{screen}");
    let wall = clinic.visitor().page(&path).await;
    for shown in [&private, &wall] {
        assert!(shown.contains("欧*") && shown.contains("1号椅"), "{shown}");
        for hidden in ["欧阳", "小雨", "检查", "李医生", "/day", "/appointments", "<nav"] {
            assert!(!shown.contains(hidden), "{hidden}: {shown}");
        }
        assert!(shown.contains("http-equiv=\"refresh\" content=\"10;"), "{shown}");
    }
    // Another address opens nothing.
    let wrong = format!("{}A", &path[..path.len() - 1]);
    let wrong = if wrong == path {
        format!("{}B", &path[..path.len() - 1])
    } else {
        wrong
    };
    assert_eq!(clinic.visitor().get(&wrong).await.status(), 404);
    // Who does not work at the desk does not set up screens.
    assert!(
        !clinic
            .signed_in("doctor")
            .await
            .page("/waiting")
            .await
            .contains("/waiting/screen/")
    );
});

both!(the_administrator_says_when_waiting_is_too_long, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let page = admin.page("/settings/waiting").await;
    assert!(
        page.contains("name=\"arrived-amber\"") && page.contains("value=\"10\""),
        "{page}"
    );
    let mut form = vec![
        ("arrived-amber", "3"),
        ("arrived-red", "3"),
        ("in-chair-amber", "45"),
        ("in-chair-red", "x"),
        ("ready-amber", "5"),
        ("ready-red", "601"),
    ];
    let refused = admin.post_form("/settings/waiting", &form).await;
    assert_eq!(refused.status(), 422);
    let text = refused.text().await.unwrap();
    for field in ["f-arrived-red-e", "f-in-chair-red-e", "f-ready-red-e"] {
        assert!(text.contains(field), "{field}: {text}");
    }
    assert!(text.contains("value=\"45\""), "what was typed stays");
    form[1].1 = "6";
    form[3].1 = "50";
    form[5].1 = "15";
    assert_eq!(
        admin.post_form("/settings/waiting", &form).await.headers()["location"],
        "/settings/waiting?saved=waiting#waiting"
    );
    assert_eq!(
        admin.post_form("/settings/waiting", &form).await.headers()["location"],
        "/settings/waiting?same=waiting#waiting"
    );
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE subject = 'wait_alerts'")
            .await,
        1
    );
    // Board, panel and waiting room heed it.
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘芳", "13900000003").await;
    let a = booked(&api, &clinic, who, "check-up", 1, "2026-11-23T11:15:00+08:00").await;
    took(&api, &a, "arrive").await;
    clinic.minutes_pass(4);
    let desk = clinic.signed_in("desk").await;
    assert!(desk.page("/waiting/lanes").await.contains("mins w2"));
    let board = desk.page("/day").await;
    assert!(board.contains("wait w2") && board.contains("mins w2"), "{board}");
    clinic.minutes_pass(3);
    assert!(desk.page("/waiting/lanes").await.contains("mins w3"));
});
