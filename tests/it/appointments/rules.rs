//! What stands in the way of a time beside other visits: patterns of hours, single days, kept time, chairs of a kind, second
//! persons, limits a day.

use chairside::clinic::{
    self, Blockout, BookingRules, Chair, ChairId, Parts, Provider, ProviderId, ProviderKind, Week,
};
use chairside::staff::Role;
use chrono::NaiveDate;
use serde_json::json;

use super::{booked, booking, provider, service, undo};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
fn week(monday_to_sunday: [&str; 7]) -> Week {
    let session = |text: &str| {
        let (from, until) = text.split_once('-').unwrap();
        let minute = |t: &str| {
            let (h, m) = t.split_once(':').unwrap();
            h.parse::<i32>().unwrap() * 60 + m.parse::<i32>().unwrap()
        };
        clinic::Session {
            start: minute(from),
            end: minute(until),
        }
    };
    Week(monday_to_sunday.map(|d| d.split_whitespace().map(session).collect()))
}

/// The free times of provider 1 (of service `check-up`) on a day, as wall-clock times.
pub(super) async fn free_on(api: &Browser, clinic: &Clinic, on: &str) -> Vec<String> {
    free_of(api, clinic, ("check-up", 1), on).await
}
async fn free_of(api: &Browser, clinic: &Clinic, (code, position): (&str, usize), on: &str) -> Vec<String> {
    let path = format!(
        "/api/v1/slots?service_id={}&provider_id={}&from={on}&days=1",
        service(clinic, code).id,
        provider(clinic, position).id
    );
    let (status, answer) = api.get_json(&path).await;
    assert_eq!(status, 200, "{answer}");
    let slots = answer["slots"].as_array().unwrap();
    slots
        .iter()
        .map(|s| s["starts_at"].as_str().unwrap()[11..16].to_owned())
        .collect()
}

both!(hours_follow_patterns_single_days_and_make_up_days, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (id, site) = (provider(&clinic, 1).id, clinic.sample.site.id);
    let monday = free_on(&api, &clinic, "2026-11-30").await;
    assert_eq!(
        (monday[0].as_str(), monday.last().unwrap().as_str()),
        ("08:45", "17:30")
    );
    assert!(free_on(&api, &clinic, "2026-12-06").await.is_empty(), "a Sunday");
    clinic
        .sql(move |c| {
            // From 7 December on: Mondays only, in the afternoon; from the 21st on not at all.
            clinic::replace_pattern(c, id, day("2026-12-07"), &week(["13:00-14:00", "", "", "", "", "", ""]))?;
            clinic::replace_pattern(c, id, day("2026-12-21"), &Week::default())?;
            let early = clinic::Session { start: 420, end: 450 };
            clinic::replace_dated_hours(c, id, day("2026-12-08"), &[early])?;
            let makeup = clinic::MakeupDay {
                id: 0,
                site_id: site,
                day: day("2026-12-13"),
                weekday: 1,
                name: "调休".into(),
                name_en: "Make-up day".into(),
            };
            clinic::insert_makeup_day(c, &makeup)?;
            clinic::insert_holiday(c, site, day("2026-12-14"), "店庆", "Anniversary")
        })
        .await;
    assert_eq!(
        free_on(&api, &clinic, "2026-11-30").await,
        monday,
        "before the new pattern nothing changes"
    );
    assert_eq!(free_on(&api, &clinic, "2026-12-07").await, ["13:00", "13:15", "13:30"]);
    assert_eq!(
        free_on(&api, &clinic, "2026-12-08").await,
        ["07:00"],
        "a day of its own"
    );
    assert!(free_on(&api, &clinic, "2026-12-09").await.is_empty());
    assert_eq!(
        free_on(&api, &clinic, "2026-12-13").await.len(),
        3,
        "a Sunday worked as a Monday"
    );
    assert!(free_on(&api, &clinic, "2026-12-14").await.is_empty(), "a holiday");
    assert!(
        free_on(&api, &clinic, "2026-12-28").await.is_empty(),
        "no hours any more"
    );
});

