//! A family's reminders go out as one message, once, with numbers to answer with.

use std::sync::Arc;

use chairside::appointments::{self, Appointment};
use chairside::messaging::{Cause, MessageId, MessageState, NewMessage, Purpose};
use chairside::platform::outcome::Outcome;
use chairside::staff::Actor;

use super::{Scripted, get, note, over, put, stands};
use crate::both;
use crate::support::{Clinic, book_cleaning, make_patient};

const MOTHER: &str = "13900007799";

async fn booked(clinic: &Clinic, name: &str, mobile: &str, time: &str) -> Appointment {
    let who = make_patient(clinic, name, mobile).await;
    book_cleaning(clinic, who, time, false).await
}

async fn remind(clinic: &Clinic, visit: &Appointment) -> MessageId {
    let reminder = NewMessage {
        dedupe_key: format!("appointment:{}:v{}:reminder-day-before", visit.id, visit.version),
        cause: Cause {
            kind: "appointment".into(),
            id: Some(visit.id.0),
            version: Some(visit.version),
        },
        purpose: Purpose::Reminder,
        template: "reminder-day-before".into(),
        ..note(clinic, "", visit.patient_id)
    };
    put(clinic, reminder).await
}

/// A mother and two children on one number, and somebody else: all are to be reminded of tomorrow.
async fn family(clinic: &Clinic) -> (Vec<Appointment>, Vec<MessageId>, MessageId) {
    family_by(clinic, "sms").await
}

/// The same where the family is written to by this channel.
async fn family_by(clinic: &Clinic, channel: &str) -> (Vec<Appointment>, Vec<MessageId>, MessageId) {
    let mut visits = Vec::new();
    for (name, time) in [("李娜", "10:00"), ("李明", "09:00"), ("李刚", "11:00")] {
        visits.push(booked(clinic, name, MOTHER, &format!("2026-11-25T{time}:00+08:00")).await);
    }
    let other = booked(clinic, "王芳", "13900007788", "2026-11-25T14:00:00+08:00").await;
    let by =
        format!("UPDATE patients SET channel = '{channel}', email = 'li@clinic.example' WHERE phone = '+86{MOTHER}'");
    clinic
        .sql(move |c| Ok(diesel::RunQueryDsl::execute(diesel::sql_query(by), c)?))
        .await;
    clinic.it_is("2026-11-24T08:30:00+08:00");
    let mut ids = Vec::new();
    for visit in &visits {
        ids.push(remind(clinic, visit).await);
    }
    let other = remind(clinic, &other).await;
    (visits, ids, other)
}

both!(a_mother_with_two_children_gets_one_text_with_numbers, |clinic| {
    let gateway = Scripted::new([]);
    let (_, ids, other) = family(&clinic).await;
    let desk = clinic.signed_in("desk").await;
    let before = desk.page(&format!("/messages/{}?lang=zh", ids[2])).await;
    assert!(
        before.contains("1 李明 09:00；2 李娜 10:00；3 李刚 11:00"),
        "what would be sent is shown: {before}"
    );
    over(&clinic, &gateway).dispatch().await.unwrap();
    let got = gateway.got.lock().unwrap().clone();
    assert_eq!(got.len(), 2, "{got:?}");
    let text = &got.iter().find(|(to, _)| to.ends_with(MOTHER)).unwrap().1;
    assert!(
        text.contains("1 李明 09:00；2 李娜 10:00；3 李刚 11:00")
            && text.contains("都确认")
            && text.contains("11月25日"),
        "{text}"
    );
    let mut sent = Vec::new();
    for id in ids.iter().chain([&other]) {
        assert_eq!(stands(&clinic, *id).await.0, MessageState::Accepted);
        sent.push(get(&clinic, *id).await);
    }
    // Whichever came first: the others went with it.
    let (alone, along): (Vec<_>, Vec<_>) = sent.into_iter().partition(|m| m.with_id.is_none());
    let lead = alone.into_iter().find(|m| m.id != other).unwrap();
    assert_eq!(along.len(), 2);
    for m in &along {
        assert_eq!((m.with_id, m.body.as_deref()), (Some(lead.id), lead.body.as_deref()));
        let page = desk.page(&format!("/messages/{}?lang=en", m.id)).await;
        assert!(
            page.contains("It went with a family") && page.contains(&format!("/messages/{}", lead.id)),
            "{page}"
        );
    }
    let page = desk.page(&format!("/messages/{}?lang=en", lead.id)).await;
    assert!(
        page.contains("It is for these, too") && page.contains(&format!("/messages/{}", along[1].id)),
        "{page}"
    );
    let tries = "SELECT count(*) AS n FROM message_attempts";
    assert_eq!(clinic.count(tries).await, 2);
    // Late: a message of its own.
    let late = booked(&clinic, "李强", MOTHER, "2026-11-25T15:00:00+08:00").await;
    let late = remind(&clinic, &late).await;
    over(&clinic, &gateway).dispatch().await.unwrap();
    let text = gateway.got.lock().unwrap().last().unwrap().1.clone();
    assert!(text.contains("李强") && !text.contains("李明"), "{text}");
    assert_eq!(get(&clinic, late).await.with_id, None);
});

