//! A message about a visit that did not get through becomes a call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chairside::appointments::{self, Appointment};
use chairside::messaging::Dispatcher;
use chairside::outreach::plan;
use chairside::platform::outcome::{Outcome, Sending};
use chairside::platform::sms::{self, SmsSender};
use chairside::staff::Actor;

use super::{Scripted, over};
use crate::both;
use crate::support::{Clinic, book_cleaning, make_patient};

const OPEN: &str = "SELECT count(*) AS n FROM call_tasks WHERE kind = 'undelivered' AND state = 'open'";

async fn booked(clinic: &Clinic, tell: bool) -> Appointment {
    let who = make_patient(clinic, "孙丽", "13900007731").await;
    book_cleaning(clinic, who, "2026-11-25T09:00:00+08:00", tell).await
}

fn refused() -> Outcome {
    Outcome::Permanent {
        code: "400".into(),
        text: "no such number".into(),
    }
}

both!(a_confirmation_that_was_refused_is_told_by_telephone, |clinic| {
    let gateway = Scripted::new([refused(), refused()]);
    let dispatcher = over(&clinic, &gateway);
    let visit = booked(&clinic, true).await;
    clinic.minutes_pass(3);
    dispatcher.dispatch_once().await.unwrap();
    for _ in 0..2 {
        plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
            .await
            .unwrap();
    }
    assert_eq!(clinic.count(OPEN).await, 1, "once, however often it is looked at");
    let nurse = clinic.signed_in("nurse").await;
    let list = nurse.page("/callbacks?lang=zh").await;
    assert!(list.contains("孙丽") && list.contains("预约确认没有送达"), "{list}");
    // Confirmed by another way, nobody need call.
    let actor = Actor::system("test");
    let visit = appointments::confirm(&clinic.app.db, clinic.now(), actor.clone(), visit.id, visit.version)
        .await
        .unwrap();
    plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    assert_eq!(clinic.count(OPEN).await, 0);
    // But that it was cancelled must be told, though it is not ahead any more.
    let step = (visit.id, visit.version);
    appointments::cancel(
        &clinic.app.db,
        clinic.now(),
        Actor {
            user: Some(chairside::staff::UserId(1)),
            ..actor
        },
        step,
        "医生请假",
    )
    .await
    .unwrap();
    clinic.minutes_pass(3);
    dispatcher.dispatch_once().await.unwrap();
    plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    assert_eq!(clinic.count(OPEN).await, 1);
    // Once its time is past, it is of no use.
    clinic.it_is("2026-11-25T09:30:00+08:00");
    plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    assert_eq!(clinic.count(OPEN).await, 0);
});

both!(what_was_perhaps_sent_is_waited_for_and_then_told, |clinic| {
    let gateway = Scripted::new([Outcome::Unknown("no answer in time".into())]);
    let dispatcher = over(&clinic, &gateway);
    booked(&clinic, true).await;
    clinic.minutes_pass(3);
    dispatcher.dispatch_once().await.unwrap();
    plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    assert_eq!(clinic.count(OPEN).await, 0, "a report may still come");
    clinic.minutes_pass(31);
    plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    assert_eq!(clinic.count(OPEN).await, 1);
});

/// Says yes to everything, and later that it failed.
struct Lies(Mutex<Vec<String>>);

impl SmsSender for Lies {
    fn name(&self) -> &'static str {
        "kannel"
    }
    fn send<'a>(&'a self, text: &'a sms::Text, _: Duration) -> Sending<'a> {
        self.0.lock().unwrap().push(text.report_url.clone());
        Box::pin(std::future::ready(Outcome::Accepted { id: None }))
    }
}