both!(kept_time_is_for_its_services_until_it_is_released, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (id, site) = (provider(&clinic, 1).id, clinic.sample.site.id);
    let root_canal = service(&clinic, "root-canal").id;
    clinic
        .sql(move |c| {
            let block = Blockout {
                id: 0,
                site_id: site,
                provider_id: Some(id),
                weekday: Some(1),
                day: None,
                start_minute: 540,
                end_minute: 660,
                valid_from: None,
                valid_until: None,
                release_days: Some(2),
                name: "根管时间".into(),
                name_en: "Root canals".into(),
                travel_minutes: 0,
                chair_id: None,
            };
            clinic::insert_blockout(c, &block, &[root_canal]).map(|_| ())
        })
        .await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let monday = "2026-11-30T09:30:00+08:00";
    assert!(!free_on(&api, &clinic, "2026-11-30").await.contains(&"09:30".to_owned()));
    assert!(
        free_of(&api, &clinic, ("root-canal", 1), "2026-11-30")
            .await
            .contains(&"09:30".to_owned())
    );
    let (status, why) = api
        .post_json("/api/v1/appointments", &booking(&clinic, who, "check-up", 1, monday))
        .await;
    assert_eq!(status, 422, "{why}");
    assert!(
        why.to_string().contains("根管时间") || why.to_string().contains("Root canals"),
        "{why}"
    );
    clinic.it_is("2026-11-28T08:00:00+08:00");
    let api = clinic.api(Role::FrontDesk).await;
    booked(&api, &booking(&clinic, who, "check-up", 1, monday)).await;
});

both!(a_service_that_needs_a_kind_of_chair_waits_for_it, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (site, implant, extraction) = (
        clinic.sample.site.id,
        service(&clinic, "extraction").id,
        service(&clinic, "crown").id,
    );
    let surgery: ChairId = clinic
        .sql(move |c| {
            let chair = Chair {
                id: ChairId(0),
                site_id: site,
                name: "手术室".into(),
                name_en: "Surgery".into(),
                position: 9,
                active: true,
                kind: "surgery".into(),
            };
            let rules = BookingRules {
                chair_kind: "surgery".into(),
                grid_minutes: 30,
                ..BookingRules::default()
            };
            clinic::save_rules(c, implant, &rules)?;
            clinic::save_rules(c, extraction, &rules)?;
            clinic::insert_chair(c, &chair)
        })
        .await;
    let (a, b) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "陈静", "13900010002").await,
    );
    let at = "2026-11-30T09:30:00+08:00";
    let first = booked(&api, &booking(&clinic, a, "extraction", 1, at)).await;
    assert_eq!(first["chair_id"], json!(surgery));
    // Another dentist is free, the surgery is not.
    let (status, why) = api
        .post_json("/api/v1/appointments", &booking(&clinic, b, "crown", 4, at))
        .await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    let next = why["next"][0]["starts_at"].as_str().unwrap();
    assert!(
        next.contains(":00:") || next.contains(":30:"),
        "on its own grid: {next}"
    );
    assert_eq!(why["next"][0]["chair_id"], json!(surgery));
});

both!(a_dentist_runs_two_chairs, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let (id, filling) = (provider(&clinic, 1).id, service(&clinic, "filling").id);
    let other = clinic.sample.providers[1].chair_id;
    clinic
        .sql(move |c| {
            let rules = BookingRules {
                provider_parts: Parts::parse("0-15").unwrap(),
                ..BookingRules::default()
            };
            clinic::save_rules(c, filling, &rules)?;
            clinic::replace_further_chairs(c, id, &[other])
        })
        .await;
    let mut chairs = Vec::new();
    for (n, at) in ["09:00", "09:15", "09:30"].into_iter().enumerate() {
        let who = make_patient(&clinic, "患者", &format!("1390002000{n}")).await;
        let body = booking(&clinic, who, "filling", 1, &format!("2026-11-30T{at}:00+08:00"));
        let (status, answer) = api.post_json("/api/v1/appointments", &body).await;
        if n < 2 {
            assert_eq!(status, 201, "{answer}");
            chairs.push(answer["chair_id"].clone());
        } else {
            assert_eq!(status, 409, "both chairs are taken: {answer}");
        }
    }
    assert_ne!(chairs[0], chairs[1]);
    let who = make_patient(&clinic, "患者", "13900020009").await;
    let (status, why) = api
        .post_json(
            "/api/v1/appointments",
            &booking(&clinic, who, "filling", 1, "2026-11-30T09:05:00+08:00"),
        )
        .await;
    assert_eq!(status, 409, "the dentist is at work until 9:15: {why}");
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM provider_times WHERE active")
            .await,
        clinic
            .count("SELECT count(*) AS n FROM appointments WHERE status NOT IN ('no-show', 'cancelled')")
            .await
    );
});