both!(a_family_on_one_address_gets_one_email_with_a_link_each, |clinic| {
    let gateway = Scripted::new([]);
    let (_, ids, _) = family_by(&clinic, "email").await;
    let desk = clinic.signed_in("desk").await;
    let before = desk.page(&format!("/messages/{}?lang=en", ids[1])).await;
    assert!(before.contains("李娜 10:00"), "{before}");
    let mut config = clinic.app.config.clone();
    config.mail.from = "desk@clinic.example".into();
    let dispatcher = chairside::messaging::Dispatcher {
        config: Arc::new(config),
        ..over(&clinic, &gateway)
    };
    dispatcher.dispatch().await.unwrap();
    let got = gateway.got.lock().unwrap().clone();
    assert_eq!(got.len(), 2, "{got:?}");
    let text = &got.iter().find(|(to, _)| to == "li@clinic.example").unwrap().1;
    let places: Vec<usize> = ["李明 09:00：\nhttp", "李娜 10:00：\nhttp", "李刚 11:00：\nhttp"]
        .iter()
        .map(|line| text.find(line).unwrap_or_else(|| panic!("{line}: {text}")))
        .collect();
    assert!(places.is_sorted(), "{text}");
    let links: std::collections::BTreeSet<&str> = text.lines().filter(|l| l.contains("/v/")).collect();
    assert_eq!(links.len(), 3, "a link for each visit: {text}");
    let mut sent = Vec::new();
    for id in &ids {
        assert_eq!(stands(&clinic, *id).await.0, MessageState::Accepted);
        sent.push(get(&clinic, *id).await);
    }
    let lead = sent.iter().find(|m| m.with_id.is_none()).unwrap();
    assert_eq!(lead.title.as_deref(), Some("就诊提醒：11月25日 周三"));
    let calendar = lead.calendar.as_deref().unwrap();
    assert!(calendar.contains("METHOD:PUBLISH"), "{calendar}");
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 3, "{calendar}");
    // One of them alone is invited as ever.
    let again = booked(&clinic, "李强", MOTHER, "2026-11-25T15:00:00+08:00").await;
    let by = format!(
        "UPDATE patients SET channel = 'email', email = 'li@clinic.example' WHERE id = {}",
        again.patient_id
    );
    clinic
        .sql(move |c| Ok(diesel::RunQueryDsl::execute(diesel::sql_query(by), c)?))
        .await;
    let alone = remind(&clinic, &again).await;
    dispatcher.dispatch().await.unwrap();
    let alone = get(&clinic, alone).await;
    assert_eq!(alone.title.as_deref(), Some("就诊提醒：11月25日 周三 15:00"));
    assert!(alone.calendar.unwrap().contains("METHOD:REQUEST"));
});

both!(who_has_cancelled_or_moved_is_not_in_the_list, |clinic| {
    let gateway = Scripted::new([]);
    let (visits, ids, _) = family(&clinic).await;
    // The one whose turn would come first cancels in the last moment.
    let actor = Actor::system("test");
    appointments::cancel(
        &clinic.app.db,
        clinic.now(),
        actor,
        (visits[0].id, visits[0].version),
        "x",
    )
    .await
    .unwrap();
    over(&clinic, &gateway).dispatch().await.unwrap();
    let texts: Vec<String> = gateway.got.lock().unwrap().iter().map(|(_, t)| t.clone()).collect();
    assert!(
        texts.iter().any(|t| t.contains("1 李明 09:00；2 李刚 11:00")),
        "{texts:?}"
    );
    assert!(
        !texts.iter().any(|t| t.contains("李娜") && t.contains("10:00；")),
        "{texts:?}"
    );
    assert_eq!(stands(&clinic, ids[0]).await.0, MessageState::Skipped);
    assert_eq!(stands(&clinic, ids[2]).await.0, MessageState::Accepted);
});

async fn statuses(clinic: &Clinic, visits: &[Appointment]) -> Vec<appointments::Status> {
    use chairside::platform::db::schema::appointments as a;
    use diesel::prelude::*;
    let mut all = Vec::new();
    for id in visits.iter().map(|v| v.id) {
        all.push(
            clinic
                .sql(move |c| Ok(a::table.find(id).select(a::status).first(c)?))
                .await,
        );
    }
    all
}

