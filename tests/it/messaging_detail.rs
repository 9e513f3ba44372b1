//! What the page of a message that waits shows: exactly what will be sent, or why it will not be.

use chairside::appointments::{self, Appointment};
use chairside::messaging::{Cause, MessageId, MessageState, NewMessage, Purpose};
use chairside::patients::{Channel, PatientId};
use chairside::platform::clock::Instant;
use chairside::platform::i18n::Lang;
use chairside::staff::Actor;
use diesel::prelude::*;

use crate::both;
use crate::messaging::{Who, ZHANG, get, note, patient, put, stands};
use crate::support::Clinic;

async fn book(clinic: &Clinic, patient: PatientId, time: &str) -> Appointment {
    let service = clinic.sample.services.iter().find(|s| s.code == "cleaning").unwrap();
    let booking = appointments::Booking {
        patient,
        service: service.id,
        provider: None,
        chair: None,
        starts_at: Instant::parse_rfc3339(time).unwrap(),
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

/// A reminder of a visit, held for two minutes.
async fn reminder(clinic: &Clinic, visit: &Appointment, key: &str) -> MessageId {
    let message = NewMessage {
        cause: Cause {
            kind: "appointment".into(),
            id: Some(visit.id.0),
            version: Some(visit.version),
        },
        purpose: Purpose::Reminder,
        template: "reminder-day-before".into(),
        due_at: clinic.now().plus_minutes(2),
        ..note(clinic, key, visit.patient_id)
    };
    put(clinic, message).await
}

async fn dispatch(clinic: &Clinic) {
    clinic.app.dispatcher().dispatch().await.unwrap();
}

fn plain(page: &str) -> String {
    page.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

both!(a_held_message_shows_the_final_text, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let zhang = patient(&clinic, ZHANG).await;
    let wei = patient(
        &clinic,
        Who {
            name: "Wei <Zhang>",
            language: Lang::En,
            channel: Channel::Email,
            ..ZHANG
        },
    )
    .await;
    let first = book(&clinic, zhang, "2026-11-24T09:30:00+08:00").await;
    let second = book(&clinic, wei, "2026-11-24T11:00:00+08:00").await;
    for (visit, key, says) in [(&first, "a", "11月24日 周二"), (&second, "b", "Tue 24 Nov")] {
        let id = reminder(&clinic, visit, key).await;
        let path = format!("/messages/{id}");
        let (zh, en) = (
            desk.page(&format!("{path}?lang=zh")).await,
            desk.page(&format!("{path}?lang=en")).await,
        );
        assert!(
            zh.contains("内容就是这样") && en.contains("it says exactly this"),
            "{en}"
        );
        assert!(en.contains("Goes to"), "{en}");
        clinic.minutes_pass(2);
        dispatch(&clinic).await;
        let sent = get(&clinic, id).await;
        assert_eq!(sent.state, MessageState::Accepted);
        let body = sent.body.unwrap();
        assert!(body.contains(says) && body.contains("/v/"), "{body}");
        for page in [zh, en] {
            let page = plain(&page);
            assert!(page.contains(&body), "{body} is not in {page}");
            assert!(sent.title.as_ref().is_none_or(|t| page.contains(t)), "{page}");
            assert!(!page.contains('…'), "{page}");
        }
        if let Some(parts) = sent.segments {
            let after = desk.page(&format!("{path}?lang=en")).await;
            assert!(after.contains(&format!("<dt>Parts</dt><dd>{parts}</dd>")), "{after}");
        }
    }
});

both!(a_message_that_is_not_wanted_any_more_says_why, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let zhang = patient(&clinic, ZHANG).await;
    let visit = book(&clinic, zhang, "2026-11-24T09:30:00+08:00").await;
    let id = reminder(&clinic, &visit, "a").await;
    let path = |lang: &str| format!("/messages/{id}?lang={lang}");
    assert!(desk.page(&path("en")).await.contains("it says exactly this"));
    let set = async |status: &'static str| {
        clinic
            .sql(move |c| {
                use chairside::platform::db::schema::appointments as a;
                Ok(diesel::update(a::table.find(visit.id))
                    .set(a::status.eq(status))
                    .execute(c)?)
            })
            .await
    };
    set("cancelled").await;
    let (zh, en) = (desk.page(&path("zh")).await, desk.page(&path("en")).await);
    assert!(
        en.contains("It would not be sent any more: The appointment was cancelled") && !en.contains("class=\"bubble\""),
        "{en}"
    );
    assert!(zh.contains("现在不会再发送：预约已取消"), "{zh}");
    // And so it is: what the page says is what the dispatcher does. Until then nothing has been written.
    assert_eq!(stands(&clinic, id).await, (MessageState::Queued, String::new()));
    clinic.minutes_pass(2);
    dispatch(&clinic).await;
    assert_eq!(
        stands(&clinic, id).await,
        (MessageState::Skipped, "appointment-cancelled".into())
    );
    // Who opted out, and a template that has a fault, are told alike.
    set("booked").await;
    let id = reminder(&clinic, &visit, "b").await;
    let page = async || desk.page(&format!("/messages/{id}?lang=en")).await;
    clinic
        .sql(|c| {
            Ok(
                diesel::sql_query("UPDATE templates SET body = '{{ nothing }}' WHERE code = 'reminder-day-before'")
                    .execute(c)?,
            )
        })
        .await;
    let broken = page().await;
    assert!(
        broken.contains("It would not be sent any more: The template has a fault"),
        "{broken}"
    );
    assert_eq!(
        clinic
            .visitor()
            .get("/gateway/kannel/inbound?from=8613800001234&text=STOP&id=1")
            .await
            .status(),
        200
    );
    let out = page().await;
    assert!(out.contains("The patient has opted out"), "{out}");
});

both!(a_message_that_has_to_wait_says_until_when, |clinic| {
    clinic.it_is("2026-11-23T22:30:00+08:00");
    let desk = clinic.signed_in("desk").await;
    let zhang = patient(&clinic, ZHANG).await;
    let id = put(&clinic, note(&clinic, "a", zhang)).await;
    let page = desk.page(&format!("/messages/{id}?lang=en")).await;
    assert!(
        page.contains("Goes out at the earliest: Tue 24 Nov 08:00") && page.contains("Waiting for sending hours"),
        "{page}"
    );
    assert!(page.contains("张伟，您好"), "{page}");
    // One that is due when hours are open waits for nothing else.
    let later = NewMessage {
        due_at: Instant::parse_rfc3339("2026-11-24T09:00:00+08:00").unwrap(),
        ..note(&clinic, "b", zhang)
    };
    let id = put(&clinic, later).await;
    let page = desk.page(&format!("/messages/{id}?lang=en")).await;
    assert!(
        !page.contains("at the earliest") && page.contains("张伟，您好"),
        "{page}"
    );
});
