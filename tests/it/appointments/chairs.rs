//! Chairs: chosen when booking and moving, seen on the board; what the board asks before it moves a card; what is kept for
//! second persons.

use chairside::clinic::{self, Blockout, BookingRules, Parts, ProviderKind};
use chairside::staff::Role;
use serde_json::{Value, json};

use super::rules::{a_nurse, free_on};
use super::{booked, booking, provider, service, step};
use crate::both;
use crate::support::{Clinic, make_patient};

/// The first dentist treats fillings in the first quarter of an hour only, in two chairs.
async fn two_chairs(clinic: &Clinic) {
    let (id, filling) = (provider(clinic, 1).id, service(clinic, "filling").id);
    let other = provider(clinic, 2).chair_id;
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
}

async fn fillings(clinic: &Clinic, times: &[&str]) -> Vec<Value> {
    let api = clinic.api(Role::FrontDesk).await;
    let mut made = Vec::new();
    for (n, at) in times.iter().enumerate() {
        let who = make_patient(clinic, &format!("患者{n}"), &format!("1390002000{n}")).await;
        let body = booking(clinic, who, "filling", 1, &format!("2026-11-30T{at}:00+08:00"));
        made.push(booked(&api, &body).await);
    }
    made
}

both!(the_board_asks_before_it_moves_a_card, |clinic| {
    two_chairs(&clinic).await;
    let made = fillings(&clinic, &["09:00", "14:00"]).await;
    let desk = clinic.signed_in("desk").await;
    let (id, provider) = (&made[1]["id"], provider(&clinic, 1).id);
    let why =
        |at: &str, lang: &str| format!("/day/why?visit={id}&day=2026-11-30&at={at}&provider={provider}&lang={lang}");
    assert_eq!(
        desk.page(&why("09:15", "zh")).await,
        "",
        "beside the first, in the other chair"
    );
    assert_eq!(desk.page(&why("14:00", "zh")).await, "", "it is not in its own way");
    let zh = desk.page(&why("09:05", "zh")).await;
    assert_eq!(zh, "该时段已被占用（09:00–09:15）");
    let en = desk.page(&why("09:05", "en")).await;
    assert_eq!(en, "This time is taken (09:00–09:15)");
    let longer = desk.page(&format!("{}&minutes=4", why("09:15", "en"))).await;
    assert_eq!(longer, "A visit has 5 to 480 minutes");
    // Nothing has moved; and what was said to be free is.
    let api = clinic.api(Role::FrontDesk).await;
    let (_, still) = api.get_json(&format!("/api/v1/appointments/{id}")).await;
    assert_eq!(
        (&still["version"], &still["starts_at"]),
        (&json!(1), &made[1]["starts_at"])
    );
    let provider = provider.to_string();
    let form = [
        ("version", "1"),
        ("day", "2026-11-30"),
        ("at", "09:15"),
        ("provider", provider.as_str()),
    ];
    let moved = desk.post_form(&format!("/appointments/{id}/move"), &form).await;
    assert_eq!(moved.status(), 303);
    // A visit that is over is not moved.
    step(&api, &made[0], "cancel", json!({ "reason": "出差" })).await;
    let gone = desk
        .page(&format!(
            "/day/why?visit={}&day=2026-11-30&at=15:00&lang=en",
            made[0]["id"]
        ))
        .await;
    assert!(gone.contains("Cancelled"), "{gone}");
});

both!(a_card_says_where_it_lies_on_its_own_grid, |clinic| {
    let cleaning = service(&clinic, "cleaning").id;
    clinic
        .sql(move |c| {
            let rules = BookingRules {
                grid_minutes: 10,
                ..BookingRules::default()
            };
            clinic::save_rules(c, cleaning, &rules)
        })
        .await;
    let api = clinic.api(Role::FrontDesk).await;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let mut body = booking(&clinic, who, "cleaning", 5, "2026-11-30T09:07:00+08:00");
    body["minutes"] = json!(38);
    booked(&api, &body).await;
    let page = clinic.signed_in("desk").await.page("/day?day=2026-11-30").await;
    let at = r#"data-at="09:07" data-minutes="38" data-grid="10""#;
    assert!(page.contains(at), "{page}");
});

