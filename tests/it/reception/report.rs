//! Waiting times over a period.

use chairside::platform::clock::Instant;
use chairside::platform::db::schema::appointments as a;
use chairside::staff::Role;
use diesel::prelude::*;

use super::{between, booked, took};
use crate::both;
use crate::support::{Clinic, make_patient};

/// A finished visit of the morning, with all its times.
async fn was_here(
    clinic: &Clinic,
    nth: i64,
    position: usize,
    [arrived, seated, finished]: [i64; 3],
    left: Option<i64>,
) {
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(clinic, "刘芳", &format!("139000002{nth:02}")).await;
    let visit = booked(&api, clinic, who, "check-up", position, "2026-11-23T10:45:00+08:00").await;
    let visit = took(&api, &visit, "seat").await;
    let visit = took(&api, &visit, "finish").await;
    let id = visit["id"].as_i64().unwrap();
    clinic
        .sql(move |c| {
            // Each on a morning of its own, one after the other backwards.
            let start = Instant::parse_rfc3339("2026-11-20T09:00:00+08:00").unwrap() + -nth * 86_400_000;
            let at = |m: i64| start.plus_minutes(m);
            diesel::update(a::table.find(id))
                .set((
                    (
                        a::starts_at.eq(start),
                        a::ends_at.eq(at(30)),
                        a::busy_from.eq(start),
                        a::busy_until.eq(at(30)),
                    ),
                    (
                        a::arrived_at.eq(at(arrived)),
                        a::seated_at.eq(at(seated)),
                        a::finished_at.eq(at(finished)),
                    ),
                    a::left_at.eq(left.map(at)),
                ))
                .execute(c)?;
            diesel::sql_query("DELETE FROM provider_times").execute(c)?;
            Ok(())
        })
        .await;
}

both!(waits_are_counted_from_arrival_and_from_the_appointed_time, |clinic| {
    let times = [
        ([-20, 5, 30], Some(40)),
        ([-10, 5, 35], None),
        ([5, 10, 30], None),
        ([0, 30, 60], Some(65)),
        ([-5, -2, 20], None),
    ];
    for (n, (t, left)) in (0..).zip(times) {
        was_here(&clinic, n, 1, t, left).await;
    }
    let manager = clinic.signed_in("manager").await;
    let page = manager.page("/reports/waiting").await;
    let row = |name: &str| {
        let cells = between(&page, &format!("<th scope=\"row\">{name}</th>"), "</tr>").to_owned();
        let cells: Vec<String> = cells
            .split("<td")
            .skip(1)
            .map(|c| c.split_once('>').unwrap().1.split('<').next().unwrap().to_owned())
            .collect();
        cells
    };
    // arrival to chair: 25, 15, 5, 30, 3; from the appointed time: 5, 5, 5, 30, 0.
    assert_eq!(row("到诊至就座"), ["5", "15 分", "", "30 分", "40%", "60%"], "{page}");
    assert_eq!(row("预约时间至就座"), ["5", "5 分", "", "30 分", "80%", "80%"]);
    // in the chair: 25, 30, 20, 30, 22; stay: 60, 45, 25, 65, 25.
    assert_eq!(row("就诊时长")[..4], ["5", "25 分", "", "30 分"]);
    assert_eq!(row("在院时长")[..4], ["5", "45 分", "", "65 分"]);
    // Each weekday has one or two: greyed.
    assert!(
        between(&page, "rg-By-weekday", "</table>").contains("class=\"few\""),
        "{page}"
    );
    assert!(
        !between(&page, "id=\"rep-all\"", "</table>").contains("class=\"few\""),
        "{page}"
    );
    for group in ["李医生", "周五", "08:00–09:00", "09:00–10:00"] {
        assert!(
            page.contains(&format!("<th scope=\"row\">{group}</th>")),
            "{group}: {page}"
        );
    }
    // The export has the same numbers.
    let csv = manager
        .page("/reports/waiting.csv?from=2026-11-01&until=2026-11-23&lang=en")
        .await;
    assert!(csv.contains("All,All,Arrival to chair,5,15,30,40,60"), "{csv}");
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE action = 'export'")
            .await,
        1
    );
    // Other periods, other providers.
    let page = manager
        .page("/reports/waiting?from=2026-11-20&until=2026-11-20&lang=zh")
        .await;
    assert!(
        page.contains("<tr class=\"few\"><th scope=\"row\">到诊至就座</th><td>1</td>"),
        "{page}"
    );
    let other = manager
        .page(&format!("/reports/waiting?provider={}", clinic.sample.providers[1].id))
        .await;
    assert!(other.contains("这段时间没有就诊"), "{other}");
    for wrong in [
        "from=2026-12-01&until=2026-11-01",
        "from=x",
        "provider=x",
        "from=2001-01-01&until=2026-01-01",
    ] {
        assert_eq!(
            manager.get(&format!("/reports/waiting?{wrong}")).await.status(),
            422,
            "{wrong}"
        );
    }
});

both!(programs_read_the_report_and_the_day_sheet, |clinic| {
    use chairside::staff::Role;
    let desk = clinic.api(Role::FrontDesk).await;
    let who = crate::support::make_patient(&clinic, "孙丽", "13900007731").await;
    let service = clinic.sample.services.iter().find(|s| s.code == "cleaning").unwrap().id;
    let body = serde_json::json!({ "patient_id": who, "service_id": service, "starts_at": "2026-11-23T11:00:00+08:00", "note": "左下" });
    let (status, a) = desk.post_json("/api/v1/appointments", &body).await;
    assert_eq!(status, 201, "{a}");
    let (mut version, path) = (1, format!("/api/v1/appointments/{}", a["id"]));
    for (action, minutes) in [("arrive", 0), ("seat", 25), ("finish", 20)] {
        clinic.minutes_pass(minutes);
        let (status, done) = desk
            .post_json(&format!("{path}/{action}"), &serde_json::json!({ "version": version }))
            .await;
        assert_eq!(status, 200, "{done}");
        version = done["version"].as_i64().unwrap();
    }
    let (_, sheet) = desk.get_json("/api/v1/day-sheet?session=morning").await;
    assert_eq!(sheet["visits"][0]["name"], "孙丽");
    assert_eq!(sheet["visits"][0]["note"], "左下");
    assert_eq!(sheet["supplies"][0]["visits"], 1);
    assert_eq!(desk.get_json("/api/v1/day-sheet?session=night").await.0, 422);
    let manager = clinic.api(Role::Manager).await;
    let (_, report) = manager.get_json("/api/v1/reports/waiting").await;
    assert_eq!(report["whole"][0]["measure"], "arrival-to-chair");
    assert_eq!(
        (&report["whole"][0]["n"], &report["whole"][0]["median"]),
        (&1.into(), &25.into())
    );
    let by: Vec<&str> = report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| g["by"].as_str().unwrap())
        .collect();
    assert_eq!(by, ["provider", "weekday", "hour"]);
    assert_eq!(
        manager
            .get_json("/api/v1/reports/waiting?from=2026-12-01&until=2026-11-01")
            .await
            .0,
        422
    );
    let (_, closed) = desk.get_json("/api/v1/closures").await;
    assert_eq!(closed["kept"][0]["weekday"], 4);
    assert_eq!(closed["kept"][0]["from"], "14:00");
    assert!(!closed["holidays"].as_array().unwrap().is_empty());
});