/// The mother answers.
async fn writes(clinic: &Clinic, text: &str, id: &str) {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("from", &format!("86{MOTHER}"))
        .append_pair("text", text)
        .append_pair("id", id)
        .finish();
    let path = format!("/gateway/kannel/inbound?{query}");
    assert_eq!(clinic.visitor().page(&path).await, "");
}

both!(a_list_is_answered_by_its_numbers, |clinic| {
    use chairside::appointments::Status::{Booked, Cancelled, Confirmed};
    let (visits, ..) = family(&clinic).await;
    clinic.app.dispatcher().dispatch().await.unwrap();
    // The numbers are those of the list: 1 is the child at nine.
    writes(&clinic, "1取消 ３确认", "1").await;
    assert_eq!(statuses(&clinic, &visits).await, [Booked, Cancelled, Confirmed]);
    writes(&clinic, "都确认", "2").await;
    assert_eq!(statuses(&clinic, &visits).await, [Confirmed, Cancelled, Confirmed]);
});

both!(a_plain_yes_to_one_reminder_is_for_all_in_it, |clinic| {
    use chairside::appointments::Status::{Booked, Confirmed};
    let (visits, ..) = family(&clinic).await;
    clinic.app.dispatcher().dispatch().await.unwrap();
    // A visit that was told of by itself is in no list: then it is asked which one is meant.
    let late = booked(&clinic, "李强", MOTHER, "2026-11-25T15:00:00+08:00").await;
    let all: Vec<Appointment> = visits.iter().cloned().chain([late.clone()]).collect();
    remind(&clinic, &late).await;
    clinic.app.dispatcher().dispatch().await.unwrap();
    writes(&clinic, "好的", "1").await;
    assert_eq!(statuses(&clinic, &all).await, [Booked; 4]);
    let cancelled = appointments::cancel(
        &clinic.app.db,
        clinic.now(),
        Actor::system("test"),
        (late.id, late.version),
        "",
    );
    cancelled.await.unwrap();
    writes(&clinic, "好的，谢谢！", "2").await;
    assert_eq!(statuses(&clinic, &visits).await, [Confirmed; 3]);
});

both!(members_share_what_becomes_of_it_and_none_is_sent_twice, |clinic| {
    let refused = || Outcome::Passing {
        retry_after: None,
        text: "busy".into(),
    };
    let gateway = Scripted::new([refused(), refused(), Outcome::Unknown("no answer".into())]);
    let (_, ids, other) = family(&clinic).await;
    let dispatcher = over(&clinic, &gateway);
    dispatcher.dispatch_once().await.unwrap();
    for id in ids.iter().chain([&other]) {
        let m = get(&clinic, *id).await;
        assert_eq!((m.state, m.with_id, m.attempts), (MessageState::Queued, None, 1));
    }
    // Tried again, they go together again; no answer comes, and nobody knows of any of them.
    clinic.minutes_pass(2);
    dispatcher.dispatch().await.unwrap();
    let mut states = Vec::new();
    for id in &ids {
        states.push(stands(&clinic, *id).await.0);
    }
    let mothers = gateway
        .got
        .lock()
        .unwrap()
        .iter()
        .filter(|(to, _)| to.ends_with(MOTHER))
        .count();
    assert_eq!(mothers, 2);
    assert!(states.iter().all(|s| *s == states[0]), "{states:?}");
    assert!(
        matches!(states[0], MessageState::Uncertain | MessageState::Accepted),
        "{states:?}"
    );
    dispatcher.dispatch().await.unwrap();
    assert_eq!(gateway.count(), 4);
});

both!(two_dispatchers_send_a_family_one_text, |clinic| {
    let gateway = Scripted::new([]);
    let (_, ids, _) = family(&clinic).await;
    // One claims two of them, the other the rest.
    let mut small = clinic.app.config.clone();
    small.dispatch.batch = 2;
    let small = chairside::messaging::Dispatcher {
        config: Arc::new(small),
        ..over(&clinic, &gateway)
    };
    let (a, b) = (small.clone(), small.clone());
    let (one, two) = tokio::join!(a.dispatch(), b.dispatch());
    one.unwrap();
    two.unwrap();
    let mothers = gateway
        .got
        .lock()
        .unwrap()
        .iter()
        .filter(|(to, _)| to.ends_with(MOTHER))
        .count();
    assert_eq!(mothers, 1);
    for id in ids {
        assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);
    }
});