both!(
    what_a_gateway_took_and_could_not_deliver_is_told_by_telephone,
    |clinic| {
        let gateway = Arc::new(Lies(Mutex::default()));
        let dispatcher = Dispatcher {
            sms: vec![gateway.clone()],
            ..clinic.app.dispatcher()
        };
        booked(&clinic, true).await;
        clinic.minutes_pass(3);
        assert_eq!(dispatcher.dispatch_once().await.unwrap().accepted, 1);
        plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
            .await
            .unwrap();
        assert_eq!(clinic.count(OPEN).await, 0, "it is on its way");
        let url = gateway.0.lock().unwrap()[0].clone();
        let report = format!("{}?type=2&reply=undeliverable", url.strip_prefix(&clinic.base).unwrap());
        // Told twice, as gateways do.
        for _ in 0..2 {
            assert_eq!(clinic.visitor().get(&report).await.status(), 200);
        }
        plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
            .await
            .unwrap();
        assert_eq!(clinic.count(OPEN).await, 1);
        let failed = "SELECT count(*) AS n FROM messages WHERE state = 'failed'";
        assert_eq!(clinic.count(failed).await, 1);
        // And it is not sent again behind the desk's back.
        clinic.minutes_pass(60);
        assert_eq!(dispatcher.dispatch().await.unwrap().claimed, 0);
    }
);

/// The open messages about the visit, as channel and state.
async fn ways(clinic: &Clinic) -> Vec<(String, String)> {
    use chairside::platform::db::schema::messages as m;
    use diesel::prelude::*;
    clinic
        .sql(|c| Ok(m::table.order(m::id).select((m::channel, m::state)).load(c)?))
        .await
}

both!(what_was_refused_goes_by_the_other_way_before_anybody_calls, |clinic| {
    use chairside::platform::db::schema::patients as p;
    use diesel::prelude::*;
    let gateway = Scripted::new([refused(), Outcome::Accepted { id: None }, refused()]);
    let dispatcher = over(&clinic, &gateway);
    let visit = booked(&clinic, true).await;
    let mail = |address: Option<&'static str>| {
        clinic.sql(move |c| {
            let row = p::table.find(visit.patient_id);
            Ok(diesel::update(row).set(p::email.eq(address)).execute(c)?)
        })
    };
    mail(Some("sun@patient.example")).await;
    clinic.minutes_pass(3);
    dispatcher.dispatch_once().await.unwrap();
    for _ in 0..2 {
        plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
            .await
            .unwrap();
    }
    dispatcher.dispatch_once().await.unwrap();
    plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    let told = [("sms", "failed"), ("email", "accepted")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(ways(&clinic).await, told, "once, by email");
    assert_eq!(clinic.count(OPEN).await, 0, "they know");
    // A rule that goes by text alone has no other way: then somebody calls.
    clinic
        .sql(|c| {
            use chairside::platform::db::schema::rules as r;
            Ok(diesel::update(r::table.filter(r::code.eq("reminder-day-before")))
                .set(r::channels.eq("sms"))
                .execute(c)?)
        })
        .await;
    clinic.it_is("2026-11-24T18:00:00+08:00");
    plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    dispatcher.dispatch_once().await.unwrap();
    plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    assert_eq!(ways(&clinic).await.len(), 3);
    assert_eq!(clinic.count(OPEN).await, 1);
});

both!(who_wants_calls_is_called_when_a_reminder_is_due, |clinic| {
    use chairside::platform::db::schema::patients as p;
    use diesel::prelude::*;
    // The confirmation of what they have just booked on the telephone is no reason to call.
    let visit = booked(&clinic, false).await;
    clinic
        .sql(move |c| {
            let row = p::table.find(visit.patient_id);
            Ok(diesel::update(row).set(p::channel.eq("phone")).execute(c)?)
        })
        .await;
    plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    assert_eq!(clinic.count(OPEN).await, 0);
    clinic.it_is("2026-11-24T18:00:00+08:00");
    for _ in 0..2 {
        plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
            .await
            .unwrap();
    }
    assert_eq!(clinic.count(OPEN).await, 1);
    let nurse = clinic.signed_in("nurse").await;
    let list = nurse.page("/callbacks?lang=zh").await;
    assert!(
        list.contains("就诊提醒没有送达") && list.contains("希望电话联系"),
        "{list}"
    );
});