both!(a_chair_is_asked_for_and_changed_over_json, |clinic| {
    two_chairs(&clinic).await;
    let api = clinic.api(Role::FrontDesk).await;
    let (own, other) = (provider(&clinic, 1).chair_id, provider(&clinic, 2).chair_id);
    let surgery = provider(&clinic, 4).chair_id;
    let who = make_patient(&clinic, "刘洋", "13900010001").await;
    let with = |chair: Value, at: &str| {
        let mut body = booking(&clinic, who, "filling", 1, &format!("2026-11-30T{at}:00+08:00"));
        body["chair_id"] = chair;
        body
    };
    for (chair, code) in [(json!(999_999), "unknown"), (json!(surgery), "wrong_chair")] {
        let (status, why) = api.post_json("/api/v1/appointments", &with(chair, "09:00")).await;
        assert_eq!(status, 422, "{why}");
        assert!(
            why.to_string().contains(code) && why.to_string().contains("chair_id"),
            "{why}"
        );
    }
    let a = booked(&api, &with(json!(other), "09:00")).await;
    assert_eq!(a["chair_id"], json!(other), "not the own one, which is free, too");
    // Only the chair changes: it is no move that the patient is told of.
    let (status, back) = step(&api, &a, "move", json!({ "chair_id": own })).await;
    assert_eq!((status, &back["chair_id"]), (200, &json!(own)), "{back}");
    assert_eq!(back["starts_at"], a["starts_at"]);
    let implant = service(&clinic, "implant").id;
    let path = format!("/api/v1/slots/why?service_id={implant}&chair_id={own}&starts_at=2026-12-01T10:00:00%2B08:00");
    let (status, why) = api.get_json(&path).await;
    assert_eq!(status, 422, "an implant needs the surgery: {why}");
    // Taken: said, and nothing is changed.
    let next = make_patient(&clinic, "陈静", "13900010002").await;
    let in_other = booked(&api, &booking(&clinic, next, "filling", 1, "2026-11-30T09:15:00+08:00")).await;
    assert_eq!(in_other["chair_id"], json!(other));
    let (status, why) = step(&api, &back, "move", json!({ "chair_id": other })).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    assert!(
        why.to_string().contains("chair is taken") || why.to_string().contains("牙椅"),
        "{why}"
    );
    let (status, held) = api
        .post_json(
            "/api/v1/holds",
            &json!({ "service_id": service(&clinic, "filling").id, "provider_id": provider(&clinic, 1).id,
                "chair_id": other, "starts_at": "2026-11-30T14:00:00+08:00" }),
        )
        .await;
    assert_eq!((status, &held["chair_id"]), (201, &json!(other)), "{held}");
});