/// A nurse who works like provider 1.
pub(super) async fn a_nurse(clinic: &Clinic) -> ProviderId {
    let like: Provider = provider(clinic, 1).clone();
    clinic
        .sql(move |c| {
            let nurse = Provider {
                id: ProviderId(0),
                user_id: None,
                name: "护士小周".into(),
                name_en: "Nurse Zhou".into(),
                kind: ProviderKind::Nurse,
                ..like
            };
            let id = clinic::insert_provider(c, &nurse)?;
            let all_day = ["08:00-18:00"; 7];
            clinic::replace_pattern(c, id, clinic::SINCE_EVER, &week(all_day))?;
            Ok(id)
        })
        .await
}

both!(the_second_person_is_in_one_place_at_a_time, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let nurse = a_nurse(&clinic).await;
    let (crown, ortho) = (service(&clinic, "crown").id, service(&clinic, "ortho-first").id);
    clinic
        .sql(move |c| {
            let rules = BookingRules {
                second_kind: Some(ProviderKind::Nurse),
                second_parts: Parts::parse("0-30").unwrap(),
                ..BookingRules::default()
            };
            clinic::save_rules(c, crown, &rules)?;
            clinic::save_rules(c, ortho, &rules)
        })
        .await;
    let (a, b) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "陈静", "13900010002").await,
    );
    let first = booked(&api, &booking(&clinic, a, "crown", 1, "2026-11-30T09:30:00+08:00")).await;
    assert_eq!(first["second_id"], json!(nurse));
    let second = |at: &str| booking(&clinic, b, "ortho-first", 2, &format!("2026-11-30T{at}:00+08:00"));
    let (status, why) = api.post_json("/api/v1/appointments", &second("09:45")).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    let later = booked(&api, &second("10:00")).await;
    assert_eq!(later["second_id"], json!(nurse), "free again after her half hour");
    // Taking the first back sets her free; the database itself refuses two at once.
    let (status, _) = undo(&api, &first).await;
    assert_eq!(status, 200);
    let active = format!("SELECT count(*) AS n FROM provider_times WHERE active AND provider_id = {nurse}");
    assert_eq!(clinic.count(&active).await, 1);
});

both!(a_provider_has_so_many_a_day_and_no_more, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let implant = service(&clinic, "implant").id;
    clinic
        .sql(move |c| {
            let rules = BookingRules {
                per_day_max: Some(1),
                ..BookingRules::default()
            };
            clinic::save_rules(c, implant, &rules)
        })
        .await;
    let (a, b) = (
        make_patient(&clinic, "刘洋", "13900010001").await,
        make_patient(&clinic, "陈静", "13900010002").await,
    );
    booked(&api, &booking(&clinic, a, "implant", 4, "2026-11-30T09:30:00+08:00")).await;
    assert!(free_of(&api, &clinic, ("implant", 4), "2026-11-30").await.is_empty());
    let (status, why) = api
        .post_json(
            "/api/v1/appointments",
            &booking(&clinic, b, "implant", 4, "2026-11-30T15:00:00+08:00"),
        )
        .await;
    assert_eq!(status, 422, "{why}");
    assert!(!free_of(&api, &clinic, ("implant", 4), "2026-12-01").await.is_empty());
});