both!(
    a_text_that_was_perhaps_sent_is_waited_for_as_long_as_the_settings_say,
    |clinic| {
        let gateway = Scripted::new([Outcome::Unknown("no answer".into())]);
        let dispatcher = over(&clinic, &gateway);
        booked(&clinic, true).await;
        clinic.minutes_pass(3);
        dispatcher.dispatch_once().await.unwrap();
        let mut patient = clinic.app.config.dispatch.clone();
        patient.uncertain_minutes = 60;
        clinic.minutes_pass(59);
        plan(&clinic.app.db, clinic.now(), &patient).await.unwrap();
        assert_eq!(clinic.count(OPEN).await, 0, "a report may still come");
        clinic.minutes_pass(1);
        plan(&clinic.app.db, clinic.now(), &patient).await.unwrap();
        assert_eq!(clinic.count(OPEN).await, 1);
    }
);

both!(the_dead_keep_nobody_from_being_told, |clinic| {
    use chairside::platform::db::schema::{messages as m, patients as p};
    use diesel::prelude::*;
    outage(&clinic, 250).await;
    // All but the oldest are of somebody who has died since.
    let other = make_patient(&clinic, "王敏", "13900007739").await;
    clinic
        .sql(move |c| {
            let first: Option<i64> = m::table
                .filter(m::dedupe_key.like("outage:%"))
                .select(diesel::dsl::min(m::id))
                .first(c)?;
            diesel::update(m::table.filter(m::id.nullable().ne(first)))
                .set(m::patient_id.eq(other))
                .execute(c)?;
            Ok(diesel::update(p::table.find(other))
                .set(p::deceased.eq(true))
                .execute(c)?)
        })
        .await;
    plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    assert_eq!(clinic.count(OPEN).await, 1);
});

both!(in_an_outage_everybody_is_told_by_telephone, |clinic| {
    // More than one look takes, none of whom the first looks may stop at.
    outage(&clinic, 250).await;
    for _ in 0..2 {
        plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
            .await
            .unwrap();
    }
    assert_eq!(clinic.count(OPEN).await, 250);
});

/// So many visits ahead, of none of which the reminder got through.
async fn outage(clinic: &Clinic, count: i64) {
    let visit = booked(clinic, false).await;
    let (id, patient, now) = (visit.id.0, visit.patient_id, clinic.now().0);
    clinic
        .sql(move |c| {
            use diesel::connection::SimpleConnection;
            let day = 86_400_000_i64;
            for n in 1..=count {
                let start = visit_start(now, n);
                c.batch_execute(&format!(
                    "INSERT INTO appointments (site_id, patient_id, provider_id, chair_id, service_id, starts_at, ends_at, busy_from, busy_until, \
                     status, source, note, provider_parts, second_parts, version, created_at, updated_at) SELECT site_id, patient_id, provider_id, chair_id, service_id, \
                     {start}, {start} + 1800000, {start}, {start} + 1800000, 'booked', source, note, provider_parts, second_parts, 1, created_at, updated_at \
                     FROM appointments WHERE id = {id}; \
                     INSERT INTO messages (dedupe_key, patient_id, subject, subject_id, subject_version, purpose, template, channel, language, \
                     state, reason, priority, due_at, expires_at, next_try_at, attempts, variables, created_at, updated_at) \
                     SELECT 'outage:{n}', {patient}, 'appointment', max(id), 1, 'reminder', 'reminder-day-before', 'sms', 'zh', 'dead', \
                     'gave-up', 3, {now}, {now} + {day}, {now}, 6, '{{}}', {now}, {now} FROM appointments",
                    patient = patient.0
                ))?;
            }
            Ok(())
        })
        .await;
}

/// Far apart, in the future.
fn visit_start(now: i64, n: i64) -> i64 {
    now + (n + 2) * 86_400_000
}