both!(the_desk_sees_and_chooses_chairs, |clinic| {
    two_chairs(&clinic).await;
    let made = fillings(&clinic, &["09:00", "09:15"]).await;
    let desk = clinic.signed_in("desk").await;
    let other = provider(&clinic, 2).chair_id;
    assert_eq!(made[1]["chair_id"], json!(other));
    let board = desk.page("/day?day=2026-11-30&lang=en").await;
    assert_eq!(
        board.matches(r#"<span class="also">Chair 2</span>"#).count(),
        1,
        "{board}"
    );
    let panel = desk
        .page(&format!("/day/panel?day=2026-11-30&open={}&lang=en", made[1]["id"]))
        .await;
    assert!(panel.contains("<dt>Chair</dt><dd>Chair 2</dd>"), "{panel}");
    let peek = desk.page(&format!("/day/peek?open={}&lang=en", made[1]["id"])).await;
    assert!(peek.contains("Chair 2"), "{peek}");
    // By chair: the same two visits, each in a column of its own, with the dentist's name.
    let chairs = desk.page("/day?day=2026-11-30&by=chair&lang=en").await;
    let column = chairs.split(&format!(r#"data-chair="{other}""#)).nth(1).unwrap();
    let column = column.split("</section>").next().unwrap();
    assert!(column.contains("患者1") && !column.contains("患者0"), "{column}");
    assert!(column.contains(&provider(&clinic, 1).name_en), "{column}");
    assert!(board.contains(r#"id="by-chair""#) && board.contains("by=chair"));
    // What is kept of it is kept by chair.
    let fields = [("board", "/day?day=2026-11-30&by=chair"), ("name", "椅位")];
    let kept = desk.post_form("/views", &fields).await;
    assert_eq!(kept.status(), 303);
    let there = kept.headers()["location"].to_str().unwrap().to_owned();
    assert!(there.contains("by=chair&view="), "{there}");
    // The form of the booking panel offers both chairs, and books in the one chosen.
    let (filling, dentist) = (service(&clinic, "filling").id, provider(&clinic, 1).id);
    let who = make_patient(&clinic, "王芳", "13900010009").await;
    let form = desk
        .page(&format!(
            "/day/panel?day=2026-11-30&book={who}&service={filling}&provider={dentist}&lang=en"
        ))
        .await;
    assert!(form.contains("Any fitting") && form.contains("Chair 2"), "{form}");
    let [who, filling, dentist, other] = [
        who.to_string(),
        filling.to_string(),
        dentist.to_string(),
        other.to_string(),
    ];
    let fields = [
        ("patient", who.as_str()),
        ("service", filling.as_str()),
        ("provider", dentist.as_str()),
        ("chair", other.as_str()),
        ("date", "2026-11-30"),
        ("time", "14:00"),
        ("form", "1"),
    ];
    assert_eq!(desk.post_form("/appointments", &fields).await.status(), 303);
    let in_other = format!("SELECT count(*) AS n FROM appointments WHERE patient_id = {who} AND chair_id = {other}");
    assert_eq!(clinic.count(&in_other).await, 1);
    // And back into the dentist's own, from the visit's panel.
    let own = provider(&clinic, 1).chair_id.to_string();
    let (api, path) = (
        clinic.api(Role::FrontDesk).await,
        format!("/api/v1/appointments?patient_id={who}"),
    );
    let a = api.get_json(&path).await.1["appointments"][0].clone();
    let at = chairside::platform::clock::Instant::parse_rfc3339("2026-11-30T14:00:00+08:00")
        .unwrap()
        .0
        .to_string();
    let fields = [("version", "1"), ("starts_at", at.as_str()), ("chair", own.as_str())];
    let moved = desk
        .post_form(&format!("/appointments/{}/move", a["id"]), &fields)
        .await;
    assert_eq!(moved.status(), 303);
    let in_own = format!("SELECT count(*) AS n FROM appointments WHERE patient_id = {who} AND chair_id = {own}");
    assert_eq!(clinic.count(&in_own).await, 1);
});

/// Crowns need the nurse for their first half hour.
async fn crowns_need_a_nurse(clinic: &Clinic) {
    let (crown, ortho) = (service(clinic, "crown").id, service(clinic, "ortho-first").id);
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
}

both!(a_second_person_who_is_elsewhere_does_not_help, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let nurse = a_nurse(&clinic).await;
    crowns_need_a_nurse(&clinic).await;
    let (site, who) = (
        clinic.sample.site.id,
        make_patient(&clinic, "刘洋", "13900010001").await,
    );
    clinic
        .sql(move |c| {
            let elsewhere = Blockout {
                id: 0,
                site_id: site,
                provider_id: Some(nurse),
                weekday: None,
                day: Some("2026-11-30".parse().unwrap()),
                start_minute: 9 * 60,
                end_minute: 11 * 60,
                valid_from: None,
                valid_until: None,
                release_days: None,
                name: "外出".into(),
                name_en: "Elsewhere".into(),
                travel_minutes: 0,
                chair_id: None,
            };
            clinic::insert_blockout(c, &elsewhere, &[]).map(|_| ())
        })
        .await;
    let at = |time: &str| booking(&clinic, who, "crown", 1, &format!("2026-11-30T{time}:00+08:00"));
    let (status, why) = api.post_json("/api/v1/appointments", &at("10:00")).await;
    assert_eq!((status, why["code"].as_str()), (409, Some("slot_taken")), "{why}");
    let later = booked(&api, &at("11:00")).await;
    assert_eq!(later["second_id"], json!(nurse));
});

both!(a_hold_keeps_the_second_person_too, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let nurse = a_nurse(&clinic).await;
    crowns_need_a_nurse(&clinic).await;
    let hold = json!({ "service_id": service(&clinic, "crown").id, "provider_id": provider(&clinic, 1).id,
        "starts_at": "2026-11-30T09:30:00+08:00" });
    let (status, held) = api.post_json("/api/v1/holds", &hold).await;
    assert_eq!(status, 201, "{held}");
    let who = make_patient(&clinic, "陈静", "13900010002").await;
    let at = |time: &str| booking(&clinic, who, "ortho-first", 2, &format!("2026-11-30T{time}:00+08:00"));
    let (status, why) = api.post_json("/api/v1/appointments", &at("09:45")).await;
    assert_eq!(status, 409, "the nurse is promised: {why}");
    let after = booked(&api, &at("10:00")).await;
    assert_eq!(after["second_id"], json!(nurse), "free after her half hour");
    clinic.minutes_pass(6);
    let other = make_patient(&clinic, "刘洋", "13900010001").await;
    let body = booking(&clinic, other, "crown", 1, "2026-11-30T09:15:00+08:00");
    assert_eq!(booked(&api, &body).await["second_id"], json!(nurse), "the hold is over");
});

both!(what_is_kept_is_not_among_the_next_openings, |clinic| {
    let (site, dentists) = (clinic.sample.site.id, clinic.sample.providers.clone());
    let desk = clinic.signed_in("desk").await;
    let side = |page: String| page.split("id=\"side\"").nth(1).unwrap_or_default().to_owned();
    let before = side(desk.page("/day?lang=en").await);
    let nothing = "Nothing is free that day";
    assert!(!before.contains(nothing), "something is open today: {before}");
    clinic
        .sql(move |c| {
            for p in dentists {
                let kept = Blockout {
                    id: 0,
                    site_id: site,
                    provider_id: Some(p.id),
                    weekday: None,
                    day: Some("2026-11-23".parse().unwrap()),
                    start_minute: 8 * 60,
                    end_minute: 22 * 60,
                    valid_from: None,
                    valid_until: None,
                    release_days: None,
                    name: "义诊".into(),
                    name_en: "Outreach".into(),
                    travel_minutes: 0,
                    chair_id: None,
                };
                clinic::insert_blockout(c, &kept, &[])?;
            }
            Ok(())
        })
        .await;
    let after = side(desk.page("/day?lang=en").await);
    assert!(after.contains(nothing), "{after}");
    let api = clinic.api(Role::FrontDesk).await;
    assert!(
        free_on(&api, &clinic, "2026-11-23").await.is_empty(),
        "nor does the engine offer it"
    );
});
