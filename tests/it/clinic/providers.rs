//! Chairs, providers, hours, leave.

use chairside::platform::clock::Instant;
use serde_json::json;

use super::{book, saved, text, with};
use crate::both;

both!(
    chairs_are_added_renamed_ordered_and_kept_while_they_are_needed,
    |clinic| {
        let admin = clinic.signed_in("admin").await;
        let fields = [("name", "6号椅"), ("name_en", "Chair 6")];
        let page = saved(
            &admin,
            admin.post_form("/settings/chairs?lang=en", &fields).await,
            "saved=chairs",
        )
        .await;
        assert!(page.contains("Chair 6"));
        let empty = text(admin.post_form("/settings/chairs", &[("name", "x")]).await, 422).await;
        assert!(empty.contains(r#"id="f-name_en-e""#) && empty.contains(r#"value="x""#));

        let twice = [("name", "7号椅"), ("name_en", "chair 6 ")];
        let refused = text(admin.post_form("/settings/chairs", &twice).await, 422).await;
        assert!(
            refused.contains(r#"id="f-name_en-e""#) && refused.contains("There is a chair of this name already"),
            "{refused}"
        );

        let first = clinic.sample.providers[0].chair_id;
        let renamed = [("name", "一号"), ("name_en", "One"), ("active", "1")];
        let path = format!("/settings/chairs/{first}");
        saved(&admin, admin.post_form(&path, &renamed).await, "saved=chair").await;
        let order = admin.post_form(&format!("{path}/move"), &[("to", "down")]).await;
        saved(&admin, order, "saved=chairs").await;
        let (_, chairs) = admin.get_json("/api/v1/chairs").await;
        assert_eq!(chairs[1]["name_en"], "One");
        assert_eq!(chairs[1]["position"], 2);

        book(&clinic, 0, "2026-11-24T10:00:00+08:00", 30).await;
        book(&clinic, 0, "2026-11-24T11:00:00+08:00", 30).await;
        let off = [("name", "一号"), ("name_en", "One")];
        let refused = text(admin.post_form(&format!("{path}?lang=en"), &off).await, 422).await;
        assert!(refused.contains("2 future bookings use this chair"), "{refused}");
        clinic.it_is("2026-11-25T10:00:00+08:00");
        let admin = clinic.signed_in("admin").await;
        let refused = text(admin.post_form(&path, &off).await, 422).await;
        assert!(refused.contains("Dr Li works at this chair"), "{refused}");
        assert_eq!(clinic.count("SELECT count(*) AS n FROM chairs WHERE active").await, 6);
    }
);

both!(hours_are_checked_previewed_and_saved, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.providers[0].id;
    let (page, path) = (
        format!("/settings/providers/{id}?lang=en"),
        format!("/settings/providers/{id}/hours"),
    );
    assert!(admin.page(&page).await.contains(r#"value="08:45-12:00, 13:30-18:00""#));
    let week = |tuesday| {
        [
            ("d1", "08:45-12:00, 13:30-18:00"),
            ("d2", tuesday),
            ("d3", "9:00-17:00"),
        ]
    };
    for (wrong, why) in [
        ("08:45-12:00, 11:00-13:00", "overlaps"),
        ("13:00-14:00, 09:00-10:00", "in order"),
        ("12:00-09:00", "end later"),
        ("early", "Cannot read"),
    ] {
        let answer = text(admin.post_form(&path, &week(wrong)).await, 422).await;
        assert!(
            answer.contains(why) && answer.contains(r#"id="f-d2-e""#) && answer.contains(wrong),
            "{answer}"
        );
    }
    book(&clinic, 0, "2026-11-24T10:00:00+08:00", 30).await;
    book(&clinic, 0, "2026-11-24T17:40:00+08:00", 30).await; // outside already: not this change's doing
    book(&clinic, 1, "2026-11-24T10:00:00+08:00", 30).await; // somebody else's
    let asked = text(admin.post_form(&path, &week("13:00-18:00")).await, 409).await;
    assert!(
        asked.contains("1 future booking falls outside the new hours"),
        "{asked}"
    );
    assert!(
        asked.contains("Tue 24 Nov 10:00") && asked.contains(r#"name="confirmed" value="1""#),
        "{asked}"
    );
    assert!(!admin.page(&page).await.contains("13:00-18:00\""));

    book(&clinic, 0, "2026-11-24T11:00:00+08:00", 30).await;
    let agreed = with(&week("13:00-18:00"), &[("confirmed", "1")]);
    let asked = text(admin.post_form(&path, &agreed).await, 409).await;
    assert!(
        asked.contains("2 future bookings fall outside"),
        "one more was booked meanwhile: {asked}"
    );
    let agreed = with(&week("13:00-18:00"), &[("confirmed", "2")]);
    let page = saved(&admin, admin.post_form(&path, &agreed).await, "saved=hours").await;
    assert!(
        page.contains("Saved 10:42") && page.contains(r#"value="13:00-18:00""#),
        "{page}"
    );
    let (_, providers) = admin.get_json("/api/v1/providers").await;
    assert_eq!(
        providers[0]["hours"],
        json!([
            {"weekday": 1, "from": "08:45", "until": "12:00"},
            {"weekday": 1, "from": "13:30", "until": "18:00"},
            {"weekday": 2, "from": "13:00", "until": "18:00"},
            {"weekday": 3, "from": "09:00", "until": "17:00"},
        ])
    );
});

both!(leave_is_previewed_added_and_removed, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let id = clinic.sample.providers[0].id;
    let path = format!("/settings/providers/{id}/leave");
    let wrong = [
        ("leave_from", "2026-12-01T13:30"),
        ("leave_to", "2026-12-01T13:30"),
        ("leave_reason", "牙会"),
    ];
    let answer = text(admin.post_form(&format!("{path}?lang=en"), &wrong).await, 422).await;
    assert!(answer.contains("end later") && answer.contains("牙会"), "{answer}");
    let answer = text(admin.post_form(&path, &[("leave_from", "soon")]).await, 422).await;
    assert!(answer.contains(r#"id="f-leave_from-e""#) && answer.contains(r#"id="f-leave_to-e""#));

    book(&clinic, 0, "2026-12-01T14:00:00+08:00", 30).await;
    let leave = [
        ("leave_from", "2026-12-01T13:30"),
        ("leave_to", "2026-12-02T18:00"),
        ("leave_reason", "牙会"),
    ];
    let asked = text(admin.post_form(&path, &leave).await, 409).await;
    assert!(asked.contains("1 future booking falls within this leave"), "{asked}");
    assert_eq!(clinic.count("SELECT count(*) AS n FROM leaves").await, 0);
    let page = saved(
        &admin,
        admin.post_form(&path, &with(&leave, &[("confirmed", "1")])).await,
        "saved=leave",
    )
    .await;
    assert!(page.contains("Tue 1 Dec 13:30") && page.contains("牙会"), "{page}");
    let begins = Instant::parse_rfc3339("2026-12-01T13:30:00+08:00").unwrap().0;
    assert_eq!(
        clinic
            .count(&format!("SELECT count(*) AS n FROM leaves WHERE starts_at = {begins}"))
            .await,
        1
    );

    let leave_id = clinic.count("SELECT max(id) AS n FROM leaves").await;
    let other = clinic.sample.providers[1].id;
    let foreign = admin
        .post_form(&format!("/settings/providers/{other}/leave/{leave_id}/remove"), &[])
        .await;
    assert_eq!(foreign.status(), 404);
    saved(
        &admin,
        admin.post_form(&format!("{path}/{leave_id}/remove"), &[]).await,
        "saved=leave",
    )
    .await;
    assert_eq!(clinic.count("SELECT count(*) AS n FROM leaves").await, 0);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM audit_log WHERE subject = 'provider_leave'")
            .await,
        2
    );
});

both!(providers_are_added_changed_and_deactivated_with_a_question, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let chair = clinic.sample.providers[0].chair_id.to_string();
    let service = clinic.sample.services[1].id.to_string();
    let doctor = clinic.sample.users[3].to_string();
    let new = [
        ("name", "钱医生"),
        ("name_en", "Dr Qian"),
        ("kind", "doctor"),
        ("chair", chair.as_str()),
        ("services", service.as_str()),
        ("active", "1"),
    ];
    let taken = with(&new, &[("account", doctor.as_str())]);
    let refused = text(admin.post_form("/settings/providers/new?lang=en", &taken).await, 422).await;
    assert!(refused.contains("This account belongs to Dr Li"), "{refused}");
    let page = saved(
        &admin,
        admin.post_form("/settings/providers/new", &new).await,
        "saved=provider",
    )
    .await;
    assert!(page.contains("Dr Qian"));
    let (_, list) = admin.get_json("/api/v1/providers").await;
    let made = list
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["name_en"] == "Dr Qian")
        .unwrap()
        .clone();
    assert_eq!(made["service_ids"], json!([clinic.sample.services[1].id]));
    assert_eq!(made["position"], 6);

    book(&clinic, 1, "2026-11-24T10:00:00+08:00", 30).await;
    let id = clinic.sample.providers[1].id;
    let chair = clinic.sample.providers[1].chair_id.to_string();
    let path = format!("/settings/providers/{id}");
    let off = [
        ("name", "王医生"),
        ("name_en", "Dr Wang"),
        ("kind", "doctor"),
        ("chair", chair.as_str()),
    ];
    let asked = text(admin.post_form(&path, &off).await, 409).await;
    assert!(asked.contains("1 future booking is with this provider"), "{asked}");
    saved(
        &admin,
        admin.post_form(&path, &with(&off, &[("confirmed", "1")])).await,
        "saved=provider",
    )
    .await;
    let (_, list) = admin.get_json("/api/v1/providers").await;
    assert!(!list.to_string().contains("Dr Wang"));
    let links = format!("SELECT count(*) AS n FROM service_providers WHERE provider_id = {id}");
    assert_eq!(clinic.count(&links).await, 0);
});
